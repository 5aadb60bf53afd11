/* SPDX-License-Identifier: MIT */
/* See exchange.h. */
#include "exchange.h"

#include <string.h>

struct exchange x;

void prepare(const char *request, size_t len)
{
	memset(&x, VM_CANARY, sizeof(x));
	memset(&x.call, 0, sizeof(x.call));
	x.call.size = HEAD;
	x.call.request_len = (uint32_t)len;
	x.call.reply_room = SOCKOPT_TEXT_MAX;
	memcpy(x.text, request, len);
}

void exchange_setup(void)
{
	vm_setup();
	prepare("a request", 9);
}

int call(unsigned int channel, socklen_t *len)
{
	return vm_get(vm_fd, channel, SOCKOPT_CALL, &x, len);
}

void was_sent(const char *text, size_t len)
{
	char sent[SOCKOPT_TEXT_MAX + 1];

	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)len);
	ck_assert_mem_eq(sent, text, len);
}

void is_refused_on(unsigned int channel, socklen_t len, int error)
{
	struct exchange before = x;
	socklen_t after = len;

	vm_texts_put(vm_fd);
	ck_assert_int_eq(call(channel, &after), -error);
	ck_assert_uint_eq(after, len);
	ck_assert_mem_eq(&x, &before, sizeof(x));
	vm_texts_unchanged(vm_fd);
}

void is_refused(int error)
{
	is_refused_on(MESSAGE, sizeof(x), error);
}

uint32_t generation_of(const char *name)
{
	struct sockopt_channel args = { .size = sizeof(args) };
	socklen_t len = sizeof(args);

	memcpy(args.name, name, strlen(name));
	ck_assert_int_eq(vm_get(vm_fd, SOCKOPT_CHANNEL_CORE, SOCKOPT_CHANNEL, &args, &len), 0);
	return args.generation;
}

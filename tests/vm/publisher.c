/* SPDX-License-Identifier: MIT */
/* See publisher.h. */
#include "publisher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct publisher publisher;

/* ---- The module ---- */

int publisher_insert(void)
{
	return vm_insert("publisher");
}

int publisher_remove(void)
{
	return vm_remove("publisher");
}

void publisher_look_up(void)
{
	struct sockopt_channel *channel = &publisher.channel;
	socklen_t len = sizeof(*channel);

	memset(channel, 0, sizeof(*channel));
	channel->size = sizeof(*channel);
	strcpy(channel->name, "publisher");
	ck_assert_int_eq(vm_get(publisher.sock, CORE, SOCKOPT_CHANNEL, channel, &len), 0);
}

void publisher_remove_after_all(void)
{
	if (!access("/sys/module/publisher", F_OK))
		ck_assert_int_eq(publisher_remove(), 0);
}

void publisher_setup(void)
{
	publisher_remove_after_all();
	vm_new_netns();
	publisher.sock = vm_raw();
	ck_assert_int_eq(publisher_insert(), 0);
	publisher_look_up();
}

/* ---- Calls ---- */

int publisher_command(const char *text)
{
	return vm_set(publisher.sock, publisher.channel.id, SOCKOPT_TEXT, text,
		      (socklen_t)strlen(text));
}

void publisher_commanded(const char *text)
{
	int ret = publisher_command(text);

	ck_assert_msg(!ret, "%s: %s", text, strerror(-ret));
}

uint64_t publisher_measured(const char *text)
{
	struct {
		struct sockopt_call call;
		char text[64];
	} both = { .call.size = sizeof(both.call) };
	socklen_t len = sizeof(both);
	int ret;

	ck_assert_uint_lt(strlen(text), sizeof(both.text));
	snprintf(both.text, sizeof(both.text), "%s", text);
	both.call.request_len = (uint32_t)strlen(text);
	both.call.reply_room = sizeof(both.text) - 1;
	ret = vm_get(publisher.sock, publisher.channel.id, SOCKOPT_CALL, &both, &len);
	ck_assert_msg(!ret, "%s: %s", text, strerror(-ret));
	both.text[both.call.reply_len] = 0;
	return strtoull(both.text, NULL, 10);
}

static void is_open(int stream, uint32_t room)
{
	ck_assert_msg(stream >= 0, "OPEN: %s", strerror(-stream));
	publisher.stream = stream;
	vm_batch_init(&publisher.batch, publisher.opened.slot_size, room);
	publisher.cursor = publisher.opened.cursor;
}

void publisher_subscribe(uint32_t slots, uint32_t snaplen, uint32_t room)
{
	struct sockopt_open *args = &publisher.opened;

	*args = vm_open_args();
	args->generation = publisher.channel.generation;
	args->slots = slots;
	args->snaplen = snaplen;
	is_open(vm_open(publisher.sock, publisher.channel.id, args), room);
}

void publisher_subscribe_types(const int *types, uint32_t room)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} both = { .open = vm_open_args(), .filter.size = sizeof(both.filter) };
	socklen_t len = sizeof(both);
	int ret;

	for (; *types >= 0; types++)
		sockopt_filter_add(&both.filter, (uint8_t)*types);
	both.open.filter_len = sizeof(both.filter);
	ret = vm_get(publisher.sock, publisher.channel.id, SOCKOPT_OPEN, &both, &len);
	publisher.opened = both.open;
	is_open(ret ? ret : both.open.fd, room);
}

int publisher_take(uint32_t flags)
{
	return vm_records_of(publisher.sock, publisher.channel.id, &publisher.batch,
			     &publisher.cursor, flags);
}

int publisher_take_now(void)
{
	return publisher_take(SOCKOPT_RECORDS_F_DONTWAIT);
}

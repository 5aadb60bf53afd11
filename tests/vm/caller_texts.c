/* SPDX-License-Identifier: MIT */
/*
 * Texts and names, as CVE-2011-1170 was: without a NUL, with one at each place, as long as
 * they may be and one byte more, of every byte there is.
 */
#include "op.h"

#include <string.h>

#define NAME offsetof(struct sockopt_channel, name)

/* TEXT, or the request of a CALL, of so many bytes of this kind. */
static struct call *text_of(const struct op *op, size_t len, uint8_t byte)
{
	struct call *call = call_new(op);

	if (op->head) {
		call_set_word(call, offsetof(struct sockopt_call, request_len), (uint32_t)len);
		call->len = (int)(op->head + (len > text_of_kernel_len ? len :
								     text_of_kernel_len));
	} else {
		call->len = (int)len;
	}
	memset(call->bytes + op->head, byte, len);
	call->size = op->head + len;
	call->room = (size_t)call->len > call->size ? (size_t)call->len : call->size;
	return call;
}

static void try_nul_at(const struct op *op, size_t len, size_t at)
{
	struct call *call = text_of(op, len, 'x');

	call->bytes[op->head + at] = 0;
	call_make(call);
}

static void try_text(const struct op *op)
{
	static const size_t lengths[] = { 1, 2, 31, 32, 33, 63, 64, 255, 256, 4094, 4095, 4096,
					  4097, 4098, 8192 };
	size_t i, at;

	for (i = 0; i < COUNT(lengths); i++) {
		call_make(text_of(op, lengths[i], 0xff));
		for (at = 0; at < 32 && at < lengths[i]; at += sparse) {
			try_nul_at(op, lengths[i], at);
			try_nul_at(op, lengths[i], lengths[i] - 1 - at);
		}
	}
	for (i = 0; i < 256; i++)
		call_make(text_of(op, 1, (uint8_t)i));
}

static void try_name(const char *name, size_t len, uint8_t behind)
{
	struct call *call = call_new(&op_channel);

	memset(call->bytes + NAME, behind, SOCKOPT_NAME_MAX);
	memcpy(call->bytes + NAME, name, len);
	call_make(call);
}

/* Each name that is known, so many bytes of it, and then anything but a NUL, or only one. */
static void try_names(const char *name)
{
	size_t len;

	for (len = 0; len <= strlen(name) + 1; len++) {
		try_name(name, len, 0);
		try_name(name, len, 'x');
		try_name(name, len, 0xff);
	}
}

static void try_byte_of_name(uint8_t byte)
{
	char name[SOCKOPT_NAME_MAX];
	size_t at;

	memset(name, byte, sizeof(name));
	try_name(name, sizeof(name), 0);
	for (at = 0; at < sizeof(name); at += 4 * sparse) {
		name[at] = 0;
		try_name(name, sizeof(name), 0);
		name[at] = (char)byte;
	}
}

void texts_sweep(void)
{
	unsigned int byte;

	try_text(&op_text_set);
	try_text(&op_call);
	try_names("icmp");
	try_names("message");
	try_names("");
	for (byte = 0; byte < 256; byte++)
		try_byte_of_name((uint8_t)byte);
}

/* SPDX-License-Identifier: MIT */
/*
 * Members: each word of each struct has every value that is somebody's limit, and each of
 * its bits is turned. So flags that are unknown and members that are reserved are all
 * there, counts near the largest number (CVE-2006-0038), and what a later version may add.
 */
#include "op.h"

#include <string.h>

static const uint32_t edges[] = {
	0, 1, 2, 3, 4, 7, 8, 9, 16, 20, 22, 23, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 128,
	129, 191, 192, 193, 216, 255, 256, 257, 512, 513, 4095, 4096, 4097, 65535, 65536, 131072,
	0x7fffffff, 0x80000000, 0xffff0000, 0xffffff00, 0xffffffe8, 0xfffffffe, 0xffffffff,
};

/* Bytes from this word on whose words have all edges; those of a filter have some. */
static bool is_of_filter(const struct op *op, size_t at)
{
	return at >= op->head + 2 * sizeof(uint32_t) &&
	       at < op->head + offsetof(struct sockopt_filter, ifindex);
}

static void try_word(const struct op *op, size_t at)
{
	unsigned int step = is_of_filter(op, at) ? 8 * sparse : sparse, i;

	for (i = 0; i < COUNT(edges); i += step) {
		struct call *call = call_new(op);

		call_set_word(call, at, edges[i]);
		call_make(call);
	}
	for (i = 0; i < 32; i += step) {
		struct call *call = call_new(op);

		call->bytes[at + i / 8] ^= (uint8_t)(1U << (i % 8));
		call_make(call);
	}
}

/* A struct that is longer by so much: zeros there are no harm, and anything else is. */
static void try_longer(const struct op *op, uint32_t more)
{
	struct call *call = call_new(op);
	size_t behind = call->size - op->head, step = more / 16 + sparse, i;
	int len = call->len;

	memmove(call->bytes + op->head + more, call->bytes + op->head, behind);
	memset(call->bytes + op->head, 0, more);
	call_set_word(call, 0, (uint32_t)op->head + more);
	call->size += more;
	call_set_len(call, len + (int)more);
	call_make(call);
	for (i = op->head; i < op->head + more; i += step) {
		call->bytes[i] = (uint8_t)(1U << (i % 8));
		call_make(call);
		call->bytes[i] = 0;
	}
}

/* Words around where the stream is, which no table can know. */
static void try_cursors(void)
{
	static const int32_t away[] = { -65536, -9, -8, -4, -1, 0, 1, 2, 3, 4, 5, 8, 9, 65536 };
	size_t i;

	for (i = 0; i < COUNT(away); i++) {
		struct call *call = call_new(&op_records);

		call_set_word(call, offsetof(struct sockopt_records, cursor),
			      state_tail + (uint32_t)away[i]);
		call_make(call);
		call_set_len(call, sizeof(struct sockopt_records));
		call_set_word(call, offsetof(struct sockopt_records, cursor),
			      state_tail + (uint32_t)away[i]);
		call_make(call);
	}
}

void members_sweep(void)
{
	static const uint32_t longer[] = { 4, 8, 16, 40, PAGE - 24, PAGE - 23 };
	size_t i, j, at;

	for (i = 0; i < op_count; i++) {
		if (!ops[i]->head)
			continue;
		for (at = 0; at < call_new(ops[i])->size / 4 * 4; at += 4)
			try_word(ops[i], at);
		for (j = 0; j < COUNT(longer); j++)
			try_longer(ops[i], longer[j]);
	}
	try_cursors();
}

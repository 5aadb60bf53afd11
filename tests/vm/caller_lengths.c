/* SPDX-License-Identifier: MIT */
/*
 * Lengths, as CVE-2013-4588, CVE-2006-0038 and CVE-2026-90327 were: every one around the
 * size of a struct and around every limit, negative ones and those of a lifetime, in memory
 * that ends where they say; beside a struct that says the same, or its own size, or another.
 */
#include "op.h"

#include <limits.h>
#include <string.h>

static const int edges[] = {
	INT_MIN, INT_MIN + 24, -PAGE, -4, -1, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025,
	PAGE - 1, PAGE, PAGE + 1, PAGE + 24, PAGE + 25, 2 * PAGE, 2 * PAGE + 1,
	OP_FILTER_MAX, OP_FILTER_MAX + 1, OP_FILTER_MAX + 48, OP_FILTER_MAX + PAGE,
	OP_FILTER_MAX + PAGE + 1, ROOM, ROOM + 1, 1 << 24, INT_MAX - PAGE, INT_MAX - 1, INT_MAX,
};

/* A value of this length: what an honest call has, then this. */
static struct call *call_of(const struct op *op, int len, uint8_t behind)
{
	struct call *call = call_new(op);

	call_set_len(call, len);
	if (call->room > call->size) {
		memset(call->bytes + call->size, behind, call->room - call->size);
		call->size = call->room;
	}
	return call;
}

static bool has_filter(const struct op *op)
{
	return op == &op_open_filter || op == &op_tune_filter || op == &op_open_program ||
	       op == &op_tune_program;
}

/* All that is behind the struct is the filter, with zeros at its end, and it says so. */
static void try_filter(const struct op *op, int len)
{
	size_t at = op->operation == SOCKOPT_OPEN ? offsetof(struct sockopt_open, filter_len) :
						    offsetof(struct sockopt_tune, filter_len);
	struct call *call = call_of(op, len, 0);
	uint32_t filter_len = (uint32_t)len - (uint32_t)op->head;

	call_set_word(call, at, filter_len);
	call_make(call);
	call_set_word(call, op->head, filter_len);
	call_make(call);
	call_set_word(call, op->head, sizeof(struct sockopt_filter));
	call_set_word(call, op->head + offsetof(struct sockopt_filter, program_len),
		      (filter_len - (uint32_t)sizeof(struct sockopt_filter)) / 8);
	call_make(call);
}

static void try_struct(const struct op *op, int len)
{
	struct call *call = call_of(op, len, 0);

	call_set_word(call, 0, (uint32_t)len);
	call_make(call);
	if (call->size > op->head) {
		call->bytes[call->size - 1] = 1;
		call_make(call);
	}
	call_set_word(call, 0, (uint32_t)len + 1);
	call_make(call);
	if (has_filter(op))
		try_filter(op, len);
}

static void try_length(const struct op *op, int len)
{
	call_make(call_of(op, len, 'x'));
	if (op->head)
		try_struct(op, len);
}

/* Far behind a struct, in a filter, a fifth is enough of those that say their length. */
static void try_dense(const struct op *op, int len)
{
	if (has_filter(op) && len > 2 * (int)op->head && len % 5)
		call_make(call_of(op, len, 'x'));
	else
		try_length(op, len);
}

void lengths_sweep(void)
{
	size_t i, j;
	int len;

	for (i = 0; i < op_count; i++) {
		int honest = call_new(ops[i])->len;
		int dense = 2 * (honest < 256 ? honest : 64);

		for (len = 0; len <= dense; len += (int)sparse)
			try_dense(ops[i], len);
		for (len = honest - 8; len <= honest + 8; len++)
			try_length(ops[i], len);
		for (j = 0; j < COUNT(edges); j++)
			try_length(ops[i], edges[j]);
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Buffers: of which every part is missing, which may be read only, which are nowhere, which
 * begin at each odd address, with room behind that is not theirs; and the same of lengths.
 */
#include "op.h"

/* Memory ends early: at each byte, or at those around limits of a long value. */
static void try_cut(const struct op *op)
{
	int honest = call_new(op)->len;
	size_t room, step = honest > 512 ? 61 : sparse;

	for (room = 0; room < (size_t)honest; room += step) {
		struct call *call = call_new(op);

		call->room = room;
		call_make(call);
		call->where = READ_ONLY;
		call_make(call);
	}
}

static void try_odd(const struct op *op)
{
	size_t room;

	for (room = 0; room < 16; room++) {
		struct call *call = call_new(op);

		call->room = (size_t)call->len + room;
		call_make(call);
		call->where = READ_ONLY;
		call_make(call);
	}
}

static void try_nowhere(const struct op *op)
{
	struct call *call = call_new(op);
	size_t i;

	call->where = NOWHERE;
	for (i = 0; i < memory_nowhere_count; i++) {
		call->nowhere = memory_nowhere[i];
		call_make(call);
	}
	call->nowhere = value_memory.writable + value_memory.size;
	call_make(call);
	call->nowhere = value_memory.writable - PAGE;
	call_make(call);
}

static void try_lengths_that_are_nowhere(const struct op *op)
{
	struct call *call = call_new(op);
	size_t i;

	call->length_where = NOWHERE;
	for (i = 0; i < memory_nowhere_count; i++) {
		call->length_nowhere = memory_nowhere[i];
		call_make(call);
	}
	call->length_nowhere = length_memory.writable + length_memory.size;
	call_make(call);
}

/* 0 to 3: some of it is missing; 4 to 16: it is all there, at any address. */
static void try_odd_lengths(const struct op *op)
{
	size_t room;

	for (room = 0; room <= 16; room++) {
		struct call *call = call_new(op);

		call->length_room = room;
		call_make(call);
		call->length_where = READ_ONLY;
		call_make(call);
		call->where = READ_ONLY;
		call_make(call);
	}
}

void buffers_sweep(void)
{
	size_t i;

	for (i = 0; i < op_count; i++) {
		try_cut(ops[i]);
		try_odd(ops[i]);
		try_nowhere(ops[i]);
		if (ops[i]->is_set)
			continue;
		try_lengths_that_are_nowhere(ops[i]);
		try_odd_lengths(ops[i]);
	}
}

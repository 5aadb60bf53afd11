/* SPDX-License-Identifier: MIT */
/* The operations that programs are made of: what each takes, and who carries it out. */
#ifndef CALL_OPS_H
#define CALL_OPS_H

#include "call_layout.h"
#include "call_program.h"

/* What a number of a call is. A register holds what an earlier call made. */
enum number_kind {
	NUMBER_NONE,
	NUMBER_CHOICE,		/* one of the values, or any */
	NUMBER_SOCKET,		/* a register */
	NUMBER_STREAM,
	NUMBER_MAP,
	NUMBER_NEW_SOCKET,	/* a register that the call fills */
	NUMBER_NEW_STREAM,
	NUMBER_NEW_MAP,
};

struct number {
	uint8_t kind;
	uint8_t count;
	const uint32_t *values;
};

/* What follows the structs of a call's data. */
enum tail {
	TAIL_NONE,
	TAIL_TEXT,
	TAIL_FILTER,		/* sometimes: a filter, with a program behind it */
	TAIL_PACKET,
};

struct worker;

struct op {
	const char *name;
	uint8_t weight;		/* how often it is chosen, beside others */
	uint8_t operation;	/* of uapi.h, if it is an option */
	uint8_t tail;
	bool waits;		/* maybe for a signal: so without faults */
	bool needs_stream;	/* of its socket and channel, its first two numbers */
	const struct layout *layout;
	struct number numbers[NUMBERS];
	long (*run)(struct worker *worker, const struct call *call);
};

extern const struct op ops[];
extern const unsigned int ops_count;

const struct op *op_named(const char *name);

/*
 * Numbers of options: socket, channel, bytes that the buffer has beyond the data (also less),
 * CALL_*, and of OPEN the register of the stream.
 */
#define CALL_AT_END	(1U << 0)	/* nothing may be touched behind the buffer */
#define CALL_NO_MEMORY	(1U << 1)	/* the buffer is no memory */
#define CALL_READ_ONLY	(1U << 2)	/* it cannot be written */
#define CALL_NO_LENGTH	(1U << 3)	/* the length cannot be written */
#define CALL_AS_IT_IS	(1U << 4)	/* RECORDS: that cursor, not the right one;
					 * OPEN: without O_NONBLOCK */
#define CHANNEL_PUBLISHER 3		/* as channel: whatever its id is now */

#endif /* CALL_OPS_H */

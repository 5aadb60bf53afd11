/* SPDX-License-Identifier: MIT */
/*
 * The machine that ring.h runs on in check_interleave.c: each atomic is a step of
 * interleave.h, and knows from its memory order which step happened before which, as
 * C11 has it. So it sees what this processor would hide: two accesses to a slot that
 * nothing orders are a fault in whatever order they come.
 *
 * It can be a bad machine: with one of the faults below ring.h behaves as if somebody
 * had made that mistake in it.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "interleave.h"

struct sockopt_ring;

#define MACHINE_SLOTS 2

enum machine_fault {
	MACHINE_IS_SOUND,
	R1_IS_RELAXED,
	R2_IS_RELAXED,
	R2_IS_NOT_HEEDED,	/* reserve believes the tail alone */
	R3_IS_RELAXED,
	R4_IS_TWO_STEPS,	/* compare, and then store */
	R4_IS_RELAXED,
	R5_IS_NOT_HEEDED,	/* the head is believed not to have moved */
	R6_IS_TWO_STEPS,	/* load, and then store */
	C1_IS_RELAXED,
	Y1_IS_RELAXED,
	T1_IS_RELAXED,
};

/*
 * A vector clock. A thread's own time goes on with each release; what it knows of the
 * others' came by acquire.
 */
struct clock {
	uint8_t at[THREADS_MAX];
};

/* When a slot was last written, and read since then. */
struct machine_slot {
	struct clock wrote;
	struct clock read;
};

enum { HEAD, TAIL, LOST_FULL, LOST_BUSY, SEQ, WORDS = SEQ + MACHINE_SLOTS };

/* All that a run changes; a multiple of 8 bytes. */
struct machine {
	struct clock now[THREADS_MAX];	/* what happened before its next step */
	struct clock released[WORDS];	/* what an acquire of it brings */
	struct clock summed[THREADS_MAX]; /* now, at L1 */
	struct clock reserved;		/* when the last position was: its L1, too */
	struct machine_slot slots[MACHINE_SLOTS];
	uint64_t head[THREADS_MAX];	/* as the thread last saw it */
	uint32_t tail[THREADS_MAX];	/* what it truly was then */
	uint8_t is_producer[THREADS_MAX]; /* it has looked at the head */
	uint8_t saw_tail[THREADS_MAX];	/* R3 was its last step */
	uint8_t saw_no_room[THREADS_MAX]; /* at R2 or R3, there was none in truth */
};

extern struct machine machine;

/*
 * Anew, for this ring. lies: whenever the tail is loaded it has any of so many values
 * that have nothing to do with what was stored; 0: it has what was stored.
 */
#define MACHINE_LIES_MAX 6
void machine_begin(struct sockopt_ring *ring, enum machine_fault bad, uint32_t lies);

/* The atomics. Outside of threads they are just that. */
uint64_t machine_load(const void *at, size_t size, int order);
void machine_store(void *at, size_t size, uint64_t value, int order);
int machine_compare(uint64_t *at, uint64_t *expected, uint64_t value, int order,
		    int failure);
uint64_t machine_add(uint64_t *at, uint64_t value, int order);

/* This thread reads, or writes, what is in the slot. */
void machine_read(uint32_t slot);
void machine_write(uint32_t slot);

#endif /* MACHINE_H */

/* SPDX-License-Identifier: MIT */
/*
 * A ring over plain memory, and positions where its laps go wrong if they can.
 */
#ifndef LAPS_H
#define LAPS_H

#include "unit.h"

#include <sockopt/ring.h>

#define SLOTS 4U
#define SLOT_SIZE 64U

/* A ring over plain memory. */
struct ring {
	struct sockopt_ring ring;
	uint32_t u_tail;
	uint64_t memory[SLOTS * SLOT_SIZE / 8];
};

/* First positions: the 32-bit and the 64-bit counter wrap soon, or at once. */
#define STARTS 10
extern const uint64_t starts[STARTS];

/* What a reader may have written, relative to the head. */
#define INSANE 24
extern const uint32_t insane[INSANE];

void init(struct ring *r, uint64_t start);

/* Publish one record with a number in it. Returns 0 if it was dropped. */
int put(struct ring *r, uint32_t number);

/* Take one record out; its number. There must be one. */
uint32_t take(struct ring *r);

/* Reserve a slot; there must be one. */
struct sockopt_record *reserve(struct ring *r, uint32_t *pos);

uint32_t count_ready(const struct ring *r);

#endif /* LAPS_H */

/* SPDX-License-Identifier: MIT */
/* See laps.h. */
#include "laps.h"

#include <string.h>

const uint64_t starts[STARTS] = {
	0, 1, 0x7ffffffd, 0xfffffff9, 0xfffffffd, 0xffffffff, 0x100000000,
	0xfffffffffffffff9, 0xfffffffffffffffd, 0xffffffffffffffff,
};

const uint32_t insane[INSANE] = {
	1, 2, 3, 4, 5, 7, 8, 100, 0x7fffffff, 0x80000000, 0x80000001,
	0xc0000000, 0xffffff00, 0xfffffff0, 0xfffffff7, 0xfffffff8,
	0xfffffff9, 0xfffffffa, 0xfffffffb, 0xfffffffc, 0xfffffffd,
	0xfffffffe, 0xffffffff, 0,
};

void init(struct ring *r, uint64_t start)
{
	memset(r, 0, sizeof(*r));
	sockopt_ring_init(&r->ring, r->memory, &r->u_tail, SLOTS, SLOT_SIZE,
			  start);
}

int put(struct ring *r, uint32_t number)
{
	uint32_t pos;
	struct sockopt_record *rec = sockopt_ring_reserve(&r->ring, &pos);

	if (!rec)
		return 0;
	rec->len = number;
	rec->flags = 0;
	sockopt_ring_commit(rec, pos);
	return 1;
}

uint32_t take(struct ring *r)
{
	uint32_t number;

	ck_assert_uint_eq(sockopt_ring_ready(&r->ring, r->u_tail, 1), 1);
	number = sockopt_ring_slot(&r->ring, r->u_tail)->len;
	sockopt_ring_release(&r->ring, r->u_tail + 1);
	return number;
}

struct sockopt_record *reserve(struct ring *r, uint32_t *pos)
{
	struct sockopt_record *rec = sockopt_ring_reserve(&r->ring, pos);

	if (!rec)
		ck_abort_msg("no slot");
	return rec;
}

uint32_t count_ready(const struct ring *r)
{
	return sockopt_ring_ready(&r->ring, r->u_tail, SLOTS);
}

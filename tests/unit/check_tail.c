/* SPDX-License-Identifier: MIT */
/*
 * The ring's tail, which a consumer writes: no nonsense in it does producers any
 * harm.
 */
#include "laps.h"
#include "unit.h"

/* Writers that hold their slots while a reader writes a nonsense tail. */
struct held {
	struct sockopt_record *rec[4 * SLOTS];
	uint32_t pos[4 * SLOTS];
	int count;
};

static void hold_another(struct ring *r, struct held *held)
{
	int i, n = held->count;

	held->rec[n] = sockopt_ring_reserve(&r->ring, &held->pos[n]);
	if (!held->rec[n])
		return;
	for (i = 0; i < n; i++)
		ck_assert_msg(held->rec[i] != held->rec[n],
			      "two writers in one slot, tail %#x", r->u_tail);
	held->count++;
}

static void commit_all(struct held *held)
{
	while (held->count) {
		held->count--;
		sockopt_ring_commit(held->rec[held->count],
				    held->pos[held->count]);
	}
}

/* A few laps of normal work first; then 'held_before' writers stay inside. */
static void attack(uint64_t start, uint32_t tail, int held_before)
{
	struct held held = { 0 };
	struct ring r;
	uint32_t i;

	init(&r, start);
	for (i = 0; i < 6; i++) {
		put(&r, i);
		take(&r);
	}
	while (held.count < held_before)
		hold_another(&r, &held);
	r.u_tail = (uint32_t)r.ring.head + tail;
	for (i = 0; i < 3 * SLOTS; i++)
		hold_another(&r, &held);
	ck_assert_int_le(held.count, (int)SLOTS);
	commit_all(&held);
	/* It goes on: a reader that is sane again gets each new record. */
	r.u_tail = (uint32_t)r.ring.head;
	for (i = 0; i < 3 * SLOTS; i++) {
		ck_assert_msg(put(&r, i), "stuck after tail head + %#x", tail);
		ck_assert_uint_eq(take(&r), i);
	}
}

START_TEST(no_tail_that_a_reader_writes_makes_two_writers_share_a_slot)
{
	int i, held;

	for (i = 0; i < STARTS; i++)
		for (held = 0; held <= (int)SLOTS; held++)
			attack(starts[i], insane[_i], held);
}
END_TEST

/* An attacker who changes the tail before each reservation. */
START_TEST(no_sequence_of_tails_makes_two_writers_share_a_slot)
{
	struct held held = { 0 };
	struct ring r;
	uint32_t random = 1;
	int i;

	init(&r, starts[_i]);
	for (i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		r.u_tail = (uint32_t)r.ring.head + insane[(random >> 8) %
							  (uint32_t)INSANE];
		hold_another(&r, &held);
		ck_assert_int_le(held.count, (int)SLOTS);
		if (random >> 28 == 0)
			commit_all(&held);
	}
}
END_TEST

START_TEST(a_span_lies_within_the_ring_whatever_the_tail)
{
	uint64_t tail, head;
	struct ring r;
	uint32_t i;

	init(&r, starts[_i / INSANE]);
	for (i = 0; i < 6; i++) {
		put(&r, i);
		take(&r);
	}
	r.u_tail = (uint32_t)r.ring.head + insane[_i % INSANE];
	sockopt_ring_span(&r.ring, &tail, &head);
	ck_assert_uint_eq(head, r.ring.head);
	ck_assert_uint_le(head - tail, SLOTS);
	if (insane[_i % INSANE] + SLOTS <= SLOTS)
		ck_assert_uint_eq((uint32_t)tail, r.u_tail);
	else
		ck_assert_uint_eq(head - tail, SLOTS);
}
END_TEST

START_TEST(a_span_never_begins_before_the_first_record)
{
	uint64_t tail, head;
	struct ring r;

	init(&r, starts[_i]);
	put(&r, 0);
	r.u_tail -= 2;
	sockopt_ring_span(&r.ring, &tail, &head);
	ck_assert_uint_eq(tail, starts[_i]);
	ck_assert_uint_eq(head, starts[_i] + 1);
}
END_TEST

Suite *tail_suite(void)
{
	Suite *suite = suite_create("tail");
	TCase *tc = tcase_create("tail");

	tcase_add_loop_test(tc, no_tail_that_a_reader_writes_makes_two_writers_share_a_slot,
			    0, INSANE);
	tcase_add_loop_test(tc, no_sequence_of_tails_makes_two_writers_share_a_slot,
			    0, STARTS);
	tcase_add_loop_test(tc, a_span_lies_within_the_ring_whatever_the_tail,
			    0, STARTS * INSANE);
	tcase_add_loop_test(tc, a_span_never_begins_before_the_first_record,
			    0, STARTS);
	suite_add_tcase(suite, tc);
	return suite;
}

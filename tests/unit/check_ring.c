/* SPDX-License-Identifier: MIT */
/*
 * The ring, one thread at a time: the order of records, what is full, and what is
 * lost. tsan_ring.c has the threads.
 */
#include "laps.h"
#include "unit.h"

START_TEST(a_slot_is_header_and_payload_rounded_up_to_64)
{
	ck_assert_uint_eq(sockopt_ring_slot_size(0), 64);
	ck_assert_uint_eq(sockopt_ring_slot_size(1), 64);
	ck_assert_uint_eq(sockopt_ring_slot_size(32), 64);
	ck_assert_uint_eq(sockopt_ring_slot_size(33), 128);
	ck_assert_uint_eq(sockopt_ring_slot_size(96), 128);
	ck_assert_uint_eq(sockopt_ring_slot_size(97), 192);
	ck_assert_uint_eq(sockopt_ring_slot_size(SOCKOPT_SNAPLEN_MAX), 65600);
}
END_TEST

START_TEST(slots_lie_one_behind_the_other_and_repeat_each_lap)
{
	struct ring r;
	uint32_t i;

	init(&r, 0);
	for (i = 0; i < SLOTS; i++)
		ck_assert_ptr_eq(sockopt_ring_slot(&r.ring, i),
				 (uint8_t *)r.memory + i * SLOT_SIZE);
	ck_assert_ptr_eq(sockopt_ring_slot(&r.ring, SLOTS), r.memory);
	ck_assert_ptr_eq(sockopt_ring_slot(&r.ring, 0xffffffff),
			 (uint8_t *)r.memory + 3 * SLOT_SIZE);
}
END_TEST

START_TEST(a_new_ring_has_nothing_to_read)
{
	struct ring r;
	uint64_t tail, head;

	init(&r, starts[_i]);
	ck_assert_uint_eq(r.u_tail, (uint32_t)starts[_i]);
	ck_assert_uint_eq(count_ready(&r), 0);
	ck_assert_uint_eq(sockopt_ring_lost(&r.ring), 0);
	sockopt_ring_span(&r.ring, &tail, &head);
	ck_assert_uint_eq(tail, starts[_i]);
	ck_assert_uint_eq(head, starts[_i]);
}
END_TEST

START_TEST(records_come_out_in_order_for_many_laps_wherever_positions_start)
{
	struct ring r;
	uint32_t i, next = 0;

	init(&r, starts[_i]);
	for (i = 0; i < 50; i++) {
		ck_assert(put(&r, 2 * i));
		ck_assert(put(&r, 2 * i + 1));
		ck_assert_uint_eq(count_ready(&r), 2);
		ck_assert_uint_eq(take(&r), next++);
		ck_assert_uint_eq(take(&r), next++);
		ck_assert_uint_eq(count_ready(&r), 0);
	}
	ck_assert_uint_eq(sockopt_ring_lost(&r.ring), 0);
}
END_TEST

START_TEST(a_full_ring_drops_the_new_record_and_counts_it)
{
	struct ring r;
	uint32_t i;

	init(&r, starts[_i]);
	for (i = 0; i < SLOTS; i++)
		ck_assert_msg(put(&r, i), "dropped at %u", i);
	for (i = 1; i <= 3; i++) {
		ck_assert(!put(&r, 99));
		ck_assert_uint_eq(r.ring.lost[SOCKOPT_RING_FULL], i);
	}
	ck_assert_uint_eq(r.ring.lost[SOCKOPT_RING_BUSY], 0);
	for (i = 0; i < SLOTS; i++)
		ck_assert_uint_eq(take(&r), i);
	ck_assert_uint_eq(count_ready(&r), 0);
}
END_TEST

START_TEST(one_released_record_makes_room_for_just_one)
{
	struct ring r;
	uint32_t i;

	init(&r, starts[_i]);
	for (i = 0; i < SLOTS; i++)
		put(&r, i);
	for (; i < 20; i++) {
		take(&r);
		ck_assert(put(&r, i));
		ck_assert(!put(&r, 99));
	}
	ck_assert_uint_eq(sockopt_ring_lost(&r.ring), 20 - SLOTS);
}
END_TEST

START_TEST(a_record_says_how_many_were_lost_before_it)
{
	struct ring r;
	uint32_t i;

	init(&r, starts[_i]);
	for (i = 0; i < SLOTS + 5; i++)
		put(&r, i);
	for (i = 0; i < SLOTS; i++) {
		ck_assert_uint_eq(sockopt_ring_slot(&r.ring, r.u_tail)->lost, 0);
		take(&r);
	}
	put(&r, 0);
	ck_assert_uint_eq(sockopt_ring_slot(&r.ring, r.u_tail)->lost, 5);
}
END_TEST

START_TEST(lost_in_a_record_is_the_low_half_of_the_count)
{
	struct ring r;

	init(&r, 0);
	r.ring.lost[SOCKOPT_RING_FULL] = 0xffffffff;
	r.ring.lost[SOCKOPT_RING_BUSY] = 3;
	ck_assert_uint_eq(sockopt_ring_lost(&r.ring), 0x100000002);
	put(&r, 0);
	ck_assert_uint_eq(sockopt_ring_slot(&r.ring, 0)->lost, 2);
}
END_TEST

START_TEST(a_record_being_written_hides_those_behind_it)
{
	struct ring r;
	struct sockopt_record *rec;
	uint32_t pos;

	init(&r, starts[_i]);
	put(&r, 0);
	rec = reserve(&r, &pos);
	put(&r, 2);
	ck_assert_uint_eq(count_ready(&r), 1);
	rec->len = 1;
	sockopt_ring_commit(rec, pos);
	ck_assert_uint_eq(count_ready(&r), 3);
	ck_assert_uint_eq(take(&r), 0);
	ck_assert_uint_eq(take(&r), 1);
	ck_assert_uint_eq(take(&r), 2);
}
END_TEST

START_TEST(ready_never_says_more_than_was_asked)
{
	struct ring r;

	init(&r, starts[_i]);
	put(&r, 0);
	put(&r, 1);
	put(&r, 2);
	ck_assert_uint_eq(sockopt_ring_ready(&r.ring, r.u_tail, 0), 0);
	ck_assert_uint_eq(sockopt_ring_ready(&r.ring, r.u_tail, 2), 2);
	ck_assert_uint_eq(sockopt_ring_ready(&r.ring, r.u_tail, 4), 3);
}
END_TEST

START_TEST(a_writer_a_lap_behind_makes_the_next_one_busy_not_wrong)
{
	struct ring r;
	struct sockopt_record *slow;
	uint32_t pos, i;

	init(&r, starts[_i]);
	slow = reserve(&r, &pos);
	for (i = 1; i < SLOTS; i++)
		put(&r, i);
	/* A reader that lies: it never saw the slow writer's record. */
	sockopt_ring_release(&r.ring, (uint32_t)starts[_i] + SLOTS);
	ck_assert(!put(&r, 99));
	ck_assert_uint_eq(r.ring.lost[SOCKOPT_RING_BUSY], 1);
	ck_assert_uint_eq(r.ring.lost[SOCKOPT_RING_FULL], 0);
	sockopt_ring_commit(slow, pos);
	ck_assert(put(&r, 100));
	ck_assert_uint_eq(take(&r), 100);
}
END_TEST

START_TEST(a_discarded_reservation_is_an_empty_record_that_says_so)
{
	static const struct sockopt_record other = {
		0, 0, 7, 7, 7, 7, 7, 7, 7, 7,
	};
	struct ring r;
	struct sockopt_record *rec;
	uint32_t pos;

	init(&r, starts[_i]);
	rec = reserve(&r, &pos);
	rec->time = other.time;
	rec->len = other.len;
	rec->caplen = other.caplen;
	rec->ifindex = other.ifindex;
	rec->family = other.family;
	rec->kind = other.kind;
	rec->offset = other.offset;
	sockopt_ring_discard(rec, pos);
	ck_assert_uint_eq(count_ready(&r), 1);
	ck_assert_uint_eq(rec->flags, SOCKOPT_RECORD_F_DISCARDED);
	ck_assert_uint_eq(rec->seq, (uint32_t)(starts[_i] + 1));
	ck_assert_uint_eq(rec->time | rec->len | rec->caplen | rec->ifindex |
			  rec->family | rec->kind | rec->offset, 0);
}
END_TEST

START_TEST(what_was_tried_is_what_was_kept_and_what_was_lost)
{
	uint32_t random = 7, kept = 0, tried = 0, taken = 0, lost = 0;
	struct ring r;

	init(&r, starts[_i]);
	for (; tried < 5000; tried++) {
		random = random * 1664525 + 1013904223;
		kept += (uint32_t)put(&r, 0);
		while (random >> 30 == 0 && count_ready(&r)) {
			uint32_t now = sockopt_ring_slot(&r.ring, r.u_tail)->lost;

			ck_assert_uint_ge(now, lost);
			lost = now;
			take(&r);
			taken++;
			random = random * 1664525 + 1013904223;
		}
	}
	ck_assert_uint_eq(kept + sockopt_ring_lost(&r.ring), tried);
	ck_assert_uint_eq(taken + count_ready(&r), kept);
	ck_assert_uint_gt(taken, 100);
	ck_assert_uint_gt(lost, 100);
}
END_TEST

static void add_order(TCase *tc)
{
	tcase_add_test(tc, a_slot_is_header_and_payload_rounded_up_to_64);
	tcase_add_test(tc, slots_lie_one_behind_the_other_and_repeat_each_lap);
	tcase_add_loop_test(tc, a_new_ring_has_nothing_to_read, 0, STARTS);
	tcase_add_loop_test(tc, records_come_out_in_order_for_many_laps_wherever_positions_start,
			    0, STARTS);
	tcase_add_loop_test(tc, a_record_being_written_hides_those_behind_it,
			    0, STARTS);
	tcase_add_loop_test(tc, ready_never_says_more_than_was_asked, 0, STARTS);
	tcase_add_loop_test(tc, a_discarded_reservation_is_an_empty_record_that_says_so,
			    0, STARTS);
}

static void add_loss(TCase *tc)
{
	tcase_add_loop_test(tc, a_full_ring_drops_the_new_record_and_counts_it,
			    0, STARTS);
	tcase_add_loop_test(tc, one_released_record_makes_room_for_just_one,
			    0, STARTS);
	tcase_add_loop_test(tc, a_record_says_how_many_were_lost_before_it,
			    0, STARTS);
	tcase_add_test(tc, lost_in_a_record_is_the_low_half_of_the_count);
	tcase_add_loop_test(tc, a_writer_a_lap_behind_makes_the_next_one_busy_not_wrong,
			    0, STARTS);
	tcase_add_loop_test(tc, what_was_tried_is_what_was_kept_and_what_was_lost,
			    0, STARTS);
}

Suite *ring_suite(void)
{
	Suite *suite = suite_create("ring");
	TCase *order = tcase_create("order");
	TCase *loss = tcase_create("loss");

	add_order(order);
	add_loss(loss);
	suite_add_tcase(suite, order);
	suite_add_tcase(suite, loss);
	return suite;
}

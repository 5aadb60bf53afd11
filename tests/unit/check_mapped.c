/* SPDX-License-Identifier: MIT */
/*
 * Proves that next and release of a mapped stream show every record once and in order,
 * without a system call, and only what the kernel says is a record.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>

#define DISCARDED SOCKOPT_RECORD_F_DISCARDED

static int calls(void)
{
	return fake.gets + fake.sets + fake.polls + fake.map_calls;
}

/* ---- Records ------------------------------------------------------------ */

START_TEST(an_empty_ring_has_no_record_and_release_of_nothing_does_nothing)
{
	int before = calls();

	expect_none();
	ck_assert_uint_eq(fake_released(), 0);
	fake_publish(1);
	take_record(0);
	expect_none();
	ck_assert_uint_eq(fake_released(), 1);
	ck_assert_int_eq(calls(), before);
}
END_TEST

START_TEST(next_shows_the_same_record_until_it_is_released)
{
	const struct sockopt_record *rec;

	fake_publish(2);
	rec = sockopt_stream_next(st);
	expect_record(0);
	fake_publish(1);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	ck_assert_uint_eq(fake_released(), 0);
	sockopt_stream_release(st);
	ck_assert_uint_eq(fake_released(), 1);
	take_records(1, 2);
}
END_TEST

/* Positions wrap behind the second record, slots in every lap. */
START_TEST(records_come_once_and_in_order_over_many_laps_without_a_system_call)
{
	uint32_t number = 0, n;
	int before = calls();

	for (n = 0; n < 20 * SLOTS; n++) {
		fake_publish(n % SLOTS + 1);
		while (number < fake.count) {
			ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
			take_record(number++);
		}
		expect_none();
		ck_assert_uint_eq(fake_released(), number);
	}
	ck_assert_uint_gt(number, 80 * SLOTS);
	ck_assert_uint_eq(fake.lost, 0);
	ck_assert_int_eq(calls(), before);
}
END_TEST

START_TEST(release_makes_room_at_once_and_a_record_tells_what_was_lost)
{
	fake_publish(SLOTS + 1);
	ck_assert_uint_eq(fake.lost, 1);
	take_records(0, 2);
	fake_publish(3);
	ck_assert_uint_eq(fake.lost, 2);
	take_records(2, SLOTS - 2);
	expect_record(SLOTS);
	ck_assert_uint_eq(sockopt_stream_next(st)->lost, 1);
	take_records(SLOTS, 2);
	expect_none();
}
END_TEST

START_TEST(the_payload_stands_behind_the_header)
{
	const struct sockopt_record *rec;

	fake_publish(1);
	rec = sockopt_stream_next(st);
	ck_assert_ptr_eq(sockopt_record_data(rec), (const uint8_t *)rec + 32);
}
END_TEST

START_TEST(discarded_records_are_not_shown_and_make_room)
{
	fake.flags[0] = DISCARDED;
	fake.flags[2] = DISCARDED;
	fake.flags[3] = DISCARDED | SOCKOPT_RECORD_F_TRUNCATED;
	fake.flags[4] = SOCKOPT_RECORD_F_TRUNCATED;
	fake.flags[5] = DISCARDED;
	fake_publish(6);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(1);
	take_record(4);
	expect_none();
	ck_assert_uint_eq(fake_released(), 6);
	fake_publish(SLOTS);
	take_records(6, SLOTS);
	ck_assert_uint_eq(fake.lost, 0);
}
END_TEST

/* Release consumes what next would show, not what was discarded before it. */
START_TEST(release_skips_discarded_records_and_takes_one)
{
	fake.flags[0] = DISCARDED;
	fake.flags[1] = DISCARDED;
	fake_publish(4);
	sockopt_stream_release(st);
	ck_assert_uint_eq(fake_released(), 3);
	take_record(3);
	expect_none();
}
END_TEST

START_TEST(a_discarded_record_means_nothing_but_that)
{
	fake.flags[0] = DISCARDED;
	fake.lie_caplen = UINT16_MAX;
	fake_publish(1);
	fake.lie_caplen = 0;
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(1);
	expect_none();
}
END_TEST

START_TEST(a_record_that_says_more_than_its_slot_holds_is_not_shown)
{
	fake.lie_caplen = 32;
	fake_publish(1);
	fake.lie_caplen = (uint16_t)(_i ? UINT16_MAX : 33);
	fake_publish(1);
	fake.lie_caplen = 0;
	fake_publish(1);
	take_record(0);
	expect_none();
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EPROTO);
	expect_none();
	ck_assert_uint_eq(fake_released(), 1);
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static TCase *record_case(void)
{
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, set_up_mapped, tear_down_stream);
	tcase_add_test(tc, an_empty_ring_has_no_record_and_release_of_nothing_does_nothing);
	tcase_add_test(tc, next_shows_the_same_record_until_it_is_released);
	tcase_add_test(tc, records_come_once_and_in_order_over_many_laps_without_a_system_call);
	tcase_add_test(tc, release_makes_room_at_once_and_a_record_tells_what_was_lost);
	tcase_add_test(tc, the_payload_stands_behind_the_header);
	tcase_add_test(tc, discarded_records_are_not_shown_and_make_room);
	tcase_add_test(tc, release_skips_discarded_records_and_takes_one);
	tcase_add_test(tc, a_discarded_record_means_nothing_but_that);
	tcase_add_loop_test(tc, a_record_that_says_more_than_its_slot_holds_is_not_shown, 0, 2);
	return tc;
}

Suite *mapped_suite(void)
{
	Suite *suite = suite_create("mapped");

	suite_add_tcase(suite, record_case());
	return suite;
}

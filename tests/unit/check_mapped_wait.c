/* SPDX-License-Identifier: MIT */
/*
 * Proves that wait of a mapped stream asks nobody while there is a record, sleeps as
 * long as told when there is none, wakes for nothing but a record or the end, and says
 * the end behind the last record.
 */
#define _GNU_SOURCE		/* nanosleep with -std=c99 */

#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define DISCARDED SOCKOPT_RECORD_F_DISCARDED

static int calls(void)
{
	return fake.gets + fake.sets + fake.polls + fake.map_calls;
}

/* ---- Waiting ------------------------------------------------------------ */

static const int timeouts[] = { 0, 1, 250, -1 };

START_TEST(wait_with_a_record_there_asks_nobody_whatever_the_timeout)
{
	int before = calls();

	fake_publish(2);
	take_record(0);
	fake.poll_error = EIO;
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 1);
	ck_assert_int_eq(calls(), before);
	take_record(1);
}
END_TEST

START_TEST(wait_with_no_record_there_sleeps_as_long_as_told)
{
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 0);
	ck_assert_int_eq(fake.polls, 1);
	ck_assert_int_eq(fake.poll_timeout, timeouts[_i]);
	expect_none();
}
END_TEST

static void publish_one(void)
{
	fake_publish(1);
}

START_TEST(wait_is_over_when_a_record_comes)
{
	fake.meanwhile = publish_one;
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 1);
	ck_assert_int_eq(fake.polls, 1);
	take_record(0);
	expect_none();
}
END_TEST

START_TEST(a_signal_ends_wait_and_loses_nothing)
{
	fake.poll_error = EINTR;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EINTR);
	ck_assert_int_eq(fake.polls, 1);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EINTR);
}
END_TEST

START_TEST(a_kernel_that_promises_a_record_and_brings_none_is_not_believed)
{
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EPROTO);
	fake.poll_says = POLLERR;
	ck_assert_int_eq(sockopt_stream_wait(st, 5), -EPROTO);
	fake.poll_says = POLLNVAL;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EBADF);
	ck_assert_int_eq(fake.polls, 3);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(0);
}
END_TEST

/* What is left, at most, when 20 ms have passed. */
static const int left[] = { 0, 0, 230, -1 };

static void pass_20_ms_and_publish(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	if (fake.polls == 1)
		nanosleep(&pause, NULL);
	fake_publish(1);
}

START_TEST(wait_goes_on_behind_a_discarded_record_for_what_is_left_of_the_time)
{
	fake.flags[0] = DISCARDED;
	fake.meanwhile = pass_20_ms_and_publish;
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 1);
	ck_assert_int_eq(fake.polls, 2);
	ck_assert_int_ge(fake.poll_timeout, left[_i] < 0 ? -1 : 0);
	ck_assert_int_le(fake.poll_timeout, left[_i]);
	take_record(1);
	expect_none();
}
END_TEST

static void discard_and_rest(void)
{
	if (fake.polls == 1)
		fake_publish(1);
	else
		fake.poll_says = 0;
}

START_TEST(a_discarded_record_alone_is_nothing_to_wake_for)
{
	fake.flags[0] = DISCARDED;
	fake.flags[1] = DISCARDED;
	fake_publish(1);
	fake.meanwhile = discard_and_rest;
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 0);
	ck_assert_int_eq(fake.polls, 2);
	ck_assert_uint_eq(fake_released(), 2);
}
END_TEST

/* ---- The end ------------------------------------------------------------ */

START_TEST(the_end_is_said_behind_the_last_record)
{
	fake_publish(2);
	fake_end();
	fake.poll_says = POLLIN | POLLHUP;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), -ENODATA);
	ck_assert_int_eq(fake.polls, 0);
	expect_none();
	sockopt_stream_unmap(st);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
}
END_TEST

START_TEST(what_was_discarded_before_the_end_does_not_hide_it)
{
	fake.flags[0] = DISCARDED;
	fake.flags[2] = DISCARDED;
	fake_publish(3);
	fake_end();
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_uint_eq(fake_released(), 3);
}
END_TEST

START_TEST(wait_is_over_when_the_end_comes)
{
	fake.meanwhile = fake_end;
	fake.poll_says = POLLIN | POLLHUP;
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), -ENODATA);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

static void publish_and_end(void)
{
	fake_publish(2);
	fake_end();
}

START_TEST(records_that_come_with_the_end_are_shown_before_it)
{
	fake.meanwhile = publish_and_end;
	fake.poll_says = POLLIN | POLLHUP;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_records(0, 2);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(an_ended_stream_is_mapped_with_what_is_left)
{
	sockopt_stream_unmap(st);
	fake_publish(2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(sockopt_stream_map(st), 0);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_int_eq(fake.polls, 0);
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static TCase *wait_case(void)
{
	TCase *tc = tcase_create("wait");
	int n = COUNT(timeouts);

	tcase_add_checked_fixture(tc, set_up_mapped, tear_down_stream);
	tcase_add_loop_test(tc, wait_with_a_record_there_asks_nobody_whatever_the_timeout, 0, n);
	tcase_add_loop_test(tc, wait_with_no_record_there_sleeps_as_long_as_told, 0, n);
	tcase_add_loop_test(tc, wait_is_over_when_a_record_comes, 0, n);
	tcase_add_test(tc, a_signal_ends_wait_and_loses_nothing);
	tcase_add_test(tc, a_kernel_that_promises_a_record_and_brings_none_is_not_believed);
	tcase_add_loop_test(tc, wait_goes_on_behind_a_discarded_record_for_what_is_left_of_the_time,
			    0, n);
	tcase_add_loop_test(tc, a_discarded_record_alone_is_nothing_to_wake_for, 0, n);
	return tc;
}

static TCase *end_case(void)
{
	TCase *tc = tcase_create("end");

	tcase_add_checked_fixture(tc, set_up_mapped, tear_down_stream);
	tcase_add_test(tc, the_end_is_said_behind_the_last_record);
	tcase_add_test(tc, what_was_discarded_before_the_end_does_not_hide_it);
	tcase_add_loop_test(tc, wait_is_over_when_the_end_comes, 0, COUNT(timeouts));
	tcase_add_test(tc, records_that_come_with_the_end_are_shown_before_it);
	tcase_add_test(tc, an_ended_stream_is_mapped_with_what_is_left);
	return tc;
}

Suite *mapped_wait_suite(void)
{
	Suite *suite = suite_create("mapped wait");

	suite_add_tcase(suite, wait_case());
	suite_add_tcase(suite, end_case());
	return suite;
}

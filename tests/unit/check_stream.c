/* SPDX-License-Identifier: MIT */
/*
 * A stream against the fake kernel: opening and closing it, which leaves nothing
 * when it fails, waiting, its end, and its counters.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* ---- Open and close ----------------------------------------------------- */

START_TEST(a_refused_open_leaves_nothing)
{
	fake.open_error = EBUSY;
	fail_to_open(NULL, EBUSY);
}
END_TEST

START_TEST(an_open_that_fails_late_closes_the_fd_it_was_given)
{
	fake.open_error = EPERM;
	fake.open_error_late = 1;
	fail_to_open(NULL, EPERM);
	ck_assert_int_ge(fake.stream_fd, 0);
	ck_assert(!fake_is_open(fake.stream_fd));
}
END_TEST

START_TEST(an_open_of_a_module_absent_once_is_asked_again)
{
	fake.absent = 1;
	ck_assert_int_eq(open_with(NULL), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_slot_size_that_no_record_can_have_is_refused)
{
	static const uint32_t sizes[] = { 0, 31, 36, 0xfffffff8 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fake.slot_size = sizes[i];
		fail_to_open(NULL, EPROTO);
		ck_assert(!fake_is_open(fake.stream_fd));
	}
}
END_TEST

START_TEST(a_stream_outlives_its_handle)
{
	struct sockopt *second;

	ck_assert_int_eq(sockopt_open(&second), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, second, CHANNEL, NULL), 0);
	sockopt_close(second);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(icmp_open_makes_a_stream_of_the_icmp_channel_and_no_more_fds)
{
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), 0);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(SOCKOPT_CHANNEL_ICMP,
						     SOCKOPT_OPEN));
	ck_assert_int_eq(fake_count_open(), fds_before + 2);
	ck_assert_int_eq(sockopt_stream_fd(st), fake.stream_fd);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(icmp_open_that_fails_leaves_nothing)
{
	st = (struct sockopt_stream *)&fake;
	fake.open_error = ENOSPC;
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), -ENOSPC);
	ck_assert_ptr_null(st);
	st = (struct sockopt_stream *)&fake;
	fake.socket_error = EPERM;
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), -EPERM);
	ck_assert_ptr_null(st);
}
END_TEST

START_TEST(close_acknowledges_what_was_released_and_takes_null)
{
	sockopt_stream_close(NULL);
	ck_assert_int_eq(open_with(NULL), 0);
	fake_publish(5);
	ck_assert_int_eq(sockopt_stream_pull(st), 5);
	sockopt_stream_release(st);
	sockopt_stream_release(st);
	ck_assert_uint_eq(fake.acknowledged, 0);
	sockopt_stream_close(st);
	ck_assert_uint_eq(fake.acknowledged, 2);
	ck_assert_uint_eq(fake.records_len, HEAD);
}
END_TEST

START_TEST(close_closes_although_acknowledging_fails)
{
	ck_assert_int_eq(open_with(NULL), 0);
	fake.records_error = ENOTCONN;
	sockopt_stream_close(st);
	ck_assert(!fake_is_open(fake.stream_fd));
}
END_TEST

/* ---- Waiting ------------------------------------------------------------ */

START_TEST(wait_says_what_poll_says)
{
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLHUP;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLERR;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLNVAL;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EBADF);
	fake.poll_error = EINTR;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EINTR);
	ck_assert_int_eq(fake.polls, 6);
}
END_TEST

START_TEST(wait_after_a_failed_pull_returns_at_once)
{
	fake_publish(1);
	fake.records_error = EPERM;
	ck_assert_int_eq(sockopt_stream_pull(st), -EACCES);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.polls, 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(wait_after_a_pull_that_found_nothing_asks_the_kernel)
{
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(wait_with_records_not_released_returns_at_once)
{
	fake_publish(2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.polls, 0);
}
END_TEST

static const int timeouts[] = { 0, 1, 250, -1 };

START_TEST(wait_sleeps_as_long_as_told)
{
	ck_assert_int_eq(sockopt_stream_wait(st, timeouts[_i]), 0);
	ck_assert_int_eq(fake.polls, 1);
	ck_assert_int_eq(fake.poll_timeout, timeouts[_i]);
}
END_TEST

/* ---- A batch of the whole ring ------------------------------------------ */

START_TEST(wait_behind_the_whole_ring_makes_room_once)
{
	fetch(SLOTS, SLOTS);
	expect_idle();
	ck_assert_int_eq(fake.records_calls, 2);
	ck_assert_uint_eq(fake.records_len, HEAD);
	ck_assert_uint_eq(fake.acknowledged, SLOTS);
	expect_idle();
	ck_assert_int_eq(fake.records_calls, 2);
}
END_TEST

START_TEST(wait_behind_a_part_of_the_ring_makes_none)
{
	fetch(SLOTS - 1, SLOTS - 1);
	expect_idle();
	ck_assert_int_eq(fake.records_calls, 1);
}
END_TEST

START_TEST(wait_within_a_batch_of_the_whole_ring_returns_at_once)
{
	fetch(SLOTS, SLOTS - 1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.records_calls, 1);
	ck_assert_int_eq(fake.polls, 0);
	take_record(SLOTS - 1);
}
END_TEST

/* A ring without room is readable, although it has nothing new. */
START_TEST(wait_that_could_not_make_room_tries_again)
{
	fetch(SLOTS, SLOTS);
	fake.records_error = EINTR;
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EINTR);
	ck_assert_int_eq(fake.polls, 0);
	ck_assert_int_eq(fake.records_calls, 2);
	expect_idle();
	ck_assert_int_eq(fake.records_calls, 3);
	expect_idle();
	ck_assert_int_eq(fake.records_calls, 3);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(SLOTS);
}
END_TEST

/* ---- Stop, the counters ------------------------------------------------- */

START_TEST(stop_ends_the_stream_and_leaves_errno)
{
	errno = 1234;
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(fake.stops, 1);
	fake.absent = FAKE_TRIES;
	ck_assert_int_eq(sockopt_stream_stop(st), -ENOPROTOOPT);
	ck_assert_int_eq(errno, 1234);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
}
END_TEST

START_TEST(stats_come_from_the_kernel)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	memset(&stats, 0xff, sizeof(stats));
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(stats.seen, 3);
	ck_assert_uint_eq(stats.delivered, 0);
	ck_assert_uint_eq(stats.pending, 3);
	ck_assert_uint_eq(stats.lost_full, 0);
}
END_TEST

START_TEST(stats_that_fail_leave_the_struct_alone)
{
	struct sockopt_stats stats, before;

	memset(&stats, 0xff, sizeof(stats));
	before = stats;
	fake.absent = FAKE_TRIES;
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), -ENOPROTOOPT);
	ck_assert_mem_eq(&stats, &before, sizeof(stats));
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static TCase *open_case(void)
{
	TCase *tc = tcase_create("open");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_refused_open_leaves_nothing);
	tcase_add_test(tc, an_open_that_fails_late_closes_the_fd_it_was_given);
	tcase_add_test(tc, an_open_of_a_module_absent_once_is_asked_again);
	tcase_add_test(tc, a_slot_size_that_no_record_can_have_is_refused);
	tcase_add_test(tc, a_stream_outlives_its_handle);
	tcase_add_test(tc, icmp_open_makes_a_stream_of_the_icmp_channel_and_no_more_fds);
	tcase_add_test(tc, icmp_open_that_fails_leaves_nothing);
	tcase_add_test(tc, close_acknowledges_what_was_released_and_takes_null);
	tcase_add_test(tc, close_closes_although_acknowledging_fails);
	return tc;
}

static TCase *wait_case(void)
{
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, set_up_stream, tear_down_stream);
	tcase_add_test(tc, wait_says_what_poll_says);
	tcase_add_test(tc, wait_after_a_failed_pull_returns_at_once);
	tcase_add_test(tc, wait_after_a_pull_that_found_nothing_asks_the_kernel);
	tcase_add_test(tc, wait_with_records_not_released_returns_at_once);
	tcase_add_loop_test(tc, wait_sleeps_as_long_as_told, 0, COUNT(timeouts));
	tcase_add_test(tc, stop_ends_the_stream_and_leaves_errno);
	tcase_add_test(tc, stats_come_from_the_kernel);
	tcase_add_test(tc, stats_that_fail_leave_the_struct_alone);
	return tc;
}

static TCase *whole_case(void)
{
	TCase *tc = tcase_create("whole");

	tcase_add_checked_fixture(tc, set_up_small, tear_down_stream);
	tcase_add_test(tc, wait_behind_the_whole_ring_makes_room_once);
	tcase_add_test(tc, wait_behind_a_part_of_the_ring_makes_none);
	tcase_add_test(tc, wait_within_a_batch_of_the_whole_ring_returns_at_once);
	tcase_add_test(tc, wait_that_could_not_make_room_tries_again);
	return tc;
}

Suite *stream_suite(void)
{
	Suite *suite = suite_create("stream");

	suite_add_tcase(suite, open_case());
	suite_add_tcase(suite, wait_case());
	suite_add_tcase(suite, whole_case());
	return suite;
}

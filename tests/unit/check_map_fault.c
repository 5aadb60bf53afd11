/* SPDX-License-Identifier: MIT */
/*
 * Proves that a map that fails, at whatever step and for whatever reason, is passed as
 * an error, leaves nothing mapped, and leaves a stream that waits and pulls on; and
 * which status pages are believed.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Map must fail like this, and leave nothing. */
static void fail_to_map(int err)
{
	ck_assert_int_eq(sockopt_stream_map(st), -err);
	ck_assert_int_eq(fake.maps, 0);
}

static const struct {
	int at, error;
} faults[] = {
	{ 1, ENOMEM }, { 1, EBUSY }, { 1, ENODEV }, { 2, ENOMEM }, { 2, EBUSY }, { 2, ENODEV },
};

static void order_fault(int i)
{
	fake.map_error = faults[i].error;
	fake.map_error_at = faults[i].at;
}

START_TEST(a_map_that_fails_half_way_leaves_nothing_and_the_stream_pulls_on)
{
	fetch(5, 2);
	order_fault(_i);
	fail_to_map(faults[_i].error);
	ck_assert_int_eq(fake.map_calls, faults[_i].at);
	expect_none();
	fake_publish(1);
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 4);
	take_records(2, 4);
	expect_idle();
}
END_TEST

START_TEST(a_map_that_failed_half_way_can_succeed_the_next_time)
{
	fetch(5, 2);
	order_fault(_i);
	fail_to_map(faults[_i].error);
	map_ring();
	take_records(2, 3);
	expect_idle();
}
END_TEST

/* A caller that falls back to pull is told of no record that is not there. */
START_TEST(a_map_that_fails_half_way_leaves_waiting_to_the_kernel)
{
	order_fault(_i);
	fail_to_map(faults[_i].error);
	expect_idle();
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
}
END_TEST

static const int refusals[] = { ENOTCONN, EBUSY, ENOMEM, EINTR };

START_TEST(a_map_that_records_refuses_is_repaired_as_a_failed_pull_is)
{
	fetch(5, 2);
	fake.records_error = refusals[_i];
	fail_to_map(refusals[_i]);
	ck_assert_int_eq(fake.map_calls, 0);
	expect_none();
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.polls, 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_records(2, 3);
	expect_idle();
}
END_TEST

START_TEST(a_map_makes_up_for_a_failed_pull)
{
	fake.records_error = EPERM;
	ck_assert_int_eq(sockopt_stream_pull(st), -EACCES);
	map_ring();
	fake_publish(1);
	take_record(0);
	unmap_ring();
	expect_idle();
}
END_TEST

START_TEST(a_map_of_a_module_absent_once_succeeds)
{
	fetch(2, 1);
	fake.absent = 1;
	map_ring();
	take_record(1);
	unmap_ring();
	fake.absent = FAKE_TRIES;
	fail_to_map(ENOPROTOOPT);
}
END_TEST

static const struct sockopt_status lies[] = {
	{ .size = 1 }, { .size = sizeof(struct sockopt_status) - 1 },
	{ .slots = SLOTS / 2 }, { .slots = SLOTS * 2 }, { .slots = UINT32_MAX },
	{ .slot_size = 32 }, { .slot_size = 128 }, { .slot_size = UINT32_MAX },
};

START_TEST(a_status_page_that_does_not_tell_what_open_told_is_refused)
{
	fetch(3, 1);
	fake.lie_status = lies[_i];
	fail_to_map(EPROTO);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(1);
	memset(&fake.lie_status, 0, sizeof(fake.lie_status));
	map_ring();
	take_record(2);
	expect_idle();
}
END_TEST

START_TEST(a_status_page_of_a_newer_kernel_is_taken)
{
	fake.lie_status.size = sizeof(struct sockopt_status) + 8;
	map_ring();
	fake_publish(1);
	take_record(0);
}
END_TEST

START_TEST(a_ring_that_is_said_to_have_no_slots_is_not_mapped)
{
	fake.lie_no_slots = 1;
	ck_assert_int_eq(open_with(NULL), 0);
	fail_to_map(EPROTO);
	fetch(2, 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static TCase *fault_case(void)
{
	TCase *tc = tcase_create("fault");

	tcase_add_checked_fixture(tc, set_up_small, tear_down_stream);
	tcase_add_loop_test(tc, a_map_that_fails_half_way_leaves_nothing_and_the_stream_pulls_on,
			    0, COUNT(faults));
	tcase_add_loop_test(tc, a_map_that_failed_half_way_can_succeed_the_next_time, 0,
			    COUNT(faults));
	tcase_add_loop_test(tc, a_map_that_fails_half_way_leaves_waiting_to_the_kernel, 0,
			    COUNT(faults));
	tcase_add_loop_test(tc, a_map_that_records_refuses_is_repaired_as_a_failed_pull_is, 0,
			    COUNT(refusals));
	tcase_add_test(tc, a_map_makes_up_for_a_failed_pull);
	tcase_add_test(tc, a_map_of_a_module_absent_once_succeeds);
	tcase_add_loop_test(tc, a_status_page_that_does_not_tell_what_open_told_is_refused, 0,
			    COUNT(lies));
	tcase_add_test(tc, a_status_page_of_a_newer_kernel_is_taken);
	return tc;
}

static TCase *slots_case(void)
{
	TCase *tc = tcase_create("slots");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_ring_that_is_said_to_have_no_slots_is_not_mapped);
	return tc;
}

Suite *map_fault_suite(void)
{
	Suite *suite = suite_create("map fault");

	suite_add_tcase(suite, fault_case());
	suite_add_tcase(suite, slots_case());
	return suite;
}

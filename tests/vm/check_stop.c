/* SPDX-License-Identifier: MIT */
/*
 * Proves that STOP ends a stream behind what is queued, and keeps its place.
 */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

START_TEST(queued_records_can_be_read_after_stop_and_none_is_added)
{
	struct sockopt_stats stats;
	int i;

	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ping();
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	ping();
	take(4, 2);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 0);
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.flags, SOCKOPT_STATS_F_ENDED);
	ck_assert_uint_eq(stats.seen, 6);
	ck_assert_uint_eq(stats.delivered, 6);
	ck_assert_uint_eq(stats.pending + stats.filtered + stats.lost_full, 0);
}
END_TEST

/* The other stream keeps the hook, and the namespace goes on counting. */
START_TEST(what_comes_after_stop_counts_as_filtered_while_another_stream_goes_on)
{
	struct sockopt_stats stats;
	struct vm_reader other;

	vm_reader_open(&other, SLOTS, 0, 4);
	ping();
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ping();
	vm_wait_seen(other.sock, 2);
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, 2);
	ck_assert_uint_eq(stats.filtered, 1);
	ck_assert_uint_eq(stats.pending, 1);
	ck_assert_int_eq(vm_reader_take(&other), 2);
	take(0, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
}
END_TEST

START_TEST(stopping_twice_is_fine)
{
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	close(reader.stream);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), -ENOTCONN);
}
END_TEST

START_TEST(a_stopped_stream_keeps_its_place_until_it_is_closed)
{
	struct sockopt_open args = vm_open_args();

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(vm_open(reader.sock, ICMP, &args), -EBUSY);
	close(reader.stream);
	reader.stream = vm_stream(reader.sock, SLOTS, &reader.open);
	reader.cursor = reader.open.cursor;
	ck_assert_int_eq(poll_for(0), 0);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
}
END_TEST

START_TEST(stop_follows_the_rules_of_structs)
{
	/* size, flags, more; length; result */
	static const struct {
		uint32_t stop[3];
		socklen_t len;
		int expected;
	} cases[] = {
		{ { 8, 0, 0 }, 0, -EINVAL }, { { 8, 0, 0 }, 7, -EINVAL },
		{ { 7, 0, 0 }, 8, -EINVAL }, { { 0, 0, 0 }, 8, -EINVAL },
		{ { 12, 0, 0 }, 8, -EINVAL }, { { UINT32_MAX, 0, 0 }, 8, -EINVAL },
		{ { 8, 1, 0 }, 8, -EINVAL }, { { 8, 0x80000000, 0 }, 8, -EINVAL },
		{ { 12, 0, 1 }, 12, -E2BIG }, { { 12, 0, 0 }, 12, 0 },
	};
	size_t i;

	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_STOP, NULL, 8), -EFAULT);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(poll_for(0), 0);
		ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_STOP, cases[i].stop,
					cases[i].len), cases[i].expected);
	}
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
}
END_TEST

Suite *stop_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *tc = vm_case(suite, "stop", 20, sleeper_setup);

	tcase_add_test(tc, queued_records_can_be_read_after_stop_and_none_is_added);
	tcase_add_test(tc, what_comes_after_stop_counts_as_filtered_while_another_stream_goes_on);
	tcase_add_test(tc, stopping_twice_is_fine);
	tcase_add_test(tc, a_stopped_stream_keeps_its_place_until_it_is_closed);
	tcase_add_test(tc, stop_follows_the_rules_of_structs);
	return suite;
}

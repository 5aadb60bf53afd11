/* SPDX-License-Identifier: MIT */
/*
 * Proves that readers sleep until there is something for them, a record or the end
 * of stream, and not longer, in every call that can wait.
 */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A process that leaves the file to the others. */
static int call_records_without_fd(struct sleeper *sleeper)
{
	close(reader.stream);
	return call_records(sleeper);
}

static int call_poll(struct sleeper *sleeper)
{
	(void)sleeper;
	return poll_for(-1);
}

static int call_select(struct sleeper *sleeper)
{
	(void)sleeper;
	return select_for(NULL);
}

static int call_epoll(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(new_epoll(0), -1);
}

static int call_epoll_edge(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(new_epoll(EPOLLET), -1);
}

static int call_library(struct sleeper *sleeper)
{
	return sockopt_stream_wait(sleeper->st, -1);
}

/* All ways to sleep, and what they return for a record and for the end. */
static const struct {
	int (*call)(struct sleeper *sleeper);
	int record;
	int end;
} ways[] = {
	{ call_records, 1, 0 },
	{ call_poll, POLLIN, POLLIN | POLLHUP },
	{ call_select, 1, 1 },
	{ call_epoll, EPOLLIN, EPOLLIN | EPOLLHUP },
	{ call_epoll_edge, EPOLLIN, EPOLLIN | EPOLLHUP },
};
#define WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

/* Of a loop test over 2 * WAYS: each in a process, then in a thread. */
static struct sleeper *sleep_in_way(int i)
{
	return put_to_sleep(new_sleeper(ways[i % WAYS].call, i >= WAYS));
}

/* ---- Waking ---- */

START_TEST(a_sleeper_wakes_when_a_packet_comes)
{
	struct sleeper *sleeper = sleep_in_way(_i);

	ping();
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].record);
	if (sleeper->call == call_records)
		ck_assert_int_eq(sleeper->first, 0);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_sleeper_wakes_when_another_stream_takes_the_packet_first)
{
	struct vm_reader first;
	struct sleeper *sleeper;

	vm_reader_open(&first, 64, 0, 1);
	vm_reader_close(&reader);
	vm_reader_open(&reader, 64, 0, 64);
	sleeper = sleep_in_way(_i);
	ping();
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].record);
	vm_reader_close(&first);
}
END_TEST

START_TEST(a_sleeper_wakes_when_the_stream_is_stopped)
{
	struct sleeper *sleeper = sleep_in_way(_i);

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].end);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
}
END_TEST

START_TEST(a_packet_that_is_not_wanted_wakes_nobody)
{
	struct sleeper *sleeper;

	vm_reader_close(&reader);
	vm_reader_open_types(&reader, (const int[]){ 0, -1 }, 4);
	sleeper = sleep_in_way(_i);
	ping();
	vm_wait_seen(reader.sock, 1);
	expect_asleep(sleeper);
	vm_icmp(pinger, VM_LO, 0, 0, "\x60\x01\0\1", 4);
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].record);
	if (sleeper->call == call_records)
		ck_assert_int_eq(sleeper->first, 1);
}
END_TEST

START_TEST(closing_one_of_two_descriptors_wakes_nobody)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, true));
	int second = dup(reader.stream);

	close(reader.stream);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
	close(second);
}
END_TEST

START_TEST(closing_the_last_descriptor_wakes_a_thread_in_records)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, true));

	close(reader.stream);
	ck_assert_int_eq(wake(sleeper), -ENOTCONN);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(closing_the_last_descriptor_wakes_a_process_in_records)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records_without_fd, false));

	close(reader.stream);
	ck_assert_int_eq(wake(sleeper), -ENOTCONN);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_stream_held_by_another_process_goes_on_when_ours_is_closed)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	close(reader.stream);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	vm_wait_stream_count(0);
}
END_TEST

START_TEST(killing_a_sleeper_ends_the_stream_that_it_alone_held)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	close(reader.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(kill(sleeper->pid, SIGKILL), 0);
	vm_wait_stream_count(0);
	ck_assert(!is_done(sleeper));
}
END_TEST

START_TEST(two_sleepers_in_records_wake_with_the_same_record)
{
	struct sleeper *one = put_to_sleep(new_sleeper(call_records, false));
	struct sleeper *two = put_to_sleep(new_sleeper(call_records, true));

	ping();
	ck_assert_int_eq(wake(one), 1);
	ck_assert_int_eq(wake(two), 1);
	ck_assert_int_eq(one->first, 0);
	ck_assert_int_eq(two->first, 0);
	take(0, 1);
	expect_nothing();
}
END_TEST

/* ---- The library ---- */

static struct sockopt_stream *open_library(void)
{
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), 0);
	return st;
}

static struct sleeper *sleep_in_library(struct sockopt_stream *st, bool is_thread)
{
	struct sleeper *sleeper = new_sleeper(call_library, is_thread);

	sleeper->st = st;
	return put_to_sleep(sleeper);
}

START_TEST(the_library_waits_as_long_as_told)
{
	struct sockopt_stream *st = open_library();
	int64_t start = now_us();

	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	expect_elapsed(start, 0, 0);
	start = now_us();
	ck_assert_int_eq(sockopt_stream_wait(st, 20), 0);
	expect_elapsed(start, 20, 0);
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	sockopt_stream_release(st);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_wakes_when_a_packet_comes)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_in_library(st, _i);

	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(ping_seq(sockopt_stream_next(st)), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_wakes_when_stopped_and_reads_what_is_left)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_in_library(st, _i);

	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(wake(sleeper), 1);
	ping();
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	sockopt_stream_close(st);
	st = open_library();
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(ping_seq(sockopt_stream_next(st)), 1);
	sockopt_stream_release(st);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_signal_interrupts_the_library_and_nothing_is_lost)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_with_handler(call_library, _i ? SA_RESTART : 0);

	sleeper->st = st;
	put_to_sleep(sleeper);
	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

/* ---- Suite ---- */

static void add_waking(TCase *tc)
{
	tcase_add_loop_test(tc, a_sleeper_wakes_when_a_packet_comes, 0, 2 * WAYS);
	tcase_add_loop_test(tc, a_sleeper_wakes_when_another_stream_takes_the_packet_first,
			    0, 2 * WAYS);
	tcase_add_loop_test(tc, a_sleeper_wakes_when_the_stream_is_stopped, 0, 2 * WAYS);
	tcase_add_loop_test(tc, a_packet_that_is_not_wanted_wakes_nobody, 0, 2 * WAYS);
	tcase_add_test(tc, closing_one_of_two_descriptors_wakes_nobody);
	tcase_add_test(tc, closing_the_last_descriptor_wakes_a_thread_in_records);
	tcase_add_test(tc, closing_the_last_descriptor_wakes_a_process_in_records);
	tcase_add_test(tc, a_stream_held_by_another_process_goes_on_when_ours_is_closed);
	tcase_add_test(tc, killing_a_sleeper_ends_the_stream_that_it_alone_held);
	tcase_add_test(tc, two_sleepers_in_records_wake_with_the_same_record);
}

static void add_library(TCase *tc)
{
	tcase_add_test(tc, the_library_waits_as_long_as_told);
	tcase_add_loop_test(tc, the_library_wakes_when_a_packet_comes, 0, 2);
	tcase_add_loop_test(tc, the_library_wakes_when_stopped_and_reads_what_is_left, 0, 2);
	tcase_add_loop_test(tc, a_signal_interrupts_the_library_and_nothing_is_lost, 0, 2);
}

Suite *wait_suite(void)
{
	Suite *suite = suite_create("wait");

	add_waking(vm_case(suite, "waking", 20, sleeper_setup));
	add_library(vm_case(suite, "library", 20, sleeper_setup));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library hands out of a mapped ring what it hands out when it
 * pulls, waits for it, and needs no system call as long as there is something.
 */
#include "sequence.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockopt_stream *mapped, *pulled;

static struct sockopt_stream *open_stream(uint32_t slots, uint32_t wake_records)
{
	struct sockopt_config config = {
		.size = sizeof(config), .slots = slots, .batch = 65536,
		.wake_records = wake_records, .wake_delay_us = SOCKOPT_WAKE_DELAY_NONE,
	};
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	return st;
}

static void setup(void)
{
	sequence_setup();
	mapped = open_stream(64, 0);
	pulled = open_stream(64, 0);
	ck_assert_int_eq(sockopt_stream_map(mapped), 0);
}

static void wait_pending(struct sockopt_stream *st, uint64_t seen)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int tries;

	for (tries = 0; tries < 5000; tries++) {
		ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
		if (stats.seen >= seen)
			return;
		poll(NULL, 0, 1);
	}
	ck_abort_msg("in vain: records");
}

/* The record that next shows has this number; it is released. */
static void take_number(struct sockopt_stream *st, uint32_t number)
{
	const struct sockopt_record *rec = sockopt_stream_next(st);

	ck_assert_ptr_nonnull(rec);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	ck_assert_uint_eq(number_of(rec), number);
	sockopt_stream_release(st);
}

START_TEST(both_ways_show_the_same_records)
{
	uint32_t i, round;

	for (round = 0; round < 10; round++) {
		send_more(50);
		wait_pending(pulled, sent);
		ck_assert_int_eq(sockopt_stream_pull(pulled), 50);
		for (i = 0; i < 50; i++) {
			const struct sockopt_record *a = sockopt_stream_next(mapped);
			const struct sockopt_record *b = sockopt_stream_next(pulled);

			ck_assert_ptr_nonnull(a);
			ck_assert_mem_eq(a, b, SLOT_SIZE);
			ck_assert_uint_eq(number_of(a), 50 * round + i);
			sockopt_stream_release(mapped);
			sockopt_stream_release(pulled);
		}
		ck_assert_ptr_null(sockopt_stream_next(mapped));
		sockopt_stream_release(mapped);
		ck_assert_int_eq(sockopt_stream_pull(pulled), -EAGAIN);
	}
}
END_TEST

START_TEST(what_was_fetched_and_not_released_is_shown_again_each_time)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	send_more(6);
	wait_pending(pulled, 6);
	ck_assert_int_eq(sockopt_stream_pull(pulled), 6);
	take_number(pulled, 0);
	ck_assert_int_eq(sockopt_stream_map(pulled), 0);
	take_number(pulled, 1);
	take_number(pulled, 2);
	sockopt_stream_unmap(pulled);
	ck_assert_ptr_null(sockopt_stream_next(pulled));
	ck_assert_int_eq(sockopt_stream_wait(pulled, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(pulled), 3);
	take_number(pulled, 3);
	ck_assert_int_eq(sockopt_stream_map(pulled), 0);
	take_number(pulled, 4);
	take_number(pulled, 5);
	ck_assert_ptr_null(sockopt_stream_next(pulled));
	ck_assert_int_eq(sockopt_stream_stats(pulled, &stats), 0);
	ck_assert_uint_eq(stats.delivered, 6);
	ck_assert_uint_eq(stats.pending, 0);
}
END_TEST

START_TEST(pull_and_a_second_map_are_refused_and_change_nothing)
{
	send_more(1);
	wait_pending(mapped, 1);
	ck_assert_int_eq(sockopt_stream_pull(mapped), -EBUSY);
	ck_assert_int_eq(sockopt_stream_map(mapped), -EBUSY);
	take_number(mapped, 0);
	ck_assert_ptr_nonnull(strstr(sockopt_strerror(-EBUSY), "mapped"));
	sockopt_stream_unmap(mapped);
	sockopt_stream_unmap(mapped);
	ck_assert_int_eq(sockopt_stream_pull(mapped), -EAGAIN);
}
END_TEST

START_TEST(wait_says_when_there_is_something_and_when_it_is_over)
{
	ck_assert_int_eq(sockopt_stream_wait(mapped, 0), 0);
	ck_assert_int_eq(sockopt_stream_wait(mapped, 20), 0);
	send_more(3);
	ck_assert_int_eq(sockopt_stream_wait(mapped, 5000), 1);
	wait_pending(mapped, 3);
	take_number(mapped, 0);
	ck_assert_int_eq(sockopt_stream_wait(mapped, 0), 1);
	ck_assert_int_eq(sockopt_stream_stop(mapped), 0);
	ck_assert_int_eq(sockopt_stream_wait(mapped, -1), 1);
	take_number(mapped, 1);
	take_number(mapped, 2);
	ck_assert_int_eq(sockopt_stream_wait(mapped, -1), -ENODATA);
	ck_assert_int_eq(sockopt_stream_wait(mapped, 0), -ENODATA);
}
END_TEST

START_TEST(wait_holds_to_the_wake_up_only_when_there_is_nothing)
{
	struct sockopt_stream *st = open_stream(64, 4);

	ck_assert_int_eq(sockopt_stream_map(st), 0);
	send_more(3);
	wait_pending(st, 3);
	ck_assert_int_eq(poll(&(struct pollfd){ .fd = sockopt_stream_fd(st), .events = POLLIN },
			      1, 0), 0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	take_number(st, 0);
	take_number(st, 1);
	take_number(st, 2);
	ck_assert_int_eq(sockopt_stream_wait(st, 50), 0);
	sockopt_stream_close(st);
}
END_TEST

/*
 * Strict seccomp: any system call but read, write and _exit kills. 64 records are
 * there; the child takes them, checks their numbers, and writes how many there were.
 */
static void take_without_calls(int out)
{
	const struct sockopt_record *rec;
	unsigned char n = 0;

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	while (sockopt_stream_wait(mapped, -1) == 1 && (rec = sockopt_stream_next(mapped)) &&
	       sockopt_record_data(rec)[31] == n) {
		sockopt_stream_release(mapped);
		if (++n == 64)
			break;
	}
	syscall(SYS_write, out, &n, 1);
	syscall(SYS_exit, 0);
}

START_TEST(as_long_as_records_are_there_no_system_call_is_made)
{
	unsigned char n = 0;
	int out[2], status;
	pid_t child;

	send_more(64);
	wait_pending(mapped, 64);
	ck_assert_int_eq(pipe(out), 0);
	child = fork();
	if (!child)
		take_without_calls(out[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	ck_assert_int_eq(read(out[0], &n, 1), 1);
	ck_assert_uint_eq(n, 64);
}
END_TEST

START_TEST(closing_a_mapped_stream_leaves_nothing)
{
	sockopt_stream_close(mapped);
	sockopt_stream_close(pulled);
	vm_wait_rings_gone();
}
END_TEST

Suite *mapped_suite(void)
{
	Suite *suite = suite_create("mapped");
	TCase *tc = vm_case(suite, "mapped", 20, setup);

	tcase_add_test(tc, both_ways_show_the_same_records);
	tcase_add_test(tc, what_was_fetched_and_not_released_is_shown_again_each_time);
	tcase_add_test(tc, pull_and_a_second_map_are_refused_and_change_nothing);
	tcase_add_test(tc, wait_says_when_there_is_something_and_when_it_is_over);
	tcase_add_test(tc, wait_holds_to_the_wake_up_only_when_there_is_nothing);
	tcase_add_test(tc, as_long_as_records_are_there_no_system_call_is_made);
	tcase_add_test(tc, closing_a_mapped_stream_leaves_nothing);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library reads a mapped ring record by record, the same as RECORDS
 * brings, to the end of stream, and without a system call as long as there are any.
 */
#include "sequence.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sleeper.h"

static struct sockopt_stream *st;

static void open_library(uint32_t slots)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = slots };

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
}

static void setup(void)
{
	sequence_setup();
	open_library(64);
	ck_assert_int_eq(sockopt_stream_map(st), 0);
}

static struct sockopt_stats counts(void)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	return stats;
}

static bool has_seen_all(void *unused)
{
	(void)unused;
	return counts().seen >= sent;
}

static void queue_all(uint32_t n)
{
	send_more(n);
	vm_wait(has_seen_all, NULL, "packets seen");
}

/* Hand out and release n records, numbered from first. */
static void release_run(uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = sockopt_stream_next(st);

		ck_assert_ptr_nonnull(rec);
		ck_assert_uint_eq(number_of(rec), first + i);
		ck_assert_ptr_eq(sockopt_stream_next(st), rec);
		sockopt_stream_release(st);
	}
}

static void expect_no_record(void)
{
	ck_assert_ptr_null(sockopt_stream_next(st));
	sockopt_stream_release(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
}

/* ---- Reading ---- */

START_TEST(a_mapped_stream_brings_every_record_once)
{
	uint32_t round;

	expect_no_record();
	for (round = 0; round < 10; round++) {
		queue_all(64);
		ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
		release_run(round * 64, 64);
		expect_no_record();
	}
	ck_assert_uint_eq(counts().delivered, 640);
	ck_assert_uint_eq(counts().pending + counts().lost, 0);
	sockopt_stream_close(st);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_mapped_stream_brings_what_records_brings_byte_for_byte)
{
	struct vm_reader other;
	uint32_t i, round;

	vm_reader_open(&other, 128, 0, 64);
	for (round = 0; round < 8; round++) {
		queue_all(40);
		vm_wait_seen(other.sock, sent);
		ck_assert_int_eq(vm_reader_take(&other), 40);
		for (i = 0; i < 40; i++) {
			ck_assert_mem_eq(sockopt_stream_next(st), vm_record(&other.batch, i),
					 SLOT_SIZE);
			sockopt_stream_release(st);
		}
		expect_no_record();
	}
}
END_TEST

START_TEST(release_makes_room_at_once)
{
	queue_all(64);
	release_run(0, 2);
	ck_assert_uint_eq(counts().delivered, 2);
	queue_all(3);
	ck_assert_uint_eq(counts().lost_full, 1);
	release_run(2, 64);
	expect_no_record();
}
END_TEST

START_TEST(at_the_end_of_stream_wait_says_so_behind_the_last_record)
{
	queue_all(3);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	send_more(1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	release_run(0, 2);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	release_run(2, 1);
	ck_assert_ptr_null(sockopt_stream_next(st));
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), -ENODATA);
	sockopt_stream_unmap(st);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
}
END_TEST

START_TEST(a_mapped_stream_waits_as_long_as_told)
{
	int64_t start = now_us();

	ck_assert_int_eq(sockopt_stream_wait(st, 50), 0);
	expect_elapsed(start, 50, 0);
	queue_all(1);
	ck_assert_int_eq(sockopt_stream_wait(st, 60000), 1);
	ck_assert_int_lt(now_us() - start, 30000000);
}
END_TEST

static int call_wait(struct sleeper *sleeper)
{
	return sockopt_stream_wait(sleeper->st, -1);
}

static struct sleeper *sleep_in_wait(void)
{
	struct sleeper *sleeper = new_sleeper(call_wait, true);

	sleeper->st = st;
	return put_to_sleep(sleeper);
}

START_TEST(a_sleeper_on_a_mapped_stream_wakes_for_a_record_and_for_the_end)
{
	struct sleeper *sleeper = sleep_in_wait();

	send_more(1);
	ck_assert_int_eq(wake(sleeper), 1);
	release_run(0, 1);
	sleeper = sleep_in_wait();
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(wake(sleeper), -ENODATA);
}
END_TEST

/* ---- Changing over ---- */

START_TEST(map_and_unmap_change_over_and_lose_nothing)
{
	queue_all(6);
	release_run(0, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), -EBUSY);
	sockopt_stream_unmap(st);
	sockopt_stream_unmap(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 4);
	release_run(2, 1);
	ck_assert_int_eq(sockopt_stream_map(st), 0);
	ck_assert_uint_eq(counts().delivered, 3);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	release_run(3, 3);
	expect_no_record();
	queue_all(2);
	sockopt_stream_unmap(st);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	release_run(6, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(counts().delivered, 8);
	ck_assert_uint_eq(counts().pending + counts().lost, 0);
}
END_TEST

START_TEST(mapping_twice_is_refused_and_changes_nothing)
{
	queue_all(2);
	release_run(0, 1);
	ck_assert_int_eq(sockopt_stream_map(st), -EBUSY);
	release_run(1, 1);
	expect_no_record();
}
END_TEST

START_TEST(closing_a_mapped_stream_counts_what_was_not_released_as_lost)
{
	queue_all(5);
	release_run(0, 2);
	sockopt_stream_close(st);
	vm_wait_rings_gone();
	ck_assert_int_eq(vm_stat("icmp", "delivered"), 2);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 3);
}
END_TEST

/* ---- No system call ---- */

#define LAPS 6

/*
 * Under strict seccomp, where all but read, write and exit kills: 64 records, as told by
 * the bytes that come; then what went wrong, 0 for nothing. Check's own macros are no
 * good here.
 */
static char take_and_look(uint32_t first)
{
	uint32_t i;

	for (i = 0; i < 64; i++) {
		const struct sockopt_record *rec = sockopt_stream_next(st);

		if (sockopt_stream_wait(st, -1) != 1)
			return 'w';
		if (!rec || rec != sockopt_stream_next(st))
			return 'n';
		if (rec->seq != UINT32_MAX - 255 + first + i + 1 || rec->lost)
			return 's';
		sockopt_stream_release(st);
	}
	return sockopt_stream_next(st) ? 'm' : 'k';
}

static void take_in_jail(void *arg)
{
	int fd = *(int *)arg;
	uint32_t lap;
	char byte;

	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), 0);
	for (lap = 0; lap < LAPS && read(fd, &byte, 1) == 1; lap++) {
		byte = take_and_look(lap * 64);
		if (write(fd, &byte, 1) != 1)
			break;
	}
	syscall(SYS_exit, lap == LAPS ? 0 : 1);
}

START_TEST(records_that_are_there_are_taken_without_a_system_call)
{
	int pair[2], lap;
	pid_t pid;

	vm_pair(pair);
	pid = vm_fork(take_in_jail, &pair[1]);
	for (lap = 0; lap < LAPS; lap++) {
		char byte = 0;

		queue_all(64);
		ck_assert_int_eq((int)write(pair[0], &byte, 1), 1);
		ck_assert_int_eq((int)read(pair[0], &byte, 1), 1);
		ck_assert_int_eq(byte, 'k');
	}
	vm_join(pid);
	ck_assert_uint_eq(counts().delivered, LAPS * 64);
	ck_assert_uint_eq(counts().pending + counts().lost, 0);
}
END_TEST

/* ---- Suite ---- */

Suite *mapped_suite(void)
{
	Suite *suite = suite_create("mapped");
	TCase *tc = vm_case(suite, "mapped", 30, setup);

	tcase_add_test(tc, a_mapped_stream_brings_every_record_once);
	tcase_add_test(tc, a_mapped_stream_brings_what_records_brings_byte_for_byte);
	tcase_add_test(tc, release_makes_room_at_once);
	tcase_add_test(tc, at_the_end_of_stream_wait_says_so_behind_the_last_record);
	tcase_add_test(tc, a_mapped_stream_waits_as_long_as_told);
	tcase_add_test(tc, a_sleeper_on_a_mapped_stream_wakes_for_a_record_and_for_the_end);
	tcase_add_test(tc, map_and_unmap_change_over_and_lose_nothing);
	tcase_add_test(tc, mapping_twice_is_refused_and_changes_nothing);
	tcase_add_test(tc, closing_a_mapped_stream_counts_what_was_not_released_as_lost);
	tcase_add_test(tc, records_that_are_there_are_taken_without_a_system_call);
	return suite;
}

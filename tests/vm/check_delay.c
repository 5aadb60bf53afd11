/* SPDX-License-Identifier: MIT */
/*
 * Proves that a sleeper who asks for many records is woken when the oldest of them is
 * old enough, and not before. Upper bounds only tell 'woken' from 'stuck'.
 */
#include "sleeper.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#define MS 1000
#define DISTANCES 2400
#define LONG (3600U * 1000 * MS)

static void tune(uint32_t records, uint32_t delay_us)
{
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, records, delay_us), 0);
}

static int call_poll(struct sleeper *sleeper)
{
	(void)sleeper;
	return poll_for(-1);
}

static int call_epoll_edge(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(new_epoll(EPOLLET), -1);
}

static int (*const calls[])(struct sleeper *sleeper) = {
	call_poll, call_epoll_edge, call_records,
};
#define CALLS VM_COUNT(calls)
#define POLLS 2			/* RECORDS comes back when it is tuned */

struct moment {
	int64_t start;
	int ms;
};

static bool has_come(void *arg)
{
	const struct moment *moment = arg;

	return now_us() - moment->start >= (int64_t)moment->ms * MS;
}

static void wait_until(int64_t start, int ms)
{
	struct moment moment = { start, ms };

	vm_wait(has_come, &moment, "a time to come");
}

START_TEST(a_sleeper_wakes_when_the_first_record_is_old_enough)
{
	struct sleeper *sleeper;
	int64_t start;

	tune(64, 100 * MS);
	sleeper = put_to_sleep(new_sleeper(calls[_i], false));
	start = now_us();
	ping();
	wake(sleeper);
	expect_elapsed(start, 100, 0);
}
END_TEST

START_TEST(the_first_record_counts_not_the_last)
{
	struct sleeper *sleeper;
	int64_t start;

	tune(64, 1000 * MS);
	sleeper = put_to_sleep(new_sleeper(calls[_i], false));
	start = now_us();
	ping();
	wait_until(start, 700);
	ping();
	expect_asleep(sleeper);
	wake(sleeper);
	expect_elapsed(start, 1000, 0);
	ck_assert_int_lt(now_us() - start, 1700 * MS);
}
END_TEST

START_TEST(as_many_as_asked_for_do_not_wait_for_the_delay)
{
	struct sleeper *sleeper;
	int i;

	tune(3, LONG);
	sleeper = put_to_sleep(new_sleeper(calls[_i], false));
	for (i = 0; i < 2; i++)
		ping();
	vm_wait_queued(reader.sock, 2);
	expect_asleep(sleeper);
	ping();
	wake(sleeper);
}
END_TEST

START_TEST(what_is_old_enough_already_is_readable_at_once)
{
	int64_t start;

	tune(64, 50 * MS);
	ping();
	start = now_us();
	vm_wait_queued(reader.sock, 1);
	wait_until(start, 50);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(0, 1);
	ck_assert_int_eq(poll_for(0), 0);
	tune(64, LONG);
	ping();
	vm_wait_queued(reader.sock, 2); /* the one that was taken is not acknowledged */
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

START_TEST(records_that_wait_already_are_told_by_the_delay)
{
	int64_t start = now_us();

	tune(64, 100 * MS);
	ping();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(poll_for(5000), POLLIN);
	expect_elapsed(start, 100, 0);
}
END_TEST

START_TEST(each_lot_has_its_own_delay)
{
	int epfd = new_epoll(_i ? EPOLLET : 0), round;
	int64_t start;

	tune(64, 50 * MS);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	for (round = 0; round < 5; round++) {
		start = now_us();
		ping();
		ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
		expect_elapsed(start, 50, 0);
		take(round, 1);
		ck_assert_int_eq(epoll_for(epfd, 0), 0);
	}
}
END_TEST

START_TEST(a_mapped_reader_is_woken_by_the_delay)
{
	uint32_t *tail = mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      reader.stream, 0);
	int round;
	int64_t start;

	ck_assert_ptr_ne(tail, MAP_FAILED);
	tune(64, 50 * MS);
	for (round = 0; round < 3; round++) {
		struct sleeper *sleeper = put_to_sleep(new_sleeper(call_poll, false));

		start = now_us();
		ping();
		ck_assert_int_eq(wake(sleeper), POLLIN);
		expect_elapsed(start, 50, 0);
		__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	}
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

/*
 * The timer runs for the record that came last, when who takes a part comes back and
 * leaves one that is older.
 */
START_TEST(what_was_left_keeps_its_own_age)
{
	int epfd = new_epoll(0);
	struct vm_batch two;
	int64_t start;
	int i;

	vm_batch_init(&two, reader.open.slot_size, 2);
	tune(4, 3000 * MS);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	start = now_us();
	for (i = 0; i < 4; i++)
		ping();
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
	ck_assert_int_eq(vm_records(reader.sock, &two, &reader.cursor, 0), 2);
	wait_until(start, 2000);
	ping();
	vm_wait_queued(reader.sock, 5);
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
	expect_elapsed(start, 3000, 0);
	ck_assert_int_lt(now_us() - start, 4500 * MS);
	vm_batch_free(&two);
}
END_TEST

/* Pings whose distance goes from none to twice the delay, by a fortieth of it. */
static void ping_at_all_distances(void *arg)
{
	int64_t at = now_us();
	int i;

	(void)arg;
	for (i = 0; i < DISTANCES; i++) {
		while (now_us() < at)
			;
		ping();
		at += i % 80 * MS / 40;
	}
}

/* Some come while the timer of the one before runs out: it must not be the last to run. */
START_TEST(a_record_that_comes_as_the_timer_runs_out_has_its_own_delay)
{
	struct sockopt_stats stats;
	pid_t pid;

	tune(64, MS);
	pid = vm_fork(ping_at_all_distances, NULL);
	do {
		ck_assert_int_eq(poll_for(3000), POLLIN);
		ck_assert_int_gt(vm_reader_take(&reader), 0);
		ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	} while (stats.seen < DISTANCES);
	vm_join(pid);
}
END_TEST

/* ---- TUNE ---- */

START_TEST(tuning_to_a_shorter_delay_counts_from_the_record)
{
	struct sleeper *sleeper;
	int64_t start;

	tune(64, LONG);
	sleeper = put_to_sleep(new_sleeper(calls[_i], false));
	start = now_us();
	ping();
	vm_wait_queued(reader.sock, 1);
	expect_asleep(sleeper);
	tune(64, 100 * MS);
	wake(sleeper);
	expect_elapsed(start, 100, 0);
}
END_TEST

START_TEST(tuning_to_a_longer_delay_lets_sleep_on)
{
	struct sleeper *sleeper;
	int64_t start;

	tune(64, 300 * MS);
	sleeper = put_to_sleep(new_sleeper(call_poll, false));
	start = now_us();
	ping();
	vm_wait_queued(reader.sock, 1);
	tune(64, _i ? LONG : SOCKOPT_WAKE_DELAY_NONE);
	wait_until(start, 500);
	expect_asleep(sleeper);
	tune(64, 1);
	wake(sleeper);
}
END_TEST

Suite *delay_suite(void)
{
	Suite *suite = suite_create("delay");
	TCase *tc = vm_case(suite, "delay", 20, sleeper_setup);

	tcase_add_loop_test(tc, a_sleeper_wakes_when_the_first_record_is_old_enough, 0, CALLS);
	tcase_add_loop_test(tc, the_first_record_counts_not_the_last, 0, CALLS);
	tcase_add_loop_test(tc, as_many_as_asked_for_do_not_wait_for_the_delay, 0, CALLS);
	tcase_add_test(tc, what_is_old_enough_already_is_readable_at_once);
	tcase_add_test(tc, records_that_wait_already_are_told_by_the_delay);
	tcase_add_loop_test(tc, each_lot_has_its_own_delay, 0, 2);
	tcase_add_test(tc, a_mapped_reader_is_woken_by_the_delay);
	tcase_add_test(tc, what_was_left_keeps_its_own_age);
	tcase_add_test(tc, a_record_that_comes_as_the_timer_runs_out_has_its_own_delay);
	tcase_add_loop_test(tc, tuning_to_a_shorter_delay_counts_from_the_record, 0, POLLS);
	tcase_add_loop_test(tc, tuning_to_a_longer_delay_lets_sleep_on, 0, 2);
	return suite;
}

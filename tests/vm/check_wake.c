/* SPDX-License-Identifier: MIT */
/*
 * Proves that a sleeper is woken when as many records are there as it asked for, and
 * not before; and when nothing more can come. Without a delay, which check_delay.c has.
 */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define NONE SOCKOPT_WAKE_DELAY_NONE

static void tune(uint32_t records)
{
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, records, NONE), 0);
}

static void pings(int n)
{
	while (n--)
		ping();
}

/* So many are there that were not acknowledged. */
static void queue_pings(int n, int all)
{
	pings(n);
	vm_wait_queued(reader.sock, (uint64_t)all);
}

/* ---- Ways to sleep ---- */

static int call_poll(struct sleeper *sleeper)
{
	(void)sleeper;
	return poll_for(-1);
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

/* Of as many records as call_records() has room for. */
static int call_read(struct sleeper *sleeper)
{
	size_t size = 4 * reader.open.slot_size;
	void *buf = malloc(size);
	ssize_t ret = read(reader.stream, buf, size);

	(void)sleeper;
	ret = ret < 0 ? -errno : ret / (ssize_t)reader.open.slot_size;
	free(buf);
	return (int)ret;
}

static const struct {
	int (*call)(struct sleeper *sleeper);
	bool is_counting;	/* returns how many it took, up to 4 */
} ways[] = {
	{ call_poll, false }, { call_epoll, false }, { call_epoll_edge, false },
	{ call_records, true }, { call_read, true },
};
#define WAYS VM_COUNT(ways)

static const int counts[] = { 1, 2, 3, 63, 64 };
#define COUNTS VM_COUNT(counts)

/* What the call returns if so many records are there. */
static int answer(int way, int records)
{
	if (!ways[way].is_counting)
		return POLLIN;
	return records < 4 ? records : 4;
}

static struct sleeper *sleep_in_way(int way)
{
	return put_to_sleep(new_sleeper(ways[way].call, false));
}

/* ---- So many, and not fewer ---- */

START_TEST(a_sleeper_is_woken_by_the_nth_record_and_by_none_before)
{
	int way = _i % WAYS, n = counts[_i / WAYS];
	struct sleeper *sleeper;
	long before;

	tune((uint32_t)n);
	sleeper = sleep_in_way(way);
	before = naps(sleeper);
	queue_pings(n - 1, n - 1);
	expect_asleep(sleeper);
	ck_assert_int_eq(naps(sleeper), before);
	ping();
	ck_assert_int_eq(wake(sleeper), answer(way, n));
}
END_TEST

START_TEST(records_that_are_there_already_count)
{
	int way = _i;
	struct sleeper *sleeper;

	tune(5);
	if (!ways[way].is_counting)
		queue_pings(4, 4);
	sleeper = sleep_in_way(way);
	ping();
	if (ways[way].is_counting) {
		expect_asleep(sleeper);
		pings(4);
	}
	ck_assert_int_eq(wake(sleeper), answer(way, 5));
}
END_TEST

START_TEST(nobody_sleeps_when_there_are_enough)
{
	int epfd;

	tune(4);
	queue_pings(4, 4);
	ck_assert_int_eq(poll_for(0), POLLIN);
	epfd = new_epoll(EPOLLET);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
}
END_TEST

START_TEST(poll_says_no_to_fewer_than_asked_for_and_records_gives_them)
{
	tune(4);
	queue_pings(3, 3);
	ck_assert_int_eq(poll_for(0), 0);
	take(0, 3);
	expect_nothing();
}
END_TEST

START_TEST(open_asks_as_tune_does)
{
	vm_reader_close(&reader);
	reader.sock = vm_raw();
	reader.open = vm_open_args();
	reader.open.slots = SLOTS;
	reader.open.wake_records = 3;
	reader.open.wake_delay_us = NONE;
	reader.stream = vm_open(reader.sock, ICMP, &reader.open);
	ck_assert_int_ge(reader.stream, 0);
	ck_assert_uint_eq(reader.open.wake_records, 3);
	ck_assert_uint_eq(reader.open.wake_delay_us, NONE);
	queue_pings(2, 2);
	ck_assert_int_eq(poll_for(0), 0);
	queue_pings(1, 3);
	ck_assert_int_eq(poll_for(0), POLLIN);
}
END_TEST

/* ---- A part is taken ---- */

static const int level[] = { 0, 1 };

START_TEST(who_takes_a_part_is_told_when_the_rest_is_enough_again)
{
	struct sleeper *sleeper;

	tune(6);
	queue_pings(8, 8);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), 0);
	sleeper = sleep_in_way(level[_i]);
	pings(1);
	vm_wait_queued(reader.sock, 9);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), POLLIN);
	take(4, 4);
	take(8, 2);
}
END_TEST

static int epfd;

static int call_old_epoll(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(epfd, -1);
}

START_TEST(epoll_by_level_counts_what_was_left)
{
	struct sleeper *sleeper;

	epfd = new_epoll(0);
	tune(6);
	queue_pings(6, 6);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	take(0, 4);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	sleeper = put_to_sleep(new_sleeper(call_old_epoll, false));
	queue_pings(3, 5);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), EPOLLIN);
}
END_TEST

/* Each arrival is one edge, as long as enough is there. */
START_TEST(epoll_by_edge_that_is_not_drained_tells_of_each_arrival_once)
{
	int i;

	epfd = new_epoll(EPOLLET);
	tune(4);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	queue_pings(3, 3);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	for (i = 0; i < 5; i++) {
		ping();
		ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
		ck_assert_int_eq(epoll_for(epfd, 0), 0);
	}
}
END_TEST

START_TEST(epoll_by_edge_that_is_drained_tells_of_the_next_lot)
{
	int round;

	epfd = new_epoll(EPOLLET);
	tune(4);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	for (round = 0; round < 40; round++) {
		pings(4);
		ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
		take(4 * round, 4);
		expect_nothing();
	}
}
END_TEST

START_TEST(two_sleepers_of_a_stream_are_both_woken)
{
	struct sleeper *one, *two;

	tune(3);
	one = put_to_sleep(new_sleeper(ways[_i].call, false));
	two = put_to_sleep(new_sleeper(ways[_i].call, true));
	queue_pings(2, 2);
	expect_asleep(one);
	expect_asleep(two);
	ping();
	ck_assert_int_eq(wake(one), answer(_i, 3));
	ck_assert_int_eq(wake(two), answer(_i, 3));
}
END_TEST

/* ---- The mapped ring ---- */

static uint32_t *map_tail(void)
{
	uint32_t *tail = mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader.stream, 0);

	ck_assert_ptr_ne(tail, MAP_FAILED);
	return tail;
}

static void release(uint32_t *tail, uint32_t n)
{
	__atomic_store_n(tail, *tail + n, __ATOMIC_RELEASE);
}

START_TEST(a_mapped_reader_is_woken_by_the_nth_record_behind_its_tail)
{
	int n = counts[_i];
	uint32_t *tail = map_tail();
	struct sleeper *sleeper;
	int round;
	long before;

	tune((uint32_t)n);
	for (round = 0; round < 4; round++) {
		sleeper = put_to_sleep(new_sleeper(call_poll, false));
		before = naps(sleeper);
		queue_pings(n - 1, n - 1);
		expect_asleep(sleeper);
		ck_assert_int_eq(naps(sleeper), before);
		ping();
		ck_assert_int_eq(wake(sleeper), POLLIN);
		release(tail, (uint32_t)n);
	}
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

START_TEST(a_mapped_reader_that_takes_a_part_is_told_when_the_rest_is_enough)
{
	uint32_t *tail = map_tail();
	struct sleeper *sleeper;

	tune(6);
	queue_pings(8, 8);
	ck_assert_int_eq(poll_for(0), POLLIN);
	release(tail, 4);
	ck_assert_int_eq(poll_for(0), 0);
	sleeper = put_to_sleep(new_sleeper(call_poll, false));
	queue_pings(1, 5);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), POLLIN);
}
END_TEST

/* ---- Nothing more can come ---- */

START_TEST(the_end_of_stream_wakes_whatever_was_asked_for)
{
	int way = _i;
	struct sleeper *sleeper;

	tune(64);
	sleeper = sleep_in_way(way);
	queue_pings(2, 2);
	expect_asleep(sleeper);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(wake(sleeper), ways[way].is_counting ? 2 : POLLIN | POLLHUP);
}
END_TEST

/* What was returned and not acknowledged takes room: only 60 more can come. */
START_TEST(a_full_ring_wakes_though_it_has_less_than_asked_for)
{
	struct sleeper *sleeper;

	tune(SLOTS);
	queue_pings(4, 4);
	take(0, 4);
	sleeper = sleep_in_way(level[_i]);
	queue_pings(SLOTS - 5, SLOTS - 1);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), POLLIN);
	take(4, 4);
}
END_TEST

/* Else who polls would sleep for ever, and all that comes would be lost. */
START_TEST(a_ring_of_which_all_was_returned_is_readable_until_that_is_acknowledged)
{
	vm_reader_close(&reader);
	vm_reader_open(&reader, 4, 0, 4);
	queue_pings(4, 4);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), POLLIN);
	expect_nothing();
	ck_assert_int_eq(poll_for(0), 0);
	pings(1);
	ck_assert_int_eq(poll_for(5000), POLLIN);
	take(4, 1);
}
END_TEST

static int call_library(struct sleeper *sleeper)
{
	return sockopt_stream_wait(sleeper->st, -1);
}

/* Whose batch has room for the whole ring. */
START_TEST(the_library_sleeps_after_a_whole_ring_and_wakes)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = 4, .batch = 4096 };
	struct sleeper *sleeper = new_sleeper(call_library, true);
	int round, i;

	ck_assert_int_eq(sockopt_icmp_open(&sleeper->st, &config), 0);
	for (round = 0; round < 3; round++) {
		pings(4);
		ck_assert_int_eq(sockopt_stream_wait(sleeper->st, 5000), 1);
		ck_assert_int_eq(sockopt_stream_pull(sleeper->st), 4);
		for (i = 0; i < 4; i++)
			sockopt_stream_release(sleeper->st);
		ck_assert_int_eq(sockopt_stream_wait(sleeper->st, 0), 0);
	}
	put_to_sleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sockopt_stream_pull(sleeper->st), 1);
	sockopt_stream_close(sleeper->st);
}
END_TEST

/* ---- TUNE ---- */

START_TEST(tuning_to_fewer_wakes_who_has_enough_then)
{
	int way = _i;
	struct sleeper *sleeper;

	tune(64);
	sleeper = sleep_in_way(way);
	queue_pings(2, 2);
	expect_asleep(sleeper);
	tune(2);
	ck_assert_int_eq(wake(sleeper), answer(way, 2));
}
END_TEST

START_TEST(tuning_to_more_lets_sleep_on)
{
	struct sleeper *sleeper;

	tune(2);
	sleeper = sleep_in_way(_i);
	ping();
	vm_wait_queued(reader.sock, 1);
	tune(5);
	queue_pings(3, 4);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), POLLIN);
}
END_TEST

/* ---- Suite ---- */

static void add_counting(TCase *tc)
{
	tcase_add_loop_test(tc, a_sleeper_is_woken_by_the_nth_record_and_by_none_before, 0,
			    WAYS * COUNTS);
	tcase_add_loop_test(tc, records_that_are_there_already_count, 0, WAYS);
	tcase_add_test(tc, nobody_sleeps_when_there_are_enough);
	tcase_add_test(tc, poll_says_no_to_fewer_than_asked_for_and_records_gives_them);
	tcase_add_test(tc, open_asks_as_tune_does);
	tcase_add_loop_test(tc, who_takes_a_part_is_told_when_the_rest_is_enough_again, 0, 2);
	tcase_add_test(tc, epoll_by_level_counts_what_was_left);
	tcase_add_test(tc, epoll_by_edge_that_is_not_drained_tells_of_each_arrival_once);
	tcase_add_test(tc, epoll_by_edge_that_is_drained_tells_of_the_next_lot);
	tcase_add_loop_test(tc, two_sleepers_of_a_stream_are_both_woken, 0, 4);
}

static void add_mapped(TCase *tc)
{
	tcase_add_loop_test(tc, a_mapped_reader_is_woken_by_the_nth_record_behind_its_tail, 0,
			    COUNTS);
	tcase_add_test(tc, a_mapped_reader_that_takes_a_part_is_told_when_the_rest_is_enough);
}

static void add_ends(TCase *tc)
{
	tcase_add_loop_test(tc, the_end_of_stream_wakes_whatever_was_asked_for, 0, WAYS);
	tcase_add_loop_test(tc, a_full_ring_wakes_though_it_has_less_than_asked_for, 0, 2);
	tcase_add_test(tc,
		a_ring_of_which_all_was_returned_is_readable_until_that_is_acknowledged);
	tcase_add_test(tc, the_library_sleeps_after_a_whole_ring_and_wakes);
}

static void add_tuning(TCase *tc)
{
	tcase_add_loop_test(tc, tuning_to_fewer_wakes_who_has_enough_then, 0, WAYS);
	tcase_add_loop_test(tc, tuning_to_more_lets_sleep_on, 0, 3);
}

Suite *wake_suite(void)
{
	Suite *suite = suite_create("wake");

	add_counting(vm_case(suite, "wake-count", 20, sleeper_setup));
	add_mapped(vm_case(suite, "wake-mapped", 20, sleeper_setup));
	add_ends(vm_case(suite, "wake-end", 20, sleeper_setup));
	add_tuning(vm_case(suite, "wake-tune", 20, sleeper_setup));
	return suite;
}

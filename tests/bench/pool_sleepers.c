/* SPDX-License-Identifier: MIT */
/*
 * The pool at full speed: four threads send, and the reader sleeps until somebody has something.
 * What a message costs that was read ("each": all that runs is counted), and how many of a
 * hundred thousand were not ("lost"). Who has the only processor is the scheduler's to say, and
 * where messages are lost a moment more or less changes how many: of several runs the median.
 */
#include "pool.h"

#include <unistd.h>

#define TABLE "pool of 100, the reader sleeps"
#define THREADS PEER_POOL_THREADS
#define MESSAGES 100000
#define RUNS 5

static const struct sleeper {
	const char *name;
	const char *way;		/* of pool.h */
	uint32_t wake_records;		/* 0: not ours */
	bool comes_first;		/* before all that send */
} sleepers[] = {
	{ "netlink, select, recv", "netlink, select, recv", 0, false },
	{ "netlink, poll, recv", "netlink, recv, sweep", 0, false },
	{ "sockopt, poll, mapped rings, 1", "sockopt, mapped rings, sweep", 1, false },
	{ "sockopt, poll, mapped rings, 64", "sockopt, mapped rings, sweep", 64, false },
	{ "sockopt, poll, getsockopt, 64", "sockopt, getsockopt, sweep", 64, false },
	{ "sockopt, poll, getsockopt, 64, comes first", "sockopt, getsockopt, sweep", 64, true },
	{ "sockopt, poll, read, 64", "sockopt, read, sweep", 64, false },
	{ "sockopt, poll, read, 64, comes first", "sockopt, read, sweep", 64, true },
	{ "sockopt, select, getsockopt of 1, 1", "sockopt, select, getsockopt of 1", 1, false },
};

/* To the sender: go on; back: how many failed. */
static int pair[2];

static void send_all(void *way)
{
	unsigned int failed;
	char word;

	ck_assert_int_eq(read(pair[1], &word, 1), 1);
	pool_send(way, MESSAGES / THREADS, THREADS, &failed);
	ck_assert_int_eq(write(pair[1], &failed, sizeof(failed)), sizeof(failed));
}

/* Until the sender tells that it is done, and no endpoint has any more. */
static void read_all(const struct pool_way *way)
{
	pool_is_told = false;
	while (!pool_is_told)
		pool_take(way, pair[0]);
	while (pool_take(way, -1))
		;
}

struct runs {
	const struct pool_way *way;
	double each[RUNS], lost[RUNS];
};

/* Each was read, or failed, or is counted by its reader: how many were not read. */
static uint64_t expect_all(uint64_t taken, uint64_t lost)
{
	unsigned int failed;

	ck_assert_int_eq(read(pair[0], &failed, sizeof(failed)), sizeof(failed));
	ck_assert_uint_eq(taken + failed + lost, MESSAGES);
	return failed + lost;
}

static void run(struct runs *runs, int i)
{
	uint64_t lost = pool_lost(runs->way), taken = pool_taken, start;
	pid_t sender;

	vm_pair(pair);
	sender = vm_fork(send_all, (void *)runs->way);
	close(pair[1]);
	pool_begin();
	start = cost_ticks();
	ck_assert_int_eq(write(pair[0], "", 1), 1);
	read_all(runs->way);
	start = cost_ticks() - start;
	taken = pool_taken - taken;
	lost = expect_all(taken, pool_lost(runs->way) - lost);
	runs->each[i] = (double)start / (double)taken;
	runs->lost[i] = (double)lost;
	vm_join(sender);
	close(pair[0]);
}

START_TEST(messages_wake_the_reader_of_a_pool)
{
	const struct sleeper *sleeper = &sleepers[_i];
	struct runs runs = { .way = pool_way_named(sleeper->way) };
	int i;

	pool_open(runs.way, sleeper->wake_records);
	if (sleeper->comes_first)
		vm_come_first();
	for (i = 0; i < RUNS; i++)
		run(&runs, i);
	bench_figure(TABLE, sleeper->name, "each", bench_median(runs.each, RUNS));
	bench_figure(TABLE, sleeper->name, "lost", bench_median(runs.lost, RUNS));
}
END_TEST

Suite *bench_pool_sleepers_suite(void)
{
	Suite *suite = suite_create("pool_sleepers");
	TCase *tc = vm_case(suite, "sleepers", 120, NULL);

	tcase_add_unchecked_fixture(tc, NULL, pool_remove_after_all);
	tcase_add_checked_fixture(tc, pool_setup, NULL);
	tcase_add_loop_test(tc, messages_wake_the_reader_of_a_pool, 0, VM_COUNT(sleepers));
	return suite;
}

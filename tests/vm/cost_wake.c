/* SPDX-License-Identifier: MIT */
/*
 * Proves that a reader which sleeps pays little for being woken, if it says that
 * it has time: for 64 records at once, or after 4 ms, a record costs at most a tenth
 * of what it costs when each one wakes. All that runs is counted: the publisher,
 * the wake-ups, the switches between the two, the reader.
 */
#include "cost.h"

#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORDS 25600
#define SLOTS 4096

/* How a reader waits, and how it takes. */
struct way {
	const char *name;
	uint32_t wake_records;
	uint32_t wake_delay_us;
	bool is_mapped;
};

static struct sockopt_stream *open_stream(const struct way *way)
{
	struct sockopt_config config = {
		.size = sizeof(config), .slots = SLOTS, .batch = 65536,
		.wake_records = way->wake_records, .wake_delay_us = way->wake_delay_us,
	};
	struct sockopt_stream *st;
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, so, publisher.channel.id, &config), 0);
	sockopt_close(so);
	if (way->is_mapped)
		ck_assert_int_eq(sockopt_stream_map(st), 0);
	return st;
}

static void publish(void *unused)
{
	char command[32];

	(void)unused;
	snprintf(command, sizeof(command), "process %d", RECORDS);
	publisher_commanded(command);
}

static unsigned int take_all(struct sockopt_stream *st, const struct way *way)
{
	unsigned int n = 0;

	do {
		for (; sockopt_stream_next(st); n++)
			sockopt_stream_release(st);
	} while (!way->is_mapped && sockopt_stream_pull(st) > 0);
	return n;
}

/* Until the publisher's process has ended, which its descriptor tells. */
static unsigned int read_until(struct sockopt_stream *st, const struct way *way, int process)
{
	struct pollfd fds[] = {
		{ .fd = sockopt_stream_fd(st), .events = POLLIN },
		{ .fd = process, .events = POLLIN },
	};
	unsigned int n = 0;

	do {
		ck_assert_int_gt(poll(fds, 2, 60000), 0);
		n += take_all(st, way);
	} while (!fds[1].revents);
	return n;
}

static double record(const struct way *way)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	struct sockopt_stream *st = open_stream(way);
	pid_t publisher_pid = vm_fork(publish, NULL);
	int process = (int)syscall(SYS_pidfd_open, publisher_pid, 0);
	unsigned int taken;
	uint64_t ticks;

	ck_assert_int_ge(process, 0);
	ticks = cost_ticks();
	taken = read_until(st, way, process);
	ticks = cost_ticks() - ticks;
	vm_join(publisher_pid);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(taken + stats.lost, RECORDS);
	ck_assert_uint_eq(stats.lost, 0);
	sockopt_stream_close(st);
	close(process);
	cost_show(way->name, (double)ticks / RECORDS);
	return (double)ticks / RECORDS;
}

static const struct {
	struct way each, many, delay;
} ways[] = {
	{ { "record to a sleeper, pulled, each wakes", 1, 0, false },
	  { "record to a sleeper, pulled, 64 or 4 ms", 64, 4000, false },
	  { "record to a sleeper, pulled, 4 ms", SLOTS, 4000, false } },
	{ { "record to a sleeper, mapped, each wakes", 1, 0, true },
	  { "record to a sleeper, mapped, 64 or 4 ms", 64, 4000, true },
	  { "record to a sleeper, mapped, 4 ms", SLOTS, 4000, true } },
};

START_TEST(a_wake_up_for_64_records_or_after_4_ms_costs_a_tenth_of_one_for_each)
{
	double each = record(&ways[_i].each);

	cost_expect_ratio("64 or 4 ms", record(&ways[_i].many), each, 0.1);
	cost_expect_ratio("4 ms", record(&ways[_i].delay), each, 0.1);
}
END_TEST

Suite *wake_cost_suite(void)
{
	Suite *suite = suite_create("wake-cost");
	TCase *tc = vm_case(suite, "sustained", 300, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc,
		a_wake_up_for_64_records_or_after_4_ms_costs_a_tenth_of_one_for_each,
		0, VM_COUNT(ways));
	return suite;
}

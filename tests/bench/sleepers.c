/* SPDX-License-Identifier: MIT */
/*
 * A reader that sleeps until there is something to read: what a packet costs when many come. All
 * that runs is counted, the capture, the wake-ups, the switches and the reader, but for what the
 * packets cost without a way.
 */
#include "records.h"

#include <poll.h>
#include <unistd.h>

#define TABLE "ICMP packet to a sleeper"
#define PACKETS (10 * RECORDS_BURST)
#define RUNS 9

static const struct sleeper {
	const char *name;
	const char *way;		/* of records.h */
	uint32_t wake_records;		/* ours: wake after so many, or so long; 0: not ours */
	uint32_t wake_delay_us;
} sleepers[] = {
	{ "sockopt, mapped ring, each wakes", "sockopt, mapped ring", 1, 0 },
	{ "sockopt, mapped ring, 64 or 4 ms", "sockopt, mapped ring", 64, 4000 },
	{ "sockopt, mapped ring, 4 ms", "sockopt, mapped ring", 4 * RECORDS_BURST, 4000 },
	{ "sockopt, getsockopt of 512, each wakes", "sockopt, getsockopt of 512", 1, 0 },
	{ "sockopt, getsockopt of 512, 64 or 4 ms", "sockopt, getsockopt of 512", 64, 4000 },
	{ "sockopt, read of 512, each wakes", "sockopt, read of 512", 1, 0 },
	{ "sockopt, read of 512, 64 or 4 ms", "sockopt, read of 512", 64, 4000 },
	{ "BPF at tc, ring buffer", "BPF at tc, ring buffer, wakes", 0, 0 },
	{ "packet socket's ring, V3", "packet socket's ring, V3", 0, 0 },
	{ "packet socket's ring, V2", "packet socket's ring, V2", 0, 0 },
	{ "nftables' log, 64 a message", "nftables' log, 64 a message", 0, 0 },
	{ "raw socket, recvmmsg of 64", "raw socket, recvmmsg of 64", 0, 0 },
	{ "packet socket, recvmmsg of 64", "packet socket, recvmmsg of 64", 0, 0 },
	{ "netlink, a message each", "netlink, a message each", 0, 0 },
};

static const struct records_way *open_way(const struct sleeper *sleeper)
{
	const struct records_way *way = records_way_named(sleeper->way);

	way->open(way);
	if (sleeper->wake_records)
		records_tune_ours(sleeper->wake_records, sleeper->wake_delay_us);
	return way;
}

static unsigned int take_all(const struct records_way *way)
{
	unsigned int n, taken = 0;

	while ((n = way->take(RECORDS_BURST)) > 0)
		taken += n;
	return taken;
}

/* All packets at each byte that comes; a byte comes back then. */
static void send_when_told(void *connection)
{
	const int *ends = connection;
	int fd = ends[1], i;
	char byte;

	close(ends[0]);
	while (read(fd, &byte, 1) == 1) {
		for (i = 0; i < PACKETS; i += RECORDS_BURST)
			records_send(RECORDS_BURST);
		ck_assert_int_eq(write(fd, &byte, 1), 1);
	}
}

/* The beginning and the end of a process cost more than what is looked for here. */
static pid_t start_sender(int *fd)
{
	int ends[2];
	pid_t sender;

	vm_pair(ends);
	sender = vm_fork(send_when_told, ends);
	close(ends[1]);
	*fd = ends[0];
	return sender;
}

/* Until the sender has done. way: NULL: just wait. */
static unsigned int read_until(const struct records_way *way, int sender)
{
	struct pollfd fds[] = {
		{ .fd = sender, .events = POLLIN },
		{ .fd = way ? way->fd() : -1, .events = POLLIN },
	};
	unsigned int taken = 0;

	do {
		ck_assert_int_gt(poll(fds, 2, 60000), 0);
		taken += way ? take_all(way) : 0;
	} while (!fds[0].revents);
	return taken;
}

/* Instructions of everything while all are sent. */
static double run(const struct records_way *way, int sender)
{
	unsigned int taken;
	uint64_t start;
	char byte = 0;

	records_sum = 0;
	ck_assert_int_eq(write(sender, &byte, 1), 1);
	start = cost_ticks();
	taken = read_until(way, sender);
	start = cost_ticks() - start;
	ck_assert_int_eq(read(sender, &byte, 1), 1);
	if (way) {
		ck_assert_uint_le(taken, PACKETS + way->behind);
		ck_assert_uint_le(PACKETS, taken + way->behind);
		records_expect_sum(records_sum, taken);
	}
	return (double)start;
}

/* The median of several, for a packet; the first of all is not counted. */
static double run_some(const struct records_way *way, int sender)
{
	double runs[RUNS];
	int i;

	run(way, sender);
	for (i = 0; i < RUNS; i++)
		runs[i] = run(way, sender);
	return bench_median(runs, RUNS) / PACKETS;
}

/*
 * The reader, but not the sender, runs as soon as it is woken, so that each packet wakes it: else
 * two or three come before it has its turn, and the wake-ups are theirs together.
 */
START_TEST(packets_wake_a_reader)
{
	const struct sleeper *sleeper = &sleepers[_i];
	const struct records_way *way;
	double base, all;
	int connection;
	pid_t sender;

	records_open_sender();
	sender = start_sender(&connection);
	vm_come_first();
	base = run_some(NULL, connection);
	way = open_way(sleeper);
	all = run_some(way, connection);
	if (way->close)
		way->close();
	close(connection);
	vm_join(sender);
	bench_figure(TABLE, sleeper->name, "each", all - base);
}
END_TEST

Suite *bench_sleepers_suite(void)
{
	Suite *suite = suite_create("sleepers");
	TCase *tc = vm_case(suite, "sleepers", 120, NULL);

	tcase_add_loop_test(tc, packets_wake_a_reader, 0, VM_COUNT(sleepers));
	return suite;
}

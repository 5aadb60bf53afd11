/* SPDX-License-Identifier: MIT */
/*
 * Proves that a reader which sleeps pays little for being woken, if it says that
 * it has time: for 64 records at once, or after 4 ms, a record costs at most a tenth
 * of what it costs when each one wakes. All that runs is counted, the capture, the
 * wake-ups, the switches, the reader, but for what the packets cost without a stream.
 */
#include "cost.h"

#include "packet.h"

#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BURST 512
#define PACKETS (50 * BURST)
#define RING 4096

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
		.size = sizeof(config), .slots = RING, .batch = 65536,
		.wake_records = way->wake_records, .wake_delay_us = way->wake_delay_us,
	};
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	if (way->is_mapped)
		ck_assert_int_eq(sockopt_stream_map(st), 0);
	return st;
}

/* Nobody but the stream gets a copy: a raw socket for ICMP would. */
static void send_all(void *unused)
{
	static struct mmsghdr messages[BURST];
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct iovec part = { packet.bytes, packet.len };
	int fd = vm_raw(), i;

	(void)unused;
	memcpy(&to.sin_addr, packet.bytes + 16, 4);
	for (i = 0; i < BURST; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to, .msg_namelen = sizeof(to),
			.msg_iov = &part, .msg_iovlen = 1,
		};
	for (i = 0; i < PACKETS; i += BURST)
		ck_assert_int_eq(sendmmsg(fd, messages, BURST, 0), BURST);
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

/* Until the sender has ended, which its descriptor tells. st: NULL: just wait. */
static unsigned int read_until(struct sockopt_stream *st, const struct way *way, int process)
{
	struct pollfd fds[] = {
		{ .fd = process, .events = POLLIN },
		{ .fd = st ? sockopt_stream_fd(st) : -1, .events = POLLIN },
	};
	unsigned int n = 0;

	do {
		ck_assert_int_gt(poll(fds, 2, 60000), 0);
		n += st ? take_all(st, way) : 0;
	} while (!fds[0].revents);
	return n;
}

/* Instructions of everything while all packets are sent; *taken: records of them. */
static uint64_t run(struct sockopt_stream *st, const struct way *way, unsigned int *taken)
{
	pid_t sender = vm_fork(send_all, NULL);
	int process = (int)syscall(SYS_pidfd_open, sender, 0);
	uint64_t start = cost_ticks();

	ck_assert_int_ge(process, 0);
	*taken = read_until(st, way, process);
	start = cost_ticks() - start;
	vm_join(sender);
	close(process);
	return start;
}

static double record(const struct way *way)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	struct sockopt_stream *st;
	uint64_t base, ticks;
	unsigned int taken;
	double each;

	base = run(NULL, NULL, &taken);
	st = open_stream(way);
	ticks = run(st, way, &taken);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(taken, PACKETS);
	ck_assert_uint_eq(stats.seen, PACKETS);
	sockopt_stream_close(st);
	each = ((double)ticks - (double)base) / PACKETS;
	cost_show(way->name, each);
	return each;
}

/*
 * The reader runs as soon as it is woken, so that each record wakes it: else two or
 * three come before it has its turn, and the wake-ups are theirs together.
 */
static void setup(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	ck_assert_int_eq(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param), 0);
	vm_new_netns_quiet();
	build(VM_LO, VM_LO, 0x7001, 64);
}

static const struct {
	struct way each, many, delay;
} ways[] = {
	{ { "record to a sleeper, pulled, each wakes", 1, 0, false },
	  { "record to a sleeper, pulled, 64 or 4 ms", 64, 4000, false },
	  { "record to a sleeper, pulled, 4 ms", RING, 4000, false } },
	{ { "record to a sleeper, mapped, each wakes", 1, 0, true },
	  { "record to a sleeper, mapped, 64 or 4 ms", 64, 4000, true },
	  { "record to a sleeper, mapped, 4 ms", RING, 4000, true } },
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

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc,
		a_wake_up_for_64_records_or_after_4_ms_costs_a_tenth_of_one_for_each,
		0, VM_COUNT(ways));
	return suite;
}

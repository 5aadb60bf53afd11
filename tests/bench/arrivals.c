/* SPDX-License-Identifier: MIT */
/*
 * One packet to a reader that sleeps in poll, less what sending it costs while nobody wants it:
 *
 *   read          from the call that sends it to where the reader has its fields: the capture,
 *                 the wake-up, the switch to the reader, the end of its poll, and what it takes
 *                 with. That is how long the packet is on its way.
 *   asleep again  to where the sender goes on: the reader's next poll and the switch back, too.
 *                 That is all that the packet costs.
 */
#include "records.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define TABLE "one ICMP packet to a sleeper"

/* A packet socket's ring, V3, is not here: it shows one packet when its time is up, not before. */
static const char *const names[] = {
	"sockopt, mapped ring",
	"sockopt, mapped ring, libsockopt",
	"sockopt, read of 512",
	"sockopt, getsockopt of 512",
	"BPF at tc, ring buffer, wakes",
	"packet socket's ring, V2",
	"raw socket, recv",
	"packet socket, recv",
	"netlink, a message each",
};

/* What the reader, a process of its own, tells. */
struct told {
	uint64_t ticks;		/* when it had read the last one */
	uint64_t taken;		/* packets, ever */
	uint64_t sum;		/* of their fields */
	long naps;		/* how often it went to sleep */
};

static struct told *told;

/* It runs as soon as it is woken. One descriptor, and no time limit, which would cost a timer. */
static void read_each(void *arg)
{
	const struct records_way *way = arg;
	struct pollfd at = { .fd = way->fd(), .events = POLLIN };
	struct rusage usage;

	vm_come_first();
	for (;;) {
		VM_EXPECT(poll(&at, 1, -1) == 1);
		told->taken += way->take(1);
		told->ticks = cost_ticks();
		profile_end();
		told->sum = records_sum;
		VM_EXPECT(!getrusage(RUSAGE_SELF, &usage));
		told->naps = usage.ru_nvcsw;
	}
}

struct arrival {
	uint64_t start;
	uint64_t end;		/* the sender goes on: the reader is asleep again */
};

static void arrive(struct arrival *arrival)
{
	const uint64_t before = told->taken;
	bool is_sent;

	arrival->start = cost_ticks();
	is_sent = records_send_one();
	arrival->end = cost_ticks();
	VM_EXPECT(is_sent && told->taken == before + 1);
}

static uint64_t until_read(void *unused)
{
	struct arrival arrival;

	(void)unused;
	arrive(&arrival);
	return told->ticks - arrival.start;
}

static uint64_t until_asleep(void *unused)
{
	struct arrival arrival;

	(void)unused;
	arrive(&arrival);
	return arrival.end - arrival.start;
}

static uint64_t send_alone(void *unused)
{
	uint64_t start = cost_ticks();
	bool is_sent = records_send_one();
	uint64_t ticks = cost_ticks() - start;

	(void)unused;
	VM_EXPECT(is_sent);
	return ticks;
}

/* It ends where the reader has read. */
static void profile_if_wanted(const char *name)
{
	if (!bench_is_profiled(name, "read"))
		return;
	for (;;) {
		profile_begin();
		records_send_one();
	}
}

static pid_t start_reader(const struct records_way *way)
{
	pid_t reader;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	ck_assert_ptr_ne(told, MAP_FAILED);
	reader = vm_fork(read_each, (void *)(uintptr_t)way);
	vm_wait_asleep(reader);
	return reader;
}

START_TEST(one_packet_wakes_a_reader)
{
	const struct records_way *way = records_way_named(names[_i]);
	double alone, read, asleep;
	pid_t reader;

	records_open_sender();
	alone = cost_median(send_alone, NULL, 1);
	way->open(way);
	reader = start_reader(way);
	profile_if_wanted(way->name);
	read = cost_median(until_read, NULL, 1);
	asleep = cost_median(until_asleep, NULL, 1);
	records_expect_sum(told->sum, told->taken);
	ck_assert_uint_eq((uint64_t)told->naps, told->taken);
	vm_kill(reader);
	if (way->close)
		way->close();
	if (!_i)
		bench_figure(TABLE, "nobody", "sent", alone);
	bench_figure(TABLE, way->name, "read", read - alone);
	bench_figure(TABLE, way->name, "asleep again", asleep - alone);
}
END_TEST

Suite *bench_arrivals_suite(void)
{
	Suite *suite = suite_create("arrivals");
	TCase *tc = vm_case(suite, "ways", 120, NULL);

	tcase_add_loop_test(tc, one_packet_wakes_a_reader, 0, VM_COUNT(names));
	return suite;
}

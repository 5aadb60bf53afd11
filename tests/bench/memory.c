/* SPDX-License-Identifier: MIT */
/*
 * What one who waits for packets takes of the kernel's memory while nothing comes: its socket
 * and, with sockopt, the stream and its ring. Counted is all that the kernel has for itself, in
 * whole pages, before and after many of them were opened.
 */
#include "bench.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#define TABLE "memory of a subscriber"
#define MANY 1000

static int sockets[MANY], streams[MANY];

static int open_netlink(void)
{
	return bench_netlink(PEER_NETLINK);
}

static int open_packet(void)
{
	return socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETHERTYPE_IP));
}

static const struct kind {
	const char *name;
	int (*open)(void);
	int count;
	uint32_t slots;		/* of its stream; 0: it has none */
} kinds[] = {
	{ "sockopt, 64 slots", vm_raw, MANY, 64 },
	{ "sockopt, 512 slots", vm_raw, MANY, 512 },
	{ "sockopt, 4096 slots", vm_raw, MANY / 4, 4096 },
	{ "the socket of those alone", vm_raw, MANY, 0 },
	{ "packet socket", open_packet, MANY, 0 },
	{ "netlink socket", open_netlink, MANY, 0 },
};

static void open_some(const struct kind *kind, int from, int to)
{
	struct sockopt_open args;
	int i;

	for (i = from; i < to; i++) {
		sockets[i] = kind->open();
		ck_assert_int_ge(sockets[i], 0);
		if (kind->slots)
			streams[i] = vm_stream(sockets[i], kind->slots, &args);
	}
}

/* What was on its way to be freed has gone, and what a processor counts for itself is summed up. */
static long settled_kb(void)
{
	poll(NULL, 0, 5000);
	ck_assert_int_eq(vm_write("/proc/sys/vm/stat_refresh", "1", 1), 1);
	return vm_kernel_kb();
}

/*
 * The first half takes what the kernel's caches have room for, with what the test before gave
 * back; the second is counted.
 */
static double kib_of(const struct kind *kind)
{
	const int half = kind->count / 2;
	long before;

	settled_kb();
	open_some(kind, 0, half);
	before = settled_kb();
	open_some(kind, half, 2 * half);
	return (double)(settled_kb() - before) / half;
}

/* At least its ring and two pages, or a socket, and beside those little. */
START_TEST(many_subscribers_take_memory)
{
	const struct kind *kind = &kinds[_i];
	double ring = kind->slots ? kind->slots / 8.0 + 8 : 0;
	double each = kib_of(kind);

	ck_assert_double_ge(each, ring + 1);
	ck_assert_double_le(each, ring + 8);
	bench_figure(TABLE, kind->name, "KiB", each);
}
END_TEST

/* Each stream is two descriptors. */
static void setup(void)
{
	const struct rlimit files = { 2 * MANY + 100, 2 * MANY + 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	vm_limit_set("ring_bytes_max", "200000000");
}

Suite *bench_memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = vm_case(suite, "memory", 120, NULL);

	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, many_subscribers_take_memory, 0, VM_COUNT(kinds));
	return suite;
}

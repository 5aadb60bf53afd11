/* SPDX-License-Identifier: MIT */
/*
 * Nobody reads: what a packet costs more where there is no room for it ("added"), how many were
 * kept, and how many a MiB of memory keeps. Then all that was kept is read, and whoever counts
 * what was lost has counted each. Sockets have the room that the kernel gives by default, and
 * their memory is what it says that their queue takes; that of a ring is the ring.
 */
#include "records.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#define TABLE "full ring"
#define SENT 8192		/* at least: more than any of them keeps */

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

static const struct records_way *way;

/* ---- Of a socket's queue ---- */

static uint32_t meminfo(int which)
{
	uint32_t numbers[SK_MEMINFO_VARS];
	socklen_t len = sizeof(numbers);

	ck_assert_int_eq(getsockopt(way->fd(), SOL_SOCKET, SO_MEMINFO, numbers, &len), 0);
	return numbers[which];
}

static uint64_t lost_of_queue(void)
{
	return meminfo(SK_MEMINFO_DROPS);
}

static uint64_t bytes_of_queue(void)
{
	return meminfo(SK_MEMINFO_RMEM_ALLOC);
}

/* ---- Each ---- */

static const struct keeper {
	const char *name;
	const char *way;		/* of records.h */
	uint32_t slots;			/* ours; 0: not ours */
	uint64_t (*lost)(void);		/* packets, exactly; NULL: it does not count them */
	uint64_t (*bytes)(void);
} keepers[] = {
	{ "sockopt, full ring of 512 slots", "sockopt, mapped ring", 512,
	  records_lost_ours, records_bytes_ours },
	{ "sockopt, full ring of 4096 slots", "sockopt, mapped ring", 4096,
	  records_lost_ours, records_bytes_ours },
	{ "BPF's full ring buffer, 256 KiB", "BPF at tc, ring buffer", 0, NULL, records_bytes_bpf },
	{ "packet socket's full ring, V2, 512 KiB", "packet socket's ring, V2", 0,
	  records_lost_ring, records_bytes_ring },
	{ "packet socket's full ring, V3, 1 MiB", "packet socket's ring, V3", 0,
	  records_lost_ring, records_bytes_ring },
	{ "raw socket, full", "raw socket, recv", 0, lost_of_queue, bytes_of_queue },
	{ "packet socket, full", "packet socket, recv", 0, lost_of_queue, bytes_of_queue },
	{ "netlink socket, full", "netlink, a message each", 0, lost_of_queue, bytes_of_queue },
};

static uint64_t sent;

static uint64_t send_few(void *unused)
{
	(void)unused;
	sent += RECORDS_FEW;
	return records_send(RECORDS_FEW);
}

static void fill(void)
{
	while (sent < SENT) {
		records_send(RECORDS_BURST);
		sent += RECORDS_BURST;
	}
}

/* The first call may say that some were lost, instead of bringing one. */
static uint64_t take_all(void)
{
	uint64_t taken = way->take(1), now;

	do {
		now = way->take(RECORDS_BURST);
		taken += now;
	} while (now);
	return taken;
}

static void profile_if_wanted(const char *name)
{
	if (!bench_is_profiled(name, "added"))
		return;
	for (;;) {
		profile_begin();
		records_send_one();
		profile_end();
	}
}

static void open_full(const struct keeper *keeper)
{
	records_room = 0;
	if (keeper->slots)
		records_slots = keeper->slots;
	way->open(way);
	fill();
	profile_if_wanted(keeper->name);
}

/* All that were kept are as they were sent, and the rest is counted. */
static uint64_t expect_kept(const struct keeper *keeper)
{
	uint64_t kept = take_all();

	records_expect_sum(records_sum, kept);
	if (keeper->lost)
		ck_assert_uint_eq(kept + keeper->lost(), sent);
	ck_assert_uint_lt(kept, SENT);
	return kept;
}

START_TEST(packets_come_where_no_room_is)
{
	const struct keeper *keeper = &keepers[_i];
	double alone, added;
	uint64_t bytes, kept;

	way = records_way_named(keeper->way);
	records_open_sender();
	alone = records_sent_alone(RECORDS_FEW);
	open_full(keeper);
	added = cost_median(send_few, NULL, RECORDS_FEW) - alone;
	bytes = keeper->bytes();
	kept = expect_kept(keeper);
	if (way->close)
		way->close();
	if (keeper->slots)
		ck_assert_uint_eq(kept, keeper->slots);
	bench_figure(TABLE, keeper->name, "added", added);
	bench_figure(TABLE, keeper->name, "kept", (double)kept);
	bench_figure(TABLE, keeper->name, "in a MiB", (double)kept * (1 << 20) / (double)bytes);
}
END_TEST

Suite *bench_losses_suite(void)
{
	Suite *suite = suite_create("losses");
	TCase *tc = vm_case(suite, "ways", 120, NULL);

	tcase_add_loop_test(tc, packets_come_where_no_room_is, 0, VM_COUNT(keepers));
	return suite;
}

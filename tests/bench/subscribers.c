/* SPDX-License-Identifier: MIT */
/*
 * What a packet pays in PRE_ROUTING, by who subscribes. The packets are made in the kernel, and
 * go through the hooks there alone; what the loop itself costs is taken off.
 */
#include "bench.h"

#include "../vm/packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define TABLE "packet in PRE_ROUTING"

#define PACKETS 64		/* of a round */
#define SENT ECHO_REQUEST
#define OTHER ECHO_REPLY
#define NOT_ICMP 256
#define MOST 1000		/* subscribers */

#define LOOP_MOST 20		/* a hook costs four times that */

static double loop;		/* without a hook */
static struct vm_reader readers[MOST];
static int wanting;		/* of those, from the first one on */

/* Who wants it takes it, so that there is room in the next round. */
static uint64_t pass_packets(void *type)
{
	char command[32];
	uint64_t ticks;
	int i;

	snprintf(command, sizeof(command), "generate %d %d", PACKETS, *(int *)type);
	ticks = publisher_measured(command);
	for (i = 0; i < wanting; i++)
		ck_assert_int_eq(vm_reader_take(&readers[i]), PACKETS);
	return ticks;
}

static double packet_of(int type)
{
	return cost_median(pass_packets, &type, PACKETS) - loop;
}

/* Each stream is two descriptors. */
static void setup(void)
{
	const struct rlimit files = { 2 * MOST + 100, 2 * MOST + 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	publisher_setup();
	vm_limit_set("ring_bytes_max", "100000000");
	loop = packet_of(SENT);
	ck_assert_msg(loop < LOOP_MOST, "%.1f without a subscriber: there is a hook", loop);
}

/* ---- One subscriber ---- */

START_TEST(a_packet_that_is_no_icmp_and_one_when_nobody_is_left)
{
	struct sockopt_filter filter = vm_filter_types((const int[]){ SENT, -1 });

	vm_reader_open_filter(&readers[0], &filter, 0, PACKETS);
	bench_figure(TABLE, "not ICMP", "1", packet_of(NOT_ICMP));
	vm_reader_close(&readers[0]);
	bench_figure(TABLE, "no subscriber any more", "0", packet_of(SENT));
}
END_TEST

/* ---- Many ---- */

static struct sockopt_filter by_type(bool is_wanted)
{
	return vm_filter_types((const int[]){ is_wanted ? SENT : OTHER, -1 });
}

/* The type is wanted, but not from there: never this packet. */
static struct sockopt_filter by_address(bool is_wanted)
{
	struct sockopt_filter filter = by_type(true);

	(void)is_wanted;
	filter.family = AF_INET;
	filter.src_prefix = 32;
	ck_assert_int_eq(inet_pton(AF_INET, "192.0.2.1", filter.src), 1);
	return filter;
}

static const struct crowd {
	const char *name;
	struct sockopt_filter (*filter)(bool is_wanted);
	int wanting;		/* of them, at most */
} crowds[] = {
	{ "ICMP, nobody wants its type", by_type, 0 },
	{ "ICMP, one of them wants it", by_type, 1 },
	{ "ICMP, nobody wants its source", by_address, 0 },
	{ "ICMP, all want it", by_type, MOST },
};

static void subscribe(const struct crowd *crowd, int from, int to)
{
	struct sockopt_filter filter;
	int i;

	for (i = from; i < to; i++) {
		filter = crowd->filter(i < crowd->wanting);
		vm_reader_open_filter(&readers[i], &filter, 0, PACKETS);
	}
	wanting = to < crowd->wanting ? to : crowd->wanting;
}

START_TEST(a_packet_and_many_subscribers)
{
	static const int counts[] = { 1, 10, 100, MOST };
	const struct crowd *crowd = &crowds[_i];
	char column[16];
	int i, before = 0;

	for (i = 0; i < VM_COUNT(counts); i++) {
		subscribe(crowd, before, counts[i]);
		snprintf(column, sizeof(column), "%d", counts[i]);
		bench_figure(TABLE, crowd->name, column, packet_of(SENT));
		before = counts[i];
	}
}
END_TEST

Suite *bench_subscribers_suite(void)
{
	Suite *suite = suite_create("subscribers");
	TCase *tc = vm_case(suite, "packets", 300, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_checked_fixture(tc, setup, publisher_remove_after_all);
	tcase_add_test(tc, a_packet_that_is_no_icmp_and_one_when_nobody_is_left);
	tcase_add_loop_test(tc, a_packet_and_many_subscribers, 0, VM_COUNT(crowds));
	return suite;
}

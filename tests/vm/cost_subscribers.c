/* SPDX-License-Identifier: MIT */
/*
 * Proves that an ICMP packet pays for those who want it and for nobody else. The
 * packets are made in the kernel and go through PRE_ROUTING.
 */
#include "cost.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define PACKETS 64	/* of a round */
#define WANTED ECHO_REQUEST
#define UNWANTED ECHO_REPLY
#define MANY 1000

/* A reader takes what came: its ring has room for the next round. */
static uint64_t pass_packets(void *reader)
{
	char command[32];
	uint64_t ticks;

	snprintf(command, sizeof(command), "generate %d %d", PACKETS, WANTED);
	ticks = publisher_measured(command);
	if (reader)
		ck_assert_int_eq(vm_reader_take(reader), PACKETS);
	return ticks;
}

/* Instructions for a packet, with what is subscribed now. */
static double packet(const char *name, struct vm_reader *wanting)
{
	double each = cost_median(pass_packets, wanting, PACKETS);

	cost_show(name, each);
	return each;
}

/* With the smallest ring: a thousand are to fit the namespace's limit. */
static void subscribe_unwanting(int count)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} both;
	socklen_t len;

	while (count--) {
		len = sizeof(both);
		memset(&both, 0, sizeof(both));
		both.open = vm_open_args();
		both.open.slots = SOCKOPT_SLOTS_MIN;
		both.open.snaplen = SOCKOPT_SNAPLEN_NONE;
		both.open.filter_len = sizeof(both.filter);
		both.filter.size = sizeof(both.filter);
		sockopt_filter_add(&both.filter, UNWANTED);
		ck_assert_int_eq(vm_get(vm_raw(), ICMP, SOCKOPT_OPEN, &both, &len), 0);
	}
}

/* Each stream is two descriptors. */
static void setup(void)
{
	const struct rlimit files = { 2 * MANY + 100, 2 * MANY + 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	publisher_setup();
}

START_TEST(without_a_subscriber_a_packet_pays_nothing)
{
	struct vm_reader reader;
	double before, with, after;

	before = packet("packet, no subscriber (the loop itself)", NULL);
	vm_reader_open_types(&reader, (const int[]){ UNWANTED, -1 }, PACKETS);
	with = packet("packet, one that does not want it", NULL);
	vm_reader_close(&reader);
	after = packet("packet, no subscriber any more", NULL);
	cost_expect_ratio("no subscriber", before, with, 0.5);
	cost_expect_ratio("no subscriber any more", after, before, 1.1);
}
END_TEST

START_TEST(a_packet_that_nobody_wants_costs_the_same_with_one_and_with_a_thousand)
{
	double one, hundred, thousand;

	subscribe_unwanting(1);
	one = packet("packet, 1 that does not want it", NULL);
	subscribe_unwanting(99);
	hundred = packet("packet, 100 that do not want it", NULL);
	subscribe_unwanting(MANY - 100);
	thousand = packet("packet, 1000 that do not want it", NULL);
	cost_expect_ratio("100 that do not want it", hundred, one, 1.10);
	cost_expect_ratio("1000 that do not want it", thousand, one, 1.10);
}
END_TEST

START_TEST(a_packet_costs_its_own_subscriber_and_none_of_a_thousand_others)
{
	struct vm_reader reader;
	double unwanted, one, thousand;

	subscribe_unwanting(1);
	unwanted = packet("packet, 1 that does not want it", NULL);
	vm_reader_open_types(&reader, (const int[]){ WANTED, -1 }, PACKETS);
	one = packet("packet, 1 that wants it and 1 that does not", &reader);
	subscribe_unwanting(MANY - 1);
	thousand = packet("packet, 1 that wants it and 1000 that do not", &reader);
	cost_expect_ratio("unwanted", unwanted, one, 0.9);
	cost_expect_ratio("1000 that do not want it", thousand, one, 1.10);
}
END_TEST

Suite *subscribers_suite(void)
{
	Suite *suite = suite_create("subscribers");
	TCase *tc = vm_case(suite, "subscribers", 300, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, setup, publisher_remove_after_all);
	tcase_add_test(tc, without_a_subscriber_a_packet_pays_nothing);
	tcase_add_test(tc,
		a_packet_that_nobody_wants_costs_the_same_with_one_and_with_a_thousand);
	tcase_add_test(tc, a_packet_costs_its_own_subscriber_and_none_of_a_thousand_others);
	return suite;
}

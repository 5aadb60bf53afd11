/* SPDX-License-Identifier: MIT */
/*
 * Does the size of a ring matter? What a packet pays where it is captured, and its reader, as in
 * records.c, by the number of the ring's slots. A burst is half a ring, up to 512: what a
 * getsockopt returned has its slots until the next one.
 */
#include "records.h"

#include <stdio.h>

#define TABLE "ring of N slots"

static const char *const names[] = { "sockopt, mapped ring", "sockopt, getsockopt of 512" };
static const uint32_t counts[] = { 64, 512, 4096, SOCKOPT_SLOTS_MAX };

static void show(const char *name, const char *what, double figure)
{
	char row[64], column[16];

	snprintf(row, sizeof(row), "%s, %s", name, what);
	snprintf(column, sizeof(column), "%u", records_slots);
	bench_figure(TABLE, row, column, figure);
}

/* Once round it first: no page is touched for the first time where it is counted. */
static void go_round(const struct records_way *way, unsigned int burst)
{
	unsigned int sent;

	for (sent = 0; sent < records_slots; sent += burst) {
		records_send(burst);
		ck_assert_uint_eq(way->take(burst), burst);
	}
	records_sum = 0;
}

START_TEST(packets_come_through_a_ring_of_any_size)
{
	const struct records_way *way = records_way_named(names[_i / VM_COUNT(counts)]);
	struct records_cost cost;
	unsigned int burst;
	double alone;

	records_slots = counts[_i % VM_COUNT(counts)];
	burst = records_slots / 2 < RECORDS_BURST ? records_slots / 2 : RECORDS_BURST;
	records_open_sender();
	alone = records_sent_alone(burst);
	way->open(way);
	go_round(way, burst);
	cost = records_cost_of(way, alone, burst);
	ck_assert_uint_eq(records_lost_ours(), 0);
	show(way->name, "added", cost.added);
	show(way->name, "taken", cost.taken);
}
END_TEST

Suite *bench_slots_suite(void)
{
	Suite *suite = suite_create("slots");
	TCase *tc = vm_case(suite, "sizes", 120, NULL);

	tcase_add_loop_test(tc, packets_come_through_a_ring_of_any_size, 0,
			    VM_COUNT(names) * VM_COUNT(counts));
	return suite;
}

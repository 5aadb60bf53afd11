/* SPDX-License-Identifier: MIT */
/*
 * The pool in two phases: all is sent, which endpoints have room for ("sent"), then all is read
 * ("taken"). Nobody sleeps, and nobody is to be woken. One thread sends.
 */
#include "pool.h"

#define TABLE "pool of 100, 768 bytes each"
#define MESSAGES (50 * POOL)	/* of a round */

static uint64_t send_all(const struct pool_way *way, unsigned int count)
{
	unsigned int failed;
	uint64_t ticks;

	pool_begin();
	ticks = pool_send(way, count, 1, &failed);
	ck_assert_uint_eq(failed, 0);
	return ticks;
}

static uint64_t take_all(const struct pool_way *way, unsigned int count)
{
	uint64_t start = cost_ticks(), until = pool_taken + count;

	while (pool_taken < until)
		VM_EXPECT(pool_take(way, -1));
	start = cost_ticks() - start;
	ck_assert_uint_eq(pool_taken, until);
	return start;
}

static uint64_t produce(void *way)
{
	uint64_t ticks = send_all(way, MESSAGES);

	take_all(way, MESSAGES);
	return ticks;
}

static uint64_t consume(void *way)
{
	send_all(way, MESSAGES);
	return take_all(way, MESSAGES);
}

/* ---- Profiles, of a message to each ---- */

static void profile_sent(const struct pool_way *way)
{
	unsigned int failed;

	for (;;) {
		pool_begin();
		profile_begin();
		pool_send(way, POOL, 1, &failed);
		profile_end();
		take_all(way, POOL);
	}
}

static void profile_taken(const struct pool_way *way)
{
	for (;;) {
		send_all(way, POOL);
		profile_begin();
		take_all(way, POOL);
		profile_end();
	}
}

static void profile_if_wanted(const struct pool_way *way)
{
	if (bench_is_profiled(way->name, "sent"))
		profile_sent(way);
	if (bench_is_profiled(way->name, "taken"))
		profile_taken(way);
}

START_TEST(messages_come_to_a_pool)
{
	const struct pool_way *way = pool_way_of(_i);
	double sent, taken;

	pool_open(way, 0);
	profile_if_wanted(way);
	sent = cost_median(produce, (void *)way, MESSAGES);
	taken = cost_median(consume, (void *)way, MESSAGES);
	ck_assert_uint_eq(pool_lost(way), 0);
	bench_figure(TABLE, way->name, "sent", sent);
	bench_figure(TABLE, way->name, "taken", taken);
	bench_figure(TABLE, way->name, "both", sent + taken);
}
END_TEST

Suite *bench_pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = vm_case(suite, "ways", 120, NULL);

	tcase_add_unchecked_fixture(tc, NULL, pool_remove_after_all);
	tcase_add_checked_fixture(tc, pool_setup, NULL);
	tcase_add_loop_test(tc, messages_come_to_a_pool, 0, pool_count_ways());
	return suite;
}

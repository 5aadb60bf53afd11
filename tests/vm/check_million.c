/* SPDX-License-Identifier: MIT */
/*
 * Proves that of 1,000,000 records from two processors each of three subscribers, a
 * fast one, a slow one and one that has stopped to read, gets every record byte for
 * byte or has it counted.
 */
#include "subscriber.h"

#define EACH 500000
#define ALL (2ULL * EACH)
#define STOPPED_SLOTS 256

static char command[] = "flood 500000 2";

/* Takes all that there is, at once. */
static void be_fast(struct subscriber *fast)
{
	if (!subscriber_take(fast, 4096))
		sockopt_stream_wait(fast->st, 1);
}

/* Takes a little, when the fast one has had a lot: the ring is mostly full. */
static void be_slow(struct subscriber *slow, const struct subscriber *fast)
{
	if (fast->got / 100 > slow->got)
		subscriber_take(slow, 16);
}

static void read_flood(struct subscriber *fast, struct subscriber *slow)
{
	pid_t flood = subscriber_flood(command);

	while (!subscriber_has_ended(flood)) {
		be_fast(fast);
		be_slow(slow, fast);
	}
	vm_join(flood);
}

/* Is the fast one mapped, is the slow one? */
static const struct {
	bool fast, slow;
} ways[] = { { true, false }, { false, true } };

START_TEST(of_a_million_records_each_subscriber_gets_every_one_or_has_it_counted)
{
	struct subscriber fast, slow, stopped;

	subscriber_open(&fast, 4096, 64, ways[_i].fast);
	subscriber_open(&slow, 64, 1, ways[_i].slow);
	subscriber_open(&stopped, STOPPED_SLOTS, 1, ways[_i].slow);
	vm_come_first();
	read_flood(&fast, &slow);
	subscriber_expect_all(&fast, ALL);
	subscriber_expect_all(&slow, ALL);
	subscriber_expect_all(&stopped, ALL);
	ck_assert_uint_eq(stopped.got, STOPPED_SLOTS);
	ck_assert_uint_gt(fast.got, ALL / 10);
	ck_assert_uint_gt(slow.got, fast.got / 200);
	ck_assert_uint_lt(slow.got, fast.got / 50);
	subscriber_close(&fast);
	subscriber_close(&slow);
	subscriber_close(&stopped);
}
END_TEST

Suite *million_suite(void)
{
	Suite *suite = suite_create("million");
	TCase *tc = vm_case(suite, "flood", 110, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc,
		of_a_million_records_each_subscriber_gets_every_one_or_has_it_counted, 0, 2);
	return suite;
}

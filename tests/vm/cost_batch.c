/* SPDX-License-Identifier: MIT */
/*
 * Proves that RECORDS pays once for a call and little for a record: of 512 a call
 * each is cheaper than of 64, and those cheaper than one by itself.
 */
#include "cost.h"

#include <errno.h>
#include <stdio.h>

#define RECORDS 512	/* of a round */
#define SNAPLEN 64

static uint64_t publish(void)
{
	char command[32];

	snprintf(command, sizeof(command), "publish %d", RECORDS);
	return publisher_measured(command);
}

/*
 * The buffer's room is the size of a call. What it returns the next call frees. No
 * ck_assert() between the two looks at the counter: each is a system call.
 */
static uint64_t take(void *arg)
{
	int room = *(int *)arg, calls = RECORDS / room, full = 0, i;
	uint64_t start, ticks;

	publish();
	start = cost_ticks();
	for (i = 0; i < calls; i++)
		full += publisher_take_now() == room;
	ticks = cost_ticks() - start;
	ck_assert_int_eq(full, calls);
	return ticks;
}

/* What RECORDS must return afterwards. */
static uint64_t publish_and_take(void *arg)
{
	uint64_t ticks = publish();

	ck_assert_int_eq(publisher_take_now(), *(int *)arg);
	return ticks;
}

/* Instructions for a record when 'room' come in a call. */
static double record(const char *name, int room)
{
	double each;

	vm_batch_free(&publisher.batch);
	vm_batch_init(&publisher.batch, publisher.opened.slot_size, (uint32_t)room);
	each = cost_median(take, &room, RECORDS);
	cost_show(name, each);
	return each;
}

START_TEST(records_in_one_call_share_its_price)
{
	double many, some, one;

	publisher_subscribe(2 * RECORDS, SNAPLEN, RECORDS);
	many = record("record by RECORDS, 512 a call", 512);
	some = record("record by RECORDS, 64 a call", 64);
	one = record("record by RECORDS, 1 a call", 1);
	cost_expect_ratio("512 a call", many, some, 1);
	cost_expect_ratio("64 a call", some, one, 0.1);
}
END_TEST

START_TEST(a_record_that_nobody_wants_is_cheaper_than_one_that_is_queued)
{
	int all = RECORDS, none = -EAGAIN;
	double queued, unwanted;

	publisher_subscribe(2 * RECORDS, SNAPLEN, RECORDS);
	queued = cost_median(publish_and_take, &all, RECORDS);
	cost_show("record published, 64 bytes, 1 subscriber", queued);
	ck_assert_int_eq(vm_stop(publisher.sock, publisher.channel.id), 0);
	publisher.sock = vm_raw();
	publisher_subscribe_types((const int[]){ -1 }, 1);
	unwanted = cost_median(publish_and_take, &none, RECORDS);
	cost_show("record published, nobody wants it", unwanted);
	cost_expect_ratio("unwanted", unwanted, queued, 0.9);
}
END_TEST

Suite *batch_suite(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = vm_case(suite, "records", 300, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_test(tc, records_in_one_call_share_its_price);
	tcase_add_test(tc, a_record_that_nobody_wants_is_cheaper_than_one_that_is_queued);
	return suite;
}

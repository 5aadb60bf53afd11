/* SPDX-License-Identifier: MIT */
/*
 * Proves that records which a module writes where the core has room for them arrive
 * whole, those that it gives up do not, and both from within each other: process
 * context, the interrupts in it, and NMIs.
 */
#include "publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS 64
#define ROOM 256
#define NUMBERS_MAX 20000

static uint8_t times[NUMBERS_MAX];	/* that each number came */

static uint32_t given(void)
{
	char text[32] = { 0 };
	socklen_t len = sizeof(text) - 1;

	ck_assert_int_eq(vm_get(publisher.sock, publisher.channel.id, SOCKOPT_TEXT, text, &len),
			 0);
	return (uint32_t)strtoul(text, NULL, 10);
}

/* All its words are its number. */
static uint32_t number_of(const struct sockopt_record *rec)
{
	uint32_t words[WORDS];
	int i;

	ck_assert_uint_eq(rec->len, sizeof(words));
	ck_assert_uint_eq(rec->caplen, sizeof(words));
	ck_assert_uint_eq(rec->flags, 0);
	ck_assert_uint_eq(rec->offset, 7);
	ck_assert_uint_eq(rec->ifindex, 9);
	memcpy(words, sockopt_record_data(rec), sizeof(words));
	for (i = 1; i < WORDS; i++)
		ck_assert_uint_eq(words[i], words[0]);
	return words[0];
}

/* All that is there; how many. */
static uint32_t take_all(void)
{
	uint32_t got = 0;
	int n, i;

	while ((n = publisher_take_now()) > 0)
		for (i = 0; i < n; i++, got++) {
			uint32_t number = number_of(vm_record(&publisher.batch, (unsigned int)i));

			ck_assert_uint_lt(number, NUMBERS_MAX);
			ck_assert_uint_eq(times[number]++, 0);
		}
	ck_assert_int_eq(n, -EAGAIN);
	return got;
}

static struct sockopt_stats counts(void)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	return stats;
}

/* Those that are committed, of so many numbers. */
static uint32_t committed(uint32_t numbers)
{
	return numbers - numbers / 3;
}

START_TEST(what_is_committed_arrives_whole_and_what_is_aborted_never)
{
	uint32_t numbers, i;

	publisher_subscribe(16384, 1024, ROOM);
	publisher_commanded("reserve 3000");
	numbers = given();
	ck_assert_uint_gt(numbers, 3000);
	ck_assert_uint_lt(numbers, 16384);
	ck_assert_uint_eq(take_all(), committed(numbers));
	for (i = 0; i < numbers; i++)
		ck_assert_uint_eq(times[i], i % 3 != 2);
	ck_assert_uint_eq(counts().seen, committed(numbers));
	ck_assert_uint_eq(counts().lost + counts().filtered, 0);
}
END_TEST

START_TEST(each_subscriber_keeps_as_much_as_its_snap_length)
{
	struct vm_batch batch;
	struct sockopt_open args = vm_open_args();
	uint32_t cursor, word;
	int raw = vm_raw();

	args.snaplen = 10;
	publisher_subscribe(16, 1024, ROOM);
	ck_assert_int_ge(vm_open(raw, publisher.channel.id, &args), 0);
	cursor = args.cursor;
	publisher_commanded("reserve 1");
	ck_assert_int_ge(publisher_take_now(), 1);
	ck_assert_uint_lt(number_of(vm_record(&publisher.batch, 0)), given());
	vm_batch_init(&batch, args.slot_size, 1);
	batch.head->size = sizeof(*batch.head);
	batch.head->cursor = cursor;
	ck_assert_int_eq(vm_get(raw, publisher.channel.id, SOCKOPT_RECORDS, batch.head,
				&(socklen_t){ (socklen_t)batch.size }), 0);
	ck_assert_uint_eq(vm_record(&batch, 0)->caplen, 10);
	ck_assert_uint_eq(vm_record(&batch, 0)->flags, SOCKOPT_RECORD_F_TRUNCATED);
	memcpy(&word, sockopt_record_data(vm_record(&batch, 0)), 4);
	ck_assert_uint_lt(word, given());
	vm_batch_free(&batch);
}
END_TEST

START_TEST(nobody_is_asked_to_write_what_nobody_wants)
{
	publisher_subscribe_types((const int[]){ 5, -1 }, ROOM);
	publisher_commanded("reserve 500 7");
	ck_assert_int_eq(publisher_take_now(), -EAGAIN);
	ck_assert_uint_eq(counts().seen, given());
	ck_assert_uint_eq(counts().filtered, given());
	publisher_commanded("reserve 3 5");	/* of which one is aborted */
	ck_assert_uint_ge(counts().pending, 1);
}
END_TEST

START_TEST(without_a_subscriber_there_is_nothing_to_do)
{
	publisher_commanded("reserve 500");
	ck_assert_uint_ge(given(), 500);
	ck_assert_int_eq(vm_stream_count(), 0);
	publisher_subscribe(16, 1024, ROOM);
	ck_assert_int_eq(publisher_take_now(), -EAGAIN);
	ck_assert_uint_eq(counts().seen, 0);
}
END_TEST

/* ---- NMI ---- */

static const char no_nmi[] = "no module can send an NMI on this machine";

static bool has_nmi(void)
{
#if defined(__x86_64__)
	return true;
#else
	return false;
#endif
}

START_TEST(records_of_an_nmi_arrive_whole)
{
	VM_SKIP_IF(!has_nmi(), no_nmi);
	uint32_t got = 0, seen = 0, i;

	publisher_subscribe(1024, 1024, ROOM);
	for (i = 0; i < 10; i++) {
		publisher_commanded("nmi 30");
		got += take_all();
	}
	ck_assert_uint_eq(given(), 600);
	for (i = 0; i < 600; i++)
		seen += times[i];
	ck_assert_uint_eq(got, seen);
	ck_assert_uint_eq(got, 500);	/* of 300 that were reserved 100 were aborted */
	ck_assert_uint_eq(counts().seen, got);
}
END_TEST

static void take_one(void *arg)
{
	(void)arg;
	ck_assert_int_ge(publisher_take(0), 1);
	ck_assert_uint_eq(number_of(vm_record(&publisher.batch, 0)), 0);
}

/* The deepest is committed first. */
START_TEST(a_record_can_be_reserved_in_each_context_within_the_others)
{
	VM_SKIP_IF(!has_nmi(), no_nmi);
	VM_SKIP_IF(vm_is_realtime(), "on a real-time kernel softirqs interrupt nobody");
	uint32_t word, i;

	publisher_subscribe(16, 1024, ROOM);
	publisher_commanded("deep");
	ck_assert_int_eq(publisher_take_now(), 4);
	for (i = 0; i < 4; i++) {
		memcpy(&word, sockopt_record_data(vm_record(&publisher.batch, i)), 4);
		ck_assert_uint_eq(word, 3 - i);
	}
	publisher_commanded("deep");
	ck_assert_int_eq(publisher_take_now(), 4);
}
END_TEST

START_TEST(an_nmi_wakes_who_sleeps)
{
	VM_SKIP_IF(!has_nmi(), no_nmi);
	pid_t reader;

	publisher_subscribe(16, 1024, ROOM);
	reader = vm_fork(take_one, NULL);
	vm_wait_asleep(reader);
	publisher_commanded("nmi 1");
	vm_join(reader);
}
END_TEST

/* The interrupts' records are of the same ring, and so are those of the NMIs. */
static void send_nmis(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 10; i++)
		publisher_commanded("nmi 10");
}

START_TEST(all_contexts_at_once_write_whole_records)
{
	VM_SKIP_IF(!has_nmi(), no_nmi);
	uint32_t got = 0;
	pid_t other;

	publisher_subscribe(16384, 1024, ROOM);
	other = vm_fork(send_nmis, NULL);
	publisher_commanded("reserve 3000");
	vm_join(other);
	ck_assert_uint_lt(given(), NUMBERS_MAX);
	got = take_all();
	ck_assert_uint_eq(counts().seen, got + counts().lost);
	ck_assert_uint_eq(counts().lost_full, 0);
}
END_TEST

Suite *reserve_suite(void)
{
	Suite *suite = suite_create("reserve");
	TCase *tc = vm_case(suite, "reserve", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_test(tc, what_is_committed_arrives_whole_and_what_is_aborted_never);
	tcase_add_test(tc, each_subscriber_keeps_as_much_as_its_snap_length);
	tcase_add_test(tc, nobody_is_asked_to_write_what_nobody_wants);
	tcase_add_test(tc, without_a_subscriber_there_is_nothing_to_do);
	tcase_add_test(tc, records_of_an_nmi_arrive_whole);
	tcase_add_test(tc, a_record_can_be_reserved_in_each_context_within_the_others);
	tcase_add_test(tc, an_nmi_wakes_who_sleeps);
	tcase_add_test(tc, all_contexts_at_once_write_whole_records);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a consumer which writes nonsense to its page, while two processors
 * publish, harms nobody but itself: nothing behind the ring is touched, another
 * stream misses nothing, and with a sane tail its own ring works again.
 */
#include "subscriber.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS_OF_VICTIM 8
#define EACH 60000

static char command[] = "flood 60000 2";

/* The stream whose page is written to: mapped by hand. */
static struct {
	struct sockopt_open open;
	uint32_t *page;		/* the consumer's */
	const uint8_t *shared;	/* status and slots */
	int is_over;
} victim;

static void map_victim(void)
{
	size_t size = VM_PAGE + SLOTS_OF_VICTIM * 832;

	publisher_subscribe(SLOTS_OF_VICTIM, 768, 1);
	victim.open = publisher.opened;
	victim.page = mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, publisher.stream, 0);
	ck_assert_ptr_ne(victim.page, MAP_FAILED);
	victim.shared = mmap(NULL, (size + VM_PAGE - 1) / VM_PAGE * VM_PAGE, PROT_READ,
			     MAP_SHARED, publisher.stream, VM_PAGE);
	ck_assert_ptr_ne(victim.shared, MAP_FAILED);
	memset(victim.page + 1, VM_CANARY, VM_PAGE - 4);
}

static uint32_t head_seen(void)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	return victim.open.cursor + (uint32_t)(stats.delivered + stats.pending);
}

/* Every power of two, each alone and around the head, then whatever comes. */
static uint32_t nonsense(uint32_t step, uint32_t head)
{
	uint32_t bit = 1U << step % 32;

	switch (step / 32 % 6) {
	case 0:
		return bit;
	case 1:
		return head + bit;
	case 2:
		return head - bit;
	case 3:
		return ~bit;
	case 4:
		return step * 2654435761U;
	default:
		return head + step % 32 - 16;
	}
}

static void *scribble(void *unused)
{
	uint32_t step = 0, head = victim.open.cursor;

	while (!__atomic_load_n(&victim.is_over, __ATOMIC_ACQUIRE)) {
		if (step % 1024 == 0)
			head = head_seen();
		__atomic_store_n(victim.page, nonsense(step++, head), __ATOMIC_RELAXED);
	}
	return unused;
}

/* Before each record, all 65,536 tails of one kind: every value of either half. */
static void write_every_half(uint32_t shift)
{
	uint32_t half;

	for (half = 0; half < 65536; half++) {
		__atomic_store_n(victim.page, half << shift | (shift ? 0 : 0xffff0000U),
				 __ATOMIC_RELAXED);
		if (half % 64 == 0)
			publisher_commanded("process 1");
	}
}

static void expect_untouched(void)
{
	const struct sockopt_status *status = (const void *)victim.shared;
	size_t i;

	for (i = 4; i < VM_PAGE; i++)
		ck_assert_uint_eq(((uint8_t *)victim.page)[i], VM_CANARY);
	ck_assert_uint_eq(status->slots, SLOTS_OF_VICTIM);
	ck_assert_uint_eq(status->slot_size, victim.open.slot_size);
	ck_assert_uint_eq(status->start, victim.open.cursor);
	for (i = sizeof(*status); i < VM_PAGE; i++)
		ck_assert_uint_eq(victim.shared[i], 0);
}

/* With the tail at the head, the next records arrive one by one, at their places. */
static void expect_it_works_again(void)
{
	uint32_t pos = head_seen(), i;

	for (i = 0; i < 3 * SLOTS_OF_VICTIM; i++, pos++) {
		const struct sockopt_record *rec = (const void *)
			(victim.shared + VM_PAGE +
			 pos % SLOTS_OF_VICTIM * victim.open.slot_size);

		__atomic_store_n(victim.page, pos, __ATOMIC_RELEASE);
		publisher_commanded("process 1");
		ck_assert_uint_eq(rec->seq, pos + 1);
	}
}

START_TEST(nonsense_in_the_page_harms_nobody_while_two_processors_publish)
{
	struct subscriber other;
	pthread_t thread;
	pid_t flood;

	map_victim();
	subscriber_open(&other, 4096, 1, _i);
	ck_assert_int_eq(pthread_create(&thread, NULL, scribble, NULL), 0);
	flood = subscriber_flood(command);
	while (!subscriber_has_ended(flood))
		if (!subscriber_take(&other, 4096))
			sockopt_stream_wait(other.st, 1);
	vm_join(flood);
	__atomic_store_n(&victim.is_over, 1, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	subscriber_expect_all(&other, 2 * EACH);
	expect_untouched();
	expect_it_works_again();
	subscriber_close(&other);
}
END_TEST

START_TEST(every_value_of_each_half_of_the_tail_is_harmless)
{
	map_victim();
	write_every_half(_i ? 16 : 0);
	expect_untouched();
	expect_it_works_again();
}
END_TEST

/* The identity holds whatever stands in the page. */
START_TEST(counters_add_up_under_a_nonsense_tail)
{
	struct sockopt_stats stats;
	uint32_t step;

	map_victim();
	for (step = 0; step < 192; step++) {
		*victim.page = nonsense(step, head_seen());
		publisher_commanded("process 1");
		ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
		ck_assert_uint_eq(stats.seen, step + 1);
		ck_assert_uint_eq(stats.filtered, 0);
		ck_assert_uint_eq(stats.delivered + stats.pending + stats.lost, step + 1);
		ck_assert_uint_le(stats.pending, SLOTS_OF_VICTIM);
	}
}
END_TEST

Suite *hostile_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tc = vm_case(suite, "hostile", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc, nonsense_in_the_page_harms_nobody_while_two_processors_publish,
			    0, 2);
	tcase_add_loop_test(tc, every_value_of_each_half_of_the_tail_is_harmless, 0, 2);
	tcase_add_test(tc, counters_add_up_under_a_nonsense_tail);
	return suite;
}

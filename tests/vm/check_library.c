/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library's calls for a stream bring every record once: what was
 * released does not come again, and what was not does.
 */
#include "sequence.h"

#include <errno.h>

static struct sockopt_stream *open_library(uint32_t slots, uint32_t batch)
{
	struct sockopt_config config = {
		.size = sizeof(config), .slots = slots, .batch = batch,
	};
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	return st;
}

static struct sockopt_stats stats_by_library(struct sockopt_stream *st)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	return stats;
}

struct awaited {
	struct sockopt_stream *st;
	uint64_t seen;
};

static bool has_seen(void *arg)
{
	struct awaited *awaited = arg;

	return stats_by_library(awaited->st).seen >= awaited->seen;
}

static void queue_library(struct sockopt_stream *st, uint32_t n)
{
	struct awaited awaited = { .st = st };

	send_more(n);
	awaited.seen = sent;
	vm_wait(has_seen, &awaited, "packets seen");
}

/* Hand out and release n records, numbered from first. */
static void release_run(struct sockopt_stream *st, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = sockopt_stream_next(st);

		ck_assert_ptr_nonnull(rec);
		ck_assert_uint_eq(number_of(rec), first + i);
		ck_assert_ptr_eq(sockopt_stream_next(st), rec);
		sockopt_stream_release(st);
	}
}

START_TEST(the_library_brings_every_record_once)
{
	struct sockopt_stream *st = open_library(64, 0);
	struct sockopt_stats stats = { .size = sizeof(stats) };
	uint32_t next = 0;
	int n;

	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_ptr_null(sockopt_stream_next(st));
	queue_library(st, 64);
	while ((n = sockopt_stream_pull(st)) > 0) {
		release_run(st, next, (uint32_t)n);
		ck_assert_ptr_null(sockopt_stream_next(st));
		next += (uint32_t)n;
	}
	ck_assert_int_eq(n, -EAGAIN);
	ck_assert_uint_eq(next, 64);
	stats = stats_by_library(st);
	ck_assert_uint_eq(stats.size, sizeof(stats));
	ck_assert_uint_eq(stats.delivered, 64);
	ck_assert_uint_eq(stats.pending + stats.lost_full, 0);
	sockopt_stream_close(st);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_library_with_the_smallest_batch_brings_one_at_a_time)
{
	struct sockopt_stream *st = open_library(8, 1);
	uint32_t i;

	queue_library(st, 8);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(sockopt_stream_pull(st), 1);
		release_run(st, i, 1);
	}
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(records_that_were_not_released_are_pulled_again)
{
	struct sockopt_stream *st = open_library(64, 0);

	queue_library(st, 5);
	ck_assert_int_eq(sockopt_stream_pull(st), 5);
	release_run(st, 0, 2);
	queue_library(st, 4);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	ck_assert_uint_eq(stats_by_library(st).delivered, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	release_run(st, 2, 7);
	ck_assert_uint_eq(stats_by_library(st).delivered, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(stats_by_library(st).delivered, 9);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_close_acknowledges_what_was_released)
{
	struct sockopt_stream *st = open_library(64, 0);

	queue_library(st, 7);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	release_run(st, 0, 3);
	sockopt_stream_close(st);
	vm_wait_settled();
	ck_assert_int_eq(vm_stat("icmp", "delivered"), 3);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 4);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

START_TEST(the_handle_may_be_closed_before_the_stream)
{
	struct sockopt_stream *st, *second;
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, so, ICMP, NULL), 0);
	ck_assert_int_eq(sockopt_stream_open(&second, so, ICMP, NULL), -EBUSY);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(sockopt_stream_open(&second, so, MESSAGE, NULL), -EOPNOTSUPP);
	sockopt_close(so);
	queue_library(st, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	release_run(st, 0, 2);
	sockopt_stream_close(st);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_library_keeps_to_its_filter)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockopt_config config = { .size = sizeof(config), .filter = &filter };
	struct sockopt_stream *st;

	sockopt_filter_add(&filter, 0);
	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	queue_library(st, 3);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(stats_by_library(st).filtered, 3);
	vm_icmp(sender, VM_LO, 0, 0, "\0\1\0\1", 4);
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

Suite *library_suite(void)
{
	Suite *suite = suite_create("library");
	TCase *tc = vm_case(suite, "library", 20, sequence_setup);

	tcase_add_test(tc, the_library_brings_every_record_once);
	tcase_add_test(tc, the_library_with_the_smallest_batch_brings_one_at_a_time);
	tcase_add_test(tc, records_that_were_not_released_are_pulled_again);
	tcase_add_test(tc, the_library_close_acknowledges_what_was_released);
	tcase_add_test(tc, the_handle_may_be_closed_before_the_stream);
	tcase_add_test(tc, the_library_keeps_to_its_filter);
	return suite;
}

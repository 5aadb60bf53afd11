/* SPDX-License-Identifier: MIT */
/*
 * Streams against the fake kernel: what OPEN is asked, and that no failed call
 * makes a record disappear, come twice, or come in the wrong order.
 */
#define _GNU_SOURCE		/* MAP_ANONYMOUS with -std=c99 */

#include "fake_kernel.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHANNEL 9
#define HEAD sizeof(struct sockopt_records)

static struct sockopt *so;
static struct sockopt_stream *st;
static int fds_before;

static void set_up(void)
{
	fake_reset();
	ck_assert_int_eq(sockopt_open(&so), 0);
	fds_before = fake_count_open();
}

static void set_up_stream(void)
{
	set_up();
	fake.start = 0xfffffffe;
	ck_assert_int_eq(sockopt_stream_open(&st, so, CHANNEL, NULL), 0);
}

static void tear_down_stream(void)
{
	sockopt_stream_close(st);
	sockopt_close(so);
	ck_assert_int_eq(fake_count_open(), fds_before - 1);
}

static void tear_down(void)
{
	ck_assert_int_eq(fake_count_open(), fds_before);
	sockopt_close(so);
}

static int open_with(const struct sockopt_config *config)
{
	st = (struct sockopt_stream *)&fake;
	return sockopt_stream_open(&st, so, CHANNEL, config);
}

/* Open must fail like this. tear_down sees that no descriptor is left. */
static void fail_to_open(const struct sockopt_config *config, int err)
{
	ck_assert_int_eq(open_with(config), -err);
	ck_assert_ptr_null(st);
}

/* ---- Filters and configurations ---------------------------------------- */

START_TEST(a_new_filter_wants_nothing)
{
	struct sockopt_filter filter;
	int i;

	memset(&filter, 0xff, sizeof(filter));
	sockopt_filter_init(&filter);
	ck_assert_uint_eq(filter.size, sizeof(filter));
	ck_assert_uint_eq(filter.flags, 0);
	for (i = 0; i < 8; i++)
		ck_assert_uint_eq(filter.types[i], 0);
}
END_TEST

START_TEST(a_filter_gets_the_bit_of_each_type_and_no_other)
{
	struct sockopt_filter filter;
	uint32_t type = (uint32_t)_i;
	uint32_t i;

	sockopt_filter_init(&filter);
	sockopt_filter_add(&filter, (uint8_t)type);
	sockopt_filter_add(&filter, (uint8_t)type);
	for (i = 0; i < 256; i++)
		ck_assert_uint_eq(filter.types[i / 32] >> i % 32 & 1, i == type);
}
END_TEST

START_TEST(types_of_a_filter_add_up)
{
	struct sockopt_filter filter;

	sockopt_filter_init(&filter);
	sockopt_filter_add(&filter, 0);
	sockopt_filter_add(&filter, 31);
	sockopt_filter_add(&filter, 255);
	ck_assert_uint_eq(filter.types[0], 0x80000001);
	ck_assert_uint_eq(filter.types[7], 0x80000000);
}
END_TEST

START_TEST(no_config_asks_for_the_defaults)
{
	ck_assert_int_eq(open_with(NULL), 0);
	ck_assert_uint_eq(fake.open.size, sizeof(fake.open));
	ck_assert_uint_eq(fake.open.slots, 0);
	ck_assert_uint_eq(fake.open.snaplen, 0);
	ck_assert_uint_eq(fake.open.generation, 0);
	ck_assert_uint_eq(fake.open.filter_len, 0);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(CHANNEL, SOCKOPT_OPEN));
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_config_reaches_the_kernel)
{
	struct sockopt_filter filter;
	struct sockopt_config config = { sizeof(config), 64, 200, 0, 5, 0,
					 &filter };

	sockopt_filter_init(&filter);
	sockopt_filter_add(&filter, 3);
	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	ck_assert_uint_eq(fake.open.snaplen, 200);
	ck_assert_uint_eq(fake.open.generation, 5);
	ck_assert_uint_eq(fake.open.filter_len, sizeof(filter));
	ck_assert_mem_eq(&fake.filter, &filter, sizeof(filter));
	sockopt_stream_close(st);
}
END_TEST

START_TEST(an_older_config_has_zeros_where_it_ends)
{
	struct sockopt_config config = { 8, 64, 200, 300, 5, 1,
					 (const struct sockopt_filter *)8 };

	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	ck_assert_uint_eq(fake.open.snaplen, 0);
	ck_assert_uint_eq(fake.open.generation, 0);
	ck_assert_uint_eq(fake.open.filter_len, 0);
	sockopt_stream_close(st);
}
END_TEST

/* A config of a later library: our members and one more. */
struct later_config {
	struct sockopt_config config;
	uint64_t more;
};

START_TEST(a_newer_config_is_taken_if_its_news_are_zero)
{
	struct later_config later = { { 0, 64, 0, 0, 0, 0, NULL }, 0 };

	later.config.size = sizeof(later);
	ck_assert_int_eq(open_with(&later.config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_newer_config_is_refused_if_it_wants_something_new)
{
	struct later_config later = { { 0, 64, 0, 0, 0, 0, NULL }, 0 };

	later.config.size = sizeof(later);
	((unsigned char *)&later.more)[7] = 1;
	fail_to_open(&later.config, E2BIG);
}
END_TEST

START_TEST(a_config_without_its_size_is_refused)
{
	struct sockopt_config config = { 0, 64, 0, 0, 0, 0, NULL };

	for (config.size = 0; config.size < 4; config.size++)
		fail_to_open(&config, EINVAL);
}
END_TEST

START_TEST(a_config_whose_size_is_nonsense_is_not_read_that_far)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct sockopt_config *config;
	unsigned char *pages;

	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	config = (struct sockopt_config *)(void *)pages;
	config->size = (uint32_t)page + 1;
	fail_to_open(config, E2BIG);
	config->size = UINT32_MAX;
	fail_to_open(config, E2BIG);
	munmap(pages, 2 * page);
}
END_TEST

START_TEST(a_reserved_member_that_is_not_zero_is_refused)
{
	struct sockopt_config config = { sizeof(config), 0, 0, 0, 0, 1, NULL };

	fail_to_open(&config, EINVAL);
}
END_TEST

START_TEST(a_filter_follows_the_same_size_rules)
{
	struct {
		struct sockopt_filter filter;
		uint32_t more;
	} later = { { 0 }, 0 };
	struct sockopt_config config = { sizeof(config), 0, 0, 0, 0, 0,
					 &later.filter };

	fail_to_open(&config, EINVAL);
	later.filter.size = sizeof(later);
	later.filter.types[0] = 8;
	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_uint_eq(fake.filter.size, sizeof(fake.filter));
	ck_assert_uint_eq(fake.filter.types[0], 8);
	sockopt_stream_close(st);
	later.more = 1;
	fail_to_open(&config, E2BIG);
}
END_TEST

/* ---- Open and close ---------------------------------------------------- */

START_TEST(a_refused_open_leaves_nothing)
{
	fake.open_error = EBUSY;
	fail_to_open(NULL, EBUSY);
}
END_TEST

START_TEST(an_open_that_fails_late_closes_the_fd_it_was_given)
{
	fake.open_error = EPERM;
	fake.open_error_late = 1;
	fail_to_open(NULL, EPERM);
	ck_assert_int_ge(fake.stream_fd, 0);
	ck_assert(!fake_is_open(fake.stream_fd));
}
END_TEST

START_TEST(an_open_of_a_module_absent_once_is_asked_again)
{
	fake.absent = 1;
	ck_assert_int_eq(open_with(NULL), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_slot_size_that_no_record_can_have_is_refused)
{
	static const uint32_t sizes[] = { 0, 31, 36, 0xfffffff8 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fake.slot_size = sizes[i];
		fail_to_open(NULL, EPROTO);
		ck_assert(!fake_is_open(fake.stream_fd));
	}
}
END_TEST

START_TEST(a_stream_outlives_its_handle)
{
	struct sockopt *second;

	ck_assert_int_eq(sockopt_open(&second), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, second, CHANNEL, NULL), 0);
	sockopt_close(second);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(icmp_open_makes_a_stream_of_the_icmp_channel_and_no_more_fds)
{
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), 0);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(SOCKOPT_CHANNEL_ICMP,
						     SOCKOPT_OPEN));
	ck_assert_int_eq(fake_count_open(), fds_before + 2);
	ck_assert_int_eq(sockopt_stream_fd(st), fake.stream_fd);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(icmp_open_that_fails_leaves_nothing)
{
	st = (struct sockopt_stream *)&fake;
	fake.open_error = ENOSPC;
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), -ENOSPC);
	ck_assert_ptr_null(st);
	st = (struct sockopt_stream *)&fake;
	fake.socket_error = EPERM;
	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), -EPERM);
	ck_assert_ptr_null(st);
}
END_TEST

START_TEST(close_acknowledges_what_was_released_and_takes_null)
{
	sockopt_stream_close(NULL);
	ck_assert_int_eq(open_with(NULL), 0);
	fake_publish(5);
	ck_assert_int_eq(sockopt_stream_pull(st), 5);
	sockopt_stream_release(st);
	sockopt_stream_release(st);
	ck_assert_uint_eq(fake.acknowledged, 0);
	sockopt_stream_close(st);
	ck_assert_uint_eq(fake.acknowledged, 2);
	ck_assert_uint_eq(fake.records_len, HEAD);
}
END_TEST

START_TEST(close_closes_although_acknowledging_fails)
{
	ck_assert_int_eq(open_with(NULL), 0);
	fake.records_error = ENOTCONN;
	sockopt_stream_close(st);
	ck_assert(!fake_is_open(fake.stream_fd));
}
END_TEST

/* ---- Batches ----------------------------------------------------------- */

/* The record that next shows must be this one. */
static void expect_record(uint32_t number)
{
	const struct sockopt_record *rec = sockopt_stream_next(st);

	ck_assert_ptr_nonnull(rec);
	ck_assert_uint_eq(rec->len, number);
	ck_assert_uint_eq(rec->seq, fake.start + number + 1);
}

static void take_record(uint32_t number)
{
	expect_record(number);
	sockopt_stream_release(st);
}

/* Nothing is fetched any more. */
static void expect_none(void)
{
	ck_assert_ptr_null(sockopt_stream_next(st));
	sockopt_stream_release(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
}

START_TEST(an_empty_ring_has_no_record_and_does_not_block)
{
	expect_none();
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	expect_none();
}
END_TEST

START_TEST(records_come_in_order_each_once_over_many_pulls)
{
	uint32_t number = 0;
	int n;

	fake_publish(200);
	while ((n = sockopt_stream_pull(st)) > 0)
		while (n--)
			take_record(number++);
	ck_assert_int_eq(n, -EAGAIN);
	ck_assert_uint_eq(number, 200);
	ck_assert_uint_eq(fake.acknowledged, 200);
}
END_TEST

START_TEST(next_looks_and_release_consumes)
{
	fake_publish(2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	expect_record(0);
	expect_record(0);
	take_record(0);
	take_record(1);
	expect_none();
}
END_TEST

START_TEST(records_not_released_come_again)
{
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(0);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	ck_assert_uint_eq(fake.acknowledged, 1);
	take_record(1);
	take_record(2);
	take_record(3);
	expect_none();
}
END_TEST

START_TEST(a_pull_acknowledges_what_was_released_and_nothing_else)
{
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	ck_assert_uint_eq(fake.acknowledged, 0);
	take_record(0);
	take_record(1);
	ck_assert_uint_eq(fake.acknowledged, 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_uint_eq(fake.acknowledged, 2);
}
END_TEST

START_TEST(a_failed_pull_loses_nothing)
{
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(0);
	fake.records_error = EPERM;
	ck_assert_int_eq(sockopt_stream_pull(st), -EPERM);
	expect_none();
	fake_publish(1);
	fake.records_error = ENOMEM;
	ck_assert_int_eq(sockopt_stream_pull(st), -ENOMEM);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(1);
	take_record(2);
	take_record(3);
	expect_none();
}
END_TEST

START_TEST(a_pull_from_a_module_absent_once_succeeds)
{
	fake_publish(1);
	fake.absent = 1;
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	fake.absent = 2;
	ck_assert_int_eq(sockopt_stream_pull(st), -ENOPROTOOPT);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(0);
}
END_TEST

START_TEST(discarded_records_are_neither_counted_nor_shown)
{
	fake.flags[0] = SOCKOPT_RECORD_F_DISCARDED;
	fake.flags[2] = SOCKOPT_RECORD_F_DISCARDED;
	fake.flags[3] = SOCKOPT_RECORD_F_DISCARDED;
	fake.flags[5] = SOCKOPT_RECORD_F_DISCARDED;
	fake_publish(6);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(1);
	take_record(4);
	expect_none();
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(fake.acknowledged, 6);
}
END_TEST

START_TEST(a_truncated_record_is_not_a_discarded_one)
{
	fake.flags[0] = SOCKOPT_RECORD_F_TRUNCATED;
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(0);
}
END_TEST

START_TEST(a_batch_of_discarded_records_is_no_answer)
{
	uint32_t i;

	for (i = 0; i < 100; i++)
		fake.flags[i] = SOCKOPT_RECORD_F_DISCARDED;
	fake_publish(100);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(fake.acknowledged, 100);
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(100);
}
END_TEST

START_TEST(the_end_is_said_after_the_last_record)
{
	fake_publish(1);
	fake.has_ended = 1;
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	expect_none();
	ck_assert_uint_eq(fake.acknowledged, 1);
}
END_TEST

/* More records than the kernel wrote bytes, or none that we could read. */
START_TEST(records_that_the_kernel_did_not_write_are_not_read)
{
	fake_publish(2);
	fake.lie_count = _i ? UINT32_MAX : 3;
	ck_assert_int_eq(sockopt_stream_pull(st), -EPROTO);
	expect_none();
	fake.lie_count = 0;
	fake.lie_slot_size = 8;
	ck_assert_int_eq(sockopt_stream_pull(st), -EPROTO);
	expect_none();
	fake.lie_slot_size = 0;
	fake.lie_caplen = 33;
	ck_assert_int_eq(sockopt_stream_pull(st), -EPROTO);
	expect_none();
	fake.lie_caplen = 32;
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	take_record(1);
}
END_TEST

START_TEST(the_payload_stands_behind_the_header)
{
	const struct sockopt_record *rec;

	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	rec = sockopt_stream_next(st);
	ck_assert_ptr_eq(sockopt_record_data(rec), (const uint8_t *)rec + 32);
}
END_TEST

/* ---- Batch sizes ------------------------------------------------------- */

static void open_batch(uint32_t batch, uint32_t slot_size)
{
	struct sockopt_config config = { sizeof(config), 0, 0, batch, 0, 0,
					 NULL };

	fake.slot_size = slot_size;
	ck_assert_int_eq(open_with(&config), 0);
	fake_publish(200);
}

START_TEST(the_default_batch_is_4096_bytes)
{
	open_batch(0, 64);
	ck_assert_int_eq(sockopt_stream_pull(st), (4096 - HEAD) / 64);
	ck_assert_uint_eq(fake.records_len, 4096);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_larger_batch_is_asked_for_in_one_call)
{
	open_batch(8192, 64);
	ck_assert_int_eq(sockopt_stream_pull(st), (8192 - HEAD) / 64);
	ck_assert_int_eq(fake.records_calls, 1);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_batch_holds_at_least_one_record)
{
	open_batch((uint32_t)(_i ? 1 : 0), 8128);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_uint_eq(fake.records_len, HEAD + 8128);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_batch_refused_with_efault_is_asked_for_in_4096_bytes)
{
	open_batch(8192, 64);
	fake.largest = 4096;
	ck_assert_int_eq(sockopt_stream_pull(st), (4096 - HEAD) / 64);
	ck_assert_int_eq(fake.records_calls, 2);
	take_record(0);
	/* And from then on at once. */
	ck_assert_int_eq(sockopt_stream_pull(st), (4096 - HEAD) / 64);
	ck_assert_int_eq(fake.records_calls, 3);
	take_record(1);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(efault_is_an_error_if_no_record_fits_4096_bytes)
{
	open_batch(16384, 8128);
	fake.largest = 4096;
	ck_assert_int_eq(sockopt_stream_pull(st), -EFAULT);
	ck_assert_int_eq(fake.records_calls, 1);
	fake.largest = 1 << 20;
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(efault_at_4096_bytes_is_an_error)
{
	open_batch(4096, 64);
	fake.largest = 100;
	ck_assert_int_eq(sockopt_stream_pull(st), -EFAULT);
	ck_assert_int_eq(fake.records_calls, 1);
	sockopt_stream_close(st);
}
END_TEST

/* ---- Waiting, the end, the counters ------------------------------------ */

START_TEST(wait_says_what_poll_says)
{
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	fake.poll_says = POLLIN;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLHUP;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLERR;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	fake.poll_says = POLLNVAL;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EBADF);
	fake.poll_error = EINTR;
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -EINTR);
	ck_assert_int_eq(fake.polls, 6);
}
END_TEST

START_TEST(wait_after_a_failed_pull_returns_at_once)
{
	fake_publish(1);
	fake.records_error = EPERM;
	ck_assert_int_eq(sockopt_stream_pull(st), -EPERM);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.polls, 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(wait_after_a_pull_that_found_nothing_asks_the_kernel)
{
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(wait_with_records_not_released_returns_at_once)
{
	fake_publish(2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	ck_assert_int_eq(fake.polls, 0);
}
END_TEST

START_TEST(stop_ends_the_stream_and_leaves_errno)
{
	errno = 1234;
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(fake.stops, 1);
	fake.absent = 2;
	ck_assert_int_eq(sockopt_stream_stop(st), -ENOPROTOOPT);
	ck_assert_int_eq(errno, 1234);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
}
END_TEST

START_TEST(stats_come_from_the_kernel)
{
	struct sockopt_stats stats;

	memset(&stats, 0xff, sizeof(stats));
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(stats.seen, 3);
	ck_assert_uint_eq(stats.delivered, 0);
	ck_assert_uint_eq(stats.pending, 3);
	ck_assert_uint_eq(stats.lost_full, 0);
}
END_TEST

START_TEST(stats_that_fail_leave_the_struct_alone)
{
	struct sockopt_stats stats, before;

	memset(&stats, 0xff, sizeof(stats));
	before = stats;
	fake.absent = 2;
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), -ENOPROTOOPT);
	ck_assert_mem_eq(&stats, &before, sizeof(stats));
}
END_TEST

static TCase *config_case(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_new_filter_wants_nothing);
	tcase_add_loop_test(tc, a_filter_gets_the_bit_of_each_type_and_no_other,
			    0, 256);
	tcase_add_test(tc, types_of_a_filter_add_up);
	tcase_add_test(tc, no_config_asks_for_the_defaults);
	tcase_add_test(tc, a_config_reaches_the_kernel);
	tcase_add_test(tc, an_older_config_has_zeros_where_it_ends);
	tcase_add_test(tc, a_newer_config_is_taken_if_its_news_are_zero);
	tcase_add_test(tc, a_newer_config_is_refused_if_it_wants_something_new);
	tcase_add_test(tc, a_config_without_its_size_is_refused);
	tcase_add_test(tc, a_config_whose_size_is_nonsense_is_not_read_that_far);
	tcase_add_test(tc, a_reserved_member_that_is_not_zero_is_refused);
	tcase_add_test(tc, a_filter_follows_the_same_size_rules);
	return tc;
}

static TCase *open_case(void)
{
	TCase *tc = tcase_create("open");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_refused_open_leaves_nothing);
	tcase_add_test(tc, an_open_that_fails_late_closes_the_fd_it_was_given);
	tcase_add_test(tc, an_open_of_a_module_absent_once_is_asked_again);
	tcase_add_test(tc, a_slot_size_that_no_record_can_have_is_refused);
	tcase_add_test(tc, a_stream_outlives_its_handle);
	tcase_add_test(tc, icmp_open_makes_a_stream_of_the_icmp_channel_and_no_more_fds);
	tcase_add_test(tc, icmp_open_that_fails_leaves_nothing);
	tcase_add_test(tc, close_acknowledges_what_was_released_and_takes_null);
	tcase_add_test(tc, close_closes_although_acknowledging_fails);
	tcase_add_test(tc, the_default_batch_is_4096_bytes);
	tcase_add_test(tc, a_larger_batch_is_asked_for_in_one_call);
	tcase_add_loop_test(tc, a_batch_holds_at_least_one_record, 0, 2);
	tcase_add_test(tc, a_batch_refused_with_efault_is_asked_for_in_4096_bytes);
	tcase_add_test(tc, efault_is_an_error_if_no_record_fits_4096_bytes);
	tcase_add_test(tc, efault_at_4096_bytes_is_an_error);
	return tc;
}

static TCase *batch_case(void)
{
	TCase *tc = tcase_create("batch");

	tcase_add_checked_fixture(tc, set_up_stream, tear_down_stream);
	tcase_add_test(tc, an_empty_ring_has_no_record_and_does_not_block);
	tcase_add_test(tc, records_come_in_order_each_once_over_many_pulls);
	tcase_add_test(tc, next_looks_and_release_consumes);
	tcase_add_test(tc, records_not_released_come_again);
	tcase_add_test(tc, a_pull_acknowledges_what_was_released_and_nothing_else);
	tcase_add_test(tc, a_failed_pull_loses_nothing);
	tcase_add_test(tc, a_pull_from_a_module_absent_once_succeeds);
	tcase_add_test(tc, discarded_records_are_neither_counted_nor_shown);
	tcase_add_test(tc, a_truncated_record_is_not_a_discarded_one);
	tcase_add_test(tc, a_batch_of_discarded_records_is_no_answer);
	tcase_add_test(tc, the_end_is_said_after_the_last_record);
	tcase_add_loop_test(tc, records_that_the_kernel_did_not_write_are_not_read,
			    0, 2);
	tcase_add_test(tc, the_payload_stands_behind_the_header);
	return tc;
}

static TCase *wait_case(void)
{
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, set_up_stream, tear_down_stream);
	tcase_add_test(tc, wait_says_what_poll_says);
	tcase_add_test(tc, wait_after_a_failed_pull_returns_at_once);
	tcase_add_test(tc, wait_after_a_pull_that_found_nothing_asks_the_kernel);
	tcase_add_test(tc, wait_with_records_not_released_returns_at_once);
	tcase_add_test(tc, stop_ends_the_stream_and_leaves_errno);
	tcase_add_test(tc, stats_come_from_the_kernel);
	tcase_add_test(tc, stats_that_fail_leave_the_struct_alone);
	return tc;
}

Suite *stream_suite(void)
{
	Suite *suite = suite_create("stream");

	suite_add_tcase(suite, config_case());
	suite_add_tcase(suite, open_case());
	suite_add_tcase(suite, batch_case());
	suite_add_tcase(suite, wait_case());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Filters and configurations: what OPEN is asked, and which structs of older and
 * newer programs are taken.
 */
#define _GNU_SOURCE		/* MAP_ANONYMOUS with -std=c99 */

#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

START_TEST(a_filter_gets_the_bit_of_each_type_and_no_other)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	uint32_t type = (uint32_t)_i;
	uint32_t i;

	sockopt_filter_add(&filter, (uint8_t)type);
	sockopt_filter_add(&filter, (uint8_t)type);
	for (i = 0; i < 256; i++)
		ck_assert_uint_eq(filter.types[i / 32] >> i % 32 & 1, i == type);
}
END_TEST

START_TEST(types_of_a_filter_add_up)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

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
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockopt_config config = {
		.size = sizeof(config), .slots = 64, .snaplen = 200,
		.generation = 5, .wake_records = 9, .wake_delay_us = 77,
		.filter = &filter,
	};

	sockopt_filter_add(&filter, 3);
	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	ck_assert_uint_eq(fake.open.snaplen, 200);
	ck_assert_uint_eq(fake.open.generation, 5);
	ck_assert_uint_eq(fake.open.wake_records, 9);
	ck_assert_uint_eq(fake.open.wake_delay_us, 77);
	ck_assert_uint_eq(fake.open.filter_len, sizeof(filter));
	ck_assert_mem_eq(&fake.filter, &filter, sizeof(filter));
	sockopt_stream_close(st);
}
END_TEST

START_TEST(an_older_config_has_zeros_where_it_ends)
{
	struct sockopt_config config = {
		.size = 8, .slots = 64, .snaplen = 200, .batch = 300,
		.generation = 5, .wake_records = 7, .reserved = 1,
		.filter = (const struct sockopt_filter *)8,
	};

	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	ck_assert_uint_eq(fake.open.snaplen, 0);
	ck_assert_uint_eq(fake.open.generation, 0);
	ck_assert_uint_eq(fake.open.wake_records, 0);
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
	struct later_config later = { .config.slots = 64 };

	later.config.size = sizeof(later);
	ck_assert_int_eq(open_with(&later.config), 0);
	ck_assert_uint_eq(fake.open.slots, 64);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_newer_config_is_refused_if_it_wants_something_new)
{
	struct later_config later = { .config.slots = 64 };

	later.config.size = sizeof(later);
	((unsigned char *)&later.more)[7] = 1;
	fail_to_open(&later.config, E2BIG);
}
END_TEST

START_TEST(a_config_without_its_size_is_refused)
{
	struct sockopt_config config = { .slots = 64 };

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
	struct sockopt_config config = { .size = sizeof(config), .reserved = 1 };

	fail_to_open(&config, EINVAL);
}
END_TEST

START_TEST(a_filter_follows_the_same_size_rules)
{
	struct {
		struct sockopt_filter filter;
		uint32_t more;
	} later = { .more = 0 };
	struct sockopt_config config = {
		.size = sizeof(config), .filter = &later.filter,
	};

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

static TCase *config_case(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, set_up, tear_down);
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

Suite *config_suite(void)
{
	Suite *suite = suite_create("config");

	suite_add_tcase(suite, config_case());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that tune asks the kernel for what its config has and for nothing else, byte
 * for byte; which configs it refuses by itself; and that it changes nothing of the
 * stream but that, whether it succeeds or not.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define WAKE SOCKOPT_TUNE_F_WAKE
#define FILTER SOCKOPT_TUNE_F_FILTER

static struct sockopt_filter filter;
static struct sockopt_config config;
static struct sockopt_instruction program[SOCKOPT_PROGRAM_MAX + 1];

/* A stream, and a config and a filter that have only their size. */
static void set_up_tune(void)
{
	size_t i;

	set_up_stream();
	memset(&filter, 0, sizeof(filter));
	memset(&config, 0, sizeof(config));
	filter.size = sizeof(filter);
	config.size = sizeof(config);
	for (i = 0; i < sizeof(program); i++)
		((unsigned char *)program)[i] = (unsigned char)(i * 7 + 1);
}

static int tune(void)
{
	return sockopt_stream_tune(st, &config);
}

/* Refused, by the library itself or with the kernel's word. */
static void refuse(int err, int by_kernel)
{
	int sets = fake.sets;

	ck_assert_int_eq(tune(), -err);
	ck_assert_int_eq(fake.sets - sets, by_kernel);
	ck_assert_int_eq(fake.tunes, 0);
}

/* What the kernel was told must be this, then the filter and len instructions. */
static void expect_told(uint32_t flags, uint32_t records, uint32_t delay, size_t len)
{
	struct sockopt_tune head = { sizeof(head), flags, records, delay, 0, 0 };
	const unsigned char *at = fake.value;
	size_t program_len = len * sizeof(*program);

	if (flags & FILTER)
		head.filter_len = (uint32_t)(sizeof(filter) + program_len);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(CHANNEL, SOCKOPT_TUNE));
	ck_assert_int_eq(fake.tunes, 1);
	ck_assert_uint_eq(fake.value_len, sizeof(head) + head.filter_len);
	ck_assert_mem_eq(at, &head, sizeof(head));
	if (flags & FILTER)
		ck_assert_mem_eq(at + sizeof(head), &filter, sizeof(filter));
	if (len)
		ck_assert_mem_eq(at + sizeof(head) + sizeof(filter), program, program_len);
}

/* ---- What the kernel is told -------------------------------------------- */

static const struct {
	uint32_t records, delay;
} wakes[] = {
	{ 64, 1000 }, { 1, 0 }, { 0, 1 }, { 0, SOCKOPT_WAKE_DELAY_NONE },
	{ UINT32_MAX, UINT32_MAX }, { 0x80000000, 0 },
};

START_TEST(a_wake_up_alone_changes_no_filter)
{
	config.wake_records = wakes[_i].records;
	config.wake_delay_us = wakes[_i].delay;
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE, wakes[_i].records, wakes[_i].delay, 0);
}
END_TEST

START_TEST(a_filter_alone_changes_no_wake_up)
{
	config.filter = &filter;
	sockopt_filter_add_errors(&filter);
	filter.ifindex = 3;
	filter.reserved2 = 0x01020304;
	ck_assert_int_eq(tune(), 0);
	expect_told(FILTER, 0, 0, 0);
}
END_TEST

START_TEST(a_filter_that_wants_nothing_is_one)
{
	config.filter = &filter;
	ck_assert_int_eq(tune(), 0);
	expect_told(FILTER, 0, 0, 0);
}
END_TEST

START_TEST(both_are_told_in_one_call)
{
	config.filter = &filter;
	config.wake_records = 5;
	config.wake_delay_us = 6;
	sockopt_filter_add_all(&filter);
	ck_assert_int_eq(tune(), 0);
	ck_assert_int_eq(fake.sets, 1);
	expect_told(WAKE | FILTER, 5, 6, 0);
}
END_TEST

static const uint32_t program_lens[] = { 1, 3, SOCKOPT_PROGRAM_MAX };

START_TEST(a_program_follows_its_filter)
{
	config.filter = &filter;
	config.program = program;
	config.wake_records = 2;
	filter.program_len = program_lens[_i];
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE | FILTER, 2, 0, program_lens[_i]);
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

START_TEST(nothing_to_change_is_refused_by_the_kernel)
{
	refuse(EINVAL, 1);
	ck_assert_int_eq(sockopt_stream_tune(st, NULL), -EINVAL);
	ck_assert_int_eq(fake.sets, 2);
	ck_assert_int_eq(fake.tunes, 0);
}
END_TEST

static uint32_t *const fixed[] = {
	&config.slots, &config.snaplen, &config.batch, &config.generation,
	&config.reserved,
};

START_TEST(what_cannot_change_must_be_0)
{
	config.wake_records = 2;
	*fixed[_i] = 1;
	refuse(EINVAL, 0);
	*fixed[_i] = 0x80000000;
	refuse(EINVAL, 0);
	*fixed[_i] = 0;
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE, 2, 0, 0);
}
END_TEST

START_TEST(a_program_and_its_length_come_together_and_with_a_filter)
{
	config.wake_records = 2;
	config.program = program;
	refuse(EINVAL, 0);
	config.filter = &filter;
	refuse(EINVAL, 0);
	config.program = NULL;
	filter.program_len = 1;
	refuse(EINVAL, 0);
	config.program = program;
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE | FILTER, 2, 0, 1);
}
END_TEST

START_TEST(a_program_longer_than_any_is_not_read)
{
	config.filter = &filter;
	config.program = program;
	filter.program_len = _i ? UINT32_MAX : SOCKOPT_PROGRAM_MAX + 1;
	refuse(EINVAL, 0);
}
END_TEST

static const int errors[] = {
	EINVAL, EOPNOTSUPP, ENOMEM, ENOTCONN, EPERM, ESTALE, EFAULT,
};

START_TEST(an_error_of_the_kernel_is_passed_and_changes_nothing)
{
	struct sockopt_config before;
	const struct sockopt_record *rec;

	config.filter = &filter;
	config.wake_records = 2;
	before = config;
	fake_publish(3);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_record(0);
	rec = sockopt_stream_next(st);
	fake.tune_error = errors[_i];
	refuse(errors[_i], 1);
	ck_assert_mem_eq(&config, &before, sizeof(before));
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	take_records(1, 2);
	expect_none();
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, 1);
}
END_TEST

START_TEST(a_tune_of_a_module_absent_once_is_asked_again)
{
	config.wake_delay_us = 9;
	fake.absent = FAKE_TRIES;
	ck_assert_int_eq(tune(), -ENOPROTOOPT);
	fake.absent = 1;
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE, 0, 9, 0);
	ck_assert_int_eq(fake.sets, FAKE_TRIES + 2);
}
END_TEST

/* ---- Structs of older and newer programs -------------------------------- */

START_TEST(what_an_older_config_lacks_stays_as_it_is)
{
	config.wake_records = 2;
	config.wake_delay_us = 3;
	config.reserved = 1;
	config.filter = &filter;
	config.program = program;
	filter.program_len = 1;
	config.size = offsetof(struct sockopt_config, wake_records);
	refuse(EINVAL, 1);
	config.size = offsetof(struct sockopt_config, wake_delay_us);
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE, 2, 0, 0);
	config.reserved = 0;
	config.size = offsetof(struct sockopt_config, filter);
	ck_assert_int_eq(tune(), 0);
	ck_assert_uint_eq(fake.value_len, sizeof(struct sockopt_tune));
	config.size = offsetof(struct sockopt_config, program);
	ck_assert_int_eq(tune(), -EINVAL);
	filter.program_len = 0;
	ck_assert_int_eq(tune(), 0);
	ck_assert_uint_eq(fake.value_len, sizeof(struct sockopt_tune) + sizeof(filter));
}
END_TEST

START_TEST(a_newer_config_is_taken_if_its_news_are_zero)
{
	struct {
		struct sockopt_config config;
		unsigned char more[8];
	} later = { .config = { .size = sizeof(later), .wake_records = 4 } };

	ck_assert_int_eq(sockopt_stream_tune(st, &later.config), 0);
	expect_told(WAKE, 4, 0, 0);
	later.more[7] = 1;
	ck_assert_int_eq(sockopt_stream_tune(st, &later.config), -E2BIG);
	ck_assert_int_eq(fake.sets, 1);
}
END_TEST

START_TEST(a_config_without_a_size_or_of_any_size_is_refused)
{
	config.wake_records = 2;
	for (config.size = 0; config.size < 4; config.size++)
		refuse(EINVAL, 0);
	config.size = UINT32_MAX;
	refuse(E2BIG, 0);
	config.size = 4097;
	refuse(E2BIG, 0);
}
END_TEST

/* The kernel gets ours, whatever the caller's. */
START_TEST(a_filter_of_an_older_or_newer_program_reaches_the_kernel_as_ours)
{
	struct {
		struct sockopt_filter filter;
		unsigned char more[8];
	} later = { .filter = { .size = sizeof(later), .types = { 8 } } };

	config.filter = &later.filter;
	ck_assert_int_eq(tune(), 0);
	filter.types[0] = 8;
	expect_told(FILTER, 0, 0, 0);
	later.more[0] = 1;
	ck_assert_int_eq(tune(), -E2BIG);
	fake.tunes = 0;
	later.filter.ifindex = 3;
	later.filter.size = offsetof(struct sockopt_filter, ifindex);
	ck_assert_int_eq(tune(), 0);
	expect_told(FILTER, 0, 0, 0);
	later.filter.size = 3;
	ck_assert_int_eq(tune(), -EINVAL);
	ck_assert_int_eq(fake.tunes, 1);
}
END_TEST

/* ---- What stays --------------------------------------------------------- */

START_TEST(a_tune_leaves_the_batch_and_its_size_alone)
{
	const struct sockopt_record *rec;

	config.wake_records = 200;
	fake_publish(200);
	ck_assert_int_gt(sockopt_stream_pull(st), 3);
	take_records(0, 3);
	rec = sockopt_stream_next(st);
	ck_assert_int_eq(tune(), 0);
	ck_assert_int_eq(fake.records_calls, 1);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	take_record(3);
	ck_assert_int_eq(sockopt_stream_pull(st), (4096 - HEAD) / 64);
	ck_assert_uint_eq(fake.acknowledged, 4);
	ck_assert_uint_eq(fake.records_len, 4096);
}
END_TEST

START_TEST(a_mapped_ring_and_an_ended_stream_are_tuned)
{
	ck_assert_int_eq(sockopt_stream_map(st), 0);
	fake_publish(3);
	take_record(0);
	config.wake_records = 2;
	ck_assert_int_eq(tune(), 0);
	expect_told(WAKE, 2, 0, 0);
	ck_assert_int_eq(fake.map_calls, 2);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(tune(), 0);
	take_record(2);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static void add_refusals(TCase *tc)
{
	tcase_add_test(tc, nothing_to_change_is_refused_by_the_kernel);
	tcase_add_loop_test(tc, what_cannot_change_must_be_0, 0, COUNT(fixed));
	tcase_add_test(tc, a_program_and_its_length_come_together_and_with_a_filter);
	tcase_add_loop_test(tc, a_program_longer_than_any_is_not_read, 0, 2);
	tcase_add_loop_test(tc, an_error_of_the_kernel_is_passed_and_changes_nothing, 0,
			    COUNT(errors));
	tcase_add_test(tc, a_tune_of_a_module_absent_once_is_asked_again);
}

Suite *tune_suite(void)
{
	Suite *suite = suite_create("tune");
	TCase *tc = tcase_create("tune");

	tcase_add_checked_fixture(tc, set_up_tune, tear_down_stream);
	tcase_add_loop_test(tc, a_wake_up_alone_changes_no_filter, 0, COUNT(wakes));
	tcase_add_test(tc, a_filter_alone_changes_no_wake_up);
	tcase_add_test(tc, a_filter_that_wants_nothing_is_one);
	tcase_add_test(tc, both_are_told_in_one_call);
	tcase_add_loop_test(tc, a_program_follows_its_filter, 0, COUNT(program_lens));
	add_refusals(tc);
	tcase_add_test(tc, what_an_older_config_lacks_stays_as_it_is);
	tcase_add_test(tc, a_newer_config_is_taken_if_its_news_are_zero);
	tcase_add_test(tc, a_config_without_a_size_or_of_any_size_is_refused);
	tcase_add_test(tc, a_filter_of_an_older_or_newer_program_reaches_the_kernel_as_ours);
	tcase_add_test(tc, a_tune_leaves_the_batch_and_its_size_alone);
	tcase_add_test(tc, a_mapped_ring_and_an_ended_stream_are_tuned);
	suite_add_tcase(suite, tc);
	return suite;
}

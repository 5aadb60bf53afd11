/* SPDX-License-Identifier: MIT */
/*
 * Batches against the fake kernel: no failed call makes a record disappear, come
 * twice, or come in the wrong order; and how large a batch is.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>

/* ---- Batches ------------------------------------------------------------ */

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
	ck_assert_int_eq(sockopt_stream_pull(st), -EACCES);
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
	fake.absent = FAKE_TRIES;
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

/* Two records are said to be there; with less than that, or with more than we gave. */
static const uint32_t lengths[] = {
	1, HEAD - 1, HEAD, HEAD + 64, HEAD + 127, 4097, INT32_MAX, UINT32_MAX,
};

START_TEST(an_answer_of_a_length_that_cannot_be_is_refused)
{
	fake_publish(2);
	fake.lie_len = lengths[_i];
	ck_assert_int_eq(sockopt_stream_pull(st), -EPROTO);
	expect_none();
	fake.lie_len = 0;
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	take_record(0);
	take_record(1);
}
END_TEST

START_TEST(a_discarded_record_means_nothing_but_that)
{
	fake.flags[0] = SOCKOPT_RECORD_F_DISCARDED;
	fake.lie_caplen = UINT16_MAX;
	fake_publish(1);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(fake.acknowledged, 1);
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

/* ---- Batch sizes -------------------------------------------------------- */

static void open_batch(uint32_t batch, uint32_t slot_size)
{
	struct sockopt_config config = { .size = sizeof(config), .batch = batch };

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

START_TEST(the_default_batch_holds_what_a_wake_up_brings_up_to_65536_bytes)
{
	struct sockopt_config config = { .size = sizeof(config), .wake_records = 64 };

	fake.slot_size = 128;
	ck_assert_int_eq(open_with(&config), 0);
	fake_publish(200);
	ck_assert_int_eq(sockopt_stream_pull(st), 64);
	ck_assert_uint_eq(fake.records_len, HEAD + 64 * 128);
	sockopt_stream_close(st);
	config.wake_records = 65536;
	ck_assert_int_eq(open_with(&config), 0);
	ck_assert_int_gt(sockopt_stream_pull(st), 64);
	ck_assert_uint_eq(fake.records_len, 65536);
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

/* ---- Suite -------------------------------------------------------------- */

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
	tcase_add_loop_test(tc, an_answer_of_a_length_that_cannot_be_is_refused, 0,
			    COUNT(lengths));
	tcase_add_test(tc, a_discarded_record_means_nothing_but_that);
	tcase_add_test(tc, the_payload_stands_behind_the_header);
	return tc;
}

static TCase *size_case(void)
{
	TCase *tc = tcase_create("size");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_default_batch_is_4096_bytes);
	tcase_add_test(tc, the_default_batch_holds_what_a_wake_up_brings_up_to_65536_bytes);
	tcase_add_test(tc, a_larger_batch_is_asked_for_in_one_call);
	tcase_add_loop_test(tc, a_batch_holds_at_least_one_record, 0, 2);
	tcase_add_test(tc, a_batch_refused_with_efault_is_asked_for_in_4096_bytes);
	tcase_add_test(tc, efault_is_an_error_if_no_record_fits_4096_bytes);
	tcase_add_test(tc, efault_at_4096_bytes_is_an_error);
	return tc;
}

Suite *batch_suite(void)
{
	Suite *suite = suite_create("batch");

	suite_add_tcase(suite, batch_case());
	suite_add_tcase(suite, size_case());
	return suite;
}

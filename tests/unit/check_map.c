/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library maps a ring whole, changes over between pull and the mapped
 * ring without losing, repeating or inventing a record, and leaves nothing mapped.
 */
#include "fixture.h"
#include "unit.h"

#include <errno.h>

/* ---- All of it ---------------------------------------------------------- */

static const struct {
	uint32_t slots, slot_size;
} shapes[] = {
	{ 2, 64 }, { 8, 192 }, { 64, 64 }, { 64, 128 }, { 64, 192 }, { 2, 65600 },
	{ 128, 8128 },
};

/* To the last byte of the last slot. */
static void read_all(uint32_t number, uint32_t n, uint32_t slot_size)
{
	uint32_t payload = slot_size - (uint32_t)sizeof(struct sockopt_record);

	for (; n--; number++) {
		expect_record(number);
		ck_assert_uint_eq(sockopt_record_data(sockopt_stream_next(st))[payload - 1], 0);
		sockopt_stream_release(st);
	}
	expect_none();
}

START_TEST(a_ring_of_any_shape_is_mapped_and_unmapped_whole)
{
	uint32_t slots = shapes[_i].slots, lap;
	struct sockopt_config config = { .size = sizeof(config), .slots = slots };

	fake.slot_size = shapes[_i].slot_size;
	fake.start = UINT32_MAX - slots;
	ck_assert_int_eq(open_with(&config), 0);
	map_ring();
	for (lap = 0; lap < 3; lap++) {
		fake_publish(slots);
		read_all(lap * slots, slots, shapes[_i].slot_size);
	}
	unmap_ring();
	sockopt_stream_close(st);
	ck_assert_uint_eq(fake.acknowledged, 3 * slots);
}
END_TEST

/* ---- Changing over ------------------------------------------------------ */

START_TEST(what_was_released_is_acknowledged_and_the_rest_shown_again)
{
	fetch(5, 2);
	map_ring();
	ck_assert_uint_eq(fake_released(), 2);
	ck_assert_uint_eq(fake.records_len, HEAD);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), 1);
	take_records(2, 3);
	expect_idle();
}
END_TEST

START_TEST(unmap_returns_to_pull_at_the_place)
{
	map_ring();
	fake_publish(5);
	take_records(0, 2);
	unmap_ring();
	expect_idle();
	ck_assert_uint_eq(fake.acknowledged, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), 3);
	take_records(2, 3);
	expect_idle();
}
END_TEST

START_TEST(changing_over_again_and_again_loses_and_repeats_nothing)
{
	uint32_t number = 0;

	while (number < 60) {
		fake_publish(6);
		ck_assert_int_eq(sockopt_stream_pull(st), 6);
		take_records(number, 1);
		map_ring();
		take_records(number + 1, 3);
		unmap_ring();
		ck_assert_int_eq(sockopt_stream_pull(st), 2);
		take_records(number + 4, 1);
		map_ring();
		take_records(number + 5, 1);
		expect_idle();
		unmap_ring();
		ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
		number += 6;
		ck_assert_uint_eq(fake.acknowledged, number);
	}
}
END_TEST

START_TEST(pull_while_mapped_is_refused_and_changes_nothing)
{
	int calls;

	map_ring();
	calls = fake.records_calls;
	fake_publish(2);
	take_record(0);
	ck_assert_int_eq(sockopt_stream_pull(st), -EBUSY);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_pull(st), -EBUSY);
	ck_assert_int_eq(fake.records_calls, calls);
	expect_idle();
	unmap_ring();
	expect_idle();
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
}
END_TEST

START_TEST(mapping_twice_is_refused_and_changes_nothing)
{
	const struct sockopt_record *rec;

	map_ring();
	fake_publish(2);
	take_record(0);
	rec = sockopt_stream_next(st);
	ck_assert_int_eq(sockopt_stream_map(st), -EBUSY);
	ck_assert_int_eq(fake.map_calls, 2);
	ck_assert_int_eq(fake.maps, 2);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	take_record(1);
	expect_idle();
}
END_TEST

START_TEST(unmap_of_nothing_does_nothing)
{
	const struct sockopt_record *rec;

	sockopt_stream_unmap(st);
	fetch(3, 1);
	rec = sockopt_stream_next(st);
	sockopt_stream_unmap(st);
	ck_assert_ptr_eq(sockopt_stream_next(st), rec);
	take_record(1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	map_ring();
	take_record(2);
	unmap_ring();
	unmap_ring();
	ck_assert_uint_eq(fake.acknowledged, 3);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
}
END_TEST

START_TEST(close_of_a_mapped_stream_leaves_nothing_and_delivers_what_was_released)
{
	struct sockopt_stream *other = st;

	map_ring();
	fake_publish(5);
	take_records(0, 3);
	st = NULL;
	sockopt_stream_close(other);
	ck_assert_int_eq(fake.maps, 0);
	ck_assert(!fake_is_open(fake.stream_fd));
	ck_assert_uint_eq(fake.acknowledged, 3);
}
END_TEST

START_TEST(stats_and_stop_work_on_a_mapped_stream)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	map_ring();
	fake_publish(5);
	take_records(0, 2);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(stats.delivered, 2);
	ck_assert_uint_eq(stats.pending, 3);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	take_records(2, 3);
	ck_assert_int_eq(sockopt_stream_wait(st, -1), -ENODATA);
	ck_assert_int_eq(fake.maps, 2);
}
END_TEST

/* ---- Suite -------------------------------------------------------------- */

static TCase *shape_case(void)
{
	TCase *tc = tcase_create("shape");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_ring_of_any_shape_is_mapped_and_unmapped_whole, 0,
			    COUNT(shapes));
	return tc;
}

static TCase *change_case(void)
{
	TCase *tc = tcase_create("change");

	tcase_add_checked_fixture(tc, set_up_small, tear_down_stream);
	tcase_add_test(tc, what_was_released_is_acknowledged_and_the_rest_shown_again);
	tcase_add_test(tc, unmap_returns_to_pull_at_the_place);
	tcase_add_test(tc, changing_over_again_and_again_loses_and_repeats_nothing);
	tcase_add_test(tc, pull_while_mapped_is_refused_and_changes_nothing);
	tcase_add_test(tc, mapping_twice_is_refused_and_changes_nothing);
	tcase_add_test(tc, unmap_of_nothing_does_nothing);
	tcase_add_test(tc, close_of_a_mapped_stream_leaves_nothing_and_delivers_what_was_released);
	tcase_add_test(tc, stats_and_stop_work_on_a_mapped_stream);
	return tc;
}

Suite *map_suite(void)
{
	Suite *suite = suite_create("map");

	suite_add_tcase(suite, shape_case());
	suite_add_tcase(suite, change_case());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * The table of 'sockopt top': it never grows, its sums agree whatever comes, and who
 * keeps sending stays.
 */
#include "../../tools/census.h"
#include "unit.h"

#include <string.h>

static struct census census;

static void set_up(void)
{
	census_init(&census);
}

static struct key key_of(uint32_t number)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	memcpy(key.src, &number, sizeof(number));
	return key;
}

static void add(uint32_t number, unsigned int times)
{
	struct key key = key_of(number);

	while (times--)
		census_add(&census, &key);
}

/* Keys from first on, a packet each. */
static void flood(uint32_t first, uint32_t count)
{
	while (count--)
		add(first++, 1);
}

static const struct entry *find(uint32_t number)
{
	struct key key = key_of(number);
	size_t i;

	for (i = 0; i < census.count; i++)
		if (!memcmp(&census.entries[i].key, &key, sizeof(key)))
			return &census.entries[i];
	return NULL;
}

static struct tally sum(void)
{
	struct tally all = census.others;
	size_t i;

	for (i = 0; i < census.count; i++) {
		all.total += census.entries[i].tally.total;
		all.now += census.entries[i].tally.now;
		all.last += census.entries[i].tally.last;
	}
	return all;
}

START_TEST(each_key_is_counted_by_itself)
{
	add(1, 3);
	add(2, 1);
	add(1, 2);
	ck_assert_uint_eq(census.count, 2);
	ck_assert_uint_eq(find(1)->tally.total, 5);
	ck_assert_uint_eq(find(2)->tally.total, 1);
	ck_assert_ptr_null(find(3));
}
END_TEST

START_TEST(an_interval_ends_and_the_total_stays)
{
	add(1, 3);
	census_tick(&census);
	ck_assert_uint_eq(find(1)->tally.last, 3);
	ck_assert_uint_eq(find(1)->tally.now, 0);
	add(1, 2);
	ck_assert_uint_eq(find(1)->tally.last, 3);
	census_tick(&census);
	ck_assert_uint_eq(find(1)->tally.last, 2);
	ck_assert_uint_eq(find(1)->tally.total, 5);
}
END_TEST

START_TEST(a_table_that_is_just_full_forgets_nothing)
{
	flood(0, CENSUS_ENTRIES);
	ck_assert_uint_eq(census.count, CENSUS_ENTRIES);
	ck_assert_uint_eq(census.others.total, 0);
}
END_TEST

START_TEST(a_full_table_keeps_the_sums)
{
	struct tally all;

	flood(0, 3 * CENSUS_ENTRIES);
	census_tick(&census);
	flood(1000000, 2 * CENSUS_ENTRIES);
	all = sum();
	ck_assert_uint_eq(census.count, CENSUS_ENTRIES);
	ck_assert_uint_eq(all.total, 5 * CENSUS_ENTRIES);
	ck_assert_uint_eq(all.last, 3 * CENSUS_ENTRIES);
	ck_assert_uint_eq(all.now, 2 * CENSUS_ENTRIES);
}
END_TEST

START_TEST(who_keeps_sending_stays_in_a_flood)
{
	uint32_t i;

	add(7, 100);
	for (i = 0; i < 100; i++) {
		flood(1000 + i * CENSUS_ENTRIES / 4, CENSUS_ENTRIES / 4);
		add(7, 1);
	}
	ck_assert_ptr_nonnull(find(7));
	ck_assert_uint_eq(find(7)->tally.total, 200);
}
END_TEST

START_TEST(who_sends_no_more_goes)
{
	add(7, 1000000);
	flood(1000, 600 * CENSUS_ENTRIES);
	ck_assert_ptr_null(find(7));
	ck_assert_uint_eq(sum().total, 1000000 + 600 * CENSUS_ENTRIES);
}
END_TEST

/* What comes again after it went begins anew; what is there is found, whoever went. */
START_TEST(who_stayed_is_found_and_who_went_comes_back)
{
	const struct entry *entry;
	uint32_t number;
	size_t i;

	flood(0, 2 * CENSUS_ENTRIES);
	for (i = 0; i < CENSUS_ENTRIES; i++) {
		entry = &census.entries[i];
		memcpy(&number, entry->key.src, sizeof(number));
		add(number, 1);
		ck_assert_uint_eq(entry->tally.total, 2);
	}
	ck_assert_uint_eq(census.others.total, CENSUS_ENTRIES);
	add(0, 1);
	ck_assert_uint_eq(find(0)->tally.total, 1);
}
END_TEST

/* No step without a packet that paid for it: or a flood after many quiet ones is slow. */
START_TEST(the_hand_goes_no_further_than_the_bound)
{
	uint32_t i;
	int round;

	for (round = 0; round < 1000; round++)
		for (i = 0; i < CENSUS_ENTRIES; i++)
			add(i, 1);
	for (i = 0; i < CENSUS_ENTRIES; i++)
		ck_assert_uint_le(census.entries[i].credit, 255);
	flood(1000000, 1);
	ck_assert_uint_eq(sum().total, 1000 * CENSUS_ENTRIES + 1);
}
END_TEST

START_TEST(a_cleared_table_is_empty)
{
	flood(0, 2 * CENSUS_ENTRIES);
	census_clear(&census);
	ck_assert_uint_eq(census.count, 0);
	ck_assert_uint_eq(sum().total, 0);
	add(5000, 2);
	ck_assert_uint_eq(census.count, 1);
	ck_assert_uint_eq(find(5000)->tally.total, 2);
}
END_TEST

Suite *census_suite(void)
{
	Suite *suite = suite_create("census");
	TCase *tc = tcase_create("census");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_key_is_counted_by_itself);
	tcase_add_test(tc, an_interval_ends_and_the_total_stays);
	tcase_add_test(tc, a_table_that_is_just_full_forgets_nothing);
	tcase_add_test(tc, a_full_table_keeps_the_sums);
	tcase_add_test(tc, who_keeps_sending_stays_in_a_flood);
	tcase_add_test(tc, who_sends_no_more_goes);
	tcase_add_test(tc, who_stayed_is_found_and_who_went_comes_back);
	tcase_add_test(tc, the_hand_goes_no_further_than_the_bound);
	tcase_add_test(tc, a_cleared_table_is_empty);
	suite_add_tcase(suite, tc);
	return suite;
}

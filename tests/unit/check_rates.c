/* SPDX-License-Identifier: MIT */
/*
 * What 'sockopt top' counts: packets made by hand go in, rates and rows come out.
 */
#include "../../tools/rates.h"
#include "packet.h"
#include "unit.h"

#include <string.h>

#define BEGAN 1000		/* ms */
#define ROWS 8

static struct rates *rates;
static struct row rows[ROWS];

static void set_up(void)
{
	packet_set_up();
	rates = rates_open(BEGAN);
	ck_assert_ptr_nonnull(rates);
}

static void tear_down(void)
{
	rates_close(rates);
	packet_tear_down();
}

static void add(struct packet p, unsigned int times)
{
	struct sockopt_icmp icmp = decode(&p);

	while (times--)
		rates_add(rates, &icmp);
}

static struct packet echo(unsigned int source)
{
	struct packet p = plain(8, 0, 7, 1);

	p.data[15] = (uint8_t)source;
	return p;
}

static struct sum sum_of(void)
{
	struct sum sum;

	rates_sum(rates, &sum);
	return sum;
}

static size_t rows_of(enum subject subject, enum order order)
{
	return rates_rows(rates, subject, order, rows, ROWS);
}

static void expect_row(size_t i, enum subject subject, const char *name, uint64_t total)
{
	char text[SUBJECT_TEXT];

	ck_assert_str_eq(subject_name(text, subject, &rows[i].key), name);
	ck_assert_uint_eq(rows[i].total, total);
}

static uint64_t total_of(enum subject subject)
{
	struct row others;
	size_t count = rows_of(subject, ORDER_TOTAL), i;
	uint64_t total;

	rates_others(rates, subject, &others);
	total = others.total;
	for (i = 0; i < count; i++)
		total += rows[i].total;
	return total;
}

START_TEST(each_subject_adds_up_to_what_came)
{
	add(echo(1), 3);
	add(echo(2), 2);
	add(error_about(3, 3, 0, 17), 4);
	ck_assert_uint_eq(sum_of().total, 9);
	ck_assert_uint_eq(total_of(BY_TYPE), 9);
	ck_assert_uint_eq(total_of(BY_SOURCE), 9);
	ck_assert_uint_eq(total_of(BY_FLOW), 4);
}
END_TEST

START_TEST(types_are_told_apart_by_family_and_code_and_not_by_mtu)
{
	add(echo(1), 6);
	add(plain6(128, 0, 0), 5);
	add(error_about(3, 4, 1400, 6), 1);
	add(error_about(3, 4, 1300, 6), 3);
	add(error_about(3, 3, 0, 17), 2);
	ck_assert_uint_eq(rows_of(BY_TYPE, ORDER_TOTAL), 4);
	expect_row(0, BY_TYPE, "echo request", 6);
	expect_row(1, BY_TYPE, "echo request v6", 5);
	expect_row(2, BY_TYPE, "frag needed", 4);
	expect_row(3, BY_TYPE, "port unreachable", 2);
}
END_TEST

START_TEST(a_packet_without_a_type_counts_too)
{
	struct packet p = echo(1);

	p.offset = 0;
	add(p, 2);
	ck_assert_uint_eq(rows_of(BY_TYPE, ORDER_TOTAL), 1);
	expect_row(0, BY_TYPE, "cut off", 2);
	ck_assert_uint_eq(total_of(BY_SOURCE), 2);
	ck_assert_uint_eq(rows_of(BY_FLOW, ORDER_TOTAL), 0);
}
END_TEST

START_TEST(flows_are_those_that_errors_quote)
{
	struct packet p = error_about(3, 3, 0, 17);

	add(p, 2);
	quote_echo(&p, 8, 77);
	p.data[28 + 9] = 1;
	add(p, 1);
	add(error6_about(1, 4, 0, 6), 3);
	ck_assert_uint_eq(rows_of(BY_FLOW, ORDER_TOTAL), 3);
	expect_row(0, BY_FLOW, "tcp [2001:db8::1]:4000 > [2001:db8::2]:9", 3);
	expect_row(1, BY_FLOW, "udp 10.0.0.1:4000 > 10.0.0.2:9", 2);
	expect_row(2, BY_FLOW, "icmp 10.0.0.1 > 10.0.0.2 id 77", 1);
}
END_TEST

START_TEST(rates_are_those_of_the_last_whole_interval)
{
	add(echo(1), 10);
	ck_assert_double_eq(sum_of().rate, 0);
	rates_tick(rates, BEGAN + 2000);
	ck_assert_double_eq(sum_of().rate, 5);
	add(echo(1), 3);
	ck_assert_double_eq(sum_of().rate, 5);
	ck_assert_uint_eq(rows_of(BY_SOURCE, ORDER_RATE), 1);
	ck_assert_double_eq(rows[0].rate, 5);
	rates_tick(rates, BEGAN + 2500);
	ck_assert_double_eq(sum_of().rate, 6);
	rates_tick(rates, BEGAN + 3000);
	ck_assert_double_eq(sum_of().rate, 0);
	ck_assert_uint_eq(sum_of().total, 13);
}
END_TEST

START_TEST(average_and_peak_are_over_all_intervals)
{
	add(echo(1), 10);
	rates_tick(rates, BEGAN + 1000);
	add(echo(1), 30);
	rates_tick(rates, BEGAN + 2000);
	rates_tick(rates, BEGAN + 4000);
	add(echo(1), 100);
	ck_assert_double_eq(sum_of().average, 10);
	ck_assert_double_eq(sum_of().peak, 30);
}
END_TEST

START_TEST(an_interval_without_length_divides_by_nothing)
{
	ck_assert_double_eq(sum_of().average, 0);
	add(echo(1), 1);
	rates_tick(rates, BEGAN);
	ck_assert_double_eq(sum_of().average, 0);
	ck_assert_double_eq(sum_of().rate, 1000);
}
END_TEST

START_TEST(the_history_has_the_newest_first_and_an_end)
{
	unsigned int i;

	for (i = 1; i <= RATES_HISTORY + 3; i++) {
		add(echo(1), i);
		rates_tick(rates, BEGAN + i * 1000);
	}
	ck_assert_double_eq(rates_ago(rates, 0), RATES_HISTORY + 3);
	ck_assert_double_eq(rates_ago(rates, 1), RATES_HISTORY + 2);
	ck_assert_double_eq(rates_ago(rates, RATES_HISTORY - 1), 4);
	ck_assert_double_eq(rates_ago(rates, RATES_HISTORY), 0);
}
END_TEST

START_TEST(before_the_first_interval_there_was_nothing)
{
	ck_assert_double_eq(rates_ago(rates, 0), 0);
	add(echo(1), 4);
	rates_tick(rates, BEGAN + 1000);
	ck_assert_double_eq(rates_ago(rates, 0), 4);
	ck_assert_double_eq(rates_ago(rates, 1), 0);
}
END_TEST

/* 10.0.0.9 had most, 10.0.0.2 has most now. */
static void add_three_sources(void)
{
	add(echo(9), 50);
	add(echo(10), 4);
	rates_tick(rates, BEGAN + 1000);
	add(echo(9), 1);
	add(echo(10), 2);
	add(echo(2), 3);
	rates_tick(rates, BEGAN + 2000);
}

START_TEST(rows_are_sorted_by_rate)
{
	add_three_sources();
	ck_assert_uint_eq(rows_of(BY_SOURCE, ORDER_RATE), 3);
	expect_row(0, BY_SOURCE, "10.0.0.2", 3);
	expect_row(1, BY_SOURCE, "10.0.0.10", 6);
	expect_row(2, BY_SOURCE, "10.0.0.9", 51);
}
END_TEST

START_TEST(rows_are_sorted_by_total)
{
	add_three_sources();
	ck_assert_uint_eq(rows_of(BY_SOURCE, ORDER_TOTAL), 3);
	expect_row(0, BY_SOURCE, "10.0.0.9", 51);
	expect_row(1, BY_SOURCE, "10.0.0.10", 6);
	expect_row(2, BY_SOURCE, "10.0.0.2", 3);
}
END_TEST

START_TEST(addresses_are_sorted_by_number)
{
	add_three_sources();
	ck_assert_uint_eq(rows_of(BY_SOURCE, ORDER_NAME), 3);
	expect_row(0, BY_SOURCE, "10.0.0.2", 3);
	expect_row(1, BY_SOURCE, "10.0.0.9", 51);
	expect_row(2, BY_SOURCE, "10.0.0.10", 6);
}
END_TEST

START_TEST(types_are_sorted_by_name)
{
	add(plain(8, 0, 7, 1), 1);
	add(error_about(3, 3, 0, 17), 2);
	add(plain(0, 0, 7, 1), 1);
	add(error_about(11, 0, 0, 17), 1);
	ck_assert_uint_eq(rows_of(BY_TYPE, ORDER_NAME), 4);
	expect_row(0, BY_TYPE, "echo reply", 1);
	expect_row(1, BY_TYPE, "echo request", 1);
	expect_row(2, BY_TYPE, "port unreachable", 2);
	expect_row(3, BY_TYPE, "time exceeded", 1);
}
END_TEST

START_TEST(of_equal_rates_the_larger_total_is_first)
{
	add(echo(1), 1);
	add(echo(2), 2);
	rates_tick(rates, BEGAN + 1000);
	rates_tick(rates, BEGAN + 2000);
	rows_of(BY_SOURCE, ORDER_RATE);
	expect_row(0, BY_SOURCE, "10.0.0.2", 2);
}
END_TEST

START_TEST(no_more_rows_are_written_than_asked_for)
{
	struct row two[3];

	memset(two, 0x55, sizeof(two));
	add(echo(1), 1);
	add(echo(2), 2);
	add(echo(3), 3);
	ck_assert_uint_eq(rates_rows(rates, BY_SOURCE, ORDER_TOTAL, two, 2), 3);
	ck_assert_uint_eq(two[1].total, 2);
	ck_assert_uint_eq(two[2].total, 0x5555555555555555);
}
END_TEST

START_TEST(others_have_what_the_full_table_has_not)
{
	struct packet p = echo(0);
	uint64_t total = 0;
	struct row others, all[CENSUS_ENTRIES];
	unsigned int i;
	size_t count;

	ck_assert_int_eq(rates_others(rates, BY_SOURCE, &others), 0);
	for (i = 0; i < CENSUS_ENTRIES + 500; i++) {
		put16(p.data + 14, i);
		add(p, 1);
	}
	rates_tick(rates, BEGAN + 1000);
	ck_assert_int_eq(rates_others(rates, BY_SOURCE, &others), 1);
	ck_assert_uint_eq(others.total, 500);
	ck_assert_double_eq(others.rate, 500);
	count = rates_rows(rates, BY_SOURCE, ORDER_RATE, all, CENSUS_ENTRIES);
	for (i = 0; i < count; i++)
		total += all[i].total;
	ck_assert_uint_eq(total + others.total, sum_of().total);
}
END_TEST

START_TEST(a_copy_stays_as_it_was)
{
	struct rates *copy;
	struct sum sum;

	add(echo(1), 2);
	rates_tick(rates, BEGAN + 1000);
	copy = rates_copy(rates);
	add(echo(1), 5);
	rates_tick(rates, BEGAN + 2000);
	rates_sum(copy, &sum);
	ck_assert_uint_eq(sum.total, 2);
	ck_assert_double_eq(sum.rate, 2);
	rates_rows(copy, BY_SOURCE, ORDER_RATE, rows, ROWS);
	expect_row(0, BY_SOURCE, "10.0.0.1", 2);
	rates_close(copy);
	ck_assert_uint_eq(sum_of().total, 7);
}
END_TEST

START_TEST(cleared_rates_begin_anew)
{
	add(echo(1), 20);
	rates_tick(rates, BEGAN + 1000);
	rates_clear(rates, BEGAN + 1500);
	ck_assert_uint_eq(sum_of().total, 0);
	ck_assert_double_eq(sum_of().rate, 0);
	ck_assert_double_eq(sum_of().peak, 0);
	ck_assert_double_eq(rates_ago(rates, 0), 0);
	ck_assert_uint_eq(rows_of(BY_TYPE, ORDER_NAME), 0);
	add(echo(1), 3);
	rates_tick(rates, BEGAN + 2500);
	ck_assert_double_eq(sum_of().average, 3);
}
END_TEST

static TCase *count_case(void)
{
	TCase *tc = tcase_create("count");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, each_subject_adds_up_to_what_came);
	tcase_add_test(tc, types_are_told_apart_by_family_and_code_and_not_by_mtu);
	tcase_add_test(tc, a_packet_without_a_type_counts_too);
	tcase_add_test(tc, flows_are_those_that_errors_quote);
	tcase_add_test(tc, rates_are_those_of_the_last_whole_interval);
	tcase_add_test(tc, average_and_peak_are_over_all_intervals);
	tcase_add_test(tc, an_interval_without_length_divides_by_nothing);
	tcase_add_test(tc, the_history_has_the_newest_first_and_an_end);
	tcase_add_test(tc, before_the_first_interval_there_was_nothing);
	tcase_add_test(tc, a_copy_stays_as_it_was);
	tcase_add_test(tc, cleared_rates_begin_anew);
	return tc;
}

static TCase *rows_case(void)
{
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, rows_are_sorted_by_rate);
	tcase_add_test(tc, rows_are_sorted_by_total);
	tcase_add_test(tc, addresses_are_sorted_by_number);
	tcase_add_test(tc, types_are_sorted_by_name);
	tcase_add_test(tc, of_equal_rates_the_larger_total_is_first);
	tcase_add_test(tc, no_more_rows_are_written_than_asked_for);
	tcase_add_test(tc, others_have_what_the_full_table_has_not);
	return tc;
}

Suite *rates_suite(void)
{
	Suite *suite = suite_create("rates");

	suite_add_tcase(suite, count_case());
	suite_add_tcase(suite, rows_case());
	return suite;
}

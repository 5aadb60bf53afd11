/* SPDX-License-Identifier: MIT */
/* Tables of /proc/net/sockopt, by the names of their columns. */
#include "../../tools/procfs.h"
#include "capture.h"
#include "directory.h"
#include "tools.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct column columns[] = { { "channel", 0 }, { "seen", 1 }, { "state", 0 } };

static struct rows rows;

static int read_rows(const void *where)
{
	return rows_read(&rows, "stats", where, "stats", columns, 3);
}

static void read_well(const char *text, size_t n)
{
	has_file("stats", text);
	ck_assert_int_eq(run_captured(read_rows, directory), EXIT_SUCCESS);
	ck_assert_str_eq(complained, "");
	ck_assert_uint_eq(rows.n, n);
}

/* There is nothing to free then. */
static void refuse(const char *text, const char *says)
{
	has_file("stats", text);
	ck_assert_int_eq(run_captured(read_rows, directory), EXIT_FAILURE);
	ck_assert_msg(strstr(complained, says) != NULL, "said: %s", complained);
	ck_assert_ptr_eq(rows.words, NULL);
	ck_assert_ptr_eq(rows.text, NULL);
}

static void expect_row(size_t row, const char *channel, uint64_t seen,
		       const char *state)
{
	ck_assert_str_eq(rows_word(&rows, row, 0), channel);
	ck_assert_uint_eq(rows_number(&rows, row, 1), seen);
	ck_assert_str_eq(rows_word(&rows, row, 2), state);
}

START_TEST(columns_are_found_by_name_in_any_order)
{
	read_well("state seen channel\nopen 7 icmp\nended 18446744073709551615 x\n", 2);
	expect_row(0, "icmp", 7, "open");
	expect_row(1, "x", UINT64_MAX, "ended");
	rows_free(&rows);
}
END_TEST

START_TEST(columns_of_a_later_module_do_no_harm)
{
	read_well("new channel seen_twice seen newer state newest\n"
		  "1 icmp 2 3 4 open 5\n", 1);
	expect_row(0, "icmp", 3, "open");
	rows_free(&rows);
}
END_TEST

START_TEST(a_missing_column_is_named_and_the_remedy_too)
{
	refuse("channel state\nicmp open\n", "/stats has no column seen: update the ");
	refuse("channel seen_twice state\n", "has no column seen: ");
	refuse("", "has no column channel: ");
}
END_TEST

START_TEST(a_short_line_is_refused)
{
	refuse("channel seen state\nicmp 7\n", "has no meaning: update the ");
	refuse("channel seen state\nicmp 7 open\nx\n", "has no meaning: ");
}
END_TEST

START_TEST(a_number_that_is_none_is_refused)
{
	refuse("channel seen state\nicmp -7 open\n", "has no meaning: ");
	refuse("channel seen state\nicmp x open\n", "has no meaning: ");
}
END_TEST

START_TEST(a_header_alone_has_no_rows)
{
	read_well("channel seen state\n", 0);
	rows_free(&rows);
	read_well("channel seen state", 0);
	rows_free(&rows);
}
END_TEST

START_TEST(a_last_line_needs_no_newline)
{
	read_well("channel seen state\nicmp 7 open", 1);
	expect_row(0, "icmp", 7, "open");
	rows_free(&rows);
}
END_TEST

/* More than is read at once. */
START_TEST(a_large_table_is_read_whole)
{
	static char text[400000];
	size_t at = 0;
	int i;

	at += (size_t)sprintf(text, "channel seen state\n");
	for (i = 0; i < 20000; i++)
		at += (size_t)sprintf(text + at, "icmp %d open\n", i);
	read_well(text, 20000);
	expect_row(0, "icmp", 0, "open");
	expect_row(19999, "icmp", 19999, "open");
	rows_free(&rows);
}
END_TEST

START_TEST(no_directory_means_no_module)
{
	ck_assert_int_eq(run_captured(read_rows, "/nowhere/sockopt"), EXIT_FAILURE);
	ck_assert(strstr(complained, "stats: the kernel module is not loaded: run ") != NULL);
}
END_TEST

START_TEST(a_missing_file_is_not_a_missing_module)
{
	ck_assert_int_eq(run_captured(read_rows, directory), EXIT_FAILURE);
	ck_assert(strstr(complained, "/stats: No such file") != NULL);
}
END_TEST

/* Root may read all. */
START_TEST(a_missing_right_names_root)
{
	char path[128];

	if (!geteuid() && seteuid(65534))
		return;
	set_up_directory();
	has_file("stats", "channel seen state\n");
	snprintf(path, sizeof(path), "%s/stats", directory);
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(run_captured(read_rows, directory), EXIT_FAILURE);
	ck_assert(strstr(complained, "run as root") != NULL);
	tear_down_directory();
}
END_TEST

static TCase *case_of_tables(void)
{
	TCase *tc = tcase_create("tables");

	tcase_add_checked_fixture(tc, set_up_directory, tear_down_directory);
	tcase_add_test(tc, columns_are_found_by_name_in_any_order);
	tcase_add_test(tc, columns_of_a_later_module_do_no_harm);
	tcase_add_test(tc, a_missing_column_is_named_and_the_remedy_too);
	tcase_add_test(tc, a_short_line_is_refused);
	tcase_add_test(tc, a_number_that_is_none_is_refused);
	tcase_add_test(tc, a_header_alone_has_no_rows);
	tcase_add_test(tc, a_last_line_needs_no_newline);
	tcase_add_test(tc, a_large_table_is_read_whole);
	tcase_add_test(tc, a_missing_file_is_not_a_missing_module);
	return tc;
}

Suite *procfs_suite(void)
{
	Suite *suite = suite_create("procfs");
	TCase *tc = tcase_create("errors");

	tcase_add_test(tc, no_directory_means_no_module);
	tcase_add_test(tc, a_missing_right_names_root);
	suite_add_tcase(suite, case_of_tables());
	suite_add_tcase(suite, tc);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* Tables of text. */
#include "../../tools/table.h"
#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct column columns[] = { { "name", 0 }, { "seen", 1 }, { "state", 0 } };

static struct table *table;
static char *text;

static void set_up(void)
{
	table = table_open(columns, 3);
	text = NULL;
}

static void tear_down(void)
{
	table_close(table);
	free(text);
}

static void expect(const char *lines)
{
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	table_write(table, memory);
	fclose(memory);
	ck_assert_str_eq(text, lines);
}

static void put_row(const char *name, uint64_t seen, const char *state)
{
	table_put(table, name);
	table_put_number(table, seen);
	table_put(table, state);
}

START_TEST(a_table_without_rows_is_its_header_in_capitals)
{
	expect("NAME  SEEN  STATE\n");
}
END_TEST

START_TEST(text_stands_left_and_numbers_stand_right)
{
	put_row("a", 7, "open");
	put_row("longer", 123456, "ended");
	expect("NAME      SEEN  STATE\n"
	       "a            7  open\n"
	       "longer  123456  ended\n");
}
END_TEST

START_TEST(the_largest_number_is_whole)
{
	put_row("a", UINT64_MAX, "open");
	expect("NAME                  SEEN  STATE\n"
	       "a     18446744073709551615  open\n");
}
END_TEST

START_TEST(no_line_ends_with_spaces)
{
	put_row("a", 1, "a long state");
	put_row("b", 2, "short");
	expect("NAME  SEEN  STATE\n"
	       "a        1  a long state\n"
	       "b        2  short\n");
}
END_TEST

START_TEST(what_could_move_the_cursor_is_escaped_and_counts_as_it_is_shown)
{
	put_row("a\033[2J\n", 1, "x");
	put_row("b", 2, "y");
	expect("NAME          SEEN  STATE\n"
	       "a\\x1b[2J\\x0a     1  x\n"
	       "b                2  y\n");
}
END_TEST

START_TEST(a_character_of_several_bytes_is_one_wide)
{
	put_row("\303\240\303\241\303\242\303\243\303\244", 1, "x");
	put_row("abcde", 2, "y");
	expect("NAME   SEEN  STATE\n"
	       "\303\240\303\241\303\242\303\243\303\244     1  x\n"
	       "abcde     2  y\n");
}
END_TEST

START_TEST(a_thousand_rows_are_all_there)
{
	const char *at;
	int i, n = 0;
	size_t len;
	FILE *memory;

	for (i = 0; i < 1000; i++)
		put_row("a", (uint64_t)i, "open");
	memory = open_memstream(&text, &len);
	table_write(table, memory);
	fclose(memory);
	for (at = text; (at = strchr(at, '\n')) != NULL; at++)
		n++;
	ck_assert_int_eq(n, 1001);
	ck_assert(strstr(text, "\na      999  open\n") != NULL);
}
END_TEST

Suite *table_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_table_without_rows_is_its_header_in_capitals);
	tcase_add_test(tc, text_stands_left_and_numbers_stand_right);
	tcase_add_test(tc, the_largest_number_is_whole);
	tcase_add_test(tc, no_line_ends_with_spaces);
	tcase_add_test(tc, what_could_move_the_cursor_is_escaped_and_counts_as_it_is_shown);
	tcase_add_test(tc, a_character_of_several_bytes_is_one_wide);
	tcase_add_test(tc, a_thousand_rows_are_all_there);
	suite_add_tcase(suite, tc);
	return suite;
}

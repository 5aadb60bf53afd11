/* SPDX-License-Identifier: MIT */
/* Files of modules: whole, cut, and made to do harm. */
#include "check_doctor.h"
#include "modmake.h"
#include "tree.h"

#include "modfile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES "license=GPL\0version=1.2\0srcversion=ABC\0vermagic=6.1.0-9 SMP \0"
#define KO_MAX	(64 << 20)

static struct modfile file;

static void parse(const struct modmake *made)
{
	modfile_parse(&file, made->bytes, made->size);
}

/* A copy whose end is the end of what may be read: valgrind and ASan watch it. */
static void parse_copy(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, size);
	modfile_parse(&file, copy, size);
	free(copy);
}

START_TEST(lines_are_found_in_both_classes_and_byte_orders)
{
	struct modmake made;

	modmake(&made, _i & 1, _i & 2, LINES, sizeof(LINES) - 1);
	parse(&made);
	ck_assert_int_eq(file.is_module, 1);
	ck_assert_int_eq(file.is_signed, 0);
	ck_assert_int_eq(file.is_compressed, 0);
	ck_assert_str_eq(file.vermagic, "6.1.0-9 SMP ");
	ck_assert_str_eq(file.version, "1.2");
	ck_assert_str_eq(file.srcversion, "ABC");
}
END_TEST

START_TEST(a_release_must_be_the_same_to_its_end)
{
	struct modmake made;

	modmake(&made, 1, 0, LINES, sizeof(LINES) - 1);
	parse(&made);
	ck_assert(modfile_is_for(&file, "6.1.0-9"));
	ck_assert(!modfile_is_for(&file, "6.1.0-90"));
	ck_assert(!modfile_is_for(&file, "6.1.0-"));
	ck_assert(!modfile_is_for(&file, ""));
}
END_TEST

START_TEST(a_signature_is_one_only_at_the_very_end)
{
	struct modmake made;

	modmake(&made, 1, 0, LINES, sizeof(LINES) - 1);
	modmake_append(&made, MODMAKE_SIGNATURE);
	parse(&made);
	ck_assert_int_eq(file.is_signed, 1);
	made.size++;
	parse(&made);
	ck_assert_int_eq(file.is_signed, 0);
}
END_TEST

START_TEST(a_line_without_an_end_is_none)
{
	struct modmake made;

	modmake(&made, 1, 0, LINES, sizeof(LINES) - 2);
	parse(&made);
	ck_assert_int_eq(file.is_module, 0);
	ck_assert_str_eq(file.version, "1.2");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut)
{
	char lines[400] = "vermagic=";
	struct modmake made;

	memset(lines + 9, 'x', sizeof(lines) - 10);
	modmake(&made, 1, 0, lines, sizeof(lines));
	parse(&made);
	ck_assert_uint_eq(strlen(file.vermagic), MODFILE_TEXT - 1);
	ck_assert_str_eq(file.version, "");
}
END_TEST

/*
 * All of them in one place: a short file that says it has many would take as long as a large
 * one. The section names itself here.
 */
START_TEST(headers_of_another_length_are_none)
{
	static const char lines[] = "x.modinfo\0vermagic=6.1 \0";
	struct modmake made;
	size_t second;

	modmake(&made, 1, 0, lines, sizeof(lines) - 1);
	second = made.size - 2 * 64;
	made.bytes[40] = (unsigned char)second;
	made.bytes[41] = (unsigned char)(second >> 8);
	made.bytes[58] = 0;
	parse(&made);
	ck_assert_int_eq(file.is_module, 0);
	made.bytes[58] = 64;
	made.bytes[62] = 0;
	parse(&made);
	ck_assert_int_eq(file.is_module, 1);
}
END_TEST

START_TEST(a_compressed_file_is_known_as_one)
{
	static const char *const magics[] = { "\x1f\x8b..", "\3757zXZ", "\x28\xb5\x2f\xfd" };

	modfile_parse(&file, (const unsigned char *)magics[_i], strlen(magics[_i]));
	ck_assert_int_eq(file.is_compressed, 1);
	ck_assert_int_eq(file.is_module, 0);
	modfile_parse(&file, (const unsigned char *)magics[_i], 1);
	ck_assert_int_eq(file.is_compressed, 0);
}
END_TEST

START_TEST(a_module_that_is_cut_anywhere_is_none)
{
	struct modmake made;
	size_t size;

	modmake(&made, _i & 1, _i & 2, LINES, sizeof(LINES) - 1);
	for (size = 0; size < made.size; size++) {
		parse_copy(made.bytes, size);
		ck_assert_int_eq(file.is_module, 0);
	}
}
END_TEST

/* Each number of the headers, made the largest, and then a few that lie near the end. */
START_TEST(no_number_of_a_header_leads_outside)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct modmake made, bad;
	size_t at, width, i;

	modmake(&made, _i & 1, _i & 2, LINES, sizeof(LINES) - 1);
	for (at = 0; at < made.size; at++)
		for (width = 1; width <= 8; width *= 2)
			for (i = 0; i < sizeof(values); i++) {
				bad = made;
				memset(bad.bytes + at, values[i],
				       at + width > made.size ? 1 : width);
				parse_copy(bad.bytes, bad.size);
			}
}
END_TEST

/* ---- The module of this build -------------------------------------------- */

static unsigned char *ko;
static size_t ko_size;

/* There is none where it was not built: then what was made has to do. */
static void ko_load(void)
{
	const char *top = getenv("top_builddir");
	char path[PATH_MAX];
	struct modmake made;
	FILE *from;

	snprintf(path, sizeof(path), "%s/kernel/sockopt.ko", top ? top : ".");
	from = fopen(path, "r");
	ko = malloc(KO_MAX);
	ck_assert_ptr_nonnull(ko);
	if (from) {
		ko_size = fread(ko, 1, KO_MAX, from);
		fclose(from);
		return;
	}
	modmake(&made, 1, 0, LINES, sizeof(LINES) - 1);
	memcpy(ko, made.bytes, made.size);
	ko_size = made.size;
}

static void ko_free(void)
{
	free(ko);
}

START_TEST(the_module_of_this_build_is_one)
{
	modfile_parse(&file, ko, ko_size);
	ck_assert_int_eq(file.is_module, 1);
	ck_assert_str_ne(file.version, "");
	ck_assert_str_ne(file.srcversion, "");
}
END_TEST

START_TEST(its_beginning_of_any_length_is_survived)
{
	size_t size;

	for (size = 0; size < 8192 && size < ko_size; size++) {
		parse_copy(ko, size);
		ck_assert_int_eq(file.is_module, 0);
	}
}
END_TEST

/* The table of sections is the last part of it. */
START_TEST(its_end_of_any_length_may_be_missing)
{
	size_t cut;

	for (cut = 1; cut < 8192 && cut < ko_size; cut += cut < 64 ? 1 : 61) {
		parse_copy(ko, ko_size - cut);
		ck_assert_int_eq(file.is_signed, 0);
	}
}
END_TEST

/* ---- Files ----------------------------------------------------------------- */

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", tree_make(), name);
	return path;
}

START_TEST(a_file_is_read_as_its_bytes_are)
{
	struct modmake made;
	const char *path = path_of("/sockopt.ko");

	modmake(&made, 1, 0, LINES, sizeof(LINES) - 1);
	tree_put_bytes("/sockopt.ko", made.bytes, made.size);
	ck_assert_int_eq(modfile_read(&file, path), 0);
	ck_assert_int_eq(file.is_module, 1);
}
END_TEST

START_TEST(what_is_no_file_is_an_error_at_once)
{
	const char *path = path_of("/sockopt.ko");

	ck_assert_int_eq(modfile_read(&file, path), -ENOENT);
	tree_pipe("/sockopt.ko");
	ck_assert_int_eq(modfile_read(&file, path), -EINVAL);
	tree_put("/sockopt.ko", "");
	ck_assert_int_eq(modfile_read(&file, path), 0);
	ck_assert_int_eq(file.is_module, 0);
}
END_TEST

Suite *modfile_suite(void)
{
	Suite *suite = suite_create("modfile");
	TCase *made = tcase_create("made"), *real = tcase_create("real");
	TCase *files = tcase_create("files");

	tcase_add_loop_test(made, lines_are_found_in_both_classes_and_byte_orders, 0, 4);
	tcase_add_test(made, a_release_must_be_the_same_to_its_end);
	tcase_add_test(made, a_signature_is_one_only_at_the_very_end);
	tcase_add_test(made, a_line_without_an_end_is_none);
	tcase_add_test(made, a_line_that_is_too_long_is_cut);
	tcase_add_test(made, headers_of_another_length_are_none);
	tcase_add_loop_test(made, a_compressed_file_is_known_as_one, 0, 3);
	tcase_add_loop_test(made, a_module_that_is_cut_anywhere_is_none, 0, 4);
	tcase_add_loop_test(made, no_number_of_a_header_leads_outside, 0, 4);
	suite_add_tcase(suite, made);
	tcase_add_unchecked_fixture(real, ko_load, ko_free);
	tcase_set_timeout(real, 60);
	tcase_add_test(real, the_module_of_this_build_is_one);
	tcase_add_test(real, its_beginning_of_any_length_is_survived);
	tcase_add_test(real, its_end_of_any_length_may_be_missing);
	suite_add_tcase(suite, real);
	tcase_add_unchecked_fixture(files, tree_begin, tree_end);
	tcase_add_test(files, a_file_is_read_as_its_bytes_are);
	tcase_add_test(files, what_is_no_file_is_an_error_at_once);
	suite_add_tcase(suite, files);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* What the doctor says of headers, and of the file of the module. */
#include "check_doctor.h"
#include "patient.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

#define HEADERS		"/lib/modules/" RELEASE "/build"
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *const systems[][2] = {
	{ "ID=debian\n", "sudo apt install linux-headers-" RELEASE },
	{ "ID=ubuntu\nID_LIKE=debian\n", "apt install linux-headers-" RELEASE },
	{ "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt install linux-headers-" RELEASE },
	{ "ID=fedora\n", "dnf install kernel-devel-" RELEASE },
	{ "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\n", "dnf install kernel-devel-" RELEASE },
	{ "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n",
	  "zypper install kernel-amd64-devel" },
	{ "ID=arch\n", "pacman -S linux-headers" },
	{ "ID=alpine\n", "apk add linux-amd64-dev" },
	{ "ID=other\n", "building modules for the kernel " RELEASE },
	{ "", "building modules for the kernel " RELEASE },
};

START_TEST(who_lacks_headers_is_told_the_package)
{
	tree_remove(HEADERS);
	tree_remove(MODULE);
	tree_put("/etc/os-release", systems[_i][0]);
	patient_examine();
	expect("headers", STATUS_FAIL, HEADERS, systems[_i][1]);
}
END_TEST

START_TEST(headers_without_their_makefile_are_none)
{
	tree_remove(HEADERS "/Makefile");
	tree_remove(MODULE);
	patient_examine();
	expect("headers", STATUS_FAIL, HEADERS, "apt install");
}
END_TEST

START_TEST(headers_of_another_kernel_are_told)
{
	tree_remove(HEADERS);
	tree_remove(MODULE);
	tree_put("/lib/modules/6.1.0-10-amd64/build/Makefile", "");
	tree_put("/lib/modules/6.1.0-10-amd64/build/include/generated/utsrelease.h", "");
	patient_examine();
	expect("headers", STATUS_FAIL, "those of 6.1.0-10-amd64", "boot the kernel 6.1.0-10");
}
END_TEST

START_TEST(who_has_a_module_needs_no_headers)
{
	tree_remove(HEADERS);
	patient_examine();
	expect_none("headers");
	expect_one_fail("module");
}
END_TEST

START_TEST(who_has_the_module_loaded_needs_no_headers_and_no_file)
{
	tree_remove("/lib/modules/" RELEASE);
	patient_load();
	patient_examine();
	expect_none("headers");
	expect_none("file");
	expect_one_fail(NULL);
}
END_TEST

START_TEST(who_has_no_file_is_told_to_build_and_not_to_load_it)
{
	tree_remove(MODULE);
	patient_examine();
	expect("file", STATUS_FAIL, "no sockopt.ko", "make install");
	expect_none("module");
	expect_none("signature");
	expect_one_fail("file");
}
END_TEST

START_TEST(a_file_for_another_kernel_is_told)
{
	tree_remove(MODULE);
	patient_module("/lib/modules/6.1.0-8-amd64/extra/sockopt.ko", OTHER_MAGIC,
		       sizeof(OTHER_MAGIC) - 1, 0);
	patient_examine();
	expect("file", STATUS_FAIL, "for the kernel 6.1.0-8-amd64, not for " RELEASE,
	       "./configure && make");
	expect_one_fail("file");
}
END_TEST

START_TEST(a_file_that_was_built_for_another_kernel_is_told)
{
	patient_module(MODULE, OTHER_MAGIC, sizeof(OTHER_MAGIC) - 1, 0);
	patient_examine();
	expect("file", STATUS_FAIL, "was built for 6.1.0-8-amd64, but " RELEASE " runs",
	       "./configure && make");
	expect_one_fail("file");
}
END_TEST

START_TEST(another_kernel_that_counts_versions_of_symbols_may_do)
{
	patient_module(MODULE, MODVERSIONS, sizeof(MODVERSIONS) - 1, 0);
	patient_examine();
	expect("file", STATUS_NOTE, "was built for 6.1.0-8-amd64", "Invalid module format");
	expect("module", STATUS_FAIL, "not loaded", "modprobe sockopt");
	expect_one_fail("module");
}
END_TEST

START_TEST(a_file_that_is_no_module_is_told)
{
	tree_put(MODULE, "\177ELF, and no more");
	patient_examine();
	expect("file", STATUS_FAIL, "is no kernel module", "make install");
	expect_one_fail("file");
}
END_TEST

START_TEST(a_compressed_file_is_one)
{
	static const char *const names[] = { MODULE ".xz", MODULE ".zst", MODULE ".gz" };

	tree_remove(MODULE);
	tree_put(names[_i], "\x1f\x8b compressed");
	patient_examine();
	expect("file", STATUS_OK, "compressed", NULL);
	expect("module", STATUS_FAIL, "not loaded", "modprobe sockopt");
}
END_TEST

START_TEST(a_file_that_modprobe_does_not_know_needs_depmod)
{
	tree_put("/lib/modules/" RELEASE "/modules.dep", "kernel/sockopt.ko/a.ko:\n");
	patient_examine();
	expect("file", STATUS_OK, MODULE, NULL);
	expect("module", STATUS_FAIL, "does not know", "sudo depmod && sudo modprobe sockopt");
}
END_TEST

START_TEST(a_file_that_is_listed_and_gone_is_not_there)
{
	tree_remove(MODULE);
	patient_module("/lib/modules/" RELEASE "/extra/sockopt.ko", MAGIC, sizeof(MAGIC) - 1,
		       0);
	patient_examine();
	expect("file", STATUS_OK, "/extra/sockopt.ko", NULL);
	expect("module", STATUS_FAIL, "does not know", "depmod");
}
END_TEST

/* A directory of that name cannot be read, by root either. */
START_TEST(a_file_that_cannot_be_read_is_not_always_roots_business)
{
	tree_remove(MODULE);
	tree_put(MODULE "/x", "");
	patient.is_root = _i;
	patient_examine();
	expect("file", STATUS_NOTE, "Invalid argument", "make install");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "file")->advice, "as root"));
}
END_TEST

/* Whoever runs the tests: survey() is not asked again. */
START_TEST(a_file_that_may_not_be_read_is_roots_business)
{
	survey(&patient);
	patient.survey.file_error = _i & 1 ? -EACCES : -EPERM;
	patient.is_root = _i >> 1;
	examine(&patient);
	expect("file", STATUS_NOTE, MODULE, patient.is_root ? "make install" :
	       "Look as root: sudo sockopt doctor");
	ck_assert_int_eq(!strstr(findings_of(&patient.findings, "file")->advice, "as root"),
			 patient.is_root);
}
END_TEST

START_TEST(a_loop_of_links_and_a_pipe_are_survived)
{
	tree_remove(MODULE);
	tree_link("/lib/modules/" RELEASE "/updates/sockopt.ko", "sockopt.ko");
	tree_link("/lib/modules/" RELEASE "/updates/again", "..");
	tree_pipe("/etc/os-release");
	tree_pipe("/etc/modprobe.d/pipe.conf");
	tree_pipe("/lib/modules/" RELEASE "/modules.dep");
	patient_examine();
	expect("file", STATUS_FAIL, "no sockopt.ko", NULL);
}
END_TEST

START_TEST(what_files_say_is_shown_without_control_characters)
{
	static const char magic[] = "vermagic=\033[2J\n\377 SMP \0";

	patient_module(MODULE, magic, sizeof(magic) - 1, 0);
	patient_examine();
	expect("file", STATUS_FAIL, "was built for ?[2J??, but", NULL);
}
END_TEST

static TCase *file_case(void)
{
	TCase *tc = tcase_create("file");

	tcase_add_loop_test(tc, who_lacks_headers_is_told_the_package, 0, COUNT(systems));
	tcase_add_test(tc, headers_without_their_makefile_are_none);
	tcase_add_test(tc, headers_of_another_kernel_are_told);
	tcase_add_test(tc, who_has_a_module_needs_no_headers);
	tcase_add_test(tc, who_has_the_module_loaded_needs_no_headers_and_no_file);
	tcase_add_test(tc, who_has_no_file_is_told_to_build_and_not_to_load_it);
	tcase_add_test(tc, a_file_for_another_kernel_is_told);
	tcase_add_test(tc, a_file_that_was_built_for_another_kernel_is_told);
	tcase_add_test(tc, another_kernel_that_counts_versions_of_symbols_may_do);
	tcase_add_test(tc, a_file_that_is_no_module_is_told);
	tcase_add_loop_test(tc, a_compressed_file_is_one, 0, 3);
	tcase_add_test(tc, a_file_that_modprobe_does_not_know_needs_depmod);
	tcase_add_test(tc, a_file_that_is_listed_and_gone_is_not_there);
	tcase_add_loop_test(tc, a_file_that_cannot_be_read_is_not_always_roots_business, 0, 2);
	tcase_add_loop_test(tc, a_file_that_may_not_be_read_is_roots_business, 0, 4);
	tcase_add_test(tc, a_loop_of_links_and_a_pipe_are_survived);
	tcase_add_test(tc, what_files_say_is_shown_without_control_characters);
	return tc;
}

Suite *doctor_file_suite(void)
{
	Suite *suite = suite_create("doctor-file");
	TCase *tc = file_case();

	tcase_add_unchecked_fixture(tc, tree_begin, tree_end);
	tcase_add_checked_fixture(tc, patient_make, patient_free);
	suite_add_tcase(suite, tc);
	return suite;
}

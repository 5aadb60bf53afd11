/* SPDX-License-Identifier: MIT */
/* What the doctor says when the module is loaded, and of rights. */
#include "check_doctor.h"
#include "patient.h"
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sockopt/sockopt.h>

/* ---- module, answer -------------------------------------------------------- */

START_TEST(where_all_is_well_nothing_is_advised)
{
	size_t i;

	patient_load();
	patient_examine();
	expect("module", STATUS_OK, "version 0.1.0 is loaded, built out of the kernel's tree, "
	       "not signed", NULL);
	expect("answer", STATUS_OK, "version 0.1.0, ABI 1", NULL);
	expect("limits", STATUS_OK, "0 of 1024 streams, 0 of 65536 KiB", NULL);
	expect_none("numbers");
	expect_one_fail(NULL);
	for (i = 0; i < patient.findings.count; i++)
		ck_assert_int_eq(patient.findings.all[i].status, STATUS_OK);
}
END_TEST

START_TEST(a_module_is_seen_without_sysfs)
{
	tree_put("/proc/modules", "sockopt 1 0 - Live 0x0\n");
	patient_examine();
	ck_assert_int_eq(patient.survey.is_loaded, 1);
	expect("module", STATUS_OK, "version ? is loaded", NULL);
}
END_TEST

START_TEST(without_sysfs_the_module_itself_tells_its_version)
{
	patient_load();
	tree_remove("/sys");
	tree_put("/proc/modules", "sockopt 1 0 - Live 0x0\n");
	patient_examine();
	expect("module", STATUS_OK, "version 0.1.0 is loaded", NULL);
}
END_TEST

START_TEST(a_module_of_a_longer_name_is_not_ours)
{
	tree_put("/proc/modules", "sockopt_publisher 1 0 - Live 0x0\n");
	patient_examine();
	ck_assert_int_eq(patient.survey.is_loaded, 0);
}
END_TEST

START_TEST(a_module_that_comes_or_goes_is_told)
{
	patient_load();
	tree_put("/sys/module/sockopt/initstate", _i ? "going\n" : "coming\n");
	patient_examine();
	expect("module", STATUS_FAIL, _i ? "being unloaded" : "being loaded", "Look again");
}
END_TEST

static const char built[] = MAGIC "srcversion=AAA\0";

START_TEST(a_newer_file_than_the_loaded_module_is_noted)
{
	patient_load();
	patient_module(MODULE, built, sizeof(built) - 1, 0);
	tree_put("/sys/module/sockopt/srcversion", _i ? "AAA\n" : "BBB\n");
	patient_examine();
	if (_i)
		expect("module", STATUS_OK, NULL, NULL);
	else
		expect("module", STATUS_NOTE, "another build than " MODULE,
		       "sudo modprobe -r sockopt && sudo modprobe sockopt");
	expect_one_fail(NULL);
}
END_TEST

START_TEST(a_module_that_is_loaded_and_silent_fails)
{
	patient_load();
	patient.probe.open_error = -ENOPROTOOPT;
	patient.probe.stream_error = -ENOPROTOOPT;
	patient_examine();
	expect("answer", STATUS_FAIL, "does not answer", "bpftool");
	expect_one_fail("answer");
}
END_TEST

START_TEST(another_abi_needs_another_module)
{
	patient_load();
	patient.probe.open_error = -EPROTO;
	patient.probe.stream_error = -EPROTO;
	patient_examine();
	expect("answer", STATUS_FAIL, "different versions", "Install both from one release");
	expect_one_fail("answer");
}
END_TEST

START_TEST(an_error_is_told_as_the_library_tells_it)
{
	patient_load();
	patient.probe.stream_error = -ENOMEM;
	patient_examine();
	expect("answer", STATUS_FAIL, "no stream", sockopt_strerror(-ENOMEM));
	expect_one_fail("answer");
}
END_TEST

START_TEST(features_that_are_missing_are_noted)
{
	patient_load();
	patient.probe.features &= ~SOCKOPT_FEAT_FILTER;
	patient_examine();
	expect("answer", STATUS_NOTE, "lacks features", "same release");
	expect_one_fail(NULL);
}
END_TEST

/* ---- rights ---------------------------------------------------------------- */

static void set_status(const char *eff, const char *bnd, int no_new_privs, int seccomp)
{
	char text[256];

	snprintf(text, sizeof(text), "CapEff:\t%s\nCapBnd:\t%s\nNoNewPrivs:\t%d\n"
		 "Seccomp:\t%d\n", eff, bnd, no_new_privs, seccomp);
	tree_put("/proc/self/status", text);
}

#define NONE	"0000000000000000"
#define ALL	"000001ffffffffff"
#define RAW	"0000000000002000"

static void refuse(int error)
{
	patient_load();
	patient.probe.socket_error = error;
	patient.probe.open_error = error;
	patient.probe.stream_error = error;
}

START_TEST(who_has_no_right_is_told_how_to_get_it)
{
	refuse(-EPERM);
	set_status(NONE, ALL, 0, 0);
	patient_examine();
	expect("rights", STATUS_FAIL, "no CAP_NET_RAW", "sudo sockopt");
	expect("rights", STATUS_FAIL, NULL, "sudo setcap cap_net_raw+ep /usr/bin/sockopt");
	expect_none("answer");
	expect_one_fail("rights");
}
END_TEST

START_TEST(who_cannot_get_it_here_is_not_told_to_type_sudo)
{
	refuse(-EPERM);
	set_status(NONE, _i ? ALL : NONE, _i, 0);
	patient_examine();
	expect("rights", STATUS_FAIL, _i ? "no_new_privs" : "bounding set", "--cap-add=NET_RAW");
	expect("rights", STATUS_FAIL, NULL, "AmbientCapabilities=CAP_NET_RAW");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "rights")->advice, "sudo"));
}
END_TEST

START_TEST(who_has_it_and_is_refused_is_told_by_whom)
{
	refuse(_i == 2 ? -EACCES : -EPERM);
	set_status(RAW, ALL, 0, _i == 1 ? 2 : 0);
	patient_examine();
	expect("rights", STATUS_FAIL, _i == 2 ? "a security policy" :
	       _i == 1 ? "a seccomp filter" : "somebody", _i == 1 ? "SystemCallFilter=" :
	       "audit log");
	expect_one_fail("rights");
}
END_TEST

START_TEST(sockets_that_are_not_there_are_the_sandboxs_or_the_kernels)
{
	refuse(-EAFNOSUPPORT);
	set_status(ALL, ALL, 0, _i ? 2 : 0);
	patient_examine();
	expect("rights", STATUS_FAIL, "no IPv4 sockets",
	       _i ? "RestrictAddressFamilies=AF_INET" : "CONFIG_INET");
}
END_TEST

START_TEST(another_error_is_told_as_it_is)
{
	refuse(-EMFILE);
	patient_examine();
	expect("rights", STATUS_FAIL, "Too many open files", "socket(2)");
}
END_TEST

START_TEST(who_lacks_only_net_admin_is_told_so)
{
	patient_load();
	set_status(RAW, ALL, 0, 0);
	patient_examine();
	expect("rights", STATUS_OK, "CAP_NET_ADMIN", NULL);
}
END_TEST

/* ---- namespace ------------------------------------------------------------- */

static void move_down(void)
{
	tree_link("/proc/self/ns/user", "user:[4026532000]");
	tree_put("/proc/self/uid_map", "0 1000 1\n");
}

START_TEST(a_user_namespace_that_is_not_served_is_told)
{
	patient_load();
	patient.probe.stream_error = -EPERM;
	move_down();
	patient_examine();
	expect("namespace", STATUS_FAIL, "does not serve", "net.sockopt.userns=1");
	expect_none("answer");
	expect_one_fail("namespace");
}
END_TEST

START_TEST(a_user_namespace_that_is_served_is_fine)
{
	patient_load();
	move_down();
	patient_examine();
	expect("namespace", STATUS_OK, "which sockopt serves", NULL);
	expect_one_fail(NULL);
}
END_TEST

START_TEST(in_a_user_namespace_the_machines_root_loads_the_module)
{
	move_down();
	patient_examine();
	expect("namespace", STATUS_NOTE, "user namespace", "net.sockopt.userns=1");
	expect("module", STATUS_FAIL, "not loaded", "not in here");
	expect_none("headers");
	expect_none("file");
	expect_one_fail("module");
}
END_TEST

START_TEST(a_namespaces_root_has_no_right_in_a_foreign_network)
{
	refuse(-EPERM);
	patient.probe.is_net_foreign = 1;
	move_down();
	patient_examine();
	expect("namespace", STATUS_FAIL, "does not own", "unshare -Urn");
	expect_none("rights");
	expect_one_fail("namespace");
}
END_TEST

/* Without the link, the map tells. */
START_TEST(the_map_tells_where_the_link_is_missing)
{
	patient_load();
	tree_remove("/proc/self/ns/user");
	tree_put("/proc/self/uid_map", _i ? "0 0 4294967295\n" : "0 100000 65536\n");
	patient_examine();
	expect("namespace", STATUS_OK, _i ? "machine's own" : "a user namespace", NULL);
}
END_TEST

START_TEST(the_machines_root_in_the_network_of_a_user_namespace_is_told)
{
	patient_load();
	tree_put("/proc/self/ns/user", "");
	patient.probe.net_owner = 1;
	patient.probe.stream_error = -EPERM;
	patient_examine();
	expect("namespace", STATUS_FAIL, "does not serve", "net.sockopt.userns=1");
	expect_one_fail("namespace");
}
END_TEST

/* ---- limits ---------------------------------------------------------------- */

#define STREAMS "channel inode pid uid slots snaplen seen\n" \
	"icmp 7 8 0 4096 256 0 0 0 0 0 0 open\n" \
	"icmp 0 8 0 512 96 0 0 0 0 0 0 ended\n"

START_TEST(what_is_in_use_is_added_up)
{
	patient_load();
	tree_put("/proc/net/sockopt/stats", "channel streams opened\nicmp 2 9 0\nx 3 3 0\n");
	tree_put("/proc/net/sockopt/streams", STREAMS);
	patient_examine();
	expect("limits", STATUS_OK, "5 of 1024 streams, 1360 of 65536 KiB", NULL);
}
END_TEST

START_TEST(what_only_root_can_see_is_a_question_mark)
{
	patient_load();
	tree_remove("/proc/net/sockopt/streams");
	patient_examine();
	expect("limits", STATUS_OK, "? of 65536 KiB", NULL);
}
END_TEST

START_TEST(too_many_streams_are_told)
{
	patient_load();
	patient.probe.stream_error = -ENOSPC;
	tree_put("/proc/sys/net/sockopt/streams_max", "2\n");
	tree_put("/proc/net/sockopt/stats", "channel streams opened\nicmp 2 2 0\n");
	patient_examine();
	expect("limits", STATUS_FAIL, "2 streams are open", "streams_max=1024");
	expect("limits", STATUS_FAIL, NULL, "sockopt streams");
	expect_none("answer");
	expect_one_fail("limits");
}
END_TEST

START_TEST(too_many_bytes_are_told)
{
	patient_load();
	patient.probe.stream_error = -ENOSPC;
	tree_put("/proc/sys/net/sockopt/ring_bytes_max", "100000\n");
	patient_examine();
	expect("limits", STATUS_FAIL, "ring_bytes_max is 100000", "ring_bytes_max=67108864");
	expect_one_fail("limits");
}
END_TEST

/* 268181504 bytes. */
#define MANY "channel inode pid uid slots snaplen seen\n" \
	"icmp 7 8 0 4096 65400 0 0 0 0 0 0 open\n"

static const char *const advised[][2] = {
	{ "268435456\n", "ring_bytes_max=536870912" },
	{ "1000000\n", "ring_bytes_max=269500416" },	/* it was lowered below that */
};

START_TEST(a_limit_that_is_nearly_reached_is_not_lowered)
{
	patient_load();
	patient.probe.stream_error = _i & 1 ? -ENOSPC : 0;
	tree_put("/proc/sys/net/sockopt/ring_bytes_max", advised[_i >> 1][0]);
	tree_put("/proc/net/sockopt/streams", MANY);
	patient_examine();
	expect("limits", _i & 1 ? STATUS_FAIL : STATUS_NOTE, NULL, advised[_i >> 1][1]);
}
END_TEST

START_TEST(pages_of_this_machine_count)
{
	patient_load();
	patient.page_size = 65536;
	tree_put("/proc/net/sockopt/streams", STREAMS);
	tree_put("/proc/sys/net/sockopt/ring_bytes_max", "1000000\n");
	patient_examine();
	expect("limits", STATUS_NOTE, "1600 of 976 KiB", "needs 1408 KiB");
}
END_TEST

START_TEST(a_limit_that_cannot_be_seen_from_here_is_told)
{
	patient_load();
	patient.probe.stream_error = -ENOSPC;
	tree_remove("/proc/sys/net/sockopt");
	patient_examine();
	expect("limits", STATUS_FAIL, "streams_max or net.sockopt.ring_bytes_max",
	       "sysctl net.sockopt");
	expect_one_fail("limits");
}
END_TEST

START_TEST(limits_that_are_very_small_are_noted)
{
	patient_load();
	tree_put(_i ? "/proc/sys/net/sockopt/streams_max" :
		 "/proc/sys/net/sockopt/ring_bytes_max", _i ? "3\n" : "1000000\n");
	patient_examine();
	expect("limits", STATUS_NOTE, NULL, _i ? "streams_max=1024" : "'sockopt icmp' needs");
	expect_one_fail(NULL);
}
END_TEST

START_TEST(texts_that_are_logged_are_noted)
{
	patient_load();
	tree_put("/proc/sys/net/sockopt/log_messages", "1\n");
	patient_examine();
	expect("limits", STATUS_NOTE, "kernel log", "log_messages=0");
	expect_one_fail(NULL);
}
END_TEST

static TCase *answer_case(void)
{
	TCase *tc = tcase_create("answer");

	tcase_add_test(tc, where_all_is_well_nothing_is_advised);
	tcase_add_test(tc, a_module_is_seen_without_sysfs);
	tcase_add_test(tc, without_sysfs_the_module_itself_tells_its_version);
	tcase_add_test(tc, a_module_of_a_longer_name_is_not_ours);
	tcase_add_loop_test(tc, a_module_that_comes_or_goes_is_told, 0, 2);
	tcase_add_loop_test(tc, a_newer_file_than_the_loaded_module_is_noted, 0, 2);
	tcase_add_test(tc, a_module_that_is_loaded_and_silent_fails);
	tcase_add_test(tc, another_abi_needs_another_module);
	tcase_add_test(tc, an_error_is_told_as_the_library_tells_it);
	tcase_add_test(tc, features_that_are_missing_are_noted);
	return tc;
}

static TCase *rights_case(void)
{
	TCase *tc = tcase_create("rights");

	tcase_add_test(tc, who_has_no_right_is_told_how_to_get_it);
	tcase_add_loop_test(tc, who_cannot_get_it_here_is_not_told_to_type_sudo, 0, 2);
	tcase_add_loop_test(tc, who_has_it_and_is_refused_is_told_by_whom, 0, 3);
	tcase_add_loop_test(tc, sockets_that_are_not_there_are_the_sandboxs_or_the_kernels, 0,
			    2);
	tcase_add_test(tc, another_error_is_told_as_it_is);
	tcase_add_test(tc, who_lacks_only_net_admin_is_told_so);
	tcase_add_test(tc, a_user_namespace_that_is_not_served_is_told);
	tcase_add_test(tc, a_user_namespace_that_is_served_is_fine);
	tcase_add_test(tc, in_a_user_namespace_the_machines_root_loads_the_module);
	tcase_add_test(tc, a_namespaces_root_has_no_right_in_a_foreign_network);
	tcase_add_loop_test(tc, the_map_tells_where_the_link_is_missing, 0, 2);
	tcase_add_test(tc, the_machines_root_in_the_network_of_a_user_namespace_is_told);
	return tc;
}

static TCase *limits_case(void)
{
	TCase *tc = tcase_create("limits");

	tcase_add_test(tc, what_is_in_use_is_added_up);
	tcase_add_test(tc, what_only_root_can_see_is_a_question_mark);
	tcase_add_test(tc, too_many_streams_are_told);
	tcase_add_test(tc, too_many_bytes_are_told);
	tcase_add_loop_test(tc, a_limit_that_is_nearly_reached_is_not_lowered, 0, 4);
	tcase_add_test(tc, pages_of_this_machine_count);
	tcase_add_test(tc, a_limit_that_cannot_be_seen_from_here_is_told);
	tcase_add_loop_test(tc, limits_that_are_very_small_are_noted, 0, 2);
	tcase_add_test(tc, texts_that_are_logged_are_noted);
	return tc;
}

Suite *doctor_use_suite(void)
{
	Suite *suite = suite_create("doctor-use");
	TCase *cases[3] = { answer_case(), rights_case(), limits_case() };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tcase_add_unchecked_fixture(cases[i], tree_begin, tree_end);
		tcase_add_checked_fixture(cases[i], patient_make, patient_free);
		suite_add_tcase(suite, cases[i]);
	}
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that no program can call us to harm, whatever its rights and its bits, and
 * whatever a BPF program of its cgroup makes of the calls. The sweeps (caller_*.c) make
 * about a hundred thousand calls in all, each with a result that is known before. What
 * other interfaces of this kind suffered from is named beside each.
 */
#include "access.h"
#include "bpf.h"
#include "role.h"

#include <stdio.h>
#include <sys/mman.h>

/*
 * The first one is thorough, and the first two may tell page faults; numbers of steps that
 * are left out have no common divisor with those of bytes in a word. Those before
 * FIRST_WITHOUT_STREAM have a stream; from FIRST_WITH_BPF on there is a BPF program, and from
 * FIRST_MEDDLED on it does more than look.
 */
static const struct role roles[] = {
	{ "caller", ROLE_ROOT, STAGE_BPF_NONE, 1 }, { "caller32", ROLE_ROOT, STAGE_BPF_NONE, 7 },
#define FAULTING 2
	{ "caller", ROLE_NET_RAW, STAGE_BPF_NONE, 17 },
	{ "caller32", ROLE_NET_RAW, STAGE_BPF_NONE, 17 },
	{ "caller", ROLE_NOBODY, STAGE_BPF_NONE, 7 },
	{ "caller32", ROLE_NOBODY, STAGE_BPF_NONE, 17 },
	{ "caller", ROLE_USERNS, STAGE_BPF_NONE, 17 },
	{ "caller32", ROLE_USERNS, STAGE_BPF_NONE, 17 },
#define FIRST_WITHOUT_STREAM 8
	{ "caller", ROLE_USERNS_OFF, STAGE_BPF_NONE, 7 },
	{ "caller32", ROLE_USERNS_OFF, STAGE_BPF_NONE, 17 },
#define FIRST_WITH_BPF 10
	{ "caller", ROLE_ROOT, STAGE_BPF_PASS, 7 }, { "caller32", ROLE_ROOT, STAGE_BPF_DENY, 17 },
#define FIRST_MEDDLED 12
	{ "caller", ROLE_ROOT, STAGE_BPF_SHRINK, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_REPLACE, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_ZERO, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_BYPASS, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_NEGATIVE, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_BEYOND, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_DENY, 17 },
	{ "caller", ROLE_ROOT, STAGE_BPF_RETVAL, 17 },
};

/*
 * CVE-2013-4588 (lengths that nobody looked at), CVE-2026-90327 (an int written to a shorter
 * buffer); with a BPF program CVE-2024-35896 (the value is the kernel's own memory, and
 * shorter than a struct) and CVE-2026-90157 (its length is negative).
 */
START_TEST(a_length_that_lies_overruns_nothing)
{
	role_play(&roles[_i], "lengths");
}
END_TEST

/* CVE-2006-0038 (counts near the largest number), CVE-2010-0007 (a right not asked for). */
START_TEST(a_member_that_breaks_a_rule_is_refused_and_changes_nothing)
{
	role_play(&roles[_i], "members");
}
END_TEST

/* CVE-2026-68287 (bytes of the kernel's in what pads an answer). */
START_TEST(a_buffer_that_is_not_all_there_is_a_fault_and_loses_nothing)
{
	role_play(&roles[_i], "buffers");
}
END_TEST

/* CVE-2011-1170 (names without a NUL). */
START_TEST(a_text_or_name_ends_where_it_says_and_nowhere_else)
{
	role_play(&roles[_i], "texts");
}
END_TEST

START_TEST(a_number_that_means_nothing_does_nothing)
{
	role_play(&roles[_i], "numbers");
}
END_TEST

START_TEST(a_socket_is_known_by_what_it_is_and_not_by_its_number)
{
	role_play(&roles[_i], "sockets");
}
END_TEST

/* What ebtables and others suffered from: a header that was read twice. */
START_TEST(what_changes_while_it_is_read_is_one_thing_or_the_other)
{
	role_play(&roles[_i], "flips");
}
END_TEST

/* The same, by a fault at a chosen byte and not by chance. */
START_TEST(what_was_read_already_may_change_to_no_effect)
{
	VM_SKIP_IF(vm_copies_anew(), "a copy that meets a fault begins anew on this machine");
	role_play(&roles[_i], "faults");
}
END_TEST

START_TEST(a_stream_gives_whole_records_and_refuses_all_else)
{
	role_play(&roles[_i], "stream");
}
END_TEST

/* CVE-2016-4997, CVE-2018-1068: offsets and sizes of 32 bits that were trusted. */
START_TEST(a_mapping_that_breaks_a_rule_is_refused)
{
	role_play(&roles[_i], "map");
}
END_TEST

/* ---- Suite ---- */

/* In the runner itself, so that all tests share it. */
static void begin(void)
{
	role_calls = mmap(NULL, sizeof(*role_calls), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(role_calls, MAP_FAILED);
}

static void end(void)
{
	printf("# hostile calls: %u\n", *role_calls);
	fflush(stdout);
	vm_sysctls_reset();
}

/* Those of the roles that a test has, from one role to another. */
static void add(TCase *tc, int from, int to)
{
	int with_stream = to < FIRST_WITHOUT_STREAM ? to : FIRST_WITHOUT_STREAM;
	int unmeddled = to < FIRST_MEDDLED ? to : FIRST_MEDDLED;

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_text_or_name_ends_where_it_says_and_nowhere_else, from,
			    unmeddled);
	tcase_add_loop_test(tc, a_number_that_means_nothing_does_nothing, from, unmeddled);
	tcase_add_loop_test(tc, a_socket_is_known_by_what_it_is_and_not_by_its_number, from,
			    unmeddled);
	tcase_add_loop_test(tc, a_stream_gives_whole_records_and_refuses_all_else, from,
			    with_stream);
	tcase_add_loop_test(tc, a_mapping_that_breaks_a_rule_is_refused, from, with_stream);
	tcase_add_loop_test(tc, what_was_read_already_may_change_to_no_effect, from, FAULTING);
	tcase_add_loop_test(tc, what_changes_while_it_is_read_is_one_thing_or_the_other, from,
			    unmeddled);
	tcase_add_loop_test(tc, a_buffer_that_is_not_all_there_is_a_fault_and_loses_nothing, from,
			    to);
	tcase_add_loop_test(tc, a_length_that_lies_overruns_nothing, from, to);
	tcase_add_loop_test(tc, a_member_that_breaks_a_rule_is_refused_and_changes_nothing, from,
			    to);
}

Suite *caller_suite(void)
{
	Suite *suite = suite_create("caller");
	TCase *bpf;

	add(vm_case(suite, "alone", 120, access_setup), 0, FIRST_WITH_BPF);
	bpf = vm_case(suite, "bpf", 120, access_setup);
	tcase_add_unchecked_fixture(bpf, bpf_stand, bpf_stand_down);
	add(bpf, FIRST_WITH_BPF, VM_COUNT(roles));
	return suite;
}

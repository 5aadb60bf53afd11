/* SPDX-License-Identifier: MIT */
/*
 * Proves that a text passes each way byte by byte or not at all, and stays in its
 * namespace. Every test has a network namespace, and so texts, of its own.
 */
#include "vm.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- A text to the kernel ---- */

START_TEST(a_text_set_is_the_last_text_sent)
{
	char text[SOCKOPT_TEXT_MAX], sent[SOCKOPT_TEXT_MAX + 1];
	size_t size = vm_sizes[_i];

	vm_fill(text, size);
	ck_assert_int_eq(vm_text_set(vm_fd, text, size), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)size);
	ck_assert_mem_eq(sent, text, size);
}
END_TEST

START_TEST(a_text_set_replaces_a_longer_one_and_leaves_the_kernels)
{
	char sent[SOCKOPT_TEXT_MAX + 1], text[64];

	ck_assert_int_eq(vm_text_set(vm_fd, "the longer one", 14), 0);
	ck_assert_int_eq(vm_text_set(vm_fd, "short", 5), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 5);
	ck_assert_str_eq(sent, "short");
	ck_assert_int_eq(vm_text_get(vm_fd, text, sizeof(text)), (int)strlen(VM_GREETING));
	ck_assert_mem_eq(text, VM_GREETING, strlen(VM_GREETING));
}
END_TEST

START_TEST(a_text_set_is_read_up_to_the_end_of_memory)
{
	char *text = vm_guarded(vm_sizes[_i]), sent[SOCKOPT_TEXT_MAX + 1];

	vm_fill(text, vm_sizes[_i]);
	vm_read_only(text, vm_sizes[_i]);
	ck_assert_int_eq(vm_text_set(vm_fd, text, vm_sizes[_i]), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)vm_sizes[_i]);
	ck_assert_mem_eq(sent, text, vm_sizes[_i]);
}
END_TEST

START_TEST(an_empty_text_is_refused)
{
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_text_set(vm_fd, "x", 0), -EINVAL);
	ck_assert_int_eq(vm_text_set(vm_fd, NULL, 0), -EINVAL);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused)
{
	static const size_t too_long[] = { 4097, 4098, 8192, 65536 };
	char text[65536];
	int i;

	memset(text, 'x', sizeof(text));
	vm_texts_put(vm_fd);
	for (i = 0; i < VM_COUNT(too_long); i++)
		ck_assert_int_eq(vm_text_set(vm_fd, text, too_long[i]), -EMSGSIZE);
	ck_assert_int_eq(vm_text_set(vm_fd, text, INT_MAX), -EMSGSIZE);
	ck_assert_int_eq(vm_text_set(vm_fd, text, (socklen_t)-1), -EINVAL);
	ck_assert_int_eq(vm_text_set(vm_fd, text, (socklen_t)INT_MIN), -EINVAL);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(a_text_with_a_nul_is_refused)
{
	static const size_t at[] = { 0, 1, 2048, 4094, 4095 };
	char text[SOCKOPT_TEXT_MAX];
	int i;

	vm_texts_put(vm_fd);
	for (i = 0; i < VM_COUNT(at); i++) {
		memset(text, 'x', sizeof(text));
		text[at[i]] = 0;
		ck_assert_int_eq(vm_text_set(vm_fd, text, sizeof(text)), -EINVAL);
	}
	ck_assert_int_eq(vm_text_set(vm_fd, "", 1), -EINVAL);
	ck_assert_int_eq(vm_text_set(vm_fd, "ab", 3), -EINVAL);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(a_text_from_memory_that_is_not_there_is_a_fault)
{
	char *text = vm_guarded(8);

	memset(text, 'x', 8);
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_text_set(vm_fd, NULL, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(vm_fd, (char *)1, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(vm_fd, (char *)UINTPTR_MAX - 4095, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(vm_fd, text, 9), -EFAULT);
	ck_assert_int_eq(vm_text_set(vm_fd, text, SOCKOPT_TEXT_MAX), -EFAULT);
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* ---- A text from the kernel ---- */

START_TEST(the_kernels_first_text_is_a_greeting)
{
	char text[64];

	ck_assert_int_eq(vm_text_get(vm_fd, text, sizeof(text)), (int)strlen(VM_GREETING));
	ck_assert_mem_eq(text, VM_GREETING, strlen(VM_GREETING));
}
END_TEST

START_TEST(a_text_get_into_its_exact_size_brings_every_byte)
{
	const char *text = vm_kernel_text(vm_sizes[_i]);
	char *buf = vm_guarded(vm_sizes[_i]);

	ck_assert_int_eq(vm_text_get(vm_fd, buf, vm_sizes[_i]), (int)vm_sizes[_i]);
	ck_assert_mem_eq(buf, text, vm_sizes[_i]);
}
END_TEST

START_TEST(a_text_get_leaves_the_bytes_behind_the_text)
{
	const char *text = vm_kernel_text(vm_sizes[_i]);
	char buf[2 * SOCKOPT_TEXT_MAX], canary[2 * SOCKOPT_TEXT_MAX];

	memset(buf, VM_CANARY, sizeof(buf));
	memset(canary, VM_CANARY, sizeof(canary));
	ck_assert_int_eq(vm_text_get(vm_fd, buf, sizeof(buf)), (int)vm_sizes[_i]);
	ck_assert_mem_eq(buf, text, vm_sizes[_i]);
	ck_assert_mem_eq(buf + vm_sizes[_i], canary, sizeof(buf) - vm_sizes[_i]);
}
END_TEST

START_TEST(a_text_get_writes_only_the_text_however_large_the_length)
{
	const char *text = vm_kernel_text(vm_sizes[_i]);
	char *buf = vm_guarded(vm_sizes[_i]);

	ck_assert_int_eq(vm_text_get(vm_fd, buf, 1 << 20), (int)vm_sizes[_i]);
	ck_assert_mem_eq(buf, text, vm_sizes[_i]);
	memset(buf, 0, vm_sizes[_i]);
	ck_assert_int_eq(vm_text_get(vm_fd, buf, INT_MAX), (int)vm_sizes[_i]);
	ck_assert_mem_eq(buf, text, vm_sizes[_i]);
}
END_TEST

/* One byte too few, and none at all. */
static void is_too_short(size_t room)
{
	char buf[SOCKOPT_TEXT_MAX], canary[SOCKOPT_TEXT_MAX];
	socklen_t len = (socklen_t)room;

	memset(buf, VM_CANARY, sizeof(buf));
	memset(canary, VM_CANARY, sizeof(canary));
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -ERANGE);
	ck_assert_uint_eq(len, room);
	ck_assert_mem_eq(buf, canary, sizeof(buf));
}

START_TEST(a_text_get_into_a_short_buffer_changes_nothing)
{
	const char *text = vm_kernel_text(vm_sizes[_i]);
	char buf[SOCKOPT_TEXT_MAX];

	is_too_short(vm_sizes[_i] - 1);
	is_too_short(0);
	ck_assert_int_eq(vm_text_get(vm_fd, buf, sizeof(buf)), (int)vm_sizes[_i]);
	ck_assert_mem_eq(buf, text, vm_sizes[_i]);
}
END_TEST

START_TEST(a_text_get_with_a_negative_length_is_refused)
{
	char buf[8] = "canary";
	socklen_t len = (socklen_t)-1;

	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EINVAL);
	ck_assert_int_eq((int)len, -1);
	len = (socklen_t)INT_MIN;
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EINVAL);
	ck_assert_int_eq((int)len, INT_MIN);
	ck_assert_str_eq(buf, "canary");
}
END_TEST

START_TEST(a_text_get_into_memory_that_is_not_there_is_a_fault)
{
	char *buf = vm_guarded(8);
	socklen_t len = SOCKOPT_TEXT_MAX;

	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, NULL, &len), -EFAULT);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, (char *)UINTPTR_MAX - 4095, &len),
			 -EFAULT);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EFAULT);
	ck_assert_uint_eq(len, SOCKOPT_TEXT_MAX);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_TEXT, buf, NULL), -EFAULT);
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* ---- Namespaces ---- */

START_TEST(every_namespace_has_texts_of_its_own)
{
	char text[64] = { 0 }, sent[SOCKOPT_TEXT_MAX + 1];
	int other;

	vm_texts_put(vm_fd);
	vm_new_netns();
	other = vm_raw();
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 0);
	ck_assert_int_eq(vm_text_get(other, text, sizeof(text)), (int)strlen(VM_GREETING));
	ck_assert_str_eq(text, VM_GREETING);
	ck_assert_int_eq(vm_text_set(other, "theirs", 6), 0);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "also", 4), 4);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 6);
	ck_assert_str_eq(sent, "theirs");
	ck_assert_int_eq(vm_text_get(other, text, sizeof(text)), 4);
	ck_assert_mem_eq(text, "also", 4);
}
END_TEST

/* The first one's texts are read after the second one wrote. */
START_TEST(texts_of_another_namespace_do_not_arrive_here)
{
	int home = vm_netns_fd(), other;

	vm_texts_put(vm_fd);
	vm_new_netns();
	other = vm_raw();
	ck_assert_int_eq(vm_text_set(other, "theirs", 6), 0);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "also", 4), 4);
	vm_netns_enter(home);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(the_namespace_is_the_sockets_not_the_callers)
{
	int home = vm_netns_fd();
	char sent[SOCKOPT_TEXT_MAX + 1];

	vm_texts_put(vm_fd);
	vm_new_netns();
	ck_assert_int_eq(vm_text_set(vm_fd, "from afar", 9), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 0);
	vm_netns_enter(home);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 9);
	ck_assert_str_eq(sent, "from afar");
}
END_TEST

/* ---- Suite ---- */

static void add_set(TCase *tc)
{
	tcase_add_loop_test(tc, a_text_set_is_the_last_text_sent, 0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, a_text_set_replaces_a_longer_one_and_leaves_the_kernels);
	tcase_add_loop_test(tc, a_text_set_is_read_up_to_the_end_of_memory, 0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, an_empty_text_is_refused);
	tcase_add_test(tc, a_text_that_is_too_long_is_refused);
	tcase_add_test(tc, a_text_with_a_nul_is_refused);
	tcase_add_test(tc, a_text_from_memory_that_is_not_there_is_a_fault);
}

static void add_get(TCase *tc)
{
	tcase_add_test(tc, the_kernels_first_text_is_a_greeting);
	tcase_add_loop_test(tc, a_text_get_into_its_exact_size_brings_every_byte,
			    0, VM_COUNT(vm_sizes));
	tcase_add_loop_test(tc, a_text_get_leaves_the_bytes_behind_the_text, 0, VM_COUNT(vm_sizes));
	tcase_add_loop_test(tc, a_text_get_writes_only_the_text_however_large_the_length,
			    0, VM_COUNT(vm_sizes));
	tcase_add_loop_test(tc, a_text_get_into_a_short_buffer_changes_nothing,
			    0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, a_text_get_with_a_negative_length_is_refused);
	tcase_add_test(tc, a_text_get_into_memory_that_is_not_there_is_a_fault);
}

static void add_namespaces(TCase *tc)
{
	tcase_add_test(tc, every_namespace_has_texts_of_its_own);
	tcase_add_test(tc, texts_of_another_namespace_do_not_arrive_here);
	tcase_add_test(tc, the_namespace_is_the_sockets_not_the_callers);
}

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");

	add_set(vm_case(suite, "set", 30, vm_setup));
	add_get(vm_case(suite, "get", 30, vm_setup));
	add_namespaces(vm_case(suite, "namespaces", 30, vm_setup));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a CALL that fails has neither handed over its request nor brought a
 * reply (but for one case that uapi.h names).
 */
#include "exchange.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- Refused ---- */

static void is_too_small(size_t reply, size_t room)
{
	prepare("a request", 9);
	vm_texts_put(vm_fd);
	vm_kernel_text(reply);
	x.call.reply_room = (uint32_t)room;
}

START_TEST(a_reply_that_does_not_fit_changes_nothing)
{
	size_t rooms[] = { 0, vm_sizes[_i] - 1, vm_sizes[_i] / 2 };
	struct exchange before;
	socklen_t len = sizeof(x);
	int i;

	for (i = 0; i < VM_COUNT(rooms); i++) {
		is_too_small(vm_sizes[_i], rooms[i]);
		before = x;
		ck_assert_int_eq(call(MESSAGE, &len), -ERANGE);
		ck_assert_uint_eq(len, sizeof(x));
		ck_assert_mem_eq(&x, &before, sizeof(x));
		was_sent("a program sent this", 19);
	}
}
END_TEST

START_TEST(a_request_of_no_bytes_is_refused)
{
	x.call.request_len = 0;
	is_refused(EINVAL);
}
END_TEST

START_TEST(a_request_that_is_too_long_is_refused)
{
	memset(x.text, 'x', sizeof(x.text));
	x.call.request_len = SOCKOPT_TEXT_MAX + 1;
	is_refused(EMSGSIZE);
	x.call.request_len = ROOM;
	is_refused(EMSGSIZE);
	x.call.request_len = INT_MAX;
	is_refused(EMSGSIZE);
	x.call.request_len = UINT32_MAX;
	is_refused(EMSGSIZE);
}
END_TEST

START_TEST(a_request_longer_than_the_buffer_is_refused)
{
	x.call.reply_room = 8;
	is_refused_on(MESSAGE, HEAD + 8, EINVAL);
	is_refused_on(MESSAGE, HEAD, EINVAL);
}
END_TEST

START_TEST(a_reply_room_beyond_the_buffer_is_refused)
{
	static const uint32_t rooms[] = {
		SOCKOPT_TEXT_MAX + 1, ROOM, INT_MAX, 0x80000000,
		UINT32_MAX - HEAD, UINT32_MAX - HEAD + 1, UINT32_MAX,
	};
	int i;

	for (i = 0; i < VM_COUNT(rooms); i++) {
		x.call.reply_room = rooms[i];
		is_refused_on(MESSAGE, HEAD + SOCKOPT_TEXT_MAX, EINVAL);
	}
	x.call.reply_room = 65;
	is_refused_on(MESSAGE, HEAD + 64, EINVAL);
}
END_TEST

START_TEST(a_request_with_a_nul_is_refused)
{
	x.text[0] = 0;
	is_refused(EINVAL);
	prepare("a request", 10);
	is_refused(EINVAL);
	prepare("a\0request", 9);
	is_refused(EINVAL);
}
END_TEST

START_TEST(members_that_must_be_zero_are_refused)
{
	x.call.reply_len = 1;
	is_refused(EINVAL);
	x.call.reply_len = 0;
	x.call.reserved = 1;
	is_refused(EINVAL);
	x.call.reserved = 0x80000000;
	is_refused(EINVAL);
}
END_TEST

/* Sizes that cannot be right in a buffer of HEAD + 64 bytes. */
static const uint32_t bad_sizes[] = {
	0, 4, HEAD - 1, HEAD + 65, SOCKOPT_TEXT_MAX, 0x80000000, UINT32_MAX,
};

START_TEST(a_struct_of_a_wrong_size_is_refused)
{
	int i;

	x.call.reply_room = 64;
	for (i = 0; i < VM_COUNT(bad_sizes); i++) {
		x.call.size = bad_sizes[i];
		is_refused_on(MESSAGE, HEAD + 64, EINVAL);
	}
	x.call.size = HEAD;
	is_refused_on(MESSAGE, HEAD - 1, EINVAL);
	is_refused_on(MESSAGE, 3, EINVAL);
	is_refused_on(MESSAGE, 0, EINVAL);
	is_refused_on(MESSAGE, (socklen_t)-1, EINVAL);
	is_refused_on(MESSAGE, (socklen_t)INT_MIN, EINVAL);
}
END_TEST

START_TEST(a_longer_struct_with_something_unknown_is_refused)
{
	prepare("\0\0\0\0\0\0\0\1text", 12);
	x.call.size = HEAD + 8;
	x.call.request_len = 4;
	is_refused(E2BIG);
}
END_TEST

/* ---- Faults ---- */

static void faults(void *buf, socklen_t len)
{
	socklen_t after = len;

	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_CALL, buf, &after), -EFAULT);
	ck_assert_uint_eq(after, len);
	vm_texts_unchanged(vm_fd);
}

START_TEST(a_struct_that_is_not_there_is_a_fault)
{
	faults(NULL, sizeof(x));
	faults((void *)1, sizeof(x));
	faults((void *)(UINTPTR_MAX - 65535), sizeof(x));
	faults((char *)vm_guarded(2), sizeof(x));
}
END_TEST

START_TEST(a_request_that_is_not_there_is_a_fault)
{
	struct exchange *end = vm_guarded(HEAD + 8);

	memcpy(end, &x, HEAD + 8);
	faults(end, sizeof(x));
}
END_TEST

START_TEST(a_length_that_is_not_there_is_a_fault)
{
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_CALL, &x, NULL), -EFAULT);
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* The one exception to 'an error changes nothing', see uapi.h: the request was handled. */
static void faults_after(void *buf, const char *request)
{
	socklen_t len = sizeof(x);
	char text[64] = { 0 };

	ck_assert_int_eq(vm_write(VM_MESSAGE, "the reply", 9), 9);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_CALL, buf, &len), -EFAULT);
	ck_assert_uint_eq(len, sizeof(x));
	was_sent(request, strlen(request));
	ck_assert_int_eq(vm_text_get(vm_fd, text, sizeof(text)), 9);
	ck_assert_str_eq(text, "the reply");
}

START_TEST(a_reply_that_cannot_be_written_is_a_fault_after_the_request)
{
	struct exchange *end = vm_guarded(sizeof(*end));

	memcpy(end, &x, sizeof(x));
	vm_read_only(end, sizeof(*end));
	faults_after(end, "a request");
	ck_assert_mem_eq(end, &x, sizeof(x));
}
END_TEST

START_TEST(a_reply_room_that_is_not_there_is_a_fault_after_the_request)
{
	struct exchange *end = vm_guarded(HEAD + 8);

	x.call.request_len = 8;
	memcpy(end, &x, HEAD + 8);
	faults_after(end, "a reques");
	ck_assert_uint_eq(end->call.reply_len, 0);
}
END_TEST

/* ---- Suite ---- */

static void add_refused(TCase *tc)
{
	tcase_add_loop_test(tc, a_reply_that_does_not_fit_changes_nothing, 0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, a_request_of_no_bytes_is_refused);
	tcase_add_test(tc, a_request_that_is_too_long_is_refused);
	tcase_add_test(tc, a_request_longer_than_the_buffer_is_refused);
	tcase_add_test(tc, a_reply_room_beyond_the_buffer_is_refused);
	tcase_add_test(tc, a_request_with_a_nul_is_refused);
	tcase_add_test(tc, members_that_must_be_zero_are_refused);
	tcase_add_test(tc, a_struct_of_a_wrong_size_is_refused);
	tcase_add_test(tc, a_longer_struct_with_something_unknown_is_refused);
}

static void add_faults(TCase *tc)
{
	tcase_add_test(tc, a_struct_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_request_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_length_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_reply_that_cannot_be_written_is_a_fault_after_the_request);
	tcase_add_test(tc, a_reply_room_that_is_not_there_is_a_fault_after_the_request);
}

Suite *refusal_suite(void)
{
	Suite *suite = suite_create("refusal");

	add_refused(vm_case(suite, "refused", 30, exchange_setup));
	add_faults(vm_case(suite, "faults", 30, exchange_setup));
	return suite;
}

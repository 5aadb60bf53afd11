/* SPDX-License-Identifier: MIT */
/*
 * Proves that CALL hands a request to the kernel and brings its reply in one system
 * call, of the channel and generation that were meant, and by the library too.
 */
#include "exchange.h"

#include <errno.h>
#include <string.h>

/* ---- Both ways ---- */

START_TEST(a_call_sends_the_request_and_brings_the_reply)
{
	socklen_t len = sizeof(x);

	ck_assert_int_eq(vm_write(VM_MESSAGE, "the reply", 9), 9);
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(len, HEAD + 9);
	ck_assert_uint_eq(x.call.size, HEAD);
	ck_assert_uint_eq(x.call.reply_len, 9);
	ck_assert_mem_eq(x.text, "the reply\x5a", 10);
	was_sent("a request", 9);
}
END_TEST

START_TEST(a_call_leaves_the_members_that_it_does_not_answer)
{
	struct sockopt_call before = x.call;
	socklen_t len = sizeof(x);

	ck_assert_int_eq(call(MESSAGE, &len), 0);
	before.reply_len = x.call.reply_len;
	ck_assert_mem_eq(&x.call, &before, sizeof(before));
}
END_TEST

START_TEST(a_reply_brings_every_byte_into_its_exact_room)
{
	const char *text = vm_kernel_text(vm_sizes[_i]);
	char canary[ROOM];
	socklen_t len;

	x.call.reply_room = (uint32_t)vm_sizes[_i];
	len = (socklen_t)(HEAD + (vm_sizes[_i] > 9 ? vm_sizes[_i] : 9));
	memcpy(canary, x.text, sizeof(canary));
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(len, HEAD + vm_sizes[_i]);
	ck_assert_uint_eq(x.call.reply_len, vm_sizes[_i]);
	ck_assert_mem_eq(x.text, text, vm_sizes[_i]);
	ck_assert_mem_eq(x.text + vm_sizes[_i], canary + vm_sizes[_i], ROOM - vm_sizes[_i]);
	was_sent("a request", 9);
}
END_TEST

START_TEST(a_request_arrives_with_every_byte)
{
	char request[SOCKOPT_TEXT_MAX];
	socklen_t len;

	vm_fill(request, vm_sizes[_i]);
	prepare(request, vm_sizes[_i]);
	x.call.reply_room = 64;
	len = (socklen_t)(HEAD + (vm_sizes[_i] > 64 ? vm_sizes[_i] : 64));
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_mem_eq(x.text, "a message from kernel\n", x.call.reply_len);
	was_sent(request, vm_sizes[_i]);
}
END_TEST

/* The buffer has not a byte more than it needs, and none behind it exists. */
START_TEST(a_call_stays_inside_a_buffer_at_the_end_of_memory)
{
	size_t size = HEAD + vm_sizes[_i];
	struct exchange *end = vm_guarded(size);
	const char *text = vm_kernel_text(vm_sizes[_i]);
	socklen_t len = (socklen_t)size;

	memcpy(&end->call, &x.call, HEAD);
	end->call.request_len = (uint32_t)vm_sizes[_i];
	end->call.reply_room = (uint32_t)vm_sizes[_i];
	memset(end->text, 'x', vm_sizes[_i]);
	ck_assert_int_eq(vm_get(vm_fd, MESSAGE, SOCKOPT_CALL, end, &len), 0);
	ck_assert_uint_eq(len, size);
	ck_assert_mem_eq(end->text, text, vm_sizes[_i]);
}
END_TEST

START_TEST(a_longer_struct_has_request_and_reply_behind_it)
{
	socklen_t len = sizeof(x);

	prepare("\0\0\0\0\0\0\0\0later", 13);
	x.call.size = HEAD + 8;
	x.call.request_len = 5;
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(x.call.size, HEAD + 8);
	ck_assert_uint_eq(len, HEAD + 8 + x.call.reply_len);
	ck_assert_mem_eq(x.text, "\0\0\0\0\0\0\0\0a message from kernel\n\x5a", 31);
	was_sent("later", 5);
}
END_TEST

/* ---- Channel and generation ---- */

START_TEST(the_channels_generation_is_accepted)
{
	socklen_t len = sizeof(x);

	x.call.generation = generation_of("message");
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	was_sent("a request", 9);
}
END_TEST

START_TEST(another_generation_is_stale)
{
	uint32_t right = generation_of("message");

	x.call.generation = right + 1;
	is_refused(ESTALE);
	x.call.generation = generation_of("icmp");
	is_refused(ESTALE);
	x.call.generation = right | 0x80000000;
	is_refused(ESTALE);
	x.call.generation = UINT32_MAX;
	is_refused(ESTALE);
}
END_TEST

START_TEST(an_unknown_channel_is_stale)
{
	is_refused_on(3, sizeof(x), ESTALE);
	is_refused_on(4095, sizeof(x), ESTALE);
}
END_TEST

START_TEST(icmp_takes_no_calls)
{
	is_refused_on(ICMP, sizeof(x), EOPNOTSUPP);
}
END_TEST

START_TEST(a_call_to_channel_0_is_no_option)
{
	is_refused_on(SOCKOPT_CHANNEL_CORE, sizeof(x), ENOPROTOOPT);
}
END_TEST

START_TEST(a_call_by_setsockopt_is_no_option)
{
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_set(vm_fd, MESSAGE, SOCKOPT_CALL, &x, sizeof(x)), -ENOPROTOOPT);
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* ---- Library ---- */

static struct sockopt *so;

static void setup_library(void)
{
	exchange_setup();
	ck_assert_int_eq(sockopt_open(&so), 0);
}

START_TEST(the_library_calls)
{
	char buf[64];

	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(vm_write(VM_MESSAGE, "reply", 5), 5);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, "request", 7, buf, sizeof(buf)), 5);
	ck_assert_mem_eq(buf, "reply\0\x5a", 7);
	was_sent("request", 7);
	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_call(so, MESSAGE, generation_of("message"), "other", 5,
				      buf, 5), 5);
	ck_assert_mem_eq(buf, "reply\x5a", 6);
	was_sent("other", 5);
}
END_TEST

START_TEST(the_library_calls_with_the_longest_texts)
{
	const char *text = vm_kernel_text(SOCKOPT_TEXT_MAX);
	char request[SOCKOPT_TEXT_MAX], buf[SOCKOPT_TEXT_MAX + 1];

	memset(request, 'r', sizeof(request));
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, request, sizeof(request),
				      buf, sizeof(buf)), SOCKOPT_TEXT_MAX);
	ck_assert_mem_eq(buf, text, SOCKOPT_TEXT_MAX);
	ck_assert_int_eq(buf[SOCKOPT_TEXT_MAX], 0);
	was_sent(request, sizeof(request));
}
END_TEST

START_TEST(the_librarys_call_that_fails_changes_nothing)
{
	char text[SOCKOPT_TEXT_MAX + 1], buf[64] = "canary";

	memset(text, 'x', sizeof(text));
	vm_texts_put(vm_fd);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 0, buf, 64), -EINVAL);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, "a\0b", 3, buf, 64), -EINVAL);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, sizeof(text), buf, 64), -EMSGSIZE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, SIZE_MAX, buf, 64), -EMSGSIZE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 9, buf, 4), -ERANGE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 9, NULL, 0), -ERANGE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, UINT32_MAX, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, 3, 0, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, 4096 + MESSAGE, 0, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, ICMP, 0, text, 9, buf, 64), -EOPNOTSUPP);
	ck_assert_str_eq(buf, "canary");
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* ---- Suite ---- */

static void add_both_ways(TCase *tc)
{
	tcase_add_test(tc, a_call_sends_the_request_and_brings_the_reply);
	tcase_add_test(tc, a_call_leaves_the_members_that_it_does_not_answer);
	tcase_add_loop_test(tc, a_reply_brings_every_byte_into_its_exact_room,
			    0, VM_COUNT(vm_sizes));
	tcase_add_loop_test(tc, a_request_arrives_with_every_byte, 0, VM_COUNT(vm_sizes));
	tcase_add_loop_test(tc, a_call_stays_inside_a_buffer_at_the_end_of_memory,
			    0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, a_longer_struct_has_request_and_reply_behind_it);
}

static void add_channel(TCase *tc)
{
	tcase_add_test(tc, the_channels_generation_is_accepted);
	tcase_add_test(tc, another_generation_is_stale);
	tcase_add_test(tc, an_unknown_channel_is_stale);
	tcase_add_test(tc, icmp_takes_no_calls);
	tcase_add_test(tc, a_call_to_channel_0_is_no_option);
	tcase_add_test(tc, a_call_by_setsockopt_is_no_option);
}

static void add_library(TCase *tc)
{
	tcase_add_test(tc, the_library_calls);
	tcase_add_test(tc, the_library_calls_with_the_longest_texts);
	tcase_add_test(tc, the_librarys_call_that_fails_changes_nothing);
}

Suite *call_suite(void)
{
	Suite *suite = suite_create("call");

	add_both_ways(vm_case(suite, "both ways", 30, exchange_setup));
	add_channel(vm_case(suite, "channel", 30, exchange_setup));
	add_library(vm_case(suite, "library", 30, setup_library));
	return suite;
}

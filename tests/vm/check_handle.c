/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library's handle knows INFO, finds channels, and sends and
 * fetches texts.
 */
#include "vm.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static struct sockopt *open_handle(void)
{
	struct sockopt *so = NULL;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_ptr_nonnull(so);
	return so;
}

START_TEST(the_library_opens_a_handle_and_knows_info)
{
	struct sockopt *so = open_handle();

	ck_assert_int_ge(sockopt_fd(so), 0);
	ck_assert_uint_eq(sockopt_info(so)->abi, SOCKOPT_ABI);
	ck_assert_uint_eq(sockopt_info(so)->text_max, SOCKOPT_TEXT_MAX);
	sockopt_close(so);
}
END_TEST

START_TEST(the_library_finds_channels_by_name)
{
	struct sockopt *so = open_handle();
	struct sockopt_channel channel = { .size = sizeof(channel) }, kept;

	ck_assert_int_eq(sockopt_channel(so, "message", &channel), MESSAGE);
	ck_assert_uint_eq(channel.flags, SOCKOPT_CHANNEL_F_TEXTS);
	ck_assert_int_eq(sockopt_channel(so, "icmp", &channel), ICMP);
	ck_assert_uint_eq(channel.flags, SOCKOPT_CHANNEL_F_RECORDS);
	kept = channel;
	ck_assert_int_eq(sockopt_channel(so, "none", &channel), -ENOENT);
	ck_assert_int_eq(sockopt_channel(so, "", &channel), -EINVAL);
	ck_assert_int_eq(sockopt_channel(so, "a-name-of-thirty-two-characters-", &channel),
			 -ENAMETOOLONG);
	ck_assert_mem_eq(&channel, &kept, sizeof(kept));
	sockopt_close(so);
}
END_TEST

START_TEST(the_library_lists_channels)
{
	struct sockopt *so = open_handle();
	struct sockopt_channel channel = { .size = sizeof(channel) };

	ck_assert_int_eq(sockopt_channel_from(so, 0, &channel), MESSAGE);
	ck_assert_str_eq(channel.name, "message");
	ck_assert_int_eq(sockopt_channel_from(so, MESSAGE, &channel), MESSAGE);
	ck_assert_int_eq(sockopt_channel_from(so, MESSAGE + 1, &channel), ICMP);
	ck_assert_str_eq(channel.name, "icmp");
	ck_assert_int_eq(sockopt_channel_from(so, ICMP + 1, &channel), -ENOENT);
	ck_assert_int_eq(sockopt_channel_from(so, UINT_MAX, &channel), -ENOENT);
	sockopt_close(so);
}
END_TEST

START_TEST(the_library_sets_texts)
{
	struct sockopt *so = open_handle();
	char text[SOCKOPT_TEXT_MAX + 1], sent[SOCKOPT_TEXT_MAX + 1];

	vm_fill(text, sizeof(text));
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, SOCKOPT_TEXT_MAX), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), SOCKOPT_TEXT_MAX);
	ck_assert_mem_eq(sent, text, SOCKOPT_TEXT_MAX);
	vm_texts_put(vm_fd);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, 0), -EINVAL);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, sizeof(text)), -EMSGSIZE);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, SIZE_MAX), -EMSGSIZE);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, "a\0b", 3), -EINVAL);
	ck_assert_int_eq(sockopt_text_set(so, ICMP, "x", 1), -EOPNOTSUPP);
	ck_assert_int_eq(sockopt_text_set(so, 3, "x", 1), -ESTALE);
	ck_assert_int_eq(sockopt_text_set(so, 4096 + MESSAGE, "x", 1), -ESTALE);
	ck_assert_int_eq(sockopt_text_set(so, (1U << 28) + MESSAGE, "x", 1), -ESTALE);
	vm_texts_unchanged(vm_fd);
	sockopt_close(so);
}
END_TEST

START_TEST(the_library_puts_a_nul_behind_a_text_if_there_is_room)
{
	struct sockopt *so = open_handle();
	char buf[16];

	ck_assert_int_eq(vm_write(VM_MESSAGE, "hello", 5), 5);
	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, sizeof(buf)), 5);
	ck_assert_mem_eq(buf, "hello\0\x5a", 7);
	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, 6), 5);
	ck_assert_mem_eq(buf, "hello\0\x5a", 7);
	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, 5), 5);
	ck_assert_mem_eq(buf, "hello\x5a", 6);
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, SIZE_MAX), 5);
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, 4), -ERANGE);
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, 0), -ERANGE);
	ck_assert_int_eq(sockopt_text_get(so, ICMP, buf, sizeof(buf)), -EOPNOTSUPP);
	ck_assert_int_eq(sockopt_text_get(so, 3, buf, sizeof(buf)), -ESTALE);
	ck_assert_int_eq(sockopt_text_get(so, 4096 + MESSAGE, buf, sizeof(buf)), -ESTALE);
	sockopt_close(so);
}
END_TEST

Suite *handle_suite(void)
{
	Suite *suite = suite_create("handle");
	TCase *tc = vm_case(suite, "library", 30, vm_setup);

	tcase_add_test(tc, the_library_opens_a_handle_and_knows_info);
	tcase_add_test(tc, the_library_finds_channels_by_name);
	tcase_add_test(tc, the_library_lists_channels);
	tcase_add_test(tc, the_library_sets_texts);
	tcase_add_test(tc, the_library_puts_a_nul_behind_a_text_if_there_is_room);
	return suite;
}

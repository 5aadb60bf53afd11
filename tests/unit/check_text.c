/* SPDX-License-Identifier: MIT */
/* Texts and calls, against the fake kernel. */
#include "fake_kernel.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static struct sockopt *so;

static void set_up(void)
{
	fake_reset();
	ck_assert_int_eq(sockopt_open(&so), 0);
	fake.gets = 0;
}

static void tear_down(void)
{
	sockopt_close(so);
}

START_TEST(a_text_goes_to_its_channel)
{
	ck_assert_int_eq(sockopt_text_set(so, 7, "hi kernel", 9), 0);
	ck_assert_str_eq(fake.said, "hi kernel");
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(7, SOCKOPT_TEXT));
}
END_TEST

START_TEST(a_text_for_a_module_absent_for_a_moment_is_sent_again)
{
	fake.absent = FAKE_TRIES - 1;
	ck_assert_int_eq(sockopt_text_set(so, 7, "hi", 2), 0);
	ck_assert_int_eq(fake.sets, FAKE_TRIES);
	fake.absent = FAKE_TRIES;
	ck_assert_int_eq(sockopt_text_set(so, 7, "hi", 2), -ENOPROTOOPT);
	ck_assert_int_eq(fake.sets, 2 * FAKE_TRIES);
}
END_TEST

START_TEST(an_error_of_the_handler_is_not_tried_again)
{
	fake.text_error = EINTR;
	ck_assert_int_eq(sockopt_text_set(so, 7, "hi", 2), -EINTR);
	ck_assert_int_eq(fake.sets, 1);
}
END_TEST

START_TEST(a_length_beyond_int_never_reaches_the_kernel)
{
	ck_assert_int_eq(sockopt_text_set(so, 7, "hi", (size_t)INT_MAX + 1),
			 -EMSGSIZE);
	ck_assert_int_eq(fake.sets, 0);
}
END_TEST

START_TEST(a_channel_beyond_our_numbers_never_reaches_the_kernel)
{
	static const unsigned int channels[] = {
		SOCKOPT_CHANNELS_MAX, 0x0acb1000, 0x10000000, UINT_MAX,
	};
	char buf[8];
	size_t i;

	for (i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		ck_assert_int_eq(sockopt_text_set(so, channels[i], "hi", 2),
				 -ESTALE);
		ck_assert_int_eq(sockopt_text_get(so, channels[i], buf,
						  sizeof(buf)), -ESTALE);
	}
	ck_assert_int_eq(fake.sets + fake.gets, 0);
}
END_TEST

START_TEST(a_text_comes_with_a_nul_if_there_is_room)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, 7, buf, sizeof(buf)), 5);
	ck_assert_str_eq(buf, "hello");
}
END_TEST

START_TEST(a_text_that_just_fits_comes_without_a_nul)
{
	char buf[] = "xxxxxxxx";

	ck_assert_int_eq(sockopt_text_get(so, 7, buf, 5), 5);
	ck_assert_str_eq(buf, "helloxxx");
}
END_TEST

/* The kernel writes no more than there is room for; what it says of it is not believed. */
static int tell_too_much(int operation, void *buf, socklen_t *len)
{
	(void)operation;
	(void)buf;
	*len += 1;
	return 0;
}

START_TEST(a_text_longer_than_its_buffer_is_an_error)
{
	char buf[] = "xxxxxxxx";

	fake.answer = tell_too_much;
	ck_assert_int_eq(sockopt_text_get(so, 7, buf, 4), -EPROTO);
	ck_assert_str_eq(buf, "xxxxxxxx");
}
END_TEST

START_TEST(a_buffer_too_small_for_the_text_stays_as_it_was)
{
	char buf[] = "xxxxxxxx";

	ck_assert_int_eq(sockopt_text_get(so, 7, buf, 4), -ERANGE);
	ck_assert_str_eq(buf, "xxxxxxxx");
}
END_TEST

START_TEST(a_call_carries_the_request_and_brings_the_reply)
{
	char buf[8];

	ck_assert_int_eq(sockopt_call(so, 7, 3, "what", 4, buf, sizeof(buf)), 5);
	ck_assert_str_eq(buf, "hello");
	ck_assert_str_eq(fake.said, "what");
	ck_assert_uint_eq(fake.call.size, sizeof(fake.call));
	ck_assert_uint_eq(fake.call.generation, 3);
	ck_assert_uint_eq(fake.call.request_len, 4);
	ck_assert_uint_eq(fake.call.reply_room, sizeof(buf));
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(7, SOCKOPT_CALL));
}
END_TEST

START_TEST(a_reply_that_just_fits_comes_without_a_nul)
{
	char buf[] = "xxxxxxxx";

	ck_assert_int_eq(sockopt_call(so, 7, 0, "what", 4, buf, 5), 5);
	ck_assert_str_eq(buf, "helloxxx");
}
END_TEST

START_TEST(a_reply_without_room_leaves_the_buffer_alone)
{
	char buf[] = "xxxxxxxx";

	ck_assert_int_eq(sockopt_call(so, 7, 0, "what", 4, buf, 4), -ERANGE);
	ck_assert_int_eq(sockopt_call(so, 7, 0, "what", 4, NULL, 0), -ERANGE);
	ck_assert_str_eq(buf, "xxxxxxxx");
}
END_TEST

START_TEST(a_request_has_1_to_4096_bytes)
{
	char text[SOCKOPT_TEXT_MAX + 1];
	char buf[2 * SOCKOPT_TEXT_MAX];

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(sockopt_call(so, 7, 0, text, 0, buf, 8), -EINVAL);
	ck_assert_int_eq(sockopt_call(so, 7, 0, text, sizeof(text), buf, 8),
			 -EMSGSIZE);
	ck_assert_int_eq(fake.gets, 0);
	ck_assert_int_eq(sockopt_call(so, 7, 0, text, SOCKOPT_TEXT_MAX, buf,
				      sizeof(buf)), 5);
	ck_assert_uint_eq(strlen(fake.said), SOCKOPT_TEXT_MAX);
	ck_assert_uint_eq(fake.call.reply_room, SOCKOPT_TEXT_MAX);
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_text_goes_to_its_channel);
	tcase_add_test(tc, a_text_for_a_module_absent_for_a_moment_is_sent_again);
	tcase_add_test(tc, an_error_of_the_handler_is_not_tried_again);
	tcase_add_test(tc, a_length_beyond_int_never_reaches_the_kernel);
	tcase_add_test(tc, a_channel_beyond_our_numbers_never_reaches_the_kernel);
	tcase_add_test(tc, a_text_comes_with_a_nul_if_there_is_room);
	tcase_add_test(tc, a_text_that_just_fits_comes_without_a_nul);
	tcase_add_test(tc, a_text_longer_than_its_buffer_is_an_error);
	tcase_add_test(tc, a_buffer_too_small_for_the_text_stays_as_it_was);
	tcase_add_test(tc, a_call_carries_the_request_and_brings_the_reply);
	tcase_add_test(tc, a_reply_that_just_fits_comes_without_a_nul);
	tcase_add_test(tc, a_reply_without_room_leaves_the_buffer_alone);
	tcase_add_test(tc, a_request_has_1_to_4096_bytes);
	suite_add_tcase(suite, tc);
	return suite;
}

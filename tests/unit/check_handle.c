/* SPDX-License-Identifier: MIT */
/* The handle and the channel look-up, against the fake kernel. */
#include "fake_kernel.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

START_TEST(open_asks_info_and_keeps_it)
{
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(0, SOCKOPT_INFO));
	ck_assert_uint_eq(sockopt_info(so)->abi, SOCKOPT_ABI);
	ck_assert_uint_eq(sockopt_info(so)->text_max, SOCKOPT_TEXT_MAX);
	ck_assert(fake_is_open(sockopt_fd(so)));
	sockopt_close(so);
}
END_TEST

START_TEST(a_version_without_nul_gets_one)
{
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_uint_eq(strlen(sockopt_info(so)->version), 15);
	sockopt_close(so);
}
END_TEST

START_TEST(close_closes_the_socket_and_takes_null)
{
	struct sockopt *so;
	int before = fake_count_open();

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(fake_count_open(), before + 1);
	sockopt_close(so);
	ck_assert_int_eq(fake_count_open(), before);
	sockopt_close(NULL);
}
END_TEST

/* Open must fail like this, with nothing left behind. */
static void fail_to_open(int err)
{
	struct sockopt *so = (struct sockopt *)&fake;
	int before = fake_count_open();

	ck_assert_int_eq(sockopt_open(&so), -err);
	ck_assert_ptr_null(so);
	ck_assert_int_eq(fake_count_open(), before);
}

START_TEST(open_without_the_right_says_so)
{
	fake.socket_error = EPERM;
	fail_to_open(EPERM);
}
END_TEST

START_TEST(open_without_the_module_says_so)
{
	fake.absent = 1000;
	fail_to_open(ENOPROTOOPT);
	ck_assert_int_eq(fake.gets, FAKE_TRIES);
}
END_TEST

START_TEST(open_refuses_another_abi)
{
	fake.abi = SOCKOPT_ABI + 1;
	fail_to_open(EPROTO);
}
END_TEST

START_TEST(a_module_that_is_absent_for_a_moment_is_asked_again)
{
	struct sockopt *so;

	fake.absent = FAKE_TRIES - 1;
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(fake.gets, FAKE_TRIES);
	sockopt_close(so);
}
END_TEST

/* Another module may take so long to leave; one that is absent is known soon. */
static long ms_without_module(void)
{
	struct timespec start, end;

	fake.absent = 1000;
	clock_gettime(CLOCK_MONOTONIC, &start);
	fail_to_open(ENOPROTOOPT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
}

START_TEST(a_module_is_waited_for_a_quarter_of_a_second)
{
	ck_assert_int_ge(ms_without_module(), 250);
}
END_TEST

static void ignore(int number)
{
	(void)number;
}

/* A thousand in a second, as of O_ASYNC or of a profiler. */
START_TEST(signals_do_not_shorten_what_a_module_is_waited_for)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	const struct sigaction action = { .sa_handler = ignore };
	long waited;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	waited = ms_without_module();
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_int_ge(waited, 250);
}
END_TEST

START_TEST(the_module_itself_has_no_texts_and_no_records)
{
	struct sockopt_stream *st;
	struct sockopt *so;
	char text[8];
	int gets;

	ck_assert_int_eq(sockopt_open(&so), 0);
	gets = fake.gets;
	ck_assert_int_eq(sockopt_text_set(so, 0, "text", 4), -ESTALE);
	ck_assert_int_eq((int)sockopt_text_get(so, 0, text, sizeof(text)), -ESTALE);
	ck_assert_int_eq((int)sockopt_call(so, 0, 0, "text", 4, text, sizeof(text)), -ESTALE);
	ck_assert_int_eq(sockopt_stream_open(&st, so, 0, NULL), -ESTALE);
	ck_assert_int_eq(fake.gets, gets);
	ck_assert_int_eq(fake.sets, 0);
	sockopt_close(so);
}
END_TEST

START_TEST(a_channel_is_found_by_name)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_channel(so, "icmp", &channel),
			 SOCKOPT_CHANNEL_ICMP);
	ck_assert_uint_eq(channel.id, SOCKOPT_CHANNEL_ICMP);
	ck_assert_uint_eq(channel.generation, 5);
	ck_assert_uint_eq(fake.channel.id, 0);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(0, SOCKOPT_CHANNEL));
	sockopt_close(so);
}
END_TEST

START_TEST(a_channel_that_is_not_found_leaves_the_struct_alone)
{
	struct sockopt_channel channel, before;
	struct sockopt *so;

	memset(&channel, 0x55, sizeof(channel));
	before = channel;
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_channel(so, "none", &channel), -ENOENT);
	ck_assert_mem_eq(&channel, &before, sizeof(channel));
	sockopt_close(so);
}
END_TEST

START_TEST(a_channel_name_has_1_to_31_bytes)
{
	char name[] = "0123456789012345678901234567890x";
	struct sockopt_channel channel = { .size = sizeof(channel) };
	struct sockopt *so;
	int gets;

	ck_assert_int_eq(sockopt_open(&so), 0);
	gets = fake.gets;
	ck_assert_int_eq(sockopt_channel(so, "", &channel), -EINVAL);
	ck_assert_int_eq(sockopt_channel(so, name, &channel), -ENAMETOOLONG);
	ck_assert_int_eq(fake.gets, gets);
	name[31] = '\0';
	ck_assert_int_eq(sockopt_channel(so, name, &channel), -ENOENT);
	ck_assert_str_eq(fake.channel.name, name);
	sockopt_close(so);
}
END_TEST

START_TEST(a_struct_of_a_newer_caller_is_filled_as_far_as_it_is_known)
{
	struct {
		struct sockopt_channel channel;
		char added[16];
	} newer = { .channel.size = sizeof(newer), .added = "untouched" };
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_gt(sockopt_channel(so, "icmp", &newer.channel), 0);
	ck_assert_uint_eq(newer.channel.size, sizeof(newer));
	ck_assert_str_eq(newer.channel.name, "icmp");
	ck_assert_str_eq(newer.added, "untouched");
	sockopt_close(so);
}
END_TEST

START_TEST(a_struct_shorter_than_any_version_is_refused_and_left_alone)
{
	struct sockopt_channel channel, before;
	struct sockopt *so;

	memset(&channel, 0x55, sizeof(channel));
	channel.size = sizeof(channel) - 1;
	before = channel;
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_channel(so, "icmp", &channel), -EINVAL);
	ck_assert_mem_eq(&channel, &before, sizeof(channel));
	sockopt_close(so);
}
END_TEST

START_TEST(channels_are_listed_by_id_until_there_is_no_more)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_channel_from(so, 1, &channel), 2);
	ck_assert_uint_eq(fake.channel.id, 1);
	ck_assert_str_eq(fake.channel.name, "");
	ck_assert_str_eq(channel.name, "icmp");
	ck_assert_int_eq(sockopt_channel_from(so, 3, &channel), -ENOENT);
	sockopt_close(so);
}
END_TEST

static uint32_t told_id;

static int tell_id(int operation, void *buf, socklen_t *len)
{
	struct sockopt_channel *channel = buf;

	(void)len;
	if (operation == SOCKOPT_CHANNEL)
		channel->id = told_id;
	return operation != SOCKOPT_CHANNEL;
}

/* Whoever lists channels by id + 1 would never end, or count beyond INT_MAX. */
START_TEST(a_channel_that_was_not_asked_for_is_none)
{
	static const uint32_t ids[] = { 0, 6, SOCKOPT_CHANNELS_MAX, INT_MAX, UINT32_MAX };
	struct sockopt_channel channel, before;
	struct sockopt *so;
	size_t i;

	memset(&channel, 0x55, sizeof(channel));
	channel.size = sizeof(channel);
	before = channel;
	fake.answer = tell_id;
	ck_assert_int_eq(sockopt_open(&so), 0);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		told_id = ids[i];
		ck_assert_int_eq(sockopt_channel_from(so, 7, &channel), -EPROTO);
		ck_assert_mem_eq(&channel, &before, sizeof(channel));
	}
	told_id = 0;
	ck_assert_int_eq(sockopt_channel(so, "icmp", &channel), -EPROTO);
	told_id = 7;
	ck_assert_int_eq(sockopt_channel_from(so, 7, &channel), 7);
	sockopt_close(so);
}
END_TEST

Suite *handle_suite(void)
{
	Suite *suite = suite_create("handle");
	TCase *tc = tcase_create("handle");

	tcase_add_checked_fixture(tc, fake_reset, NULL);
	tcase_add_test(tc, open_asks_info_and_keeps_it);
	tcase_add_test(tc, a_version_without_nul_gets_one);
	tcase_add_test(tc, close_closes_the_socket_and_takes_null);
	tcase_add_test(tc, open_without_the_right_says_so);
	tcase_add_test(tc, open_without_the_module_says_so);
	tcase_add_test(tc, open_refuses_another_abi);
	tcase_add_test(tc, a_module_that_is_absent_for_a_moment_is_asked_again);
	tcase_add_test(tc, a_module_is_waited_for_a_quarter_of_a_second);
	tcase_add_test(tc, signals_do_not_shorten_what_a_module_is_waited_for);
	tcase_add_test(tc, the_module_itself_has_no_texts_and_no_records);
	tcase_add_test(tc, a_channel_is_found_by_name);
	tcase_add_test(tc, a_channel_that_is_not_found_leaves_the_struct_alone);
	tcase_add_test(tc, a_channel_name_has_1_to_31_bytes);
	tcase_add_test(tc, a_struct_of_a_newer_caller_is_filled_as_far_as_it_is_known);
	tcase_add_test(tc, a_struct_shorter_than_any_version_is_refused_and_left_alone);
	tcase_add_test(tc, channels_are_listed_by_id_until_there_is_no_more);
	tcase_add_test(tc, a_channel_that_was_not_asked_for_is_none);
	suite_add_tcase(suite, tc);
	return suite;
}

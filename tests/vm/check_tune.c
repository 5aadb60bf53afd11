/* SPDX-License-Identifier: MIT */
/*
 * Proves that TUNE takes the arguments that uapi.h allows and refuses all others, asks
 * for the right that it needs, and changes nothing when it fails.
 */
#include "access.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS 64
#define WAKE SOCKOPT_TUNE_F_WAKE
#define FILTER SOCKOPT_TUNE_F_FILTER

static struct vm_reader reader;
static int pinger;

static struct sockopt_filter requests_only(void)
{
	return vm_filter_types((const int[]){ ECHO_REQUEST, -1 });
}

static struct sockopt_filter replies_only(void)
{
	return vm_filter_types((const int[]){ ECHO_REPLY, -1 });
}

static void setup(void)
{
	struct sockopt_filter filter = requests_only();

	access_setup();
	pinger = vm_sender();
	vm_reader_open(&reader, SLOTS, 0, SLOTS);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), 0);
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, 2, SOCKOPT_WAKE_DELAY_NONE), 0);
}

/* The number that fdinfo has. */
static unsigned long told(const char *name)
{
	char path[64], buf[4096], *at;
	unsigned long value;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", reader.stream);
	ck_assert_int_gt(vm_read(path, buf, sizeof(buf)), 0);
	at = strstr(buf, name);
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at + strlen(name), ":%lu", &value), 1);
	return value;
}

static void expect_wake(uint32_t records, uint32_t delay_us)
{
	ck_assert_uint_eq(told("sockopt-wake-records"), records);
	ck_assert_uint_eq(told("sockopt-wake-delay-us"), delay_us);
}

/* As setup left it: a ping's request is wanted and its reply is not. */
static void expect_unchanged(void)
{
	expect_wake(2, SOCKOPT_WAKE_DELAY_NONE);
	while (vm_reader_take(&reader) > 0)
		;
	vm_echo(pinger, VM_LO, 7, 1, 0, 0);
	vm_echo(pinger, VM_LO, 7, 2, 0, 0);
	ck_assert_int_eq(vm_events(reader.stream, 5000), 1);
	ck_assert_int_eq(vm_reader_take(&reader), 2);
	vm_expect_nothing(&reader);
}

/* ---- Arguments ---- */

static const struct {
	const char *what;
	struct sockopt_tune tune;
	int behind;		/* bytes more or fewer than filter_len says */
	int error;
} bad[] = {
	{ "no flag", { .flags = 0 }, 0, EINVAL },
	{ "an unknown flag", { .flags = 4 }, 0, EINVAL },
	{ "an unknown flag beside known ones", { .flags = WAKE | FILTER | 0x80000000 }, 0, EINVAL },
	{ "reserved", { .flags = WAKE, .reserved = 1 }, 0, EINVAL },
	{ "reserved, high bit", { .flags = WAKE, .reserved = 0x80000000 }, 0, EINVAL },
	{ "wake_records beyond slots", { .flags = WAKE, .wake_records = SLOTS + 1 }, 0, EINVAL },
	{ "wake_records 2^32 - 1", { .flags = WAKE, .wake_records = UINT32_MAX }, 0, EINVAL },
	{ "wake_records without its flag", { .flags = FILTER, .wake_records = 1 }, 0, EINVAL },
	{ "wake_delay_us without its flag", { .flags = FILTER, .wake_delay_us = 1 }, 0, EINVAL },
	{ "a filter without its flag", { .flags = WAKE, .filter_len = 192 }, 0, EINVAL },
	{ "filter_len too small", { .flags = FILTER, .filter_len = 191 }, 1, EINVAL },
	{ "filter_len too large", { .flags = FILTER, .filter_len = 193 }, -1, EINVAL },
	{ "filter_len 0 before a filter", { .flags = FILTER, .filter_len = 0 }, 192, EINVAL },
	{ "filter_len 1", { .flags = FILTER, .filter_len = 1 }, 0, EINVAL },
	{ "filter_len 2^32 - 1", { .flags = FILTER, .filter_len = UINT32_MAX }, 193, EINVAL },
	{ "a good wake-up and a bad filter",
	  { .flags = WAKE | FILTER, .wake_records = 9, .filter_len = 191 }, 0, EINVAL },
	{ "a good filter and a bad wake-up",
	  { .flags = WAKE | FILTER, .wake_records = SLOTS + 1, .filter_len = 192 }, 0, EINVAL },
};

START_TEST(tune_refuses_arguments_and_changes_nothing)
{
	struct {
		struct sockopt_tune tune;
		struct sockopt_filter filter;
	} value = { bad[_i].tune, replies_only() };
	socklen_t len;

	value.tune.size = sizeof(value.tune);
	len = (socklen_t)(sizeof(value.tune) + bad[_i].tune.filter_len +
			  (unsigned int)bad[_i].behind);
	ck_assert_msg(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, &value, len) == -bad[_i].error,
		      "%s", bad[_i].what);
	expect_unchanged();
}
END_TEST

START_TEST(tune_follows_the_rules_of_size)
{
	struct {
		struct sockopt_tune tune;
		char tail[2 * sizeof(struct sockopt_tune)];
	} value = { .tune = { .flags = WAKE, .wake_records = 3 } };
	uint32_t size, len;

	for (len = 0; len <= 2 * sizeof(value.tune); len++)
		for (size = 0; size <= len + 1; size++) {
			value.tune.size = size;
			ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, &value, len),
					 size >= sizeof(value.tune) && size == len ? 0 : -EINVAL);
		}
	expect_wake(3, SOCKOPT_WAKE_DELAY_DEFAULT);
	value.tune.wake_records = 4;
	value.tune.size = 2 * sizeof(value.tune);
	value.tail[sizeof(value.tune) - 1] = 1;
	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, &value, value.tune.size), -E2BIG);
	expect_wake(3, SOCKOPT_WAKE_DELAY_DEFAULT);
}
END_TEST

START_TEST(a_filter_behind_a_longer_struct_is_found)
{
	struct {
		struct sockopt_tune tune;
		char more[8];
		struct sockopt_filter filter;
	} value = { { sizeof(value.tune) + 8, FILTER, 0, 0, sizeof(value.filter), 0 }, { 0 },
		    replies_only() };

	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, &value, sizeof(value)), 0);
	vm_echo(pinger, VM_LO, 7, 1, 0, 0);
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	ck_assert_uint_eq(sockopt_record_data(vm_record(&reader.batch, 0))[20], ECHO_REPLY);
}
END_TEST

START_TEST(tune_of_an_endless_value_is_refused)
{
	size_t len = 64 * VM_PAGE;
	void *value = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockopt_tune tune = { .size = sizeof(tune), .flags = FILTER,
				     .filter_len = (uint32_t)(len - sizeof(tune)) };

	ck_assert_ptr_ne(value, MAP_FAILED);
	memcpy(value, &tune, sizeof(tune));
	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, value, (socklen_t)len), -E2BIG);
	expect_unchanged();
}
END_TEST

START_TEST(tune_of_a_value_that_cannot_be_read_is_efault)
{
	struct sockopt_tune *tune = vm_guarded(sizeof(*tune));

	*tune = (struct sockopt_tune){ .size = sizeof(*tune), .flags = FILTER, .filter_len = 192 };
	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, tune, sizeof(*tune) + 192),
			 -EFAULT);
	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_TUNE, NULL, sizeof(*tune)), -EFAULT);
	expect_unchanged();
}
END_TEST

static const struct {
	uint32_t records, delay;	/* as asked */
	uint32_t then, after;		/* as told */
} wakes[] = {
	{ 0, 0, 1, SOCKOPT_WAKE_DELAY_DEFAULT }, { SLOTS, 1, SLOTS, 1 },
	{ 1, SOCKOPT_WAKE_DELAY_NONE, 1, SOCKOPT_WAKE_DELAY_NONE },
	{ 0, UINT32_MAX - 1, 1, UINT32_MAX - 1 }, { 5, 0, 5, SOCKOPT_WAKE_DELAY_DEFAULT },
};

START_TEST(tune_accepts_the_limits_of_a_wake_up)
{
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, wakes[_i].records, wakes[_i].delay), 0);
	expect_wake(wakes[_i].then, wakes[_i].after);
}
END_TEST

START_TEST(both_are_tuned_in_one_call)
{
	struct sockopt_filter filter = replies_only();
	struct sockopt_tune tune = { sizeof(tune), WAKE | FILTER, 7, 8, sizeof(filter), 0 };

	ck_assert_int_eq(vm_tune(reader.sock, ICMP, &tune, &filter, NULL), 0);
	expect_wake(7, 8);
	vm_echo(pinger, VM_LO, 7, 1, 0, 0);
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	ck_assert_uint_eq(sockopt_record_data(vm_record(&reader.batch, 0))[20], ECHO_REPLY);
	vm_expect_nothing(&reader);
}
END_TEST

/* ---- Streams that are not there, or have ended ---- */

static void expect_not_connected(int raw, unsigned int channel)
{
	struct sockopt_filter filter = vm_filter_all();

	ck_assert_int_eq(vm_tune_wake(raw, channel, 1, 0), -ENOTCONN);
	ck_assert_int_eq(vm_tune_filter(raw, channel, &filter, NULL), -ENOTCONN);
	ck_assert_int_eq(vm_tune_filter(raw, channel, NULL, NULL), -ENOTCONN);
}

START_TEST(a_socket_without_a_stream_has_nothing_to_tune)
{
	expect_not_connected(vm_raw(), ICMP);
	expect_not_connected(reader.sock, MESSAGE);
	ck_assert_int_eq(vm_tune_wake(reader.sock, 9, 1, 0), -ENOTCONN);
	ck_assert_int_eq(vm_tune_filter(reader.sock, 9, NULL, NULL), -ESTALE);
	ck_assert_int_eq(vm_tune_wake(reader.sock, CORE, 1, 0), -ENOPROTOOPT);
	close(reader.stream);
	expect_not_connected(reader.sock, ICMP);
}
END_TEST

START_TEST(an_ended_stream_is_tuned_to_no_effect)
{
	struct sockopt_filter filter = vm_filter_all();

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, 3, 4), 0);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), 0);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, NULL, NULL), 0);
	vm_echo(pinger, VM_LO, 7, 1, 0, 0);
	ck_assert_int_eq(vm_events(reader.stream, 0), POLLIN | POLLHUP);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
}
END_TEST

/* ---- Rights ---- */

static void tune_as_nobody(void)
{
	struct sockopt_filter filter = vm_filter_all();
	struct sockopt_tune both = { sizeof(both), WAKE | FILTER, 9, 9, sizeof(filter), 0 };

	vm_become_any_user();	/* older kernels show their fdinfo only to who can be dumped */
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), -EPERM);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, NULL, NULL), -EPERM);
	ck_assert_int_eq(vm_tune(reader.sock, ICMP, &both, &filter, NULL), -EPERM);
	expect_wake(2, SOCKOPT_WAKE_DELAY_NONE);
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, 5, 6), 0);
	expect_wake(5, 6);
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, 2, SOCKOPT_WAKE_DELAY_NONE), 0);
}

START_TEST(nobody_tunes_the_wake_up_and_no_filter)
{
	in_child(tune_as_nobody);
	expect_unchanged();
}
END_TEST

static void tune_as_net_raw(void)
{
	struct sockopt_filter filter = requests_only();

	set_capabilities(BIT(CAP_NET_RAW), BIT(CAP_NET_RAW));
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), 0);
}

static void tune_without_net_raw(void)
{
	uint64_t rest = all_capabilities() & ~BIT(CAP_NET_RAW);
	struct sockopt_filter filter = vm_filter_all();

	set_capabilities(rest, rest);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), -EPERM);
}

START_TEST(net_raw_is_what_a_filter_needs)
{
	in_child(tune_as_net_raw);
	in_child(tune_without_net_raw);
	expect_unchanged();
}
END_TEST

/* ---- Suite ---- */

Suite *tune_suite(void)
{
	Suite *suite = suite_create("tune");
	TCase *tc = access_case(suite, "tune", setup);

	tcase_add_loop_test(tc, tune_refuses_arguments_and_changes_nothing, 0, VM_COUNT(bad));
	tcase_add_test(tc, tune_follows_the_rules_of_size);
	tcase_add_test(tc, a_filter_behind_a_longer_struct_is_found);
	tcase_add_test(tc, tune_of_an_endless_value_is_refused);
	tcase_add_test(tc, tune_of_a_value_that_cannot_be_read_is_efault);
	tcase_add_loop_test(tc, tune_accepts_the_limits_of_a_wake_up, 0, VM_COUNT(wakes));
	tcase_add_test(tc, both_are_tuned_in_one_call);
	tcase_add_test(tc, a_socket_without_a_stream_has_nothing_to_tune);
	tcase_add_test(tc, an_ended_stream_is_tuned_to_no_effect);
	tcase_add_test(tc, nobody_tunes_the_wake_up_and_no_filter);
	tcase_add_test(tc, net_raw_is_what_a_filter_needs);
	return suite;
}

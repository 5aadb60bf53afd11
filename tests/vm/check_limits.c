/* SPDX-License-Identifier: MIT */
/*
 * Proves that a namespace has as many streams, and as many bytes of rings, as
 * net.sockopt allows, and no more.
 */
#include "access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* OPEN on a new socket: the stream, or -errno. */
static int open_one(uint32_t slots)
{
	struct sockopt_open args = vm_open_args();
	int any = vm_raw(), ret;

	args.slots = slots;
	ret = vm_open(any, ICMP, &args);
	close(any);
	return ret;
}

START_TEST(no_more_streams_than_streams_max)
{
	int streams[3], i;

	ck_assert_int_eq(vm_sysctl_set("streams_max", "3"), 0);
	for (i = 0; i < 3; i++) {
		streams[i] = open_one(2);
		ck_assert_int_ge(streams[i], 0);
	}
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 3);
	close(streams[1]);
	streams[1] = open_one(2);
	ck_assert_int_ge(streams[1], 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 3);
}
END_TEST

START_TEST(streams_max_of_0_allows_none)
{
	ck_assert_int_eq(vm_sysctl_set("streams_max", "0"), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_default_of_streams_max_is_reached)
{
	const struct rlimit enough = { 4096, 4096 };
	int i;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &enough), 0);
	for (i = 0; i < 1024; i++)
		ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 1024);
}
END_TEST

/* Every failed OPEN gives back what it had taken: as many as the limit allows, twice. */
START_TEST(an_open_that_fails_counts_for_no_limit)
{
	struct sockopt_open args, again;
	int i;

	ck_assert_int_eq(vm_sysctl_set("streams_max", "2"), 0);
	vm_stream(vm_fd, 2, &args);
	for (i = 0; i < 4; i++) {
		again = vm_open_args();
		ck_assert_int_eq(vm_open(vm_fd, ICMP, &again), -EBUSY);
	}
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

/* What a ring of icmp with these slots takes, in whole pages: data, and two. */
static unsigned long ring_bytes(unsigned long slots, unsigned long slot_size)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);

	return 2 * page + (slots * slot_size + page - 1) / page * page;
}

/* Asked without a stream, whose memory would count. */
static unsigned long default_slot_size(void)
{
	struct sockopt_channel args = { .size = sizeof(args), .id = ICMP };
	socklen_t len = sizeof(args);

	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, &args, &len), 0);
	return sockopt_ring_slot_size(args.snaplen);
}

static void set_ring_bytes_max(unsigned long bytes)
{
	char value[32];

	snprintf(value, sizeof(value), "%lu", bytes);
	ck_assert_int_eq(vm_sysctl_set("ring_bytes_max", value), 0);
}

static int last_stream;

/* The memory of a closed stream counts until it is free, a moment after the close. */
static bool has_room(void *slots)
{
	last_stream = open_one(*(uint32_t *)slots);
	ck_assert_msg(last_stream >= 0 || last_stream == -ENOSPC, "OPEN: %s",
		      strerror(-last_stream));
	return last_stream >= 0;
}

START_TEST(no_more_bytes_than_ring_bytes_max)
{
	unsigned long bytes = ring_bytes(512, default_slot_size());
	uint32_t slots = 512;

	set_ring_bytes_max(bytes - 1);
	ck_assert_int_eq(open_one(512), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 0);
	set_ring_bytes_max(bytes);
	ck_assert(has_room(&slots));
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(close(last_stream), 0);
	vm_wait(has_room, &slots, "room for one ring again");
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

START_TEST(a_limit_that_is_lowered_ends_no_stream)
{
	int stream = open_one(2);

	ck_assert_int_ge(stream, 0);
	ck_assert_int_eq(vm_sysctl_set("streams_max", "0"), 0);
	set_ring_bytes_max(0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	close(stream);
	vm_sysctls_reset();
	ck_assert_int_ge(open_one(2), 0);
}
END_TEST

START_TEST(the_largest_ring_is_more_than_the_default_allows)
{
	struct sockopt_open args = vm_open_args();

	args.slots = SOCKOPT_SLOTS_MAX;
	args.snaplen = SOCKOPT_SNAPLEN_MAX;
	open_is_refused(ICMP, &args, sizeof(args), ENOSPC);
}
END_TEST

START_TEST(limits_are_counted_for_each_namespace)
{
	ck_assert_int_eq(vm_sysctl_set("streams_max", "1"), 0);
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	vm_new_netns();
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

Suite *limits_suite(void)
{
	Suite *suite = suite_create("limits");
	TCase *tc = access_case(suite, "limits", access_setup);

	tcase_add_test(tc, no_more_streams_than_streams_max);
	tcase_add_test(tc, streams_max_of_0_allows_none);
	tcase_add_test(tc, the_default_of_streams_max_is_reached);
	tcase_add_test(tc, an_open_that_fails_counts_for_no_limit);
	tcase_add_test(tc, no_more_bytes_than_ring_bytes_max);
	tcase_add_test(tc, a_limit_that_is_lowered_ends_no_stream);
	tcase_add_test(tc, the_largest_ring_is_more_than_the_default_allows);
	tcase_add_test(tc, limits_are_counted_for_each_namespace);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream is opened as asked or not at all, that it lives as long as
 * its descriptors, and that each subscriber has a ring of its own.
 */
#include "sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- Opening ---- */

START_TEST(the_geometry_is_told_as_it_was_taken)
{
	struct sockopt_open args = vm_open_args();
	int fd = vm_raw();

	ck_assert_int_ge(vm_open(fd, ICMP, &args), 0);
	ck_assert_uint_eq(args.size, sizeof(args));
	ck_assert_uint_eq(args.slots, SOCKOPT_SLOTS_DEFAULT);
	ck_assert_uint_eq(args.snaplen, 96);
	ck_assert_uint_eq(args.slot_size, SLOT_SIZE);
	ck_assert_uint_eq(args.wake_records, 1);
	ck_assert_uint_eq(args.wake_delay_us, SOCKOPT_WAKE_DELAY_DEFAULT);
	ck_assert_uint_eq(args.flags, 0);
	ck_assert_uint_eq(args.reserved, 0);
}
END_TEST

START_TEST(every_size_of_ring_can_be_had)
{
	struct sockopt_open args;

	vm_stream(vm_raw(), 2U << _i, &args);
	ck_assert_uint_eq(args.slots, 2U << _i);
	ck_assert_uint_eq(args.slot_size, SLOT_SIZE);
}
END_TEST

START_TEST(a_slot_is_header_and_snap_length_rounded_up_to_64)
{
	static const uint32_t sizes[][2] = {
		{ 1, 64 }, { 32, 64 }, { 33, 128 }, { 96, 128 }, { 97, 192 }, { 1500, 1536 },
		{ SOCKOPT_SNAPLEN_MAX, 65600 }, { SOCKOPT_SNAPLEN_NONE, 64 },
	};
	struct vm_reader reader;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vm_reader_open(&reader, 2, sizes[i][0], 1);
		ck_assert_uint_eq(reader.open.slot_size, sizes[i][1]);
		ck_assert_uint_eq(reader.open.snaplen,
				  sizes[i][0] == SOCKOPT_SNAPLEN_NONE ? 0 : sizes[i][0]);
		vm_reader_close(&reader);
	}
}
END_TEST

/* Which 32-bit member of OPEN's struct is set to what. */
static const struct {
	unsigned int member;
	uint32_t value;
	int expected;
} bad_opens[] = {
	{ 0, 0, -EINVAL }, { 0, 47, -EINVAL }, { 0, 49, -EINVAL },
	{ 1, 0, -EINVAL }, { 1, 1, -EINVAL }, { 1, 0xfffffffe, -EINVAL },
	{ 2, 0x7fffffff, -ESTALE }, { 3, 1, -EINVAL }, { 3, 0x80000000, -EINVAL },
	{ 4, 1, -EINVAL }, { 4, 3, -EINVAL }, { 4, 511, -EINVAL }, { 4, 131072, -EINVAL },
	{ 4, 0x80000000, -EINVAL }, { 5, 65536, -EINVAL }, { 5, 0xfffffffe, -EINVAL },
	{ 6, 513, -EINVAL }, { 6, 0x80000000, -EINVAL }, { 8, 1, -EINVAL }, { 8, 192, -EINVAL },
	{ 9, 1, -EINVAL }, { 10, 1, -EINVAL }, { 11, 1, -EINVAL },
};
#define BAD_OPENS ((int)(sizeof(bad_opens) / sizeof(bad_opens[0])))

START_TEST(a_bad_open_is_refused_and_makes_no_stream)
{
	struct sockopt_open args = vm_open_args(), before;
	int fd = vm_raw();

	((uint32_t *)&args)[bad_opens[_i].member] = bad_opens[_i].value;
	before = args;
	ck_assert_int_eq(vm_open(fd, ICMP, &args), bad_opens[_i].expected);
	ck_assert_mem_eq(&args, &before, sizeof(args));
	vm_wait_stream_count(0);
	vm_stream(fd, 0, &args);
}
END_TEST

/* The filter's length in OPEN, its own size, its flags, what is behind it */
static const struct {
	uint32_t filter_len;
	uint32_t size;
	uint32_t flags;
	uint32_t unknown;
	int expected;
} filters[] = {
	{ 192, 192, 0, 0, 0 }, { 196, 196, 0, 0, 0 }, { 196, 196, 0, 1, -E2BIG },
	{ 192, 192, 1, 0, -EINVAL }, { 192, 191, 0, 0, -EINVAL }, { 192, 0, 0, 0, -EINVAL },
	{ 192, 193, 0, 0, -EINVAL }, { 191, 191, 0, 0, -EINVAL }, { 196, 192, 0, 0, -EINVAL },
	{ 3, 192, 0, 0, -EINVAL }, { 197, 197, 0, 0, -EINVAL }, { UINT32_MAX, 192, 0, 0, -EINVAL },
};
#define FILTERS ((int)(sizeof(filters) / sizeof(filters[0])))

START_TEST(a_filter_follows_the_rules_of_structs)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
		uint32_t unknown;
	} args = { .open = vm_open_args() };
	socklen_t len = sizeof(args.open) + sizeof(args.filter) + 4;
	int fd = vm_raw();

	args.open.filter_len = filters[_i].filter_len;
	args.filter.size = filters[_i].size;
	args.filter.flags = filters[_i].flags;
	args.unknown = filters[_i].unknown;
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, &args, &len), filters[_i].expected);
	vm_wait_stream_count(!filters[_i].expected);
}
END_TEST

START_TEST(a_second_open_on_a_socket_is_refused_and_the_first_goes_on)
{
	struct sockopt_open args = vm_open_args();
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, 4);
	queue(&reader, 1);
	ck_assert_int_eq(vm_open(reader.sock, ICMP, &args), -EBUSY);
	ck_assert_int_eq(args.fd, -1);
	vm_wait_stream_count(1);
	queue(&reader, 1);
	expect_stats(&reader, 0, 2, 0);
	take_run(&reader, 0, 2);
	close(reader.stream);
	ck_assert_int_ge(vm_open(reader.sock, ICMP, &args), 0);
}
END_TEST

START_TEST(only_a_channel_that_publishes_can_be_opened)
{
	struct sockopt_open args = vm_open_args();
	int fd = vm_raw();

	ck_assert_int_eq(vm_open(fd, MESSAGE, &args), -EOPNOTSUPP);
	ck_assert_int_eq(vm_open(fd, 4095, &args), -ESTALE);
	ck_assert_int_eq(vm_open(fd, SOCKOPT_CHANNEL_CORE, &args), -ENOPROTOOPT);
	ck_assert_int_eq(args.fd, -1);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_generation_that_was_looked_up_is_compared)
{
	struct sockopt_channel channel = { .size = sizeof(channel), .name = "icmp" };
	struct sockopt_open args = vm_open_args();
	socklen_t len = sizeof(channel);
	int fd = vm_raw();

	ck_assert_int_eq(vm_get(fd, 0, SOCKOPT_CHANNEL, &channel, &len), 0);
	ck_assert_uint_eq(channel.id, ICMP);
	args.generation = channel.generation + 1;
	ck_assert_int_eq(vm_open(fd, ICMP, &args), -ESTALE);
	ck_assert_int_eq(vm_stream_count(), 0);
	args.generation = channel.generation;
	ck_assert_int_ge(vm_open(fd, ICMP, &args), 0);
}
END_TEST

START_TEST(the_stream_is_close_on_exec)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 2, 0, 1);
	ck_assert_int_eq(fcntl(reader.stream, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* ---- Several ---- */

START_TEST(two_subscribers_each_get_every_record)
{
	struct vm_reader one, two;

	vm_reader_open(&one, 64, 0, 64);
	vm_reader_open(&two, 64, 0, 64);
	queue(&one, 30);
	vm_wait_seen(two.sock, 30);
	take_run(&one, 0, 30);
	vm_expect_nothing(&one);
	expect_stats(&two, 0, 30, 0);
	take_run(&two, 0, 30);
	vm_expect_nothing(&two);
}
END_TEST

#define SUBSCRIBERS 20

START_TEST(twenty_subscribers_each_lose_what_their_own_ring_cannot_hold)
{
	struct vm_reader readers[SUBSCRIBERS];
	uint32_t i, slots, kept, all_kept = 0;

	for (i = 0; i < SUBSCRIBERS; i++)
		vm_reader_open(&readers[i], 2U << i % 10, 0, 1024);
	send_more(300);
	for (i = 0; i < SUBSCRIBERS; i++) {
		slots = 2U << i % 10;
		kept = slots < 300 ? slots : 300;
		all_kept += kept;
		vm_wait_seen(readers[i].sock, 300);
		expect_stats(&readers[i], 0, kept, 300 - kept);
	}
	ck_assert_int_eq(vm_stat("icmp", "seen"), 300);
	ck_assert_int_eq(vm_stat("icmp", "streams"), SUBSCRIBERS);
	ck_assert_int_eq(vm_stat("icmp", "pending"), all_kept);
	ck_assert_int_eq(vm_stat("icmp", "lost_full"), 300 * SUBSCRIBERS - all_kept);
	for (i = 0; i < SUBSCRIBERS; i++) {
		slots = 2U << i % 10;
		take_run(&readers[i], 0, slots < 300 ? slots : 300);
		vm_expect_nothing(&readers[i]);
	}
	ck_assert_int_eq(vm_stat("icmp", "delivered"), all_kept);
}
END_TEST

/* ---- Ends ---- */

static void expect_not_connected(int fd, unsigned int channel)
{
	struct sockopt_records head = { .size = sizeof(head) };
	struct sockopt_stats stats;
	socklen_t len = sizeof(head);

	ck_assert_int_eq(vm_get(fd, channel, SOCKOPT_RECORDS, &head, &len), -ENOTCONN);
	ck_assert_int_eq(vm_stats(fd, channel, &stats), -ENOTCONN);
	ck_assert_int_eq(vm_stop(fd, channel), -ENOTCONN);
}

START_TEST(without_a_stream_calls_are_not_connected)
{
	struct vm_reader reader;
	int other = vm_raw();

	expect_not_connected(other, ICMP);
	vm_reader_open(&reader, 2, 0, 1);
	expect_not_connected(other, ICMP);
	expect_not_connected(reader.sock, MESSAGE);
	close(reader.stream);
	expect_not_connected(reader.sock, ICMP);
}
END_TEST

START_TEST(a_stream_lives_as_long_as_its_last_descriptor)
{
	struct vm_reader reader;
	int second;

	vm_reader_open(&reader, 64, 0, 4);
	second = dup(reader.stream);
	queue(&reader, 1);
	close(reader.stream);
	queue(&reader, 1);
	ck_assert(is_readable(second));
	take_run(&reader, 0, 2);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(second);
	ck_assert_int_eq(vm_stream_count(), 0);
	expect_not_connected(reader.sock, ICMP);
}
END_TEST

START_TEST(a_stream_outlives_its_socket)
{
	struct vm_reader reader, other;

	vm_reader_open(&reader, 64, 0, 4);
	vm_reader_open(&other, 64, 0, 4);
	close(reader.sock);
	ck_assert(!is_readable(reader.stream));
	queue(&other, 1);
	ck_assert(is_readable(reader.stream));
	ck_assert_int_eq(vm_stream_count(), 2);
	close(reader.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
}
END_TEST

/* ---- Suite ---- */

static void add_opening(TCase *tc)
{
	tcase_add_test(tc, the_geometry_is_told_as_it_was_taken);
	tcase_add_loop_test(tc, every_size_of_ring_can_be_had, 0, 16);
	tcase_add_test(tc, a_slot_is_header_and_snap_length_rounded_up_to_64);
	tcase_add_loop_test(tc, a_bad_open_is_refused_and_makes_no_stream, 0, BAD_OPENS);
	tcase_add_loop_test(tc, a_filter_follows_the_rules_of_structs, 0, FILTERS);
	tcase_add_test(tc, a_second_open_on_a_socket_is_refused_and_the_first_goes_on);
	tcase_add_test(tc, only_a_channel_that_publishes_can_be_opened);
	tcase_add_test(tc, the_generation_that_was_looked_up_is_compared);
	tcase_add_test(tc, the_stream_is_close_on_exec);
}

static void add_ends(TCase *tc)
{
	tcase_add_test(tc, without_a_stream_calls_are_not_connected);
	tcase_add_test(tc, a_stream_lives_as_long_as_its_last_descriptor);
	tcase_add_test(tc, a_stream_outlives_its_socket);
}

static void add_many(TCase *tc)
{
	tcase_add_test(tc, two_subscribers_each_get_every_record);
	tcase_add_test(tc, twenty_subscribers_each_lose_what_their_own_ring_cannot_hold);
}

Suite *stream_suite(void)
{
	Suite *suite = suite_create("stream");

	add_opening(vm_case(suite, "opening", 20, sequence_setup));
	add_ends(vm_case(suite, "ends", 20, sequence_setup));
	add_many(vm_case(suite, "many", 60, sequence_setup));
	return suite;
}

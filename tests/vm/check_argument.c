/* SPDX-License-Identifier: MIT */
/*
 * Proves that OPEN takes the arguments that uapi.h allows and refuses all others,
 * and that a refused OPEN leaves no stream and no descriptor.
 */
#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct {
	const char *what;
	struct sockopt_open args;
	int error;
} bad_opens[] = {
	{ "fd 0", { .fd = 0 }, EINVAL },
	{ "fd -2", { .fd = -2 }, EINVAL },
	{ "flags", { .fd = -1, .flags = 1 }, EINVAL },
	{ "flags, high bit", { .fd = -1, .flags = 0x80000000 }, EINVAL },
	{ "1 slot", { .fd = -1, .slots = 1 }, EINVAL },
	{ "3 slots", { .fd = -1, .slots = 3 }, EINVAL },
	{ "65535 slots", { .fd = -1, .slots = 65535 }, EINVAL },
	{ "131072 slots", { .fd = -1, .slots = 131072 }, EINVAL },
	{ "2^31 slots", { .fd = -1, .slots = 0x80000000 }, EINVAL },
	{ "2^32 - 1 slots", { .fd = -1, .slots = UINT32_MAX }, EINVAL },
	{ "snaplen 65536", { .fd = -1, .snaplen = 65536 }, EINVAL },
	{ "snaplen 2^31", { .fd = -1, .snaplen = 0x80000000 }, EINVAL },
	{ "snaplen 2^32 - 2", { .fd = -1, .snaplen = UINT32_MAX - 1 }, EINVAL },
	{ "slot_size", { .fd = -1, .slot_size = 128 }, EINVAL },
	{ "cursor", { .fd = -1, .cursor = 1 }, EINVAL },
	{ "reserved", { .fd = -1, .reserved = 1 }, EINVAL },
	{ "wake_records 513", { .fd = -1, .wake_records = 513 }, EINVAL },
	{ "wake_records 2^32 - 1", { .fd = -1, .wake_records = UINT32_MAX }, EINVAL },
	{ "filter beyond the buffer", { .fd = -1, .filter_len = 1 }, EINVAL },
	{ "filter of 2^32 - 1", { .fd = -1, .filter_len = UINT32_MAX }, EINVAL },
	{ "generation", { .fd = -1, .generation = UINT32_MAX }, ESTALE },
};

START_TEST(open_refuses_arguments)
{
	struct sockopt_open args = bad_opens[_i].args;

	args.size = sizeof(args);
	ck_assert_msg(bad_opens[_i].error != 0, "%s", bad_opens[_i].what);
	open_is_refused(ICMP, &args, sizeof(args), bad_opens[_i].error);
	ck_assert_int_eq(do_open(vm_fd), 0);
}
END_TEST

START_TEST(open_accepts_the_limits)
{
	static const struct sockopt_open good[] = {
		{ .slots = SOCKOPT_SLOTS_MIN }, { .slots = SOCKOPT_SLOTS_MAX },
		{ .slots = 2, .snaplen = SOCKOPT_SNAPLEN_MAX },
		{ .slots = 2, .snaplen = SOCKOPT_SNAPLEN_NONE },
		{ .slots = 2, .snaplen = 1 }, { .wake_records = 512 },
	};
	struct sockopt_open args = good[_i];
	int stream;

	args.size = sizeof(args);
	args.fd = -1;
	stream = vm_open(vm_fd, ICMP, &args);
	ck_assert_int_ge(stream, 0);
	ck_assert_int_eq(fcntl(stream, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(args.slots, good[_i].slots ? good[_i].slots : SOCKOPT_SLOTS_DEFAULT);
	if (good[_i].snaplen == SOCKOPT_SNAPLEN_NONE)
		ck_assert_uint_eq(args.snaplen, 0);
	else if (good[_i].snaplen)
		ck_assert_uint_eq(args.snaplen, good[_i].snaplen);
	ck_assert_uint_eq(args.slot_size, sockopt_ring_slot_size(args.snaplen));
}
END_TEST

START_TEST(open_follows_the_rules_of_size)
{
	struct {
		struct sockopt_open args;
		char tail[16];
	} longer = { .args = vm_open_args() };
	socklen_t len = sizeof(longer);

	longer.args.size = sizeof(longer.args) - 1;
	open_is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = sizeof(longer) + 1;
	open_is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = 0;
	open_is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = sizeof(longer);
	open_is_refused(ICMP, &longer, sizeof(longer.args), EINVAL);
	longer.tail[15] = 1;
	open_is_refused(ICMP, &longer, sizeof(longer), E2BIG);
	longer.tail[15] = 0;
	ck_assert_int_eq(vm_get(vm_fd, ICMP, SOCKOPT_OPEN, &longer, &len), 0);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_int_ge(longer.args.fd, 0);
}
END_TEST

struct open_filter {
	struct sockopt_open open;
	struct sockopt_filter filter;
	char tail[16];
};

static const struct {
	const char *what;
	uint32_t filter_len;
	uint32_t size;
	uint32_t flags;
	char tail;
	int error;
} bad_filters[] = {
	{ "length 1", 1, sizeof(struct sockopt_filter), 0, 0, EINVAL },
	{ "length 4", 4, sizeof(struct sockopt_filter), 0, 0, EINVAL },
	{ "length - 1", sizeof(struct sockopt_filter) - 1, sizeof(struct sockopt_filter), 0, 0,
	  EINVAL },
	{ "length + 1", sizeof(struct sockopt_filter) + 1, sizeof(struct sockopt_filter), 0, 0,
	  EINVAL },
	{ "beyond the buffer", sizeof(struct sockopt_filter) + 17,
	  sizeof(struct sockopt_filter) + 17, 0, 0, EINVAL },
	{ "size - 1", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter) - 1, 0, 0,
	  EINVAL },
	{ "size 0", sizeof(struct sockopt_filter), 0, 0, 0, EINVAL },
	{ "size + 1", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter) + 1, 0, 0,
	  EINVAL },
	{ "flags", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter), 1, 0, EINVAL },
	{ "unknown tail", sizeof(struct sockopt_filter) + 16,
	  sizeof(struct sockopt_filter) + 16, 0, 1, E2BIG },
};

START_TEST(open_refuses_a_filter)
{
	struct open_filter both = { .open = vm_open_args() };

	ck_assert_msg(bad_filters[_i].error != 0, "%s", bad_filters[_i].what);
	both.open.filter_len = bad_filters[_i].filter_len;
	both.filter.size = bad_filters[_i].size;
	both.filter.flags = bad_filters[_i].flags;
	both.tail[15] = bad_filters[_i].tail;
	open_is_refused(ICMP, &both, sizeof(both), bad_filters[_i].error);
}
END_TEST

START_TEST(open_takes_a_longer_filter_whose_tail_is_zero)
{
	struct open_filter both = { .open = vm_open_args() };
	socklen_t len = sizeof(both);

	both.open.filter_len = sizeof(both.filter) + sizeof(both.tail);
	both.filter.size = both.open.filter_len;
	ck_assert_int_eq(vm_get(vm_fd, ICMP, SOCKOPT_OPEN, &both, &len), 0);
	ck_assert_uint_eq(len, sizeof(both.open));
	ck_assert_int_ge(both.open.fd, 0);
}
END_TEST

START_TEST(open_of_a_channel_without_records_is_refused)
{
	struct sockopt_open args = vm_open_args();

	open_is_refused(MESSAGE, &args, sizeof(args), EOPNOTSUPP);
	open_is_refused(CORE, &args, sizeof(args), ENOPROTOOPT);
	open_is_refused(3, &args, sizeof(args), ESTALE);
}
END_TEST

START_TEST(a_second_open_on_a_socket_is_busy)
{
	struct sockopt_open args, again = vm_open_args();
	int stream = vm_stream(vm_fd, 2, &args);

	open_is_refused(ICMP, &again, sizeof(again), EBUSY);
	close(stream);
	ck_assert_int_eq(do_open(vm_fd), 0);
}
END_TEST

static void open_faults(void *args)
{
	socklen_t len = sizeof(struct sockopt_open);
	int free_fd = next_fd();

	ck_assert_int_eq(vm_get(vm_fd, ICMP, SOCKOPT_OPEN, args, &len), -EFAULT);
	ck_assert_int_eq(vm_stream_count(), 0);
	ck_assert_int_eq(next_fd(), free_fd);
}

START_TEST(an_open_that_cannot_be_answered_leaves_no_stream)
{
	struct sockopt_open *args = vm_guarded(sizeof(*args));
	uint32_t *cut = vm_guarded(sizeof(*args) - 4);

	*args = vm_open_args();
	vm_read_only(args, sizeof(*args));
	*cut = sizeof(*args);
	open_faults(args);
	open_faults(NULL);
	open_faults(cut);
	ck_assert_int_eq(do_open(vm_fd), 0);
}
END_TEST

Suite *argument_suite(void)
{
	Suite *suite = suite_create("argument");
	TCase *tc = access_case(suite, "open", access_setup);

	tcase_add_loop_test(tc, open_refuses_arguments, 0, VM_COUNT(bad_opens));
	tcase_add_loop_test(tc, open_accepts_the_limits, 0, 6);
	tcase_add_test(tc, open_follows_the_rules_of_size);
	tcase_add_loop_test(tc, open_refuses_a_filter, 0, VM_COUNT(bad_filters));
	tcase_add_test(tc, open_takes_a_longer_filter_whose_tail_is_zero);
	tcase_add_test(tc, open_of_a_channel_without_records_is_refused);
	tcase_add_test(tc, a_second_open_on_a_socket_is_busy);
	tcase_add_test(tc, an_open_that_cannot_be_answered_leaves_no_stream);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that INFO and CHANNEL tell what uapi.h says, into a struct of any size
 * that it allows.
 */
#include "vm.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- INFO ---- */

/* Longer than INFO is today. */
struct info {
	struct sockopt_info info;
	char tail[64];
};

static int get_info(struct info *info, uint32_t size, socklen_t *len)
{
	info->info.size = size;
	return vm_get(vm_fd, CORE, SOCKOPT_INFO, info, len);
}

START_TEST(info_tells_what_this_kernel_has)
{
	struct info info = { 0 };
	socklen_t len = sizeof(info.info);

	ck_assert_int_eq(get_info(&info, len, &len), 0);
	ck_assert_uint_eq(len, sizeof(info.info));
	ck_assert_uint_eq(info.info.size, sizeof(info.info));
	ck_assert_uint_eq(info.info.abi, SOCKOPT_ABI);
	ck_assert_uint_eq(info.info.features, SOCKOPT_FEAT_TEXT | SOCKOPT_FEAT_PULL |
			  SOCKOPT_FEAT_POLL | SOCKOPT_FEAT_TYPES | SOCKOPT_FEAT_ICMP4 |
			  SOCKOPT_FEAT_READ | SOCKOPT_FEAT_MAP | SOCKOPT_FEAT_WAKE |
			  SOCKOPT_FEAT_TUNE | SOCKOPT_FEAT_FILTER | SOCKOPT_FEAT_BPF |
			  SOCKOPT_FEAT_ICMP6 | (vm_is_charged() ? SOCKOPT_FEAT_CHARGED : 0));
	ck_assert_uint_eq(info.info.text_max, 4096);
	ck_assert_uint_eq(info.info.slots_max, 65536);
	ck_assert_uint_eq(info.info.channels_max, 4096);
	ck_assert_uint_ge(info.info.records_max, 65536);
	ck_assert_ptr_nonnull(memchr(info.info.version, 0, sizeof(info.info.version)));
	ck_assert_str_eq(info.info.version, sockopt_version());
}
END_TEST

START_TEST(info_takes_a_longer_struct_whose_tail_is_zero)
{
	struct info info = { 0 };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(get_info(&info, sizeof(info), &len), 0);
	ck_assert_uint_eq(len, sizeof(info));
	ck_assert_uint_eq(info.info.size, sizeof(info));
	ck_assert_uint_eq(info.info.abi, SOCKOPT_ABI);
}
END_TEST

START_TEST(info_refuses_a_longer_struct_whose_tail_is_not_zero)
{
	struct info info = { .tail = { [63] = 1 } };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(get_info(&info, sizeof(info), &len), -E2BIG);
	ck_assert_uint_eq(len, sizeof(info));
	ck_assert_uint_eq(info.info.abi, 0);
}
END_TEST

START_TEST(info_does_not_look_behind_the_struct)
{
	struct info info = { .tail = { [0] = VM_CANARY } };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(get_info(&info, sizeof(info.info), &len), 0);
	ck_assert_uint_eq(len, sizeof(info.info));
	ck_assert_int_eq(info.tail[0], VM_CANARY);
}
END_TEST

/* Sizes that cannot be right, and the lengths that they come in. */
static const struct {
	uint32_t size;
	int len;
} bad_infos[] = {
	{ 0, sizeof(struct sockopt_info) },
	{ 1, sizeof(struct sockopt_info) },
	{ sizeof(struct sockopt_info) - 1, sizeof(struct sockopt_info) },
	{ sizeof(struct sockopt_info), sizeof(struct sockopt_info) - 1 },
	{ sizeof(struct sockopt_info) + 1, sizeof(struct sockopt_info) },
	{ UINT32_MAX, sizeof(struct sockopt_info) },
	{ 0x80000000, sizeof(struct sockopt_info) },
	{ sizeof(struct sockopt_info), 4 },
	{ sizeof(struct sockopt_info), 3 },
	{ sizeof(struct sockopt_info), 0 },
	{ sizeof(struct sockopt_info), -1 },
	{ sizeof(struct sockopt_info), INT_MIN },
};

START_TEST(info_refuses_a_size_that_cannot_be_right)
{
	struct info info = { 0 };
	socklen_t len = (socklen_t)bad_infos[_i].len;

	ck_assert_int_eq(get_info(&info, bad_infos[_i].size, &len), -EINVAL);
	ck_assert_int_eq((int)len, bad_infos[_i].len);
	ck_assert_uint_eq(info.info.abi, 0);
}
END_TEST

START_TEST(info_writes_no_byte_behind_a_struct_at_the_end_of_memory)
{
	struct sockopt_info *info = vm_guarded(sizeof(*info));
	socklen_t len = sizeof(*info);

	info->size = sizeof(*info);
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_INFO, info, &len), 0);
	ck_assert_uint_eq(info->abi, SOCKOPT_ABI);
}
END_TEST

START_TEST(info_into_memory_that_is_not_there_is_a_fault)
{
	struct sockopt_info *info = vm_guarded(sizeof(*info));
	socklen_t len = sizeof(*info);

	info->size = sizeof(*info);
	vm_read_only(info, sizeof(*info));
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_INFO, NULL, &len), -EFAULT);
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_INFO, info, &len), -EFAULT);
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_INFO, info, NULL), -EFAULT);
	ck_assert_uint_eq(len, sizeof(*info));
}
END_TEST

/* ---- CHANNEL ---- */

static struct sockopt_channel channel_args(uint32_t id, const char *name)
{
	struct sockopt_channel args = { .size = sizeof(args), .id = id };

	memcpy(args.name, name, strlen(name));
	return args;
}

static int get_channel(struct sockopt_channel *args)
{
	socklen_t len = sizeof(*args);
	int ret = vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, args, &len);

	ck_assert_uint_eq(len, sizeof(*args));
	return ret;
}

/* An error changes nothing, in the struct either. */
static void refuses_channel(const struct sockopt_channel *args, int error)
{
	struct sockopt_channel copy = *args;

	ck_assert_int_eq(get_channel(&copy), -error);
	ck_assert_mem_eq(&copy, args, sizeof(copy));
}

START_TEST(channel_message_is_found_by_name_and_answers_texts)
{
	struct sockopt_channel args = channel_args(0, "message");

	ck_assert_int_eq(get_channel(&args), 0);
	ck_assert_uint_eq(args.size, sizeof(args));
	ck_assert_uint_eq(args.id, 1);
	ck_assert_uint_ne(args.generation, 0);
	ck_assert_uint_eq(args.flags, SOCKOPT_CHANNEL_F_TEXTS);
	ck_assert_uint_eq(args.snaplen, 0);
	ck_assert_uint_eq(args.snaplen_max, 0);
	ck_assert_str_eq(args.name, "message");
}
END_TEST

START_TEST(channel_icmp_is_found_by_name_and_publishes_records)
{
	struct sockopt_channel args = channel_args(0, "icmp");

	ck_assert_int_eq(get_channel(&args), 0);
	ck_assert_uint_eq(args.id, 2);
	ck_assert_uint_ne(args.generation, 0);
	ck_assert_uint_eq(args.flags, SOCKOPT_CHANNEL_F_RECORDS);
	ck_assert_uint_gt(args.snaplen, 0);
	ck_assert_uint_eq(args.snaplen_max, SOCKOPT_SNAPLEN_MAX);
	ck_assert_str_eq(args.name, "icmp");
}
END_TEST

START_TEST(channel_by_name_does_not_mind_the_id)
{
	struct sockopt_channel args = channel_args(ICMP, "message");

	ck_assert_int_eq(get_channel(&args), 0);
	ck_assert_uint_eq(args.id, MESSAGE);
}
END_TEST

START_TEST(channels_are_listed_by_id)
{
	struct sockopt_channel args;
	uint32_t id = 0, count = 0, generation = 0;
	int ret;

	for (args = channel_args(0, ""); !(ret = get_channel(&args));
	     args = channel_args(id + 1, "")) {
		ck_assert_uint_ge(args.id, id + 1);
		ck_assert_uint_ne(args.generation, generation);
		id = args.id;
		generation = args.generation;
		ck_assert_str_eq(args.name, ++count == 1 ? "message" : "icmp");
	}
	ck_assert_int_eq(ret, -ENOENT);
	ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(a_channel_that_is_not_there_is_enoent)
{
	static const char *const names[] = {
		"none", "messag", "message2", "Message", "icm", "icmpx", " icmp",
		"a-name-of-thirty-one-characters",
	};
	struct sockopt_channel args;
	int i;

	for (i = 0; i < VM_COUNT(names); i++) {
		args = channel_args(0, names[i]);
		refuses_channel(&args, ENOENT);
	}
	args = channel_args(3, "");
	refuses_channel(&args, ENOENT);
	args = channel_args(UINT32_MAX, "");
	refuses_channel(&args, ENOENT);
}
END_TEST

START_TEST(channel_refuses_a_name_without_nul)
{
	struct sockopt_channel args = channel_args(0, "");

	memset(args.name, 'x', sizeof(args.name));
	refuses_channel(&args, EINVAL);
	memcpy(args.name, "icmp", 4);
	refuses_channel(&args, EINVAL);
}
END_TEST

START_TEST(channel_refuses_flags_and_reserved_members)
{
	struct sockopt_channel args = channel_args(0, "icmp");

	args.flags = SOCKOPT_CHANNEL_F_RECORDS;
	refuses_channel(&args, EINVAL);
	args = channel_args(0, "icmp");
	args.reserved[0] = 1;
	refuses_channel(&args, EINVAL);
	args = channel_args(0, "icmp");
	args.reserved[1] = 0x80000000;
	refuses_channel(&args, EINVAL);
}
END_TEST

START_TEST(channel_follows_the_rules_of_size)
{
	struct {
		struct sockopt_channel args;
		char tail[16];
	} longer = { .args = channel_args(0, "icmp") };
	socklen_t len = sizeof(longer);

	longer.args.size = sizeof(longer.args) - 1;
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -EINVAL);
	longer.args.size = sizeof(longer) + 1;
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -EINVAL);
	longer.args.size = sizeof(longer);
	longer.tail[15] = 1;
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -E2BIG);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_uint_eq(longer.args.id, 0);
	longer.tail[15] = 0;
	ck_assert_int_eq(vm_get(vm_fd, CORE, SOCKOPT_CHANNEL, &longer, &len), 0);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_uint_eq(longer.args.size, sizeof(longer));
	ck_assert_uint_eq(longer.args.id, ICMP);
}
END_TEST

/* ---- Suite ---- */

static void add_info(TCase *tc)
{
	tcase_add_test(tc, info_tells_what_this_kernel_has);
	tcase_add_test(tc, info_takes_a_longer_struct_whose_tail_is_zero);
	tcase_add_test(tc, info_refuses_a_longer_struct_whose_tail_is_not_zero);
	tcase_add_test(tc, info_does_not_look_behind_the_struct);
	tcase_add_loop_test(tc, info_refuses_a_size_that_cannot_be_right, 0, VM_COUNT(bad_infos));
	tcase_add_test(tc, info_writes_no_byte_behind_a_struct_at_the_end_of_memory);
	tcase_add_test(tc, info_into_memory_that_is_not_there_is_a_fault);
}

static void add_channel(TCase *tc)
{
	tcase_add_test(tc, channel_message_is_found_by_name_and_answers_texts);
	tcase_add_test(tc, channel_icmp_is_found_by_name_and_publishes_records);
	tcase_add_test(tc, channel_by_name_does_not_mind_the_id);
	tcase_add_test(tc, channels_are_listed_by_id);
	tcase_add_test(tc, a_channel_that_is_not_there_is_enoent);
	tcase_add_test(tc, channel_refuses_a_name_without_nul);
	tcase_add_test(tc, channel_refuses_flags_and_reserved_members);
	tcase_add_test(tc, channel_follows_the_rules_of_size);
}

Suite *info_suite(void)
{
	Suite *suite = suite_create("info");

	add_info(vm_case(suite, "info", 30, vm_setup));
	add_channel(vm_case(suite, "channel", 30, vm_setup));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that INFO and CHANNEL tell what uapi.h says, and that a text passes each
 * way byte by byte or not at all. Every test has a network namespace, and so
 * texts, of its own.
 */
#include "vm.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CORE SOCKOPT_CHANNEL_CORE
#define CANARY 0x5a
#define GREETING "a message from kernel\n"

static const size_t sizes[] = { 1, 2, 4095, 4096 };

static int fd;

static void setup(void)
{
	vm_new_netns();
	fd = vm_raw();
}

/* ---- INFO ---- */

/* Longer than INFO is today. */
struct info {
	struct sockopt_info info;
	char tail[64];
};

static int get_info(struct info *info, uint32_t size, socklen_t *len)
{
	info->info.size = size;
	return vm_get(fd, CORE, SOCKOPT_INFO, info, len);
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
			  SOCKOPT_FEAT_POLL | SOCKOPT_FEAT_TYPES | SOCKOPT_FEAT_ICMP4);
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
	struct info info = { .tail = { [0] = CANARY } };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(get_info(&info, sizeof(info.info), &len), 0);
	ck_assert_uint_eq(len, sizeof(info.info));
	ck_assert_int_eq(info.tail[0], CANARY);
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
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_INFO, info, &len), 0);
	ck_assert_uint_eq(info->abi, SOCKOPT_ABI);
}
END_TEST

START_TEST(info_into_memory_that_is_not_there_is_a_fault)
{
	struct sockopt_info *info = vm_guarded(sizeof(*info));
	socklen_t len = sizeof(*info);

	info->size = sizeof(*info);
	vm_read_only(info, sizeof(*info));
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_INFO, NULL, &len), -EFAULT);
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_INFO, info, &len), -EFAULT);
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_INFO, info, NULL), -EFAULT);
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
	int ret = vm_get(fd, CORE, SOCKOPT_CHANNEL, args, &len);

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

	for (i = 0; i < COUNT(names); i++) {
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
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -EINVAL);
	longer.args.size = sizeof(longer) + 1;
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -EINVAL);
	longer.args.size = sizeof(longer);
	longer.tail[15] = 1;
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_CHANNEL, &longer, &len), -E2BIG);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_uint_eq(longer.args.id, 0);
	longer.tail[15] = 0;
	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_CHANNEL, &longer, &len), 0);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_uint_eq(longer.args.size, sizeof(longer));
	ck_assert_uint_eq(longer.args.id, ICMP);
}
END_TEST

/* ---- A text to the kernel ---- */

START_TEST(a_text_set_is_the_last_text_sent)
{
	char text[SOCKOPT_TEXT_MAX], sent[SOCKOPT_TEXT_MAX + 1];
	size_t size = sizes[_i];

	vm_fill(text, size);
	ck_assert_int_eq(vm_text_set(fd, text, size), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)size);
	ck_assert_mem_eq(sent, text, size);
}
END_TEST

START_TEST(a_text_set_replaces_a_longer_one_and_leaves_the_kernels)
{
	char sent[SOCKOPT_TEXT_MAX + 1], text[64];

	ck_assert_int_eq(vm_text_set(fd, "the longer one", 14), 0);
	ck_assert_int_eq(vm_text_set(fd, "short", 5), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 5);
	ck_assert_str_eq(sent, "short");
	ck_assert_int_eq(vm_text_get(fd, text, sizeof(text)), (int)strlen(GREETING));
	ck_assert_mem_eq(text, GREETING, strlen(GREETING));
}
END_TEST

START_TEST(a_text_set_is_read_up_to_the_end_of_memory)
{
	char *text = vm_guarded(sizes[_i]), sent[SOCKOPT_TEXT_MAX + 1];

	vm_fill(text, sizes[_i]);
	vm_read_only(text, sizes[_i]);
	ck_assert_int_eq(vm_text_set(fd, text, sizes[_i]), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)sizes[_i]);
	ck_assert_mem_eq(sent, text, sizes[_i]);
}
END_TEST

START_TEST(an_empty_text_is_refused)
{
	vm_texts_put(fd);
	ck_assert_int_eq(vm_text_set(fd, "x", 0), -EINVAL);
	ck_assert_int_eq(vm_text_set(fd, NULL, 0), -EINVAL);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused)
{
	static const size_t too_long[] = { 4097, 4098, 8192, 65536 };
	char text[65536];
	int i;

	memset(text, 'x', sizeof(text));
	vm_texts_put(fd);
	for (i = 0; i < COUNT(too_long); i++)
		ck_assert_int_eq(vm_text_set(fd, text, too_long[i]), -EMSGSIZE);
	ck_assert_int_eq(vm_text_set(fd, text, INT_MAX), -EMSGSIZE);
	ck_assert_int_eq(vm_text_set(fd, text, (socklen_t)-1), -EINVAL);
	ck_assert_int_eq(vm_text_set(fd, text, (socklen_t)INT_MIN), -EINVAL);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(a_text_with_a_nul_is_refused)
{
	static const size_t at[] = { 0, 1, 2048, 4094, 4095 };
	char text[SOCKOPT_TEXT_MAX];
	int i;

	vm_texts_put(fd);
	for (i = 0; i < COUNT(at); i++) {
		memset(text, 'x', sizeof(text));
		text[at[i]] = 0;
		ck_assert_int_eq(vm_text_set(fd, text, sizeof(text)), -EINVAL);
	}
	ck_assert_int_eq(vm_text_set(fd, "", 1), -EINVAL);
	ck_assert_int_eq(vm_text_set(fd, "ab", 3), -EINVAL);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(a_text_from_memory_that_is_not_there_is_a_fault)
{
	char *text = vm_guarded(8);

	memset(text, 'x', 8);
	vm_texts_put(fd);
	ck_assert_int_eq(vm_text_set(fd, NULL, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(fd, (char *)1, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(fd, (char *)UINTPTR_MAX - 4095, 8), -EFAULT);
	ck_assert_int_eq(vm_text_set(fd, text, 9), -EFAULT);
	ck_assert_int_eq(vm_text_set(fd, text, SOCKOPT_TEXT_MAX), -EFAULT);
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- A text from the kernel ---- */

/* Make the kernel's text one of 'size' bytes, and return it. */
static const char *kernel_text(size_t size)
{
	static char text[SOCKOPT_TEXT_MAX];

	vm_fill(text, size);
	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", text, size), (int)size);
	return text;
}

START_TEST(the_kernels_first_text_is_a_greeting)
{
	char text[64];

	ck_assert_int_eq(vm_text_get(fd, text, sizeof(text)), (int)strlen(GREETING));
	ck_assert_mem_eq(text, GREETING, strlen(GREETING));
}
END_TEST

START_TEST(a_text_get_into_its_exact_size_brings_every_byte)
{
	const char *text = kernel_text(sizes[_i]);
	char *buf = vm_guarded(sizes[_i]);

	ck_assert_int_eq(vm_text_get(fd, buf, sizes[_i]), (int)sizes[_i]);
	ck_assert_mem_eq(buf, text, sizes[_i]);
}
END_TEST

START_TEST(a_text_get_leaves_the_bytes_behind_the_text)
{
	const char *text = kernel_text(sizes[_i]);
	char buf[2 * SOCKOPT_TEXT_MAX], canary[2 * SOCKOPT_TEXT_MAX];

	memset(buf, CANARY, sizeof(buf));
	memset(canary, CANARY, sizeof(canary));
	ck_assert_int_eq(vm_text_get(fd, buf, sizeof(buf)), (int)sizes[_i]);
	ck_assert_mem_eq(buf, text, sizes[_i]);
	ck_assert_mem_eq(buf + sizes[_i], canary, sizeof(buf) - sizes[_i]);
}
END_TEST

START_TEST(a_text_get_writes_only_the_text_however_large_the_length)
{
	const char *text = kernel_text(sizes[_i]);
	char *buf = vm_guarded(sizes[_i]);

	ck_assert_int_eq(vm_text_get(fd, buf, 1 << 20), (int)sizes[_i]);
	ck_assert_mem_eq(buf, text, sizes[_i]);
	memset(buf, 0, sizes[_i]);
	ck_assert_int_eq(vm_text_get(fd, buf, INT_MAX), (int)sizes[_i]);
	ck_assert_mem_eq(buf, text, sizes[_i]);
}
END_TEST

/* One byte too few, and none at all. */
static void is_too_short(size_t room)
{
	char buf[SOCKOPT_TEXT_MAX], canary[SOCKOPT_TEXT_MAX];
	socklen_t len = (socklen_t)room;

	memset(buf, CANARY, sizeof(buf));
	memset(canary, CANARY, sizeof(canary));
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -ERANGE);
	ck_assert_uint_eq(len, room);
	ck_assert_mem_eq(buf, canary, sizeof(buf));
}

START_TEST(a_text_get_into_a_short_buffer_changes_nothing)
{
	const char *text = kernel_text(sizes[_i]);
	char buf[SOCKOPT_TEXT_MAX];

	is_too_short(sizes[_i] - 1);
	is_too_short(0);
	ck_assert_int_eq(vm_text_get(fd, buf, sizeof(buf)), (int)sizes[_i]);
	ck_assert_mem_eq(buf, text, sizes[_i]);
}
END_TEST

START_TEST(a_text_get_with_a_negative_length_is_refused)
{
	char buf[8] = "canary";
	socklen_t len = (socklen_t)-1;

	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EINVAL);
	ck_assert_int_eq((int)len, -1);
	len = (socklen_t)INT_MIN;
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EINVAL);
	ck_assert_int_eq((int)len, INT_MIN);
	ck_assert_str_eq(buf, "canary");
}
END_TEST

START_TEST(a_text_get_into_memory_that_is_not_there_is_a_fault)
{
	char *buf = vm_guarded(8);
	socklen_t len = SOCKOPT_TEXT_MAX;

	vm_texts_put(fd);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, NULL, &len), -EFAULT);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, (char *)UINTPTR_MAX - 4095, &len),
			 -EFAULT);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len), -EFAULT);
	ck_assert_uint_eq(len, SOCKOPT_TEXT_MAX);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, NULL), -EFAULT);
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- Numbers ---- */

START_TEST(icmp_has_no_texts)
{
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);

	ck_assert_int_eq(vm_set(fd, ICMP, SOCKOPT_TEXT, "x", 1), -EOPNOTSUPP);
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_TEXT, buf, &len), -EOPNOTSUPP);
	ck_assert_uint_eq(len, sizeof(buf));
	ck_assert_str_eq(buf, "canary");
}
END_TEST

START_TEST(an_unknown_channel_is_stale)
{
	static const unsigned int unknown[] = { 3, 255, 256, 4094, 4095 };
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);
	int i;

	for (i = 0; i < COUNT(unknown); i++) {
		ck_assert_int_eq(vm_set(fd, unknown[i], SOCKOPT_TEXT, "x", 1), -ESTALE);
		ck_assert_int_eq(vm_get(fd, unknown[i], SOCKOPT_TEXT, buf, &len), -ESTALE);
	}
	ck_assert_uint_eq(len, sizeof(buf));
	ck_assert_str_eq(buf, "canary");
}
END_TEST

/* As the kernel's table has them: a bit an operation. */
static const struct {
	unsigned int channel;
	unsigned int gets;
	unsigned int sets;
} operations[] = {
	{ CORE, 1 << SOCKOPT_INFO | 1 << SOCKOPT_CHANNEL, 0 },
	{ MESSAGE, 1 << SOCKOPT_TEXT | 1 << SOCKOPT_CALL | 1 << SOCKOPT_OPEN |
		   1 << SOCKOPT_RECORDS | 1 << SOCKOPT_STATS,
	  1 << SOCKOPT_TEXT | 1 << SOCKOPT_STOP },
	{ ICMP, 1 << SOCKOPT_TEXT | 1 << SOCKOPT_CALL | 1 << SOCKOPT_OPEN |
		1 << SOCKOPT_RECORDS | 1 << SOCKOPT_STATS,
	  1 << SOCKOPT_TEXT | 1 << SOCKOPT_STOP },
};

START_TEST(an_operation_that_does_not_exist_is_enoprotoopt)
{
	unsigned int channel = operations[_i].channel;
	char buf[64] = { 0 };
	socklen_t len = sizeof(buf);
	int op;

	vm_texts_put(fd);
	for (op = 0; op < 16; op++) {
		bool no_get = vm_get(fd, channel, op, buf, &len) == -ENOPROTOOPT;
		bool no_set = vm_set(fd, channel, op, "\0", 2) == -ENOPROTOOPT;

		ck_assert_int_eq(no_get, !(operations[_i].gets & 1U << op));
		ck_assert_int_eq(no_set, !(operations[_i].sets & 1U << op));
		len = sizeof(buf);
	}
	vm_texts_unchanged(fd);
}
END_TEST

/* An option by its number, read with TEXT's arguments. */
static int get_number(int option)
{
	char buf[64] = { sizeof(struct sockopt_info) };
	socklen_t len = sizeof(buf);

	return getsockopt(fd, SOL_IP, option, buf, &len) ? -errno : 0;
}

static int set_number(int option)
{
	return setsockopt(fd, SOL_IP, option, "x", 1) ? -errno : 0;
}

/* TEXT of a channel number just outside would be ESTALE if it came to us. */
START_TEST(the_range_ends_where_the_abi_says)
{
	ck_assert_int_eq(get_number(0x534f0000), 0);
	ck_assert_int_eq(get_number(0x534fffff), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534ffff0 + SOCKOPT_TEXT), -ESTALE);
	ck_assert_int_eq(set_number(0x534ffff0 + SOCKOPT_TEXT), -ESTALE);
	ck_assert_int_eq(get_number(0x53500000), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x53500000 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(set_number(0x53500000 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534effff), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534efff0 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(set_number(0x534efff0 + SOCKOPT_TEXT), -ENOPROTOOPT);
}
END_TEST

START_TEST(other_levels_of_the_socket_are_not_ours)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_RAW, IPPROTO_UDP, IPPROTO_TCP, IPPROTO_IPV6 };
	int option = SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), i;
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);

	vm_texts_put(fd);
	for (i = 0; i < COUNT(levels); i++) {
		ck_assert_int_eq(setsockopt(fd, levels[i], option, "text", 4), -1);
		ck_assert_int_eq(getsockopt(fd, levels[i], option, buf, &len), -1);
	}
	ck_assert_str_eq(buf, "canary");
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- Namespaces ---- */

START_TEST(every_namespace_has_texts_of_its_own)
{
	char text[64] = { 0 }, sent[SOCKOPT_TEXT_MAX + 1];
	int other;

	vm_texts_put(fd);
	vm_new_netns();
	other = vm_raw();
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 0);
	ck_assert_int_eq(vm_text_get(other, text, sizeof(text)), (int)strlen(GREETING));
	ck_assert_str_eq(text, GREETING);
	ck_assert_int_eq(vm_text_set(other, "theirs", 6), 0);
	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "also", 4), 4);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 6);
	ck_assert_str_eq(sent, "theirs");
	ck_assert_int_eq(vm_text_get(other, text, sizeof(text)), 4);
	ck_assert_mem_eq(text, "also", 4);
}
END_TEST

/* The first one's texts are read after the second one wrote. */
START_TEST(texts_of_another_namespace_do_not_arrive_here)
{
	int home = vm_netns_fd(), other;

	vm_texts_put(fd);
	vm_new_netns();
	other = vm_raw();
	ck_assert_int_eq(vm_text_set(other, "theirs", 6), 0);
	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "also", 4), 4);
	vm_netns_enter(home);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(the_namespace_is_the_sockets_not_the_callers)
{
	int home = vm_netns_fd();
	char sent[SOCKOPT_TEXT_MAX + 1];

	vm_texts_put(fd);
	vm_new_netns();
	ck_assert_int_eq(vm_text_set(fd, "from afar", 9), 0);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 0);
	vm_netns_enter(home);
	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), 9);
	ck_assert_str_eq(sent, "from afar");
}
END_TEST

/* ---- Library ---- */

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
	struct sockopt_channel channel = { 0 }, kept;

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
	struct sockopt_channel channel;

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
	vm_texts_put(fd);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, 0), -EINVAL);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, sizeof(text)), -EMSGSIZE);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, text, SIZE_MAX), -EMSGSIZE);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, "a\0b", 3), -EINVAL);
	ck_assert_int_eq(sockopt_text_set(so, ICMP, "x", 1), -EOPNOTSUPP);
	ck_assert_int_eq(sockopt_text_set(so, 3, "x", 1), -ESTALE);
	ck_assert_int_eq(sockopt_text_set(so, 4096 + MESSAGE, "x", 1), -ESTALE);
	ck_assert_int_eq(sockopt_text_set(so, (1U << 28) + MESSAGE, "x", 1), -ESTALE);
	vm_texts_unchanged(fd);
	sockopt_close(so);
}
END_TEST

START_TEST(the_library_puts_a_nul_behind_a_text_if_there_is_room)
{
	struct sockopt *so = open_handle();
	char buf[16];

	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "hello", 5), 5);
	memset(buf, CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, sizeof(buf)), 5);
	ck_assert_mem_eq(buf, "hello\0\x5a", 7);
	memset(buf, CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_text_get(so, MESSAGE, buf, 6), 5);
	ck_assert_mem_eq(buf, "hello\0\x5a", 7);
	memset(buf, CANARY, sizeof(buf));
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

/* ---- Suite ---- */

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

static void add_info(TCase *tc)
{
	tcase_add_test(tc, info_tells_what_this_kernel_has);
	tcase_add_test(tc, info_takes_a_longer_struct_whose_tail_is_zero);
	tcase_add_test(tc, info_refuses_a_longer_struct_whose_tail_is_not_zero);
	tcase_add_test(tc, info_does_not_look_behind_the_struct);
	tcase_add_loop_test(tc, info_refuses_a_size_that_cannot_be_right, 0, COUNT(bad_infos));
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

static void add_set(TCase *tc)
{
	tcase_add_loop_test(tc, a_text_set_is_the_last_text_sent, 0, COUNT(sizes));
	tcase_add_test(tc, a_text_set_replaces_a_longer_one_and_leaves_the_kernels);
	tcase_add_loop_test(tc, a_text_set_is_read_up_to_the_end_of_memory, 0, COUNT(sizes));
	tcase_add_test(tc, an_empty_text_is_refused);
	tcase_add_test(tc, a_text_that_is_too_long_is_refused);
	tcase_add_test(tc, a_text_with_a_nul_is_refused);
	tcase_add_test(tc, a_text_from_memory_that_is_not_there_is_a_fault);
}

static void add_get(TCase *tc)
{
	tcase_add_test(tc, the_kernels_first_text_is_a_greeting);
	tcase_add_loop_test(tc, a_text_get_into_its_exact_size_brings_every_byte,
			    0, COUNT(sizes));
	tcase_add_loop_test(tc, a_text_get_leaves_the_bytes_behind_the_text, 0, COUNT(sizes));
	tcase_add_loop_test(tc, a_text_get_writes_only_the_text_however_large_the_length,
			    0, COUNT(sizes));
	tcase_add_loop_test(tc, a_text_get_into_a_short_buffer_changes_nothing,
			    0, COUNT(sizes));
	tcase_add_test(tc, a_text_get_with_a_negative_length_is_refused);
	tcase_add_test(tc, a_text_get_into_memory_that_is_not_there_is_a_fault);
}

static void add_numbers(TCase *tc)
{
	tcase_add_test(tc, icmp_has_no_texts);
	tcase_add_test(tc, an_unknown_channel_is_stale);
	tcase_add_loop_test(tc, an_operation_that_does_not_exist_is_enoprotoopt,
			    0, COUNT(operations));
	tcase_add_test(tc, the_range_ends_where_the_abi_says);
	tcase_add_test(tc, other_levels_of_the_socket_are_not_ours);
}

static void add_library(TCase *tc)
{
	tcase_add_test(tc, the_library_opens_a_handle_and_knows_info);
	tcase_add_test(tc, the_library_finds_channels_by_name);
	tcase_add_test(tc, the_library_lists_channels);
	tcase_add_test(tc, the_library_sets_texts);
	tcase_add_test(tc, the_library_puts_a_nul_behind_a_text_if_there_is_room);
}

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tc;

	add_info(new_case(suite, "info"));
	add_channel(new_case(suite, "channel"));
	add_set(new_case(suite, "set"));
	add_get(new_case(suite, "get"));
	add_numbers(new_case(suite, "numbers"));
	tc = new_case(suite, "namespaces");
	tcase_add_test(tc, every_namespace_has_texts_of_its_own);
	tcase_add_test(tc, texts_of_another_namespace_do_not_arrive_here);
	tcase_add_test(tc, the_namespace_is_the_sockets_not_the_callers);
	add_library(new_case(suite, "library"));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a filter which makes no sense is refused, by OPEN and by TUNE, and that
 * the one before stays; and which filters a channel takes whose records are no packets.
 */
#include "craft.h"
#include "publisher.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define MEMBER(name) offsetof(struct sockopt_filter, name), \
		     sizeof(((struct sockopt_filter *)0)->name)

/* A value for one member, and the family beside it; all else is fine. */
static const struct {
	const char *what;
	size_t at, len;
	uint32_t value;
	uint8_t family;
} bad[] = {
	{ "size 191", MEMBER(size), 191, 0 },
	{ "size 0", MEMBER(size), 0, 0 },
	{ "size beyond the filter", MEMBER(size), 193, 0 },
	{ "flags", MEMBER(flags), 1, 0 },
	{ "flags, high bit", MEMBER(flags), 0x80000000, 0 },
	{ "reserved", MEMBER(reserved), 1, 0 },
	{ "reserved, high bit", MEMBER(reserved), 0x8000, 0 },
	{ "reserved2", MEMBER(reserved2), 1, 0 },
	{ "reserved2, high bit", MEMBER(reserved2), 0x80000000, 0 },
	{ "family 1", MEMBER(family), 1, 0 },
	{ "family 3", MEMBER(family), 3, 0 },
	{ "family 255", MEMBER(family), 255, 0 },
	{ "src prefix without a family", MEMBER(src_prefix), 1, 0 },
	{ "dst prefix without a family", MEMBER(dst_prefix), 1, 0 },
	{ "quoted src prefix without a family", MEMBER(quoted_src_prefix), 1, 0 },
	{ "quoted dst prefix without a family", MEMBER(quoted_dst_prefix), 1, 0 },
	{ "src prefix 33 of IPv4", MEMBER(src_prefix), 33, AF_INET },
	{ "dst prefix 33 of IPv4", MEMBER(dst_prefix), 33, AF_INET },
	{ "quoted src prefix 33 of IPv4", MEMBER(quoted_src_prefix), 33, AF_INET },
	{ "quoted dst prefix 33 of IPv4", MEMBER(quoted_dst_prefix), 33, AF_INET },
	{ "src prefix 129 of IPv6", MEMBER(src_prefix), 129, AF_INET6 },
	{ "dst prefix 255 of IPv6", MEMBER(dst_prefix), 255, AF_INET6 },
	{ "quoted src prefix 129 of IPv6", MEMBER(quoted_src_prefix), 129, AF_INET6 },
	{ "quoted dst prefix 129 of IPv6", MEMBER(quoted_dst_prefix), 129, AF_INET6 },
	{ "program_len without a program", MEMBER(program_len), 1, 0 },
	{ "program_len 2^29", MEMBER(program_len), 0x20000000, 0 },
	{ "program_len 2^32 - 1", MEMBER(program_len), UINT32_MAX, 0 },
};

/* A member of 1, 2 or 4 bytes, or the first four of a longer one. */
static void put(struct sockopt_filter *filter, size_t at, size_t len, uint32_t value)
{
	uint8_t *member = (uint8_t *)filter + at, byte = (uint8_t)value;
	uint16_t two = (uint16_t)value;

	switch (len) {
	case 1:
		memcpy(member, &byte, 1);
		break;
	case 2:
		memcpy(member, &two, 2);
		break;
	default:
		memcpy(member, &value, 4);
	}
}

/* Of IPv4's type 200, so that one sees whether it is still there. */
static struct sockopt_filter filter_before(void)
{
	return vm_filter_types((const int[]){ 200, -1 });
}

/* The raw calls: program_len may be a lie. */
static int open_with(int raw, const struct sockopt_filter *filter)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} value = { vm_open_args(), *filter };
	socklen_t len = sizeof(value);

	value.open.filter_len = sizeof(value.filter);
	return vm_get(raw, ICMP, SOCKOPT_OPEN, &value, &len);
}

static int tune_with(int raw, const struct sockopt_filter *filter)
{
	struct {
		struct sockopt_tune tune;
		struct sockopt_filter filter;
	} value = { .tune.size = sizeof(value.tune), .tune.flags = SOCKOPT_TUNE_F_FILTER,
		    .filter = *filter };

	value.tune.filter_len = sizeof(value.filter);
	return vm_set(raw, ICMP, SOCKOPT_TUNE, &value, sizeof(value));
}

static bool comes(uint8_t type)
{
	int n;

	craft_icmp(AF_INET, type, 0);
	craft_send();
	ck_assert_int_eq(vm_events(judge_all.stream, 5000), 1);
	ck_assert_int_eq(vm_reader_take(&judge_all), 1);
	n = vm_reader_take(&judge_chosen);
	ck_assert_msg(n == 1 || n == -EAGAIN, "RECORDS: %d", n);
	return n == 1;
}

START_TEST(a_filter_that_makes_no_sense_is_refused_and_changes_nothing)
{
	struct sockopt_filter filter = filter_before();
	int raw = vm_raw(), streams = vm_stream_count();

	ck_assert_int_eq(tune_with(judge_chosen.sock, &filter), 0);
	filter = vm_filter_all();
	filter.family = bad[_i].family;
	put(&filter, bad[_i].at, bad[_i].len, bad[_i].value);
	ck_assert_msg(open_with(raw, &filter) == -EINVAL, "OPEN: %s", bad[_i].what);
	ck_assert_int_eq(vm_stream_count(), streams);
	ck_assert_msg(tune_with(judge_chosen.sock, &filter) == -EINVAL, "TUNE: %s", bad[_i].what);
	ck_assert(comes(200));
	ck_assert(!comes(201));
}
END_TEST

static const struct {
	size_t at, len;
	uint32_t value;
	uint8_t family;
} good[] = {
	{ MEMBER(family), AF_INET, 0 }, { MEMBER(family), AF_INET6, 0 },
	{ MEMBER(src_prefix), 32, AF_INET }, { MEMBER(dst_prefix), 32, AF_INET },
	{ MEMBER(quoted_src_prefix), 32, AF_INET }, { MEMBER(quoted_dst_prefix), 128, AF_INET6 },
	{ MEMBER(src_prefix), 128, AF_INET6 }, { MEMBER(dst_prefix), 33, AF_INET6 },
	{ MEMBER(quoted_protocol), 255, 0 }, { MEMBER(quoted_sport), 65535, 0 },
	{ MEMBER(ifindex), UINT32_MAX, 0 }, { MEMBER(codes), 1, 0 },
};

START_TEST(a_filter_at_the_limits_is_taken)
{
	struct sockopt_filter filter = vm_filter_all();
	int raw = vm_raw();

	filter.family = good[_i].family;
	put(&filter, good[_i].at, good[_i].len, good[_i].value);
	ck_assert_int_eq(open_with(raw, &filter), 0);
	ck_assert_int_eq(tune_with(raw, &filter), 0);
	ck_assert_int_eq(tune_with(judge_chosen.sock, &filter), 0);
}
END_TEST

/* ---- A channel without packets ---- */

static int publisher_tune(const struct sockopt_filter *filter, const void *program)
{
	return vm_tune_filter(publisher.sock, publisher.channel.id, filter, program);
}

static int publisher_open(const struct sockopt_filter *filter, const void *program)
{
	struct sockopt_open args = vm_open_args();
	int raw = vm_raw();
	int ret = vm_open_filter(raw, publisher.channel.id, &args, filter, program);

	if (ret >= 0)
		close(ret);
	close(raw);
	return ret < 0 ? ret : 0;
}

START_TEST(a_channel_without_packets_refuses_conditions)
{
	static const struct sockopt_instruction yes = { 6, 0, 0, 1 };
	struct sockopt_filter filter = vm_filter_types((const int[]){ 5, -1 });

	publisher_subscribe(16, 0, 16);
	ck_assert_int_eq(publisher_tune(&filter, NULL), 0);
	filter.family = good[_i].family;
	put(&filter, good[_i].at, good[_i].len, good[_i].value);
	ck_assert_int_eq(publisher_open(&filter, NULL), -EOPNOTSUPP);
	ck_assert_int_eq(publisher_tune(&filter, NULL), -EOPNOTSUPP);
	filter = vm_filter_all();
	filter.program_len = 1;
	ck_assert_int_eq(publisher_open(&filter, &yes), -EOPNOTSUPP);
	ck_assert_int_eq(publisher_tune(&filter, &yes), -EOPNOTSUPP);
	publisher_commanded("process 1 5");
	publisher_commanded("process 1 6");
	ck_assert_int_eq(publisher_take_now(), 1);
}
END_TEST

START_TEST(a_channel_without_packets_takes_types)
{
	struct sockopt_filter filter = vm_filter_types((const int[]){ 5, 255, -1 });

	ck_assert_int_eq(publisher_open(&filter, NULL), 0);
	publisher_subscribe(16, 0, 16);
	ck_assert_int_eq(publisher_tune(&filter, NULL), 0);
	publisher_commanded("process 1 5");
	publisher_commanded("process 1 6");
	publisher_commanded("process 1 255");
	ck_assert_int_eq(publisher_take_now(), 2);
	filter = vm_filter_all();
	ck_assert_int_eq(publisher_tune(&filter, NULL), 0);
	publisher_commanded("process 1 6");
	ck_assert_int_eq(publisher_take_now(), 1);
}
END_TEST

Suite *bad_filter_suite(void)
{
	Suite *suite = suite_create("bad_filter");
	TCase *packets = vm_case(suite, "bad-filter", 60, judge_setup);
	TCase *bytes = vm_case(suite, "bad-filter-bytes", 60, NULL);

	tcase_add_loop_test(packets, a_filter_that_makes_no_sense_is_refused_and_changes_nothing,
			    0, VM_COUNT(bad));
	tcase_add_loop_test(packets, a_filter_at_the_limits_is_taken, 0, VM_COUNT(good));
	tcase_add_unchecked_fixture(bytes, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(bytes, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(bytes, a_channel_without_packets_refuses_conditions, 0,
			    VM_COUNT(good));
	tcase_add_test(bytes, a_channel_without_packets_takes_types);
	return suite;
}

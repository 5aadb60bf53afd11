/* SPDX-License-Identifier: MIT */
/*
 * Proves what each condition of a filter asks of a packet: code, addresses, interface
 * and family; alone and together, of both families.
 */
#include "craft.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

/* Of a loop test over families. */
#define FAMILY craft_families[_i]
#define OTHER craft_families[!_i]

static bool wants(const struct sockopt_filter *filter)
{
	return is_wanted(filter, NULL);
}

/* ---- Types of two families ---- */

START_TEST(a_type_is_wanted_of_its_own_family_only)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	if (FAMILY == AF_INET)
		sockopt_filter_add(&filter, 3);
	else
		sockopt_filter_add6(&filter, 3);
	craft_icmp(FAMILY, 3, 0);
	ck_assert(wants(&filter));
	craft_icmp(OTHER, 3, 0);
	ck_assert(!wants(&filter));
	craft_icmp(FAMILY, 35, 0);
	ck_assert(!wants(&filter));
	ck_assert(wants(NULL));
}
END_TEST

START_TEST(each_type_is_selected_by_its_own_bit_in_both_families)
{
	struct sockopt_filter one, rest;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		/* The kernel would answer a request for its time. */
		if (FAMILY == AF_INET && type == 13)
			continue;
		memset(&one, 0, sizeof(one));
		one.size = sizeof(one);
		sockopt_filter_add(&one, (uint8_t)type);
		sockopt_filter_add6(&one, (uint8_t)type);
		rest = vm_filter_all();
		rest.types[type / 32] ^= one.types[type / 32];
		rest.types6[type / 32] ^= one.types6[type / 32];
		craft_icmp(FAMILY, (uint8_t)type, 0);
		ck_assert_msg(wants(&one), "type %u", type);
		ck_assert_msg(!wants(&rest), "type %u", type);
	}
}
END_TEST

/* ---- Codes ---- */

START_TEST(each_code_is_selected_by_its_own_bit)
{
	struct sockopt_filter one, rest;
	unsigned int code;

	for (code = 0; code < 256; code++) {
		one = vm_filter_all();
		one.codes[code / 32] = UINT32_C(1) << code % 32;
		rest = vm_filter_all();
		memset(rest.codes, 0xff, sizeof(rest.codes));
		rest.codes[code / 32] ^= one.codes[code / 32];
		craft_icmp(FAMILY, 200, (uint8_t)code);
		ck_assert_msg(wants(&one), "code %u", code);
		ck_assert_msg(!wants(&rest), "code %u", code);
	}
}
END_TEST

START_TEST(a_packet_without_a_code_meets_no_condition_on_it)
{
	struct sockopt_filter filter = vm_filter_all();

	memset(filter.codes, 0xff, sizeof(filter.codes));
	craft_icmp(FAMILY, 200, 0);
	ck_assert(wants(&filter));
	craft_cut(2);
	ck_assert(wants(&filter));
	craft_cut(1);
	ck_assert(!wants(&filter));
	craft_cut(0);
	ck_assert(!wants(&filter));
	ck_assert(wants(NULL));
}
END_TEST

/* ---- Addresses ---- */

/* The four addresses that a filter can ask for. */
static struct {
	uint8_t *address;
	uint8_t *prefix;
	const char *is;		/* in the packet */
} field;

static void choose_field(struct sockopt_filter *filter, int family, int number)
{
	const struct craft_addresses *of = craft_addresses_of(family);
	uint8_t *const address[] = { filter->src, filter->dst, filter->quoted_src,
				     filter->quoted_dst };
	uint8_t *const prefix[] = { &filter->src_prefix, &filter->dst_prefix,
				    &filter->quoted_src_prefix, &filter->quoted_dst_prefix };
	const char *const is[] = { of->src, of->dst, of->inner_src, of->inner_dst };

	field.address = address[number];
	field.prefix = prefix[number];
	field.is = is[number];
	ck_assert_int_eq(inet_pton(family, field.is, field.address), 1);
}

static void flip(unsigned int bit)
{
	field.address[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* Of a loop test over families and fields. */
START_TEST(a_prefix_asks_for_its_own_bits_and_for_no_other)
{
	int family = craft_families[_i % 2];
	unsigned int most = family == AF_INET6 ? 128 : 32, bits;
	struct sockopt_filter filter = vm_filter_all();

	filter.family = (uint8_t)family;
	choose_field(&filter, family, _i / 2);
	craft_error(family, 17);
	for (bits = 1; bits <= most; bits++) {
		*field.prefix = (uint8_t)bits;
		ck_assert_msg(wants(&filter), "%u bits", bits);
		flip(bits - 1);
		ck_assert_msg(!wants(&filter), "%u bits, the last one differs", bits);
		flip(bits - 1);
		flip(0);
		ck_assert_msg(!wants(&filter), "%u bits, the first one differs", bits);
		flip(0);
		if (bits == most)
			break;
		flip(bits);
		ck_assert_msg(wants(&filter), "%u bits, one behind differs", bits);
		flip(bits);
	}
}
END_TEST

START_TEST(a_prefix_of_no_bits_is_no_condition)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.family = (uint8_t)craft_families[_i % 2];
	choose_field(&filter, craft_families[_i % 2], _i / 2);
	memset(field.address, 0xa5, 16);
	craft_icmp(craft_families[_i % 2], 200, 0);
	ck_assert(wants(&filter));
}
END_TEST

/* Of an IPv4 address four bytes count, whatever stands behind. */
START_TEST(the_rest_of_an_ipv4_address_does_not_matter)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.family = AF_INET;
	choose_field(&filter, AF_INET, _i);
	*field.prefix = 32;
	memset(field.address + 4, 0xa5, 12);
	craft_error(AF_INET, 17);
	ck_assert(wants(&filter));
}
END_TEST

START_TEST(the_other_family_meets_no_condition_on_addresses)
{
	struct sockopt_filter filter = vm_filter_all();
	int number;

	filter.family = (uint8_t)FAMILY;
	craft_error(OTHER, 17);
	ck_assert(!wants(&filter));
	craft_error(FAMILY, 17);
	ck_assert(wants(&filter));
	for (number = 0; number < 4; number++) {
		filter = vm_filter_all();
		filter.family = (uint8_t)FAMILY;
		choose_field(&filter, FAMILY, number);
		*field.prefix = 1;
		craft_error(OTHER, 17);
		ck_assert(!wants(&filter));
	}
}
END_TEST

/* ---- Interface ---- */

START_TEST(an_interface_is_that_which_the_packet_came_in_by)
{
	struct sockopt_filter filter = vm_filter_all();
	unsigned int lo = if_nametoindex("lo");

	craft_icmp(FAMILY, 200, 0);
	filter.ifindex = lo;
	ck_assert(wants(&filter));
	filter.ifindex = lo + 1;
	ck_assert(!wants(&filter));
	filter.ifindex = UINT32_MAX;
	ck_assert(!wants(&filter));
}
END_TEST

/* ---- Together ---- */

#define CONDITIONS 9

/* Conditions of which the packet of the next test meets each, or just not. */
static void set_condition(struct sockopt_filter *filter, int family, int number, bool is_met)
{
	switch (number) {
	case 0:
		filter->codes[0] = is_met ? 2 : 4;
		break;
	case 1:
		filter->ifindex = if_nametoindex("lo") + !is_met;
		break;
	case 2:
		filter->quoted_protocol = is_met ? 17 : 6;
		break;
	case 3:
		filter->quoted_sport = is_met ? 1000 : 1001;
		break;
	case 4:
		filter->quoted_dport = is_met ? 2000 : 2001;
		break;
	default:
		choose_field(filter, family, number - 5);
		*field.prefix = 9;
		if (!is_met)
			flip(8);
	}
}

START_TEST(a_packet_has_to_meet_all_conditions)
{
	struct sockopt_filter filter;
	int missed, number;

	craft_error(FAMILY, 17);
	craft_ports(1000, 2000);
	for (missed = 0; missed <= CONDITIONS; missed++) {
		filter = vm_filter_all();
		filter.family = (uint8_t)FAMILY;
		for (number = 0; number < CONDITIONS; number++)
			set_condition(&filter, FAMILY, number, number != missed);
		ck_assert_msg(wants(&filter) == (missed == CONDITIONS), "missed %d", missed);
	}
}
END_TEST

START_TEST(conditions_want_no_type_that_the_mask_does_not)
{
	struct sockopt_filter filter = { .size = sizeof(filter), .family = (uint8_t)FAMILY };

	filter.codes[0] = 2;
	sockopt_filter_add(&filter, 200);
	sockopt_filter_add6(&filter, 200);
	craft_icmp(FAMILY, 200, 1);
	ck_assert(wants(&filter));
	craft_icmp(FAMILY, 201, 1);
	ck_assert(!wants(&filter));
	craft_icmp(FAMILY, 200, 0);
	ck_assert(!wants(&filter));
}
END_TEST

START_TEST(many_streams_ask_the_same_packet_for_different_things)
{
	struct sockopt_filter filter;
	struct vm_reader readers[CONDITIONS];
	int number;

	for (number = 0; number < CONDITIONS; number++) {
		filter = vm_filter_all();
		filter.family = (uint8_t)FAMILY;
		set_condition(&filter, FAMILY, number, number % 2);
		vm_reader_open(&readers[number], 4, 0, 4);
		ck_assert_int_eq(vm_tune_filter(readers[number].sock, ICMP, &filter, NULL), 0);
	}
	craft_error(FAMILY, 17);
	craft_ports(1000, 2000);
	ck_assert(wants(NULL));
	for (number = 0; number < CONDITIONS; number++)
		ck_assert_int_eq(vm_take_now(readers[number].sock, &readers[number].open) == 1,
				 number % 2);
}
END_TEST

/* ---- Suite ---- */

static void add_alone(TCase *tc)
{
	tcase_add_loop_test(tc, a_type_is_wanted_of_its_own_family_only, 0, 2);
	tcase_add_loop_test(tc, each_type_is_selected_by_its_own_bit_in_both_families, 0, 2);
	tcase_add_loop_test(tc, each_code_is_selected_by_its_own_bit, 0, 2);
	tcase_add_loop_test(tc, a_packet_without_a_code_meets_no_condition_on_it, 0, 2);
	tcase_add_loop_test(tc, a_prefix_asks_for_its_own_bits_and_for_no_other, 0, 8);
	tcase_add_loop_test(tc, a_prefix_of_no_bits_is_no_condition, 0, 8);
	tcase_add_loop_test(tc, the_rest_of_an_ipv4_address_does_not_matter, 0, 4);
	tcase_add_loop_test(tc, the_other_family_meets_no_condition_on_addresses, 0, 2);
	tcase_add_loop_test(tc, an_interface_is_that_which_the_packet_came_in_by, 0, 2);
}

static void add_together(TCase *tc)
{
	tcase_add_loop_test(tc, a_packet_has_to_meet_all_conditions, 0, 2);
	tcase_add_loop_test(tc, conditions_want_no_type_that_the_mask_does_not, 0, 2);
	tcase_add_loop_test(tc, many_streams_ask_the_same_packet_for_different_things, 0, 2);
}

Suite *condition_suite(void)
{
	Suite *suite = suite_create("condition");
	TCase *tc = vm_case(suite, "condition", 60, judge_setup);

	add_alone(tc);
	add_together(tc);
	return suite;
}

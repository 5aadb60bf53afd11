/* SPDX-License-Identifier: MIT */
/*
 * Extension objects: label stacks and interfaces, at every length.
 */
#include "packet.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static uint8_t *guarded;	/* ends at a page that cannot be read */
static struct packet bytes;

/* An object with this payload; nothing behind it can be read. */
static struct sockopt_icmp_extension object(uint8_t class_num, uint8_t c_type,
					    const void *data, size_t len)
{
	struct sockopt_icmp_extension ext = {
		sizeof(ext), .class_num = class_num, .c_type = c_type,
		.len = (uint16_t)len,
	};

	bytes.len = (uint16_t)((len + 7) & ~(size_t)7);
	guarded = (uint8_t *)(record_of(&bytes, bytes.len, 0) + 1);
	ext.data = guarded + bytes.len - len;
	memcpy(guarded + bytes.len - len, data, len);
	return ext;
}

/* ---- MPLS ------------------------------------------------------------------ */

START_TEST(the_parts_of_a_label_come_from_their_bits)
{
	static const uint8_t stack[] = {
		0xff, 0xff, 0xf0, 0x00, 0x00, 0x00, 0x0e, 0x00,
		0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0xff,
		0x12, 0x34, 0x5b, 0x40,
	};
	static const struct sockopt_icmp_mpls want[] = {
		{ 12, 0xfffff, 0, 0, 0, 0 }, { 12, 0, 7, 0, 0, 0 },
		{ 12, 0, 0, 1, 0, 0 }, { 12, 0, 0, 0, 255, 0 },
		{ 12, 0x12345, 5, 1, 64, 0 },
	};
	struct sockopt_icmp_extension ext = object(1, 1, stack, sizeof(stack));
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };

	ck_assert_int_eq(sockopt_icmp_mpls(&ext, (unsigned int)_i, &mpls), 1);
	ck_assert_mem_eq(&mpls, &want[_i], sizeof(mpls));
	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 5, &mpls), 0);
	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 0xffffffff, &mpls), 0);
	ck_assert_mem_eq(&mpls, &want[_i], sizeof(mpls));
}
END_TEST

START_TEST(a_part_of_a_label_is_none)
{
	struct sockopt_icmp_extension ext = object(1, 1, "\0\1\1\1\0\1\1", (size_t)_i);
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };

	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 0, &mpls), _i >= 4);
	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 1, &mpls), 0);
}
END_TEST

START_TEST(only_a_label_stack_has_labels)
{
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	struct sockopt_icmp_extension ext = object(1, 2, "\0\1\1\1", 4);

	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 0, &mpls), 0);
	ext = object(2, 1, "\0\1\1\1", 4);
	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 0, &mpls), 0);
	ext = object(1, 1, "\0\1\1\1", 4);
	mpls.size--;
	ck_assert_int_eq(sockopt_icmp_mpls(&ext, 0, &mpls), -EINVAL);
	ck_assert_uint_eq(mpls.label, 0);
}
END_TEST

/* ---- Interfaces ------------------------------------------------------------ */

#define IFINDEX	SOCKOPT_ICMP_INTERFACE_F_IFINDEX
#define ADDRESS	SOCKOPT_ICMP_INTERFACE_F_ADDRESS
#define NAME	SOCKOPT_ICMP_INTERFACE_F_NAME
#define MTU	SOCKOPT_ICMP_INTERFACE_F_MTU
#define TRUNCATED SOCKOPT_ICMP_INTERFACE_F_TRUNCATED

/* What c_type says, in its order; returns the length. */
static size_t put_parts(uint8_t *at, unsigned int c_type, int is_ip6)
{
	uint8_t *start = at;

	if (c_type & 8) {
		memcpy(at, "\0\1\2\3", 4);
		at += 4;
	}
	if (c_type & 4) {
		memset(at, 0, 20);
		memcpy(at, is_ip6 ? "\0\2\0\0\376\200" : "\0\1\0\0\12\11\0\1",
		       is_ip6 ? 6 : 8);
		at += is_ip6 ? 20 : 8;
	}
	if (c_type & 2) {
		memcpy(at, "\10eth0\0\0\0", 8);
		at += 8;
	}
	if (c_type & 1) {
		memcpy(at, "\0\0\5\334", 4);
		at += 4;
	}
	return (size_t)(at - start);
}

static uint32_t flags_for(unsigned int c_type)
{
	return (c_type & 8 ? IFINDEX : 0) | (c_type & 4 ? ADDRESS : 0) |
	       (c_type & 2 ? NAME : 0) | (c_type & 1 ? MTU : 0);
}

static struct sockopt_icmp_interface interface_of(unsigned int c_type,
						  const uint8_t *data, size_t len)
{
	struct sockopt_icmp_interface told = { .size = sizeof(told) };
	struct sockopt_icmp_extension ext = object(2, (uint8_t)c_type, data, len);

	ck_assert_int_eq(sockopt_icmp_interface(&ext, &told), 1);
	return told;
}

START_TEST(an_interface_has_the_parts_that_its_type_says)
{
	unsigned int c_type = (unsigned int)_i & 15;
	int is_ip6 = _i / 16;
	uint8_t data[40];
	size_t len = put_parts(data, c_type, is_ip6);
	struct sockopt_icmp_interface told = interface_of(0x80 | c_type, data, len);

	ck_assert_uint_eq(told.flags, flags_for(c_type));
	ck_assert_uint_eq(told.role, 2);
	ck_assert_uint_eq(told.ifindex, c_type & 8 ? 0x010203 : 0);
	ck_assert_uint_eq(told.family, !(c_type & 4) ? 0 :
			  is_ip6 ? FAMILY_IP6 : FAMILY_IP4);
	if (c_type & 4)
		ck_assert_mem_eq(told.address, is_ip6 ? "\376\200\0" : "\12\11\0\1\0",
				 is_ip6 ? 3 : 5);
	ck_assert_str_eq(told.name, c_type & 2 ? "eth0" : "");
	ck_assert_uint_eq(told.mtu, c_type & 1 ? 1500 : 0);
}
END_TEST

/* Cut at any length: the parts before are there, and it says that more were. */
START_TEST(an_interface_that_is_cut_says_so)
{
	uint8_t data[40];
	size_t whole = put_parts(data, 15, _i), len;
	size_t address = _i ? 24 : 12;

	for (len = 0; len < whole; len++) {
		struct sockopt_icmp_interface told = interface_of(15, data, len);

		ck_assert_uint_eq(told.flags, TRUNCATED | (len < 4 ? 0 : IFINDEX) |
				  (len < address ? 0 : ADDRESS) |
				  (len < address + 8 ? 0 : NAME));
	}
}
END_TEST

START_TEST(a_name_may_have_63_bytes_and_is_terminated)
{
	struct sockopt_icmp_interface told;
	uint8_t data[256];
	int len;

	memset(data, 'x', sizeof(data));
	for (len = 0; len < 256; len++) {
		int is_good = len >= 1 && len <= 64;

		data[0] = (uint8_t)len;
		told = interface_of(2, data, sizeof(data));
		ck_assert_uint_eq(told.flags, is_good ? NAME : TRUNCATED);
		ck_assert_int_eq((int)strlen(told.name), is_good ? len - 1 : 0);
	}
}
END_TEST

START_TEST(an_address_of_another_family_hides_what_follows)
{
	struct sockopt_icmp_interface told =
		interface_of(5, (const uint8_t *)"\0\3\0\0\0\0\0\0\0\0\0\0", 12);

	ck_assert_uint_eq(told.flags, TRUNCATED);
	ck_assert_uint_eq(told.mtu, 0);
}
END_TEST

START_TEST(only_an_interface_object_has_one)
{
	struct sockopt_icmp_interface told = { .size = sizeof(told) };
	struct sockopt_icmp_extension ext = object(3, 8, "\0\1\1\1", 4);

	ck_assert_int_eq(sockopt_icmp_interface(&ext, &told), 0);
	ext = object(2, 8, "\0\1\1\1", 4);
	told.size--;
	ck_assert_int_eq(sockopt_icmp_interface(&ext, &told), -EINVAL);
	ck_assert_uint_eq(told.ifindex, 0);
}
END_TEST

static TCase *mpls_case(void)
{
	TCase *tc = tcase_create("mpls");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, the_parts_of_a_label_come_from_their_bits, 0, 5);
	tcase_add_loop_test(tc, a_part_of_a_label_is_none, 0, 8);
	tcase_add_test(tc, only_a_label_stack_has_labels);
	return tc;
}

static TCase *interface_case(void)
{
	TCase *tc = tcase_create("interface");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, an_interface_has_the_parts_that_its_type_says, 0, 32);
	tcase_add_loop_test(tc, an_interface_that_is_cut_says_so, 0, 2);
	tcase_add_test(tc, a_name_may_have_63_bytes_and_is_terminated);
	tcase_add_test(tc, an_address_of_another_family_hides_what_follows);
	tcase_add_test(tc, only_an_interface_object_has_one);
	return tc;
}

Suite *object_suite(void)
{
	Suite *suite = suite_create("object");

	suite_add_tcase(suite, mpls_case());
	suite_add_tcase(suite, interface_case());
	return suite;
}

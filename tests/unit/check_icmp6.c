/* SPDX-License-Identifier: MIT */
/*
 * Decode of ICMPv6, with packets made by hand: each member comes from where its
 * RFC says it stands, and the IPv6 header bounds what is read.
 */
#include "packet.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define TYPE	SOCKOPT_ICMP_F_TYPE
#define FLOW	(SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS)

static const uint8_t one[16] = { 0x20, 1, 13, 0xb8, [15] = 1 };
static const uint8_t two[16] = { 0x20, 1, 13, 0xb8, [15] = 2 };
static const uint8_t link_local[16] = { 0xfe, 0x80, [8] = 2, [15] = 7 };

START_TEST(addresses_and_hop_limit_come_from_the_ip_header)
{
	struct packet p = plain6(128, 0, 0x00070001);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.family, FAMILY_IP6);
	ck_assert_uint_eq(icmp.ttl, 62);
	ck_assert_mem_eq(icmp.src, one, 16);
	ck_assert_mem_eq(icmp.dst, two, 16);
}
END_TEST

START_TEST(echoes_have_an_identifier_and_a_sequence_number)
{
	static const uint8_t types[] = { 128, 129, 160, 161 };
	struct packet p = plain6(types[_i], 0, 0xfedc8001);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.type, types[_i]);
	ck_assert_uint_eq(icmp.id, 0xfedc);
	ck_assert_uint_eq(icmp.seq, types[_i] < 160 ? 0x8001 : 0x80);
}
END_TEST

START_TEST(too_big_has_an_mtu_of_32_bits)
{
	struct packet p = error6_about(2, 0, 0x80010203, 6);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, TYPE | FLOW | SOCKOPT_ICMP_F_MTU);
	ck_assert_uint_eq(icmp.mtu, 0x80010203);
}
END_TEST

START_TEST(a_parameter_problem_has_a_pointer_of_32_bits)
{
	struct packet p = error6_about(4, (unsigned int)_i, 0x80010203, 6);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, TYPE | FLOW | SOCKOPT_ICMP_F_POINTER);
	ck_assert_int_eq(icmp.code, _i);
	ck_assert_uint_eq(icmp.pointer, 0x80010203);
}
END_TEST

START_TEST(a_router_advertisement_has_a_lifetime)
{
	struct packet p = plain6(134, 0, 0x40c00708);
	struct sockopt_icmp icmp;

	grow(&p, 8);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_LIFETIME);
	ck_assert_uint_eq(icmp.lifetime, 1800);
}
END_TEST

START_TEST(neighbors_and_listeners_have_the_address_they_are_about)
{
	static const uint8_t types[] = { 130, 131, 132, 135, 136 };
	struct packet p = plain6(types[_i], 0, 0x60000000);
	struct sockopt_icmp icmp;

	memcpy(grow(&p, 16), link_local, 16);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_TARGET);
	ck_assert_mem_eq(icmp.target, link_local, 16);
	p.len--;
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

/* To link_local for two, and options that are not the quoted packet. */
static struct packet redirect(void)
{
	struct packet p = plain6(137, 0, 0);
	uint8_t *option;

	memcpy(grow(&p, 16), link_local, 16);
	memcpy(grow(&p, 16), two, 16);
	option = grow(&p, 16);
	option[0] = 2;
	option[1] = 2;
	finish(&p);
	return p;
}

static void add_redirected(struct packet *p)
{
	uint8_t *option = grow(p, 8);

	option[0] = 4;
	option[1] = 1 + 6;
	add_ip6(p, 17, 1, 2);
	memcpy(grow(p, 8), "\17\240\0\11\0\0\0\0", 8);
	finish(p);
}

START_TEST(a_redirect_has_two_addresses_and_need_not_quote)
{
	struct packet p = redirect();
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_TARGET);
	ck_assert_mem_eq(icmp.gateway, link_local, 16);
	ck_assert_mem_eq(icmp.target, two, 16);
}
END_TEST

START_TEST(a_redirect_quotes_in_an_option_among_others)
{
	struct packet p = redirect();
	struct sockopt_icmp icmp;

	add_redirected(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | FLOW | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_TARGET);
	ck_assert_mem_eq(icmp.quoted_src, one, 16);
	ck_assert_mem_eq(icmp.quoted_dst, two, 16);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(the_quote_of_a_redirect_ends_with_its_option)
{
	struct packet p = redirect();
	struct sockopt_icmp icmp;

	add_redirected(&p);
	p.data[40 + 56 + 1] = 1 + 5;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_TARGET | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

START_TEST(an_option_without_a_length_ends_the_options)
{
	struct packet p = redirect();
	struct sockopt_icmp icmp;

	add_redirected(&p);
	p.data[40 + 40 + 1] = 0;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_TARGET);
}
END_TEST

START_TEST(every_other_type_has_its_number_and_no_more)
{
	static const uint8_t carriers[] = {
		1, 2, 3, 4, 128, 129, 130, 131, 132, 134, 135, 136, 137, 160, 161,
	};
	int type;

	for (type = 0; type < 256; type++) {
		struct packet p = error6_about((unsigned int)type, 3, 5, 17);
		struct sockopt_icmp icmp = decode(&p);

		ck_assert_int_eq(icmp.type, type);
		ck_assert_uint_eq(icmp.code, 3);
		ck_assert_int_eq(icmp.flags != TYPE,
				 memchr(carriers, type, sizeof(carriers)) != NULL);
	}
}
END_TEST

/* ---- The IPv6 header ------------------------------------------------------ */

START_TEST(the_message_starts_where_the_record_says)
{
	struct packet p = { .family = FAMILY_IP6 };
	struct sockopt_icmp icmp;

	add_ip6(&p, 0, 1, 2);
	add_header6(&p, 60, 1);
	add_header6(&p, 58, 3);
	p.offset = p.len;
	add_icmp(&p, 128, 0, 7, 1);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.id, 7);
}
END_TEST

START_TEST(what_stands_behind_the_payload_is_not_read)
{
	struct packet p = error6_about(3, 0, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 4, 8);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_TRUNCATED);
	put16(p.data + 4, 8 + 40);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_TRUNCATED |
			  SOCKOPT_ICMP_F_QUOTED);
	put16(p.data + 4, 0);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

START_TEST(a_payload_longer_than_the_capture_ends_with_the_capture)
{
	struct packet p = error6_about(3, 0, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 4, 0xffff);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | FLOW);
	p.len = (uint16_t)(p.len - 5);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

START_TEST(the_payload_length_of_a_jumbogram_bounds_nothing)
{
	struct packet p = { .family = FAMILY_IP6 };
	struct sockopt_icmp icmp;

	add_ip6(&p, 0, 1, 2);
	memcpy(add_header6(&p, 58, 1) + 2, "\302\4\0\1\0\0", 6);
	p.offset = p.len;
	add_icmp(&p, 128, 0, 7, 1);
	put16(p.data + 4, 0);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | SOCKOPT_ICMP_F_ECHO);
}
END_TEST

START_TEST(a_fragment_has_a_type_only_if_it_is_the_first)
{
	struct packet p = { .family = FAMILY_IP6 };
	struct sockopt_icmp icmp;

	add_ip6(&p, 44, 1, 2);
	put16(add_header6(&p, 58, 1) + 2, _i ? 8 : 1);
	p.offset = p.len;
	add_icmp(&p, 128, 0, 7, 1);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, _i ? SOCKOPT_ICMP_F_TRUNCATED :
					   TYPE | SOCKOPT_ICMP_F_ECHO);
}
END_TEST

START_TEST(a_record_without_an_ipv6_packet_is_refused)
{
	struct packet p = plain6(128, 0, 0x00070001);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	uint8_t *data = (uint8_t *)(rec + 1);
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	data[0] = 0x45;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	data[0] = 0x70;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	data[0] = 0x6f;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	rec->kind = SOCKOPT_KIND_BYTES;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	ck_assert_int_eq(sockopt_icmp_decode(record_of(&p, 39, 0), &icmp), -EINVAL);
}
END_TEST

START_TEST(an_offset_that_is_nonsense_is_truncated_not_followed)
{
	static const uint16_t offsets[] = { 0, 8, 39, 47, 48, 49, 0x7fff, 0xffff };
	struct packet p = plain6(128, 0, 0x00070001);
	struct sockopt_icmp icmp;

	p.offset = offsets[_i];
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

static TCase *message_case(void)
{
	TCase *tc = tcase_create("message6");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, echoes_have_an_identifier_and_a_sequence_number,
			    0, 4);
	tcase_add_test(tc, too_big_has_an_mtu_of_32_bits);
	tcase_add_loop_test(tc, a_parameter_problem_has_a_pointer_of_32_bits, 0, 4);
	tcase_add_test(tc, a_router_advertisement_has_a_lifetime);
	tcase_add_loop_test(tc, neighbors_and_listeners_have_the_address_they_are_about,
			    0, 5);
	tcase_add_test(tc, a_redirect_has_two_addresses_and_need_not_quote);
	tcase_add_test(tc, a_redirect_quotes_in_an_option_among_others);
	tcase_add_test(tc, the_quote_of_a_redirect_ends_with_its_option);
	tcase_add_test(tc, an_option_without_a_length_ends_the_options);
	tcase_add_test(tc, every_other_type_has_its_number_and_no_more);
	return tc;
}

static TCase *header_case(void)
{
	TCase *tc = tcase_create("header6");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_test(tc, addresses_and_hop_limit_come_from_the_ip_header);
	tcase_add_test(tc, the_message_starts_where_the_record_says);
	tcase_add_test(tc, what_stands_behind_the_payload_is_not_read);
	tcase_add_test(tc, a_payload_longer_than_the_capture_ends_with_the_capture);
	tcase_add_test(tc, the_payload_length_of_a_jumbogram_bounds_nothing);
	tcase_add_loop_test(tc, a_fragment_has_a_type_only_if_it_is_the_first, 0, 2);
	tcase_add_test(tc, a_record_without_an_ipv6_packet_is_refused);
	tcase_add_loop_test(tc, an_offset_that_is_nonsense_is_truncated_not_followed,
			    0, 8);
	return tc;
}

Suite *icmp6_suite(void)
{
	Suite *suite = suite_create("icmp6");

	suite_add_tcase(suite, message_case());
	suite_add_tcase(suite, header_case());
	return suite;
}

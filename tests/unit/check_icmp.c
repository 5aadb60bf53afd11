/* SPDX-License-Identifier: MIT */
/*
 * Decode, with packets made by hand: each member comes from where RFC 792 says it
 * stands, and a packet that is no such packet is refused.
 */
#include "packet.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

START_TEST(addresses_and_ttl_come_from_the_ip_header)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.family, FAMILY_IP4);
	ck_assert_uint_eq(icmp.ttl, 63);
	ck_assert_mem_eq(icmp.src, "\12\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_mem_eq(icmp.dst, "\12\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}
END_TEST

START_TEST(queries_have_an_identifier_and_a_sequence_number)
{
	static const unsigned int types[] = { 0, 8, 13, 14, 15, 16, 17, 18 };
	struct packet p = plain(types[_i], 0, 0xfedc, 0x8001);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.type, types[_i]);
	ck_assert_uint_eq(icmp.id, 0xfedc);
	ck_assert_uint_eq(icmp.seq, 0x8001);
}
END_TEST

START_TEST(frag_needed_has_an_mtu_and_only_that_code)
{
	struct packet p = error_about(3, 4, 1400, 6);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_MTU |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.mtu, 1400);
	p = error_about(3, 3, 1400, 6);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_MTU, 0);
	ck_assert_uint_eq(icmp.mtu, 0);
}
END_TEST

START_TEST(a_redirect_has_a_gateway)
{
	struct packet p = error_about(5, 1, 0, 17);
	struct sockopt_icmp icmp;

	memcpy(p.data + p.offset + 4, "\12\0\0\376", 4);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_GATEWAY,
			  SOCKOPT_ICMP_F_GATEWAY);
	ck_assert_mem_eq(icmp.gateway, "\12\0\0\376\0\0\0\0", 8);
}
END_TEST

START_TEST(an_extended_echo_has_a_sequence_number_of_eight_bits)
{
	struct packet p = plain((unsigned int)_i, 0, 0xfedc, 0x8001);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.id, 0xfedc);
	ck_assert_uint_eq(icmp.seq, 0x80);
}
END_TEST

START_TEST(a_parameter_problem_has_a_pointer_but_for_a_missing_option)
{
	struct packet p = error_about(12, (unsigned int)_i, 0, 17);
	struct sockopt_icmp icmp;

	p.data[p.offset + 4] = 0xfe;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS |
			  (_i == 1 ? 0U : SOCKOPT_ICMP_F_POINTER));
	ck_assert_uint_eq(icmp.pointer, _i == 1 ? 0 : 0xfe);
}
END_TEST

START_TEST(rarer_errors_have_a_pointer_and_a_quote)
{
	struct packet p = error_about(_i ? 31 : 40, 0, 0x8003, 17);
	struct sockopt_icmp icmp;

	put16(p.data + p.offset + 4, 0x8001);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS | SOCKOPT_ICMP_F_POINTER);
	ck_assert_uint_eq(icmp.pointer, _i ? 0x80018003 : 0x8003);
}
END_TEST

START_TEST(a_router_advertisement_has_a_lifetime)
{
	struct packet p = plain(9, 0, 0x0102, 1800);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_LIFETIME);
	ck_assert_uint_eq(icmp.lifetime, 1800);
}
END_TEST

START_TEST(every_other_type_has_its_number_and_no_more)
{
	static const uint8_t carriers[] = {
		0, 3, 4, 5, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 31, 40, 42, 43,
	};
	int type;

	for (type = 0; type < 256; type++) {
		struct packet p = error_about((unsigned int)type, 0, 5, 17);
		struct sockopt_icmp icmp = decode(&p);

		ck_assert_int_eq(icmp.type, type);
		ck_assert_int_eq(icmp.flags != SOCKOPT_ICMP_F_TYPE,
				 memchr(carriers, type, sizeof(carriers)) != NULL);
	}
}
END_TEST

#define ERRORS 7
#define PORT_PROTOS 5

START_TEST(errors_quote_the_flow_that_caused_them)
{
	static const unsigned int types[ERRORS] = { 3, 4, 5, 11, 12, 31, 40 };
	static const uint8_t protos[PORT_PROTOS] = { 6, 17, 33, 132, 136 };
	unsigned int proto = protos[_i % PORT_PROTOS];
	struct packet p = error_about(types[_i / PORT_PROTOS], 0, 0, proto);
	struct sockopt_icmp icmp;

	p.data[28 + 8] = 7;
	put16(p.data + 28 + 2, 1234);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.quoted_family, FAMILY_IP4);
	ck_assert_uint_eq(icmp.quoted_ttl, 7);
	ck_assert_uint_eq(icmp.quoted_len, 1234);

	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_TRUNCATED, 0);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_QUOTED);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.quoted_proto, proto);
	ck_assert_mem_eq(icmp.quoted_src, "\12\0\0\1", 4);
	ck_assert_mem_eq(icmp.quoted_dst, "\12\0\0\2", 4);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(an_error_about_an_echo_quotes_its_identifier)
{
	static const uint8_t types[] = { 0, 8, 13, 14, 15, 16, 17, 18, 42, 43 };
	struct packet p = error_about(11, 0, 0, 1);
	struct sockopt_icmp icmp;

	quote_echo(&p, types[_i], 0x0102);
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.quoted_sport, 0x0102);
	ck_assert_uint_eq(icmp.quoted_dport, 0);
}
END_TEST

START_TEST(an_error_about_an_error_has_no_identifier)
{
	struct packet p = error_about(11, 0, 0, 1);
	struct sockopt_icmp icmp;

	quote_echo(&p, 3, 0x0102);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
	ck_assert_uint_eq(icmp.quoted_sport, 0);
}
END_TEST

START_TEST(a_protocol_without_ports_has_none_and_is_not_cut)
{
	struct packet p = error_about(3, 2, 0, 47);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
	ck_assert_uint_eq(icmp.quoted_proto, 47);
}
END_TEST

/* What stands behind it is padding, or extensions. */
START_TEST(a_quoted_packet_ends_where_its_length_says)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 28 + 2, 20 + (unsigned int)_i);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  (_i < 4 ? SOCKOPT_ICMP_F_TRUNCATED :
				    SOCKOPT_ICMP_F_PORTS));
	ck_assert_uint_eq(icmp.quoted_len, 20 + (unsigned int)_i);
}
END_TEST

START_TEST(options_in_either_header_are_stepped_over)
{
	struct packet p = { .len = 0 };
	struct sockopt_icmp icmp;

	add_ip4(&p, 1, 2, 1, 15);
	p.offset = p.len;
	add_icmp(&p, 3, 3, 0, 0);
	add_ip4(&p, 17, 1, 2, 7);
	memcpy(grow(&p, 8), "\17\240\0\11\0\0\0\0", 8);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.type, 3);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_TRUNCATED, 0);
}
END_TEST

START_TEST(a_quoted_later_fragment_has_no_ports_and_is_not_cut)
{
	struct packet p = error_about(11, 1, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28 + 7] = 1;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
}
END_TEST

START_TEST(a_quoted_first_fragment_has_ports)
{
	struct packet p = error_about(11, 1, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28 + 6] = 0x20;
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
}
END_TEST

START_TEST(a_later_fragment_has_no_type)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	p.data[7] = 1;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TRUNCATED);
	expect_line(&p, "10.0.0.1 > 10.0.0.2 [truncated]");
}
END_TEST

START_TEST(a_quote_that_is_not_ipv4_is_no_quote)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28] = (uint8_t)(_i ? 0x44 : 0x65);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE);
	ck_assert_uint_eq(icmp.quoted_proto, 0);
}
END_TEST

START_TEST(what_stands_behind_the_packets_end_is_not_read)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 2, 28);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_TRUNCATED);
}
END_TEST

START_TEST(a_total_length_below_the_header_bounds_nothing)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	put16(p.data + 2, _i ? 19 : 0);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
}
END_TEST

START_TEST(a_record_without_an_ip_packet_is_refused)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	uint8_t *data = (uint8_t *)(rec + 1);
	char line[SOCKOPT_ICMP_LINE] = "old";
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	rec->kind = SOCKOPT_KIND_BYTES;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	rec->kind = SOCKOPT_KIND_IP;
	rec->family = FAMILY_IP6;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	rec->family = 0;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	rec->family = FAMILY_IP4;
	data[0] = 0x65;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	data[0] = 0x44;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	ck_assert_int_eq(sockopt_icmp_format(rec, line, sizeof(line)), -EINVAL);
	ck_assert_str_eq(line, "");
	data[0] = 0x45;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
}
END_TEST

START_TEST(an_offset_that_is_nonsense_is_cut_not_followed)
{
	static const uint16_t offsets[] = { 0, 4, 19, 27, 28, 29, 0x7fff, 0xffff };
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	p.offset = offsets[_i];
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_TRUNCATED);
	ck_assert_uint_eq(icmp.flags & ~SOCKOPT_ICMP_F_TRUNCATED, 0);
}
END_TEST

static TCase *decode_case(void)
{
	TCase *tc = tcase_create("decode");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_test(tc, addresses_and_ttl_come_from_the_ip_header);
	tcase_add_loop_test(tc, queries_have_an_identifier_and_a_sequence_number,
			    0, 8);
	tcase_add_test(tc, frag_needed_has_an_mtu_and_only_that_code);
	tcase_add_test(tc, a_redirect_has_a_gateway);
	tcase_add_loop_test(tc, an_extended_echo_has_a_sequence_number_of_eight_bits,
			    42, 44);
	tcase_add_loop_test(tc, a_parameter_problem_has_a_pointer_but_for_a_missing_option,
			    0, 3);
	tcase_add_loop_test(tc, rarer_errors_have_a_pointer_and_a_quote, 0, 2);
	tcase_add_test(tc, a_router_advertisement_has_a_lifetime);
	tcase_add_test(tc, every_other_type_has_its_number_and_no_more);
	tcase_add_loop_test(tc, errors_quote_the_flow_that_caused_them,
			    0, ERRORS * PORT_PROTOS);
	tcase_add_loop_test(tc, an_error_about_an_echo_quotes_its_identifier,
			    0, 10);
	tcase_add_test(tc, an_error_about_an_error_has_no_identifier);
	tcase_add_test(tc, a_protocol_without_ports_has_none_and_is_not_cut);
	tcase_add_loop_test(tc, a_quoted_packet_ends_where_its_length_says, 0, 9);
	tcase_add_test(tc, options_in_either_header_are_stepped_over);
	tcase_add_test(tc, a_quoted_later_fragment_has_no_ports_and_is_not_cut);
	tcase_add_test(tc, a_quoted_first_fragment_has_ports);
	tcase_add_test(tc, a_later_fragment_has_no_type);
	tcase_add_loop_test(tc, a_quote_that_is_not_ipv4_is_no_quote, 0, 2);
	tcase_add_test(tc, what_stands_behind_the_packets_end_is_not_read);
	tcase_add_loop_test(tc, a_total_length_below_the_header_bounds_nothing,
			    0, 2);
	tcase_add_test(tc, a_record_without_an_ip_packet_is_refused);
	tcase_add_loop_test(tc, an_offset_that_is_nonsense_is_cut_not_followed,
			    0, 8);
	return tc;
}

Suite *icmp_suite(void)
{
	Suite *suite = suite_create("icmp");

	suite_add_tcase(suite, decode_case());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * The packet that an ICMPv6 error quotes: its flow, behind whatever extension
 * headers it has.
 */
#include "packet.h"
#include "unit.h"

#include <string.h>

#define TYPE	SOCKOPT_ICMP_F_TYPE
#define QUOTED	SOCKOPT_ICMP_F_QUOTED
#define PORTS	SOCKOPT_ICMP_F_PORTS
#define TRUNCATED SOCKOPT_ICMP_F_TRUNCATED

/* Without what decode has of the error itself. */
static uint32_t flags_of(const struct sockopt_icmp *icmp)
{
	return icmp->flags & ~(SOCKOPT_ICMP_F_MTU | SOCKOPT_ICMP_F_POINTER);
}

START_TEST(errors_quote_the_flow_that_caused_them)
{
	static const uint8_t protos[] = { 6, 17, 33, 132, 136 };
	unsigned int proto = protos[_i % 5];
	struct packet p = error6_about(1 + (unsigned int)_i / 5, 0, 0, proto);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(flags_of(&icmp), TYPE | QUOTED | PORTS);
	ck_assert_uint_eq(icmp.quoted_family, FAMILY_IP6);
	ck_assert_uint_eq(icmp.quoted_proto, proto);
	ck_assert_uint_eq(icmp.quoted_ttl, 62);
	ck_assert_uint_eq(icmp.quoted_len, 1040);
	ck_assert_mem_eq(icmp.quoted_src, p.data + 24, 16);
	ck_assert_mem_eq(icmp.quoted_dst, p.data + 8, 16);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(an_error_about_an_echo_quotes_its_identifier)
{
	static const uint8_t types[] = { 128, 129, 160, 161 };
	struct packet p = error6_about(3, 0, 0, 58);
	struct sockopt_icmp icmp;

	quote_echo(&p, types[_i], 0x0102);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED | PORTS);
	ck_assert_uint_eq(icmp.quoted_sport, 0x0102);
	ck_assert_uint_eq(icmp.quoted_dport, 0);
}
END_TEST

START_TEST(an_error_about_another_message_has_no_identifier)
{
	static const uint8_t types[] = { 0, 8, 135, 143, 255 };
	struct packet p = error6_about(3, 0, 0, 58);
	struct sockopt_icmp icmp;

	quote_echo(&p, types[_i], 0x0102);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED);
	ck_assert_uint_eq(icmp.quoted_sport, 0);
}
END_TEST

START_TEST(a_protocol_without_ports_has_none_and_is_not_truncated)
{
	static const uint8_t protos[] = { 2, 4, 41, 47, 50, 59, 89, 135, 255 };
	struct packet p = error6_about(1, 4, 0, protos[_i]);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED);
	ck_assert_uint_eq(icmp.quoted_proto, protos[_i]);
}
END_TEST

START_TEST(a_quote_that_is_not_ipv6_is_no_quote)
{
	struct packet p = error6_about(1, 4, 0, 17);
	struct sockopt_icmp icmp;

	p.data[48] = 0x45;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE);
	ck_assert_uint_eq(icmp.quoted_family, 0);
}
END_TEST

START_TEST(a_quoted_packet_ends_where_its_length_says)
{
	struct packet p = error6_about(1, 4, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 48 + 4, (unsigned int)_i);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED | (_i < 4 ? TRUNCATED : PORTS));
}
END_TEST

/* ---- Extension headers ----------------------------------------------------- */

/* An error about a packet whose headers follow; with_ports() ends it. */
static struct packet about(unsigned int next)
{
	struct packet p = plain6(1, 4, 0);

	add_ip6(&p, next, 1, 2);
	return p;
}

static struct sockopt_icmp with_ports(struct packet *p)
{
	memcpy(grow(p, 8), "\17\240\0\11\0\0\0\0", 8);
	finish(p);
	return decode(p);
}

static void expect_flow(const struct sockopt_icmp *icmp, unsigned int proto)
{
	ck_assert_uint_eq(icmp->flags, TYPE | QUOTED | PORTS);
	ck_assert_uint_eq(icmp->quoted_proto, proto);
	ck_assert_uint_eq(icmp->quoted_sport, 4000);
	ck_assert_uint_eq(icmp->quoted_dport, 9);
}

START_TEST(extension_headers_are_stepped_over)
{
	static const uint8_t headers[] = { 0, 43, 60 };
	struct packet p = about(headers[_i]);
	struct sockopt_icmp icmp;

	add_header6(&p, 60, 1);
	add_header6(&p, 17, 3);
	icmp = with_ports(&p);
	expect_flow(&icmp, 17);
}
END_TEST

/* Its length counts 4 bytes, and the first two of those not. */
START_TEST(an_authentication_header_is_stepped_over)
{
	struct packet p = about(51);
	struct sockopt_icmp icmp;

	add_header6(&p, 6, 3)[1] = 4;
	icmp = with_ports(&p);
	expect_flow(&icmp, 6);
}
END_TEST

/* Its second byte is no length. */
START_TEST(a_quoted_first_fragment_has_ports)
{
	struct packet p = about(44);
	uint8_t *fragment = add_header6(&p, 17, 1);
	struct sockopt_icmp icmp;

	fragment[1] = 0xff;
	put16(fragment + 2, 7);
	icmp = with_ports(&p);
	expect_flow(&icmp, 17);
}
END_TEST

START_TEST(a_quoted_later_fragment_has_no_ports_and_is_not_truncated)
{
	struct packet p = about(44);
	struct sockopt_icmp icmp;

	put16(add_header6(&p, _i ? 60 : 17, 1) + 2, 8);
	icmp = with_ports(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED);
	ck_assert_uint_eq(icmp.quoted_proto, _i ? 60 : 17);
	ck_assert_uint_eq(icmp.quoted_sport, 0);
}
END_TEST

START_TEST(sixteen_extension_headers_are_enough)
{
	struct packet p = about(60);
	struct sockopt_icmp icmp;
	int i;

	for (i = 1; i < 16 + _i; i++)
		add_header6(&p, 60, 1);
	add_header6(&p, 17, 1);
	icmp = with_ports(&p);
	if (!_i) {
		expect_flow(&icmp, 17);
		return;
	}
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED | TRUNCATED);
	ck_assert_uint_eq(icmp.quoted_proto, 60);
}
END_TEST

START_TEST(a_quote_that_ends_within_extension_headers_is_truncated)
{
	struct packet p = about(0);
	struct sockopt_icmp icmp;

	add_header6(&p, 60, 2);
	add_header6(&p, 17, 2);
	p.len = (uint16_t)(48 + 40 + _i);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED | TRUNCATED);
	ck_assert_uint_eq(icmp.quoted_proto, _i < 8 ? 0 : _i < 24 ? 60 : 17);
}
END_TEST

START_TEST(an_extension_header_longer_than_the_quote_is_truncated)
{
	struct packet p = about(60);
	struct sockopt_icmp icmp;

	add_header6(&p, 17, 1)[1] = 0xff;
	icmp = with_ports(&p);
	ck_assert_uint_eq(icmp.flags, TYPE | QUOTED | TRUNCATED);
}
END_TEST

static TCase *flow_case(void)
{
	TCase *tc = tcase_create("quoted6");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, errors_quote_the_flow_that_caused_them, 0, 20);
	tcase_add_loop_test(tc, an_error_about_an_echo_quotes_its_identifier, 0, 4);
	tcase_add_loop_test(tc, an_error_about_another_message_has_no_identifier,
			    0, 5);
	tcase_add_loop_test(tc, a_protocol_without_ports_has_none_and_is_not_truncated,
			    0, 9);
	tcase_add_test(tc, a_quote_that_is_not_ipv6_is_no_quote);
	tcase_add_loop_test(tc, a_quoted_packet_ends_where_its_length_says, 0, 9);
	return tc;
}

static TCase *headers_case(void)
{
	TCase *tc = tcase_create("headers6");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, extension_headers_are_stepped_over, 0, 3);
	tcase_add_test(tc, an_authentication_header_is_stepped_over);
	tcase_add_test(tc, a_quoted_first_fragment_has_ports);
	tcase_add_loop_test(tc, a_quoted_later_fragment_has_no_ports_and_is_not_truncated,
			    0, 2);
	tcase_add_loop_test(tc, sixteen_extension_headers_are_enough, 0, 2);
	tcase_add_loop_test(tc, a_quote_that_ends_within_extension_headers_is_truncated,
			    0, 36);
	tcase_add_test(tc, an_extension_header_longer_than_the_quote_is_truncated);
	return tc;
}

Suite *quoted6_suite(void)
{
	Suite *suite = suite_create("quoted6");

	suite_add_tcase(suite, flow_case());
	suite_add_tcase(suite, headers_case());
	return suite;
}

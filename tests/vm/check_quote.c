/* SPDX-License-Identifier: MIT */
/*
 * Proves that conditions on the quoted flow find it wherever an error has it, and are
 * never met by bytes that are not there.
 */
#include "craft.h"

#include <netinet/in.h>
#include <string.h>

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

#define FAMILY craft_families[_i]
#define SPORT 40001
#define DPORT 50002

static bool wants(const struct sockopt_filter *filter)
{
	return is_wanted(filter, NULL);
}

static struct sockopt_filter want_protocol(uint8_t protocol)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.quoted_protocol = protocol;
	return filter;
}

static struct sockopt_filter want_ports(uint16_t sport, uint16_t dport)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.quoted_sport = sport;
	filter.quoted_dport = dport;
	return filter;
}

static bool wants_ports(uint16_t sport, uint16_t dport)
{
	struct sockopt_filter filter = want_ports(sport, dport);

	return wants(&filter);
}

static bool wants_protocol(uint8_t protocol)
{
	struct sockopt_filter filter = want_protocol(protocol);

	return wants(&filter);
}

/* ---- Which types quote ---- */

static bool is_error(int family, unsigned int type)
{
	if (family == AF_INET6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

START_TEST(errors_and_no_other_type_meet_conditions_on_what_they_quote)
{
	unsigned int type;

	for (type = 0; type < 256; type++) {
		if (FAMILY == AF_INET && type == 13)
			continue; /* the kernel would answer */
		craft_error(FAMILY, IPPROTO_UDP);
		craft_ports(SPORT, DPORT);
		craft.bytes[craft.icmp_at] = (uint8_t)type;
		ck_assert_msg(wants_protocol(IPPROTO_UDP) == is_error(FAMILY, type),
			      "type %u", type);
		ck_assert_msg(wants_ports(SPORT, DPORT) == is_error(FAMILY, type), "type %u",
			      type);
	}
}
END_TEST

/* ---- Ports ---- */

static const uint8_t with_ports[] = {
	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_DCCP,
};

START_TEST(ports_are_those_of_protocols_that_have_some)
{
	unsigned int i;

	for (i = 0; i < sizeof(with_ports); i++) {
		craft_error(FAMILY, with_ports[i]);
		craft_ports(SPORT, DPORT);
		ck_assert(wants_protocol(with_ports[i]));
		ck_assert(!wants_protocol(with_ports[i] ^ 1));
		ck_assert(wants_ports(SPORT, DPORT));
		ck_assert(wants_ports(SPORT, 0));
		ck_assert(wants_ports(0, DPORT));
		ck_assert(!wants_ports(SPORT, DPORT ^ 1));
		ck_assert(!wants_ports(SPORT ^ 0x100, DPORT));
		ck_assert(!wants_ports(DPORT, SPORT));
		ck_assert(!wants_ports(0, SPORT));
	}
}
END_TEST

START_TEST(other_protocols_have_no_ports)
{
	static const uint8_t without[] = { IPPROTO_GRE, IPPROTO_ESP, IPPROTO_IPIP, 253 };
	unsigned int i;

	for (i = 0; i < sizeof(without); i++) {
		craft_error(FAMILY, without[i]);
		craft_ports(SPORT, DPORT);
		ck_assert(wants_protocol(without[i]));
		ck_assert(!wants_ports(SPORT, DPORT));
		ck_assert(!wants_ports(SPORT, 0));
		ck_assert(!wants_ports(0, DPORT));
	}
}
END_TEST

/* ---- ICMP in ICMP ---- */

static void quote_icmp(int family, uint8_t type, uint16_t id)
{
	const uint8_t icmp[8] = { type, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id, 0, 1 };

	craft_error(family, family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	craft_put(icmp, sizeof(icmp));
}

static bool has_identifier(int family, unsigned int type)
{
	if (family == AF_INET6)
		return type == 128 || type == 129;
	return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

START_TEST(the_identifier_of_a_quoted_echo_counts_as_its_source_port)
{
	unsigned int type;

	for (type = 0; type < 256; type++) {
		quote_icmp(FAMILY, (uint8_t)type, SPORT);
		ck_assert_msg(wants_ports(SPORT, 0) == has_identifier(FAMILY, type), "type %u",
			      type);
	}
	quote_icmp(FAMILY, FAMILY == AF_INET6 ? 128 : 8, SPORT);
	ck_assert(!wants_ports(SPORT ^ 1, 0));
	ck_assert(!wants_ports(SPORT, 1));
	ck_assert(!wants_ports(0, 1));
	ck_assert(wants_protocol(FAMILY == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP));
}
END_TEST

/* ---- Headers of all shapes ---- */

/* A quoted IPv4 header with so many words of options. */
static void quote_options(unsigned int words)
{
	static const uint8_t nops[40] = { 1, 1, 1, 1 };

	craft_error(AF_INET, IPPROTO_UDP);
	craft.bytes[craft.icmp_at + 8] = (uint8_t)(0x45 + words);
	craft_put(nops, words * 4);
	craft_ports(SPORT, DPORT);
}

START_TEST(ports_stand_behind_ipv4_options)
{
	unsigned int words;

	for (words = 0; words <= 10; words++) {
		quote_options(words);
		ck_assert(wants_ports(SPORT, DPORT));
		ck_assert(wants_protocol(IPPROTO_UDP));
	}
}
END_TEST

START_TEST(what_is_no_ip_header_of_the_family_quotes_nothing)
{
	static const uint8_t bad4[] = { 0x65, 0x55, 0x05, 0x44, 0x40 };
	static const uint8_t bad6[] = { 0x40, 0x50, 0x00, 0x70, 0xe0 };
	unsigned int i;

	for (i = 0; i < sizeof(bad4); i++) {
		craft_error(FAMILY, IPPROTO_UDP);
		craft_ports(SPORT, DPORT);
		craft.bytes[craft.icmp_at + 8] = FAMILY == AF_INET6 ? bad6[i] : bad4[i];
		ck_assert(!wants_protocol(IPPROTO_UDP));
		ck_assert(!wants_ports(SPORT, DPORT));
	}
}
END_TEST

START_TEST(a_later_fragment_of_ipv4_has_a_protocol_and_no_ports)
{
	static const struct {
		uint8_t offset[2];
		bool has_ports;
	} fragments[] = {
		{ { 0, 0 }, true }, { { 0x40, 0 }, true }, { { 0x20, 0 }, true },
		{ { 0x20, 1 }, false }, { { 0, 1 }, false }, { { 0x1f, 0xff }, false },
	};
	int i;

	for (i = 0; i < VM_COUNT(fragments); i++) {
		craft_error(AF_INET, IPPROTO_UDP);
		memcpy(craft.bytes + craft.icmp_at + 8 + 6, fragments[i].offset, 2);
		craft_ports(SPORT, DPORT);
		ck_assert(wants_protocol(IPPROTO_UDP));
		ck_assert_int_eq(wants_ports(SPORT, DPORT), fragments[i].has_ports);
	}
}
END_TEST

/* Extension headers in front of UDP: the first byte of each names what follows. */
#define HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define AUTH 51
#define OPTIONS 60

static void put_extension(uint8_t kind, uint8_t next, uint16_t fragment)
{
	uint8_t header[24] = { next };
	size_t len = kind == FRAGMENT ? 8 : kind == AUTH ? 12 : 16;

	if (kind == FRAGMENT) {
		header[2] = (uint8_t)(fragment >> 8);
		header[3] = (uint8_t)fragment;
	} else {
		header[1] = 1; /* of 8 bytes; of AUTH: of 4, and 2 more */
	}
	craft_put(header, len);
}

static const uint8_t chains[][4] = {
	{ HOP }, { ROUTING }, { OPTIONS }, { FRAGMENT }, { AUTH }, { HOP, ROUTING },
	{ HOP, OPTIONS, FRAGMENT }, { ROUTING, AUTH, OPTIONS }, { HOP, ROUTING, FRAGMENT, AUTH },
};

static uint8_t link_of(const uint8_t *chain, int i)
{
	return i < 4 && (i == 0 || chain[i]) ? chain[i] : IPPROTO_UDP;
}

static void quote_chain(const uint8_t *chain, uint16_t fragment)
{
	int i;

	craft_error(AF_INET6, chain[0]);
	for (i = 0; i < 4 && link_of(chain, i) != IPPROTO_UDP; i++)
		put_extension(chain[i], link_of(chain, i + 1), fragment);
	craft_ports(SPORT, DPORT);
}

START_TEST(ports_stand_behind_ipv6_extension_headers)
{
	quote_chain(chains[_i], 1); /* more follow, but this is the first */
	ck_assert(wants_protocol(IPPROTO_UDP));
	ck_assert(wants_ports(SPORT, DPORT));
	ck_assert(!wants_ports(SPORT, DPORT ^ 1));
}
END_TEST

START_TEST(a_later_fragment_of_ipv6_has_a_protocol_and_no_ports)
{
	quote_chain((const uint8_t[4]){ HOP, FRAGMENT }, 8);
	ck_assert(wants_protocol(IPPROTO_UDP));
	ck_assert(!wants_protocol(FRAGMENT));
	ck_assert(!wants_ports(SPORT, DPORT));
	ck_assert(!wants_ports(SPORT, 0));
	quote_chain((const uint8_t[4]){ HOP, FRAGMENT }, 0);
	ck_assert(wants_ports(SPORT, DPORT));
}
END_TEST

/* ---- What is cut off ---- */

/* From which length of the ICMP message on the filter's condition is met. */
static void met_from(const struct sockopt_filter *filter, size_t least)
{
	struct craft whole = craft;
	size_t len, full = craft.len - craft.icmp_at;

	for (len = 0; len <= full; len++) {
		craft = whole;
		ck_assert(wants(filter)); /* so the bytes were there, once */
		craft = whole;
		craft_cut(len);
		ck_assert_msg(wants(filter) == (len >= least), "%zu of %zu bytes", len, full);
	}
	craft = whole;
}

static size_t header_len(int family)
{
	return family == AF_INET6 ? IP6_LEN : IP4_LEN;
}

START_TEST(a_condition_is_not_met_by_bytes_that_are_missing)
{
	struct sockopt_filter filter = want_protocol(IPPROTO_UDP);
	size_t least = 8 + header_len(FAMILY);

	craft_error(FAMILY, IPPROTO_UDP);
	craft_ports(SPORT, DPORT);
	met_from(&filter, least);
	filter = want_ports(SPORT, DPORT);
	met_from(&filter, least + 4);
	filter = want_ports(SPORT, 0);
	met_from(&filter, least + 4);
	filter = vm_filter_all();
	filter.family = (uint8_t)FAMILY;
	filter.quoted_src_prefix = 1;
	memcpy(filter.quoted_src, craft.bytes + craft.icmp_at + 8 + (FAMILY == AF_INET6 ? 8 : 12),
	       1);
	met_from(&filter, least);
}
END_TEST

START_TEST(an_identifier_is_not_met_by_bytes_that_are_missing)
{
	struct sockopt_filter filter = want_ports(SPORT, 0);

	quote_icmp(FAMILY, FAMILY == AF_INET6 ? 128 : 8, SPORT);
	met_from(&filter, 8 + header_len(FAMILY) + 8);
}
END_TEST

START_TEST(ports_behind_what_is_cut_off_are_not_met)
{
	struct sockopt_filter filter = want_ports(SPORT, DPORT);

	quote_options(10);
	met_from(&filter, 8 + 60 + 4);
	quote_chain(chains[8], 0);
	met_from(&filter, craft.len - craft.icmp_at - 4);
}
END_TEST

/* ---- Suite ---- */

Suite *quote_suite(void)
{
	Suite *suite = suite_create("quote");
	TCase *tc = vm_case(suite, "quote", 60, judge_setup);

	tcase_add_loop_test(tc, errors_and_no_other_type_meet_conditions_on_what_they_quote, 0, 2);
	tcase_add_loop_test(tc, ports_are_those_of_protocols_that_have_some, 0, 2);
	tcase_add_loop_test(tc, other_protocols_have_no_ports, 0, 2);
	tcase_add_loop_test(tc, the_identifier_of_a_quoted_echo_counts_as_its_source_port, 0, 2);
	tcase_add_test(tc, ports_stand_behind_ipv4_options);
	tcase_add_loop_test(tc, what_is_no_ip_header_of_the_family_quotes_nothing, 0, 2);
	tcase_add_test(tc, a_later_fragment_of_ipv4_has_a_protocol_and_no_ports);
	tcase_add_loop_test(tc, ports_stand_behind_ipv6_extension_headers, 0, VM_COUNT(chains));
	tcase_add_test(tc, a_later_fragment_of_ipv6_has_a_protocol_and_no_ports);
	tcase_add_loop_test(tc, a_condition_is_not_met_by_bytes_that_are_missing, 0, 2);
	tcase_add_loop_test(tc, an_identifier_is_not_met_by_bytes_that_are_missing, 0, 2);
	tcase_add_test(tc, ports_behind_what_is_cut_off_are_not_met);
	return suite;
}

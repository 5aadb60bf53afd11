/* SPDX-License-Identifier: MIT */
/*
 * Format of ICMPv6 and of extensions: addresses in the form of RFC 5952, names,
 * flows, labels; and no line is longer than SOCKOPT_ICMP_LINE says.
 */
#include "structure.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* ---- Addresses ------------------------------------------------------------- */

struct address {
	const char *given, *text;
};

/* RFC 5952, and what differs between C libraries. */
static const struct address addresses[] = {
	{ "::", "::" },
	{ "::1", "::1" },
	{ "1::", "1::" },
	{ "2001:0db8::0001", "2001:db8::1" },
	{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:DB8::ABCD", "2001:db8::abcd" },
	{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
	{ "0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0" },
	{ "::1:0", "::1:0" },
	{ "::1.2.3.4", "::102:304" },
	{ "::ffff:1.2.3.4", "::ffff:1.2.3.4" },
	{ "::ffff:0:0", "::ffff:0.0.0.0" },
	{ "64:ff9b::1.2.3.4", "64:ff9b::102:304" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};
#define ADDRESSES ((int)(sizeof(addresses) / sizeof(addresses[0])))

START_TEST(an_address_has_one_form)
{
	struct packet p = plain6(128, 0, 0x00070001);
	char line[SOCKOPT_ICMP_LINE];

	ck_assert_int_eq(inet_pton(AF_INET6, addresses[_i].given, p.data + 8), 1);
	snprintf(line, sizeof(line), "%s > 2001:db8::2 echo request id 7 seq 1",
		 addresses[_i].text);
	expect_line(&p, line);
}
END_TEST

/* Words that are often zero; where no library adds dots, we write as it does. */
START_TEST(addresses_are_written_as_the_c_library_writes_them)
{
	struct packet p = plain6(128, 0, 0x00070001);
	char line[SOCKOPT_ICMP_LINE], text[INET6_ADDRSTRLEN];
	uint32_t random = 1;
	int round, i;

	for (round = 0; round < 5000; round++) {
		for (i = 0; i < 8; i++) {
			random = random * 1664525 + 1013904223;
			put16(p.data + 8 + 2 * i,
			      random >> 31 ? 0 : random >> 8 >> (random >> 28));
		}
		p.data[8] |= 1;
		ck_assert_ptr_nonnull(inet_ntop(AF_INET6, p.data + 8, text,
						sizeof(text)));
		snprintf(line, sizeof(line),
			 "%s > 2001:db8::2 echo request id 7 seq 1", text);
		expect_line(&p, line);
	}
}
END_TEST

/* ---- Names ----------------------------------------------------------------- */

struct name {
	unsigned int type, code;
	const char *text;
};

static const struct name names[] = {
	{ 0, 0, "type 0 code 0" },
	{ 5, 1, "type 5 code 1" },
	{ 100, 0, "type 100 code 0" },
	{ 127, 0, "type 127 code 0" },
	{ 128, 0, "echo request id 0 seq 9" },
	{ 129, 0, "echo reply id 0 seq 9" },
	{ 129, 1, "echo reply code 1 id 0 seq 9" },
	{ 130, 0, "listener query about ::" },
	{ 131, 0, "listener report about ::" },
	{ 132, 0, "listener done about ::" },
	{ 133, 0, "router solicitation" },
	{ 134, 0, "router advertisement lifetime 9" },
	{ 135, 0, "neighbor solicitation about ::" },
	{ 136, 0, "neighbor advertisement about ::" },
	{ 137, 0, "redirect to :: about ::" },
	{ 137, 1, "redirect code 1 to :: about ::" },
	{ 138, 0, "router renumbering command" },
	{ 138, 1, "router renumbering result" },
	{ 138, 2, "router renumbering code 2" },
	{ 138, 255, "router renumbering sequence number reset" },
	{ 139, 0, "node information query for address" },
	{ 139, 1, "node information query for name" },
	{ 139, 2, "node information query for ipv4 address" },
	{ 139, 3, "node information query code 3" },
	{ 140, 0, "node information response" },
	{ 140, 1, "node information response refused" },
	{ 140, 2, "node information response unknown type" },
	{ 140, 3, "node information response code 3" },
	{ 141, 0, "inverse neighbor solicitation" },
	{ 142, 0, "inverse neighbor advertisement" },
	{ 143, 0, "listener report v2" },
	{ 144, 0, "home agent discovery request" },
	{ 145, 0, "home agent discovery reply" },
	{ 146, 0, "mobile prefix solicitation" },
	{ 147, 0, "mobile prefix advertisement" },
	{ 148, 0, "certification path solicitation" },
	{ 149, 0, "certification path advertisement" },
	{ 150, 0, "seamoby" },
	{ 151, 0, "multicast router advertisement" },
	{ 152, 0, "multicast router solicitation" },
	{ 153, 0, "multicast router termination" },
	{ 154, 0, "fast handover" },
	{ 155, 0, "rpl control" },
	{ 156, 0, "locator update" },
	{ 157, 0, "duplicate address request" },
	{ 158, 0, "duplicate address confirmation" },
	{ 159, 0, "mpl control" },
	{ 160, 0, "extended echo request id 0 seq 0" },
	{ 161, 0, "extended echo reply id 0 seq 0" },
	{ 161, 4, "extended echo reply several interfaces id 0 seq 0" },
	{ 161, 5, "extended echo reply code 5 id 0 seq 0" },
	{ 162, 0, "type 162 code 0" },
	{ 255, 255, "type 255 code 255" },
};
#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

static const struct name error_names[] = {
	{ 1, 0, "unreachable no route" },
	{ 1, 1, "unreachable prohibited" },
	{ 1, 2, "unreachable beyond scope" },
	{ 1, 3, "unreachable address" },
	{ 1, 4, "unreachable port" },
	{ 1, 5, "unreachable source policy" },
	{ 1, 6, "unreachable reject route" },
	{ 1, 7, "unreachable source routing" },
	{ 1, 8, "unreachable headers too long" },
	{ 1, 9, "unreachable code 9" },
	{ 2, 0, "too big mtu 1280" },
	{ 2, 1, "too big code 1 mtu 1280" },
	{ 3, 0, "time exceeded in transit" },
	{ 3, 1, "time exceeded in reassembly" },
	{ 3, 2, "time exceeded code 2" },
	{ 4, 0, "parameter problem header field at 1280" },
	{ 4, 1, "parameter problem next header at 1280" },
	{ 4, 2, "parameter problem option at 1280" },
	{ 4, 3, "parameter problem incomplete headers at 1280" },
	{ 4, 4, "parameter problem segment routing upper header at 1280" },
	{ 4, 5, "parameter problem next header in transit at 1280" },
	{ 4, 6, "parameter problem header too big at 1280" },
	{ 4, 7, "parameter problem headers too long at 1280" },
	{ 4, 8, "parameter problem too many headers at 1280" },
	{ 4, 9, "parameter problem too many options at 1280" },
	{ 4, 10, "parameter problem option too big at 1280" },
	{ 4, 11, "parameter problem code 11 at 1280" },
};
#define ERROR_NAMES ((int)(sizeof(error_names) / sizeof(error_names[0])))

START_TEST(a_line_names_type_and_code)
{
	struct packet p = plain6(names[_i].type, names[_i].code, 9);
	char line[SOCKOPT_ICMP_LINE];

	memset(grow(&p, 32), 0, 32);
	finish(&p);
	snprintf(line, sizeof(line), "2001:db8::1 > 2001:db8::2 %s", names[_i].text);
	expect_line(&p, line);
}
END_TEST

START_TEST(the_line_of_an_error_ends_with_the_flow)
{
	struct packet p = error6_about(error_names[_i].type, error_names[_i].code,
				       1280, 17);
	char line[SOCKOPT_ICMP_LINE];

	snprintf(line, sizeof(line), "2001:db8::2 > 2001:db8::1 %s for udp"
		 " [2001:db8::1]:4000 > [2001:db8::2]:9", error_names[_i].text);
	expect_line(&p, line);
}
END_TEST

START_TEST(what_has_no_ports_has_no_brackets)
{
	struct packet p = error6_about(3, 0, 0, 58);

	quote_echo(&p, 128, 258);
	expect_line(&p, "2001:db8::2 > 2001:db8::1 time exceeded in transit"
		    " for icmpv6 2001:db8::1 > 2001:db8::2 id 258");
	p = error6_about(3, 0, 0, 50);
	expect_line(&p, "2001:db8::2 > 2001:db8::1 time exceeded in transit"
		    " for protocol 50 2001:db8::1 > 2001:db8::2");
	expect_line_of(record_of(&p, 90, 0), "2001:db8::2 > 2001:db8::1"
		       " time exceeded in transit"
		       " for protocol 50 2001:db8::1 > 2001:db8::2");
	p = error6_about(3, 0, 0, 6);
	expect_line_of(record_of(&p, 91, 0), "2001:db8::2 > 2001:db8::1"
		       " time exceeded in transit"
		       " for tcp 2001:db8::1 > 2001:db8::2 [truncated]");
	expect_line_of(record_of(&p, 40, 0),
		       "2001:db8::2 > 2001:db8::1 [truncated]");
}
END_TEST

/* ---- Labels ---------------------------------------------------------------- */

/* An error with so many labels, in objects of up to 3. */
static struct packet with_labels(int family, int count)
{
	struct packet p = extended(family, 1);
	uint8_t stack[12];
	int i;

	for (i = 0; i < 3; i++)
		memcpy(stack + 4 * i, "\0\1\2\1", 4);
	for (; count > 0; count -= 3)
		add_object(&p, 1, 1, stack, count < 3 ? (unsigned int)count * 4 : 12);
	seal(&p);
	return p;
}

static void repeat(char *line, size_t size, const char *text, int count)
{
	while (count-- > 0)
		strncat(line, text, size - strlen(line) - 1);
}

START_TEST(a_line_ends_with_the_labels_of_the_packet)
{
	struct packet p = with_labels(_i % 2 ? FAMILY_IP6 : FAMILY_IP4, _i);
	char line[SOCKOPT_ICMP_LINE] = "";

	repeat(line, sizeof(line), _i % 2 ?
	       "2001:db8::2 > 2001:db8::1 time exceeded in transit for udp"
	       " [2001:db8::1]:4000 > [2001:db8::2]:9" :
	       "10.0.0.2 > 10.0.0.1 time exceeded in transit for udp"
	       " 10.0.0.1:4000 > 10.0.0.2:9", 1);
	repeat(line, sizeof(line), " mpls 16 tc 1 ttl 1", _i < 8 ? _i : 8);
	if (_i > 8)
		repeat(line, sizeof(line), " ...", 1);
	expect_line(&p, line);
}
END_TEST

START_TEST(a_label_that_is_cut_is_not_shown)
{
	struct packet p = with_labels(FAMILY_IP4, 2);

	expect_line_of(record_of(&p, p.len - 1U, 0), "10.0.0.2 > 10.0.0.1"
		       " time exceeded in transit for udp 10.0.0.1:4000 > 10.0.0.2:9"
		       " mpls 16 tc 1 ttl 1 [truncated]");
}
END_TEST

/* ---- Length ---------------------------------------------------------------- */

static void expect_room(const struct sockopt_record *rec)
{
	char line[SOCKOPT_ICMP_LINE + 1], more[2 * SOCKOPT_ICMP_LINE];
	int len = sockopt_icmp_format(rec, line, SOCKOPT_ICMP_LINE);

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(sockopt_icmp_format(rec, more, sizeof(more)), len);
	ck_assert_int_lt(len, SOCKOPT_ICMP_LINE);
}

/* All bits set: numbers, addresses and ports are as long as they can be. */
static void fill(struct packet *p, unsigned int type)
{
	int is_ip6 = p->family == FAMILY_IP6;
	uint8_t *quote = p->data + p->offset + 8, *structure = p->data + structure_of(p);

	p->data[p->offset] = (uint8_t)type;
	memset(p->data + (is_ip6 ? 8 : 12), 0xff, is_ip6 ? 32 : 8);
	memset(p->data + p->offset + 4, 0xff, 4);
	p->data[p->offset + (is_ip6 ? 4 : 5)] = (uint8_t)(QUOTE_LEN / (is_ip6 ? 8 : 4));
	memset(quote + (is_ip6 ? 8 : 12), 0xff, is_ip6 ? 36 : 12);
	memset(structure + 8, 0xff, p->len - structure_of(p) - 8U);
	seal(p);
}

/* Every type and code, with all that a message can have, and then cut. */
START_TEST(every_line_fits)
{
	struct packet p = extended(_i ? FAMILY_IP6 : FAMILY_IP4, 1);
	static const uint8_t stack[36];
	unsigned int i;

	add_object(&p, 1, 1, stack, sizeof(stack));
	for (i = 0; i < 256 * 256; i++) {
		if (i % 256 == 0)
			fill(&p, i / 256);
		p.data[p.offset + 1] = (uint8_t)i;
		expect_room(record_of(&p, p.len - 1U, 0));
	}
}
END_TEST

/* What the test above relies on: those packets are that long. */
START_TEST(the_longest_line_has_every_part)
{
	struct packet p = extended(FAMILY_IP6, 1);
	char line[SOCKOPT_ICMP_LINE], part[SOCKOPT_ICMP_LINE] = "";
	static const uint8_t stack[36];
	struct sockopt_record *rec;

	add_object(&p, 1, 1, stack, sizeof(stack));
	fill(&p, 3);
	p.data[p.offset + 1] = 255;
	rec = record_of(&p, p.len - 1U, 0);
	sockopt_icmp_format(rec, line, sizeof(line));
	repeat(part, sizeof(part), " mpls 1048575 tc 7 ttl 255", 8);
	ck_assert_ptr_nonnull(strstr(line, part));
	ck_assert_ptr_nonnull(strstr(line, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"
				     ":65535 > "));
	ck_assert_ptr_nonnull(strstr(line, " [truncated]"));
}
END_TEST

static TCase *address_case(void)
{
	TCase *tc = tcase_create("address");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, an_address_has_one_form, 0, ADDRESSES);
	tcase_add_test(tc, addresses_are_written_as_the_c_library_writes_them);
	return tc;
}

static TCase *line_case(void)
{
	TCase *tc = tcase_create("line6");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, a_line_names_type_and_code, 0, NAMES);
	tcase_add_loop_test(tc, the_line_of_an_error_ends_with_the_flow,
			    0, ERROR_NAMES);
	tcase_add_test(tc, what_has_no_ports_has_no_brackets);
	tcase_add_loop_test(tc, a_line_ends_with_the_labels_of_the_packet, 0, 13);
	tcase_add_test(tc, a_label_that_is_cut_is_not_shown);
	tcase_add_loop_test(tc, every_line_fits, 0, 2);
	tcase_add_test(tc, the_longest_line_has_every_part);
	return tc;
}

Suite *format6_suite(void)
{
	Suite *suite = suite_create("format6");

	suite_add_tcase(suite, address_case());
	suite_add_tcase(suite, line_case());
	return suite;
}

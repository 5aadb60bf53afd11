/* SPDX-License-Identifier: MIT */
/*
 * Format: the line of a packet has the names, the flow and the time that it should,
 * and fits.
 */
#include "packet.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A type and a code, and what the line says of them. */
struct name {
	unsigned int type, code;
	const char *text;
};

static const struct name names[] = {
	{ 1, 0, "type 1 code 0" },
	{ 2, 3, "type 2 code 3" },
	{ 6, 0, "alternate host address" },
	{ 7, 0, "type 7 code 0" },
	{ 9, 0, "router advertisement lifetime 1" },
	{ 9, 1, "router advertisement code 1 lifetime 1" },
	{ 9, 16, "router advertisement of mobility agent lifetime 1" },
	{ 10, 0, "router solicitation" },
	{ 19, 0, "type 19 code 0" },
	{ 29, 0, "type 29 code 0" },
	{ 30, 0, "traceroute" },
	{ 32, 0, "mobile host redirect" },
	{ 33, 0, "where are you" },
	{ 34, 0, "i am here" },
	{ 35, 0, "mobile registration request" },
	{ 36, 0, "mobile registration reply" },
	{ 37, 0, "domain name request" },
	{ 38, 0, "domain name reply" },
	{ 39, 0, "skip" },
	{ 41, 0, "seamoby" },
	{ 44, 0, "type 44 code 0" },
	{ 255, 255, "type 255 code 255" },
	{ 0, 0, "echo reply id 7 seq 1" },
	{ 8, 0, "echo request id 7 seq 1" },
	{ 8, 2, "echo request code 2 id 7 seq 1" },
	{ 13, 0, "timestamp request id 7 seq 1" },
	{ 14, 0, "timestamp reply id 7 seq 1" },
	{ 15, 0, "information request id 7 seq 1" },
	{ 16, 0, "information reply id 7 seq 1" },
	{ 17, 0, "address mask request id 7 seq 1" },
	{ 18, 0, "address mask reply id 7 seq 1" },
	{ 42, 0, "extended echo request id 7 seq 0" },
	{ 43, 0, "extended echo reply id 7 seq 0" },
	{ 43, 1, "extended echo reply malformed query id 7 seq 0" },
	{ 43, 2, "extended echo reply no such interface id 7 seq 0" },
	{ 43, 3, "extended echo reply no such entry id 7 seq 0" },
	{ 43, 4, "extended echo reply several interfaces id 7 seq 0" },
	{ 43, 5, "extended echo reply code 5 id 7 seq 0" },
};
#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

static const struct name error_names[] = {
	{ 3, 0, "unreachable network" },
	{ 3, 1, "unreachable host" },
	{ 3, 2, "unreachable protocol" },
	{ 3, 3, "unreachable port" },
	{ 3, 4, "unreachable frag needed mtu 1400" },
	{ 3, 5, "unreachable source route failed" },
	{ 3, 6, "unreachable network unknown" },
	{ 3, 7, "unreachable host unknown" },
	{ 3, 8, "unreachable host isolated" },
	{ 3, 9, "unreachable network prohibited" },
	{ 3, 10, "unreachable host prohibited" },
	{ 3, 11, "unreachable network for tos" },
	{ 3, 12, "unreachable host for tos" },
	{ 3, 13, "unreachable filtered" },
	{ 3, 14, "unreachable precedence violation" },
	{ 3, 15, "unreachable precedence cutoff" },
	{ 3, 16, "unreachable code 16" },
	{ 4, 0, "source quench" },
	{ 5, 0, "redirect network to 0.0.5.120" },
	{ 5, 1, "redirect host to 0.0.5.120" },
	{ 5, 2, "redirect network for tos to 0.0.5.120" },
	{ 5, 3, "redirect host for tos to 0.0.5.120" },
	{ 5, 4, "redirect code 4 to 0.0.5.120" },
	{ 11, 0, "time exceeded in transit" },
	{ 11, 1, "time exceeded in reassembly" },
	{ 11, 2, "time exceeded code 2" },
	{ 12, 0, "parameter problem at 0" },
	{ 12, 1, "parameter problem option missing" },
	{ 12, 2, "parameter problem bad length at 0" },
	{ 12, 3, "parameter problem code 3 at 0" },
	{ 31, 0, "conversion error at 1400" },
	{ 40, 0, "photuris bad spi at 1400" },
	{ 40, 1, "photuris authentication failed at 1400" },
	{ 40, 2, "photuris decompression failed at 1400" },
	{ 40, 3, "photuris decryption failed at 1400" },
	{ 40, 4, "photuris need authentication at 1400" },
	{ 40, 5, "photuris need authorization at 1400" },
	{ 40, 6, "photuris code 6 at 1400" },
};
#define ERROR_NAMES ((int)(sizeof(error_names) / sizeof(error_names[0])))

START_TEST(a_line_names_type_and_code)
{
	const struct name *name = &names[_i];
	struct packet p = plain(name->type, name->code, 7, 1);
	char line[SOCKOPT_ICMP_LINE];

	snprintf(line, sizeof(line), "10.0.0.1 > 10.0.0.2 %s", name->text);
	expect_line(&p, line);
}
END_TEST

START_TEST(the_line_of_an_error_ends_with_the_flow)
{
	const struct name *name = &error_names[_i];
	struct packet p = error_about(name->type, name->code, 1400, 17);
	char line[SOCKOPT_ICMP_LINE];

	snprintf(line, sizeof(line), "10.0.0.2 > 10.0.0.1 %s"
		 " for udp 10.0.0.1:4000 > 10.0.0.2:9", name->text);
	expect_line(&p, line);
}
END_TEST

START_TEST(a_flow_is_written_as_its_protocol_needs)
{
	struct packet p = error_about(3, 3, 0, 6);

	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for tcp 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 3, 0, 132);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for sctp 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 3, 0, 33);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for dccp 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 3, 0, 136);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for udplite 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 2, 0, 47);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable protocol"
		    " for protocol 47 10.0.0.1 > 10.0.0.2");
	p = error_about(11, 0, 0, 1);
	quote_echo(&p, 8, 258);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 time exceeded in transit"
		    " for icmp 10.0.0.1 > 10.0.0.2 id 258");
}
END_TEST

START_TEST(a_line_says_what_it_has_and_that_the_rest_was_cut)
{
	struct packet p = error_about(3, 3, 0, 17);

	expect_line_of(record_of(&p, 50, 0), "10.0.0.2 > 10.0.0.1"
		       " unreachable port for udp 10.0.0.1 > 10.0.0.2 [truncated]");
	expect_line_of(record_of(&p, 40, 0), "10.0.0.2 > 10.0.0.1"
		       " unreachable port [truncated]");
	expect_line_of(record_of(&p, 20, 0), "10.0.0.2 > 10.0.0.1 [truncated]");
}
END_TEST

START_TEST(time_is_the_time_of_day_in_utc)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	char line[SOCKOPT_ICMP_LINE];

	rec->time = 0;
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "00:00:00.000000000 ", 19), 0);
	rec->time = UINT64_C(86399999999999);
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "23:59:59.999999999 ", 19), 0);
	rec->time = UINT64_MAX;
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "23:34:33.709551615 ", 19), 0);
}
END_TEST

START_TEST(a_line_cut_to_any_size_ends_there_with_a_nul)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	char whole[SOCKOPT_ICMP_LINE], line[SOCKOPT_ICMP_LINE];
	int len = sockopt_icmp_format(rec, whole, sizeof(whole));
	int size;

	ck_assert_int_eq(sockopt_icmp_format(rec, line, 0), -EINVAL);
	for (size = 1; size <= len + 2; size++) {
		int want = size - 1 < len ? size - 1 : len;

		memset(line, 'x', sizeof(line));
		ck_assert_int_eq(sockopt_icmp_format(rec, line, (size_t)size),
				 want);
		ck_assert_int_eq(strncmp(line, whole, (size_t)want), 0);
		ck_assert_int_eq(line[want], '\0');
		ck_assert_int_eq(line[size], 'x');
	}
}
END_TEST

START_TEST(names_of_types_and_codes_are_told)
{
	ck_assert_str_eq(sockopt_icmp_type_name(AF_INET, 3), "unreachable");
	ck_assert_str_eq(sockopt_icmp_type_name(AF_INET6, 3), "time exceeded");
	ck_assert_str_eq(sockopt_icmp_code_name(AF_INET, 3, 3), "port");
	ck_assert_str_eq(sockopt_icmp_code_name(AF_INET6, 1, 4), "port");
	ck_assert_str_eq(sockopt_icmp_code_name(AF_INET, 8, 0), "");
}
END_TEST

START_TEST(what_has_no_name_is_told_as_null)
{
	ck_assert_ptr_null(sockopt_icmp_type_name(AF_INET, 256));
	ck_assert_ptr_null(sockopt_icmp_type_name(AF_INET, 1));
	ck_assert_ptr_null(sockopt_icmp_type_name(AF_INET6, 127));
	ck_assert_ptr_null(sockopt_icmp_type_name(AF_UNSPEC, 8));
	ck_assert_ptr_null(sockopt_icmp_code_name(AF_INET, 3, 16));
	ck_assert_ptr_null(sockopt_icmp_code_name(AF_UNSPEC, 8, 0));
}
END_TEST

static TCase *format_case(void)
{
	TCase *tc = tcase_create("format");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, a_line_names_type_and_code, 0, NAMES);
	tcase_add_loop_test(tc, the_line_of_an_error_ends_with_the_flow,
			    0, ERROR_NAMES);
	tcase_add_test(tc, a_flow_is_written_as_its_protocol_needs);
	tcase_add_test(tc, a_line_says_what_it_has_and_that_the_rest_was_cut);
	tcase_add_test(tc, time_is_the_time_of_day_in_utc);
	tcase_add_test(tc, names_of_types_and_codes_are_told);
	tcase_add_test(tc, what_has_no_name_is_told_as_null);
	tcase_add_test(tc, a_line_cut_to_any_size_ends_there_with_a_nul);
	return tc;
}

Suite *format_suite(void)
{
	Suite *suite = suite_create("format");

	suite_add_tcase(suite, format_case());
	return suite;
}

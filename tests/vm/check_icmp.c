/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library decodes and writes down what really came.
 */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

START_TEST(the_library_shows_a_ping_as_numbers_and_as_a_line)
{
	struct sockopt_config config = { .size = sizeof(config) };
	char line[SOCKOPT_ICMP_LINE], expected[SOCKOPT_ICMP_LINE];
	const struct sockopt_record *rec;
	struct sockopt_stream *st;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	uint64_t s;

	vm_new_netns_quiet();
	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	vm_echo(vm_sender(), VM_LO, 4711, 12, 40, 33);
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	rec = sockopt_stream_next(st);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.family, AF_INET);
	ck_assert_uint_eq(icmp.type, ECHO_REQUEST);
	ck_assert_uint_eq(icmp.ttl, 33);
	ck_assert_uint_eq(icmp.id, 4711);
	ck_assert_uint_eq(icmp.seq, 12);
	s = rec->time / 1000000000 % 86400;
	snprintf(expected, sizeof(expected),
		 "%02u:%02u:%02u.%09u 127.0.0.1 > 127.0.0.1 echo request id 4711 seq 12",
		 (unsigned int)s / 3600, (unsigned int)s / 60 % 60, (unsigned int)s % 60,
		 (unsigned int)(rec->time % 1000000000));
	ck_assert_int_eq(sockopt_icmp_format(rec, line, sizeof(line)), (int)strlen(expected));
	ck_assert_str_eq(line, expected);
	sockopt_stream_release(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_shows_a_real_error_as_a_line)
{
	char line[SOCKOPT_ICMP_LINE], expected[SOCKOPT_ICMP_LINE];
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;
	uint16_t port;

	vm_reader_open(&reader, SLOTS, 0, 1);
	port = vm_udp(VM_B, 4);
	rec = find(&reader, UNREACHABLE, port, &icmp);
	snprintf(expected, sizeof(expected),
		 " 10.9.0.2 > 10.9.0.1 unreachable port for udp 10.9.0.1:%u > 10.9.0.2:4", port);
	ck_assert_int_gt(sockopt_icmp_format(rec, line, sizeof(line)), 18);
	ck_assert_str_eq(line + 18, expected);
}
END_TEST

/* A router's words, said by ourselves: the quoted packet is built here. */
START_TEST(mtu_and_gateway_are_decoded_from_what_came)
{
	struct vm_reader reader;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	uint8_t rest[4 + 28];
	int sender;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	sender = vm_sender();
	build(VM_LO, VM_LO, 0x5401, 8);
	memcpy(rest, (const uint8_t[]){ 0, 0, 0x05, 0x14 }, 4);
	memcpy(rest + 4, packet.bytes, 28);
	vm_icmp(sender, VM_LO, UNREACHABLE, 4, rest, sizeof(rest));
	find(&reader, UNREACHABLE, 0x5401, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_MTU |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.mtu, 1300);
	ck_assert_int_eq(inet_pton(AF_INET, VM_B, rest), 1);
	vm_icmp(sender, VM_LO, REDIRECT, 1, rest, sizeof(rest));
	find(&reader, REDIRECT, 0x5401, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	expect_address(icmp.gateway, VM_B);
}
END_TEST

Suite *icmp_suite(void)
{
	Suite *suite = suite_create("icmp");
	TCase *tc = vm_case(suite, "library", 20, NULL);

	tcase_add_test(tc, the_library_shows_a_ping_as_numbers_and_as_a_line);
	tcase_add_test(tc, the_library_shows_a_real_error_as_a_line);
	tcase_add_test(tc, mtu_and_gateway_are_decoded_from_what_came);
	return suite;
}

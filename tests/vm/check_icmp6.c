/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows ICMPv6 as it was on the wire, once, behind
 * extension headers too, in one stream with ICMP or without; and nothing else.
 */
#include "packet.h"

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define US "::1"
#define ID6 0x6601

static const struct sockaddr_in6 loopback = {
	.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
};

/* An echo request to ourselves, behind these extension headers. */
static void build_behind(uint8_t first, const uint8_t *headers, size_t headers_len,
			 size_t icmp_len)
{
	uint8_t *behind = packet.bytes + IP6_LEN;

	build(US, US, ID6, icmp_len);
	memmove(behind + headers_len, behind, icmp_len);
	memcpy(behind, headers, headers_len);
	packet.bytes[4] = (uint8_t)((headers_len + icmp_len) >> 8);
	packet.bytes[5] = (uint8_t)(headers_len + icmp_len);
	packet.bytes[6] = first;
	packet.offset += headers_len;
	packet.len += headers_len;
}

static void expect_ours(const struct vm_reader *reader, const struct sockopt_record *rec)
{
	expect_packet(reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("lo"));
}

/* A stream of these types of IPv6, and of all of IPv4 or of none. */
static void open6(struct vm_reader *reader, const int *types6, bool has_ip4)
{
	struct sockopt_filter filter = vm_filter_types6(types6);

	if (has_ip4)
		memset(filter.types, 0xff, sizeof(filter.types));
	vm_reader_open_filter(reader, &filter, 0, 1);
}

static const int echo6[] = { ECHO_REQUEST6, -1 };

/* Headers: each begins with what follows it and its length in 8 bytes, less one. */
#define HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define AH 51
#define NONE 59
#define DEST 60
#define ICMP6 58

static const struct {
	const char *what;
	uint8_t first;
	uint8_t len;
	uint8_t headers[40];
} chains[] = {
	{ "none", ICMP6, 0, { 0 } },
	{ "hop by hop", HOP, 8, { ICMP6, 0, 1, 4 } },
	{ "destination options", DEST, 16, { ICMP6, 1, 1, 12 } },
	{ "routing", ROUTING, 8, { ICMP6, 0, 253, 0 } },
	{ "first fragment", FRAGMENT, 8, { ICMP6, 0, 0, 1, 0, 0, 0, 9 } },
	{ "whole fragment", FRAGMENT, 8, { ICMP6, 0, 0, 0, 0, 0, 0, 9 } },
	{ "authentication", AH, 12, { ICMP6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1 } },
	{ "hop by hop, destination, fragment", HOP, 24,
	  { DEST, 0, 1, 4, 0, 0, 0, 0, FRAGMENT, 0, 1, 4, 0, 0, 0, 0, ICMP6, 0, 0, 1, 0, 0, 0, 9 } },
};

START_TEST(icmpv6_is_found_behind_extension_headers)
{
	struct vm_reader reader, by_type;

	vm_new_netns();
	vm_reader_open(&reader, 64, 300, 4);
	open6(&by_type, echo6, false);
	build_behind(chains[_i].first, chains[_i].headers, chains[_i].len, 60);
	send_packet();
	vm_wait_seen(by_type.sock, 1);
	ck_assert_msg(vm_reader_take(&by_type) == 1, "%s", chains[_i].what);
	expect_ours(&by_type, vm_record(&by_type.batch, 0));
	ck_assert_int_ge(vm_reader_take(&reader), 1);
	expect_ours(&reader, vm_record(&reader.batch, 0));
}
END_TEST

static const struct {
	const char *what;
	uint8_t first;
	uint8_t len;
	uint8_t headers[40];
	uint8_t icmp_len;
} others[] = {
	{ "later fragment", FRAGMENT, 8, { ICMP6, 0, 0, 9, 0, 0, 0, 9 }, 60 },
	{ "no next header", NONE, 0, { 0 }, 60 },
	{ "nothing behind hop by hop", HOP, 8, { NONE, 0, 1, 4 }, 60 },
	{ "udp", IPPROTO_UDP, 0, { 0 }, 60 },
	{ "udp behind destination options", DEST, 8, { IPPROTO_UDP, 0, 1, 4 }, 60 },
	{ "esp", 50, 8, { 0, 0, 0, 1, 0, 0, 0, 1 }, 60 },
	{ "a header that is cut off", DEST, 2, { ICMP6, 9 }, 0 },
	{ "a header beyond the end", DEST, 8, { ICMP6, 200, 1, 4 }, 8 },
};

START_TEST(what_is_no_icmpv6_or_has_no_header_of_it_is_not_shown)
{
	struct vm_reader reader;

	vm_new_netns();
	open6(&reader, echo6, false);
	build_behind(others[_i].first, others[_i].headers, others[_i].len, others[_i].icmp_len);
	send_packet();
	build(US, US, ID6, 60);
	send_packet();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_ours(&reader, vm_record(&reader.batch, 0));
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(icmpv6_of_every_short_length_is_shown_and_has_its_type)
{
	static const int types[] = { ECHO_REQUEST6, 255, -1 };
	struct vm_reader reader;

	vm_new_netns();
	open6(&reader, types, false);
	build(US, US, ID6, (size_t)_i);
	send_packet();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_ours(&reader, vm_record(&reader.batch, 0));
}
END_TEST

static const uint32_t snaplens[] = {
	1, 8, 31, 32, 33, 39, 40, 41, 47, 48, 95, 96, 97, 127, 128, 129, 160, 1000, 65535,
};

START_TEST(icmpv6_is_kept_up_to_the_snap_length)
{
	struct vm_reader reader;

	vm_new_netns();
	vm_reader_open(&reader, 8, snaplens[_i], 1);
	build(US, US, ID6, 100);
	send_packet();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_ours(&reader, vm_record(&reader.batch, 0));
}
END_TEST

/* ---- Families ---- */

static void ping6(uint16_t seq)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	uint8_t echo[16] = { ECHO_REQUEST6, 0, 0, 0, ID6 >> 8, ID6 & 255,
			     (uint8_t)(seq >> 8), (uint8_t)seq };

	ck_assert_int_eq(sendto(fd, echo, sizeof(echo), 0, (const void *)&loopback,
				sizeof(loopback)), sizeof(echo));
	close(fd);
}

START_TEST(a_ping_over_ipv6_is_request_and_reply)
{
	static const uint8_t expected[] = { ECHO_REQUEST6, ECHO_REPLY6 };
	static const int types[] = { ECHO_REQUEST6, ECHO_REPLY6, -1 };
	struct vm_reader reader;
	int i;

	vm_new_netns();
	open6(&reader, types, false);
	ping6(7);
	vm_wait_queued(reader.sock, 2);
	for (i = 0; i < 2; i++) {
		const uint8_t *data;

		ck_assert_int_eq(vm_reader_take(&reader), 1);
		data = sockopt_record_data(vm_record(&reader.batch, 0));
		ck_assert_uint_eq(data[0] >> 4, 6);
		ck_assert_uint_eq(data[40], expected[i]);
		ck_assert_uint_eq(data[47], 7);
		ck_assert_uint_eq(vm_record(&reader.batch, 0)->len, 56);
	}
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(both_families_come_in_one_stream_in_their_order)
{
	struct vm_reader reader;
	int i, sender;

	vm_new_netns_quiet();
	open6(&reader, echo6, true);
	sender = vm_sender();
	for (i = 0; i < 10; i++) {
		if (i % 3)
			vm_echo(sender, VM_LO, ID6, (uint16_t)i, 0, 0);
		else
			ping6((uint16_t)i);
		vm_wait_queued(reader.sock, 1);
		ck_assert_int_eq(vm_reader_take(&reader), 1);
		ck_assert_uint_eq(vm_record(&reader.batch, 0)->family,
				  i % 3 ? AF_INET : AF_INET6);
		vm_expect_nothing(&reader);
	}
}
END_TEST

/* Each family is seen by those who want a type of it, whoever else listens. */
START_TEST(a_family_that_is_not_wanted_is_not_counted)
{
	struct vm_reader four, six, both;
	int i;

	vm_new_netns_quiet();
	vm_reader_open_types(&four, (const int[]){ ECHO_REPLY, -1 }, 1);
	open6(&six, (const int[]){ ECHO_REPLY6, -1 }, false);
	open6(&both, (const int[]){ ECHO_REPLY6, -1 }, true);
	for (i = 0; i < 5; i++)
		ping6(1);
	vm_ping_self(3, ID6);
	vm_wait_seen(six.sock, 10);
	vm_wait_seen(four.sock, 3);
	expect_counts(&six, 10, 5, 5);
	expect_counts(&four, 3, 3, 0);
	expect_counts(&both, 13, 5, 8);
	vm_reader_close(&both);
	vm_reader_close(&six);
	for (i = 0; i < 5; i++)
		ping6(1);
	vm_ping_self(1, ID6);
	vm_wait_seen(four.sock, 4);
	expect_counts(&four, 4, 4, 0);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 14);
}
END_TEST

/* ---- Errors of a connection ---- */

START_TEST(an_error_that_hits_a_connection_over_ipv6_comes_to_its_filter_alone)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockaddr_in6 nobody = loopback;
	struct vm_reader reader;
	int mine, other;

	vm_new_netns();
	nobody.sin6_port = htons(9);
	mine = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	other = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(mine, (void *)&nobody, sizeof(nobody)), 0);
	ck_assert_int_eq(connect(other, (void *)&nobody, sizeof(nobody)), 0);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, mine), 0);
	vm_reader_open_filter(&reader, &filter, 0, 1);
	ck_assert_int_eq(send(other, "x", 1, 0), 1);
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(send(mine, "x", 1, 0), 1);
	vm_wait_seen(reader.sock, 2);
	expect_counts(&reader, 2, 1, 1);
}
END_TEST

Suite *icmp6_suite(void)
{
	Suite *suite = suite_create("icmp6");
	TCase *tc = vm_case(suite, "icmp6", 20, NULL);

	tcase_add_loop_test(tc, icmpv6_is_found_behind_extension_headers, 0, VM_COUNT(chains));
	tcase_add_loop_test(tc, what_is_no_icmpv6_or_has_no_header_of_it_is_not_shown, 0,
			    VM_COUNT(others));
	tcase_add_loop_test(tc, icmpv6_of_every_short_length_is_shown_and_has_its_type, 0, 9);
	tcase_add_loop_test(tc, icmpv6_is_kept_up_to_the_snap_length, 0, VM_COUNT(snaplens));
	tcase_add_test(tc, a_ping_over_ipv6_is_request_and_reply);
	tcase_add_test(tc, both_families_come_in_one_stream_in_their_order);
	tcase_add_test(tc, a_family_that_is_not_wanted_is_not_counted);
	tcase_add_test(tc, an_error_that_hits_a_connection_over_ipv6_comes_to_its_filter_alone);
	return suite;
}

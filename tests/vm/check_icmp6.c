/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows ICMPv6 as it was on the wire, once, behind
 * extension headers too, in one stream with ICMP or without; and nothing else.
 */
#include "packet.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IP6_LEN 40
#define ID6 0x6601
#define ECHO_REQUEST6 128
#define ECHO_REPLY6 129

static const struct sockaddr_in6 loopback = {
	.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
};

static struct {
	uint8_t bytes[4096];
	size_t len;
	size_t offset;	/* of the ICMPv6 header */
} packet6;

/* An echo request of ::1 to itself, behind these extension headers. */
static void build6(uint8_t first, const uint8_t *headers, size_t headers_len, size_t icmp_len)
{
	uint8_t *at = packet6.bytes;
	size_t i;

	memset(at, 0, IP6_LEN);
	at[0] = 0x60;
	at[4] = (uint8_t)((headers_len + icmp_len) >> 8);
	at[5] = (uint8_t)(headers_len + icmp_len);
	at[6] = first;
	at[7] = 64;
	at[23] = at[39] = 1;
	if (headers_len)
		memcpy(at + IP6_LEN, headers, headers_len);
	packet6.offset = IP6_LEN + headers_len;
	packet6.len = packet6.offset + icmp_len;
	for (i = 0; i < icmp_len; i++)
		at[packet6.offset + i] = (uint8_t)(i < 8 ? 0 : i * 5 + 1);
	if (icmp_len)
		at[packet6.offset] = ECHO_REQUEST6;
	if (icmp_len > 5)
		at[packet6.offset + 4] = ID6 >> 8;
}

static void send6(void)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(sendto(fd, packet6.bytes, packet6.len, 0, (const void *)&loopback,
			     sizeof(loopback)) == (ssize_t)packet6.len, "%s", strerror(errno));
	close(fd);
}

static void expect_packet6(const struct vm_reader *reader, const struct sockopt_record *rec)
{
	size_t caplen = packet6.len < reader->open.snaplen ? packet6.len : reader->open.snaplen;

	ck_assert_uint_eq(rec->family, AF_INET6);
	ck_assert_uint_eq(rec->kind, SOCKOPT_KIND_IP);
	ck_assert_uint_eq(rec->offset, packet6.offset);
	ck_assert_uint_eq(rec->len, packet6.len);
	ck_assert_uint_eq(rec->caplen, caplen);
	ck_assert_uint_eq(rec->flags, caplen < packet6.len ? SOCKOPT_RECORD_F_TRUNCATED : 0);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("lo"));
	ck_assert_mem_eq(sockopt_record_data(rec), packet6.bytes, caplen);
}

/* A stream of these types of IPv6, and of all of IPv4 or of none. */
static void open6(struct vm_reader *reader, const int *types6, bool has_ip4)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} both = { .open = vm_open_args(), .filter.size = sizeof(both.filter) };
	socklen_t len = sizeof(both);

	for (; *types6 >= 0; types6++)
		sockopt_filter_add6(&both.filter, (uint8_t)*types6);
	if (has_ip4)
		memset(both.filter.types, 0xff, sizeof(both.filter.types));
	both.open.filter_len = sizeof(both.filter);
	reader->sock = vm_raw();
	ck_assert_int_eq(vm_get(reader->sock, ICMP, SOCKOPT_OPEN, &both, &len), 0);
	reader->open = both.open;
	reader->stream = both.open.fd;
	reader->cursor = both.open.cursor;
	vm_batch_init(&reader->batch, both.open.slot_size, 1);
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
	build6(chains[_i].first, chains[_i].headers, chains[_i].len, 60);
	send6();
	vm_wait_seen(by_type.sock, 1);
	ck_assert_msg(vm_reader_take(&by_type) == 1, "%s", chains[_i].what);
	expect_packet6(&by_type, vm_record(&by_type.batch, 0));
	ck_assert_int_ge(vm_reader_take(&reader), 1);
	expect_packet6(&reader, vm_record(&reader.batch, 0));
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
	build6(others[_i].first, others[_i].headers, others[_i].len, others[_i].icmp_len);
	send6();
	build6(ICMP6, NULL, 0, 60);
	send6();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_packet6(&reader, vm_record(&reader.batch, 0));
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(icmpv6_of_every_short_length_is_shown_and_has_its_type)
{
	static const int types[] = { ECHO_REQUEST6, 255, -1 };
	struct vm_reader reader;

	vm_new_netns();
	open6(&reader, types, false);
	build6(ICMP6, NULL, 0, (size_t)_i);
	send6();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_packet6(&reader, vm_record(&reader.batch, 0));
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
	build6(ICMP6, NULL, 0, 100);
	send6();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 1);
	expect_packet6(&reader, vm_record(&reader.batch, 0));
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
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} args = { .open = vm_open_args(), .filter.size = sizeof(args.filter) };
	struct sockaddr_in6 nobody = loopback;
	socklen_t len = sizeof(args);
	struct vm_reader reader;
	int mine, other;

	vm_new_netns();
	nobody.sin6_port = htons(9);
	mine = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	other = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(mine, (void *)&nobody, sizeof(nobody)), 0);
	ck_assert_int_eq(connect(other, (void *)&nobody, sizeof(nobody)), 0);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&args.filter, mine), 0);
	args.open.filter_len = sizeof(args.filter);
	reader.sock = vm_raw();
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_OPEN, &args, &len), 0);
	ck_assert_int_eq(send(other, "x", 1, 0), 1);
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(send(mine, "x", 1, 0), 1);
	vm_wait_seen(reader.sock, 2);
	reader.open = args.open;
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

/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows an ICMP packet as it was on the wire, once,
 * byte by byte, and shows nothing else.
 */
#include "packet.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Bytes: on loopback, where nothing else happens ---- */

START_TEST(a_ping_on_loopback_is_request_and_reply)
{
	struct vm_reader reader;
	int i;

	vm_new_netns();
	vm_reader_open(&reader, SLOTS, 0, 4);
	vm_echo(vm_sender(), VM_LO, 0x5201, 1, 30, 0);
	vm_wait_queued(reader.sock, 2);
	ck_assert_int_eq(vm_reader_take(&reader), 2);
	for (i = 0; i < 2; i++) {
		const struct sockopt_record *rec = vm_record(&reader.batch, (unsigned int)i);

		expect_reply(rec, 30);
		ck_assert_uint_eq(sockopt_record_data(rec)[20], i ? ECHO_REPLY : ECHO_REQUEST);
		ck_assert_uint_eq(rec->ifindex, if_nametoindex("lo"));
	}
	vm_expect_nothing(&reader);
	expect_counts(&reader, 2, 0, 0);
}
END_TEST

START_TEST(times_and_seqs_of_records_go_up)
{
	struct vm_reader reader;
	uint64_t before, last = 0;
	uint32_t seq;
	uint16_t i;
	int sender;

	vm_new_netns_quiet();
	sender = vm_sender();
	vm_reader_open(&reader, SLOTS, 0, 1);
	seq = reader.cursor;
	for (i = 0; i < 20; i++) {
		before = now();
		vm_echo(sender, VM_LO, 0x5202, i, 0, 0);
		vm_wait_queued(reader.sock, 1);
		ck_assert_int_eq(vm_reader_take(&reader), 1);
		ck_assert_uint_eq(vm_record(&reader.batch, 0)->seq, ++seq);
		ck_assert_uint_ge(vm_record(&reader.batch, 0)->time, before);
		ck_assert_uint_le(vm_record(&reader.batch, 0)->time, now());
		ck_assert_uint_ge(vm_record(&reader.batch, 0)->time, last);
		last = vm_record(&reader.batch, 0)->time;
		vm_expect_nothing(&reader);
	}
}
END_TEST

/* snaplen asked, snaplen taken, bytes behind the IP header */
static const struct {
	uint32_t asked;
	uint32_t taken;
	size_t icmp_len;
} lengths[] = {
	{ 0, 96, 8 }, { 0, 96, 75 }, { 0, 96, 76 }, { 0, 96, 77 }, { 0, 96, 1008 },
	{ 1, 1, 1008 }, { 20, 20, 1008 }, { 33, 33, 100 }, { 2048, 2048, 1008 },
	{ 1028, 1028, 1008 }, { 1027, 1027, 1008 }, { 1029, 1029, 1008 },
	{ SOCKOPT_SNAPLEN_NONE, 0, 8 }, { SOCKOPT_SNAPLEN_NONE, 0, 1008 },
	{ SOCKOPT_SNAPLEN_MAX, 65535, 1008 }, { SOCKOPT_SNAPLEN_MAX, 65535, 65515 },
};
#define LENGTHS ((int)(sizeof(lengths) / sizeof(lengths[0])))

START_TEST(a_packet_is_kept_up_to_the_snap_length_and_no_further)
{
	struct vm_reader reader;

	vm_new_netns_quiet();
	vm_reader_open(&reader, 2, lengths[_i].asked, 2);
	ck_assert_uint_eq(reader.open.snaplen, lengths[_i].taken);
	build(VM_LO, VM_LO, 0x5203, lengths[_i].icmp_len);
	send_packet();
	expect_packet(&reader, only(&reader));
}
END_TEST

START_TEST(a_short_packet_in_a_used_slot_has_zeros_behind_it)
{
	struct vm_reader reader;
	int i;

	vm_new_netns_quiet();
	vm_reader_open(&reader, 2, 300, 1);
	for (i = 0; i < 6; i++) {
		build(VM_LO, VM_LO, 0x5204, i < 2 ? 1008 : 8 + (size_t)i);
		send_packet();
		expect_packet(&reader, only(&reader));
	}
}
END_TEST

/* Whoever comes after the first gets a copy, if its slots are of the size that most have. */
START_TEST(each_of_many_streams_keeps_the_packet_up_to_its_own_snap_length)
{
	static const uint32_t snaplens[] = { 0, 0, 0, 80, 65, 300, 0, SOCKOPT_SNAPLEN_NONE, 0 };
	static const size_t icmp_lens[] = { 1008, 76, 41, 8 };
	struct vm_reader readers[VM_COUNT(snaplens)];
	uint64_t time = 0;
	int i, at;

	vm_new_netns_quiet();
	for (at = 0; at < VM_COUNT(snaplens); at++)
		vm_reader_open(&readers[at], 2, snaplens[at], 1);
	for (i = 0; i < VM_COUNT(icmp_lens); i++) {
		build(VM_LO, VM_LO, 0x5212, icmp_lens[i]);
		send_packet();
		for (at = 0; at < VM_COUNT(snaplens); at++) {
			const struct sockopt_record *rec = only(&readers[at]);

			expect_packet(&readers[at], rec);
			ck_assert(!at || rec->time == time);
			time = rec->time;
		}
	}
}
END_TEST

START_TEST(ip_options_move_the_offset)
{
	socklen_t options = 4 * (socklen_t)_i;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;
	uint8_t nops[40];
	int sender;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	sender = vm_sender();
	memset(nops, 1, sizeof(nops));
	ck_assert_int_eq(setsockopt(sender, SOL_IP, IP_OPTIONS, nops, options), 0);
	vm_echo(sender, VM_LO, 0x5205, 9, 24, 0);
	rec = only(&reader);
	ck_assert_uint_eq(rec->offset, IP_LEN + options);
	ck_assert_uint_eq(rec->len, IP_LEN + options + 8 + 24);
	ck_assert_uint_eq(sockopt_record_data(rec)[rec->offset], ECHO_REQUEST);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.id, 0x5205);
	ck_assert_uint_eq(icmp.seq, 9);
}
END_TEST

static void set_lo_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = mtu };
	int fd = vm_raw();

	ck_assert_int_eq(ioctl(fd, SIOCSIFMTU, &ifr), 0);
	close(fd);
}

/* That the sender's socket gets it whole proves that all fragments came in. */
START_TEST(of_a_fragmented_ping_only_the_first_fragment_is_shown)
{
	const struct sockopt_record *rec;
	struct vm_reader reader;
	uint8_t buf[8192];
	int sender;

	vm_new_netns_quiet();
	set_lo_mtu(1500);
	vm_reader_open(&reader, SLOTS, 2048, 1);
	sender = vm_sender();
	vm_echo(sender, VM_LO, 0x5206, 1, 4000, 0);
	ck_assert_int_eq(recv(sender, buf, sizeof(buf), 0), IP_LEN + 8 + 4000);
	rec = only(&reader);
	ck_assert_uint_eq(rec->len, 1500);
	ck_assert_uint_eq(rec->caplen, 1500);
	ck_assert_uint_eq(sockopt_record_data(rec)[6] & 0x3f, 0x20);
	ck_assert_uint_eq(sockopt_record_data(rec)[7], 0);
	ck_assert_mem_eq(sockopt_record_data(rec) + IP_LEN, buf + IP_LEN, 1480);
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

START_TEST(a_packet_with_a_wrong_checksum_is_shown_too)
{
	struct vm_reader reader;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	build(VM_LO, VM_LO, 0x5207, 40);
	packet.bytes[IP_LEN + 2] ^= 0x55;
	send_packet();
	expect_packet(&reader, only(&reader));
}
END_TEST

/* ---- What is no ICMP ---- */

/* A bound socket of this type and its port. */
static int bound(int type, struct sockaddr_in *addr)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET, VM_LO, &any.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	return fd;
}

static void talk_udp(void)
{
	struct sockaddr_in addr;
	int fd = bound(SOCK_DGRAM, &addr);
	char buf[8];

	vm_udp(VM_LO, ntohs(addr.sin_port));
	ck_assert_int_eq(recv(fd, buf, sizeof(buf), 0), 1);
	close(fd);
}

static void talk_tcp(void)
{
	struct sockaddr_in addr;
	int listener = bound(SOCK_STREAM, &addr), fd, peer;
	char buf[8];

	ck_assert_int_eq(listen(listener, 1), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	ck_assert_int_eq(recv(peer, buf, 5, MSG_WAITALL), 5);
	close(fd);
	close(peer);
	close(listener);
}

START_TEST(udp_and_tcp_make_no_record_and_are_not_seen)
{
	struct vm_reader reader;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	talk_udp();
	talk_tcp();
	expect_counts(&reader, 0, 0, 0);
	vm_expect_nothing(&reader);
	build(VM_LO, VM_LO, 0x5208, 40);
	send_packet();
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

START_TEST(another_namespace_sees_nothing)
{
	struct vm_reader reader, other;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	vm_new_netns_quiet();
	vm_reader_open(&other, SLOTS, 0, 1);
	build(VM_LO, VM_LO, 0x5209, 40);
	send_packet();
	expect_packet(&other, only(&other));
	expect_counts(&reader, 0, 0, 0);
	vm_expect_nothing(&reader);
}
END_TEST

/* ---- Suite ---- */

Suite *packet_suite(void)
{
	Suite *suite = suite_create("packet");
	TCase *tc = vm_case(suite, "bytes", 20, NULL);

	tcase_add_test(tc, a_ping_on_loopback_is_request_and_reply);
	tcase_add_test(tc, times_and_seqs_of_records_go_up);
	tcase_add_loop_test(tc, a_packet_is_kept_up_to_the_snap_length_and_no_further, 0, LENGTHS);
	tcase_add_test(tc, a_short_packet_in_a_used_slot_has_zeros_behind_it);
	tcase_add_test(tc, each_of_many_streams_keeps_the_packet_up_to_its_own_snap_length);
	tcase_add_loop_test(tc, ip_options_move_the_offset, 1, 11);
	tcase_add_test(tc, of_a_fragmented_ping_only_the_first_fragment_is_shown);
	tcase_add_test(tc, a_packet_with_a_wrong_checksum_is_shown_too);
	tcase_add_test(tc, udp_and_tcp_make_no_record_and_are_not_seen);
	tcase_add_test(tc, another_namespace_sees_nothing);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows every ICMP packet that reaches the host,
 * as it was on the wire and once, shows nothing else, and touches none.
 */
#include "vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define LO "127.0.0.1"

/* RFC 792 */
#define ECHO_REPLY 0
#define UNREACHABLE 3
#define REDIRECT 5
#define ECHO_REQUEST 8
#define TIME_EXCEEDED 11

#define IP_LEN 20		/* IPv4 header without options */
#define SLOTS 64

/* ---- Packets built here, byte by byte ---- */

struct packet {
	uint8_t bytes[65535];
	size_t len;
};

static struct packet packet;

static void put16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

/* An echo request; icmp_len bytes behind the IP header, also too few of them. */
static void build(const char *from, const char *to, uint16_t id, size_t icmp_len)
{
	static const uint8_t ip[] = { 0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, IPPROTO_ICMP };
	uint8_t *icmp = packet.bytes + IP_LEN;
	size_t i;

	packet.len = IP_LEN + icmp_len;
	memset(packet.bytes, 0, IP_LEN + 8);
	memcpy(packet.bytes, ip, sizeof(ip));
	put16(packet.bytes + 2, (unsigned int)packet.len);
	ck_assert_int_eq(inet_pton(AF_INET, from, packet.bytes + 12), 1);
	ck_assert_int_eq(inet_pton(AF_INET, to, packet.bytes + 16), 1);
	put16(packet.bytes + 10, vm_checksum(packet.bytes, IP_LEN));
	icmp[0] = ECHO_REQUEST;
	put16(icmp + 4, id);
	put16(icmp + 6, 1);
	for (i = 8; i < icmp_len; i++)
		icmp[i] = (uint8_t)(i * 7 + 3);
	if (icmp_len >= 8)
		put16(icmp + 2, vm_checksum(icmp, icmp_len));
}

/* With our IP header, not the kernel's. */
static void send_packet(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = vm_raw();

	memcpy(&to.sin_addr, packet.bytes + 16, 4);
	ck_assert_msg(sendto(fd, packet.bytes, packet.len, 0, (struct sockaddr *)&to,
			     sizeof(to)) == (ssize_t)packet.len,
		      "send %zu bytes: %s", packet.len, strerror(errno));
	close(fd);
}

/* ---- What records must be ---- */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void expect_zeros(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		ck_assert_msg(!data[i], "byte %zu behind the payload is 0x%x", i, data[i]);
}

/* The record shows 'packet', as far as snaplen allows. */
static void expect_packet(const struct vm_reader *reader, const struct sockopt_record *rec)
{
	uint32_t snaplen = reader->open.snaplen;
	size_t caplen = packet.len < snaplen ? packet.len : snaplen;
	const uint8_t *data = sockopt_record_data(rec);

	ck_assert_uint_eq(rec->len, packet.len);
	ck_assert_uint_eq(rec->caplen, caplen);
	ck_assert_uint_eq(rec->flags, caplen < packet.len ? SOCKOPT_RECORD_F_TRUNCATED : 0);
	ck_assert_uint_eq(rec->family, AF_INET);
	ck_assert_uint_eq(rec->kind, SOCKOPT_KIND_IP);
	ck_assert_uint_eq(rec->offset, IP_LEN);
	ck_assert_uint_eq(rec->lost, 0);
	if (caplen)
		ck_assert_mem_eq(data, packet.bytes, caplen);
	expect_zeros(data + caplen, reader->open.slot_size - sizeof(*rec) - caplen);
}

static void expect_nothing(struct vm_reader *reader)
{
	ck_assert_int_eq(vm_reader_take(reader), -EAGAIN);
}

static bool takes_one(void *arg)
{
	int n = vm_reader_take(arg);

	ck_assert_msg(n == 1 || n == -EAGAIN, "RECORDS returned %d", n);
	return n == 1;
}

/* The one record that there is; it is acknowledged, and stays in the buffer. */
static const struct sockopt_record *only(struct vm_reader *reader)
{
	const struct sockopt_record *rec;

	vm_wait(takes_one, reader, "a record");
	rec = vm_record(&reader->batch, 0);
	expect_nothing(reader);
	return rec;
}

static void expect_counts(const struct vm_reader *reader, uint64_t seen, uint64_t filtered,
			  uint64_t pending)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(reader->sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, seen);
	ck_assert_uint_eq(stats.filtered, filtered);
	ck_assert_uint_eq(stats.pending, pending);
	ck_assert_uint_eq(stats.lost_full + stats.lost_busy, 0);
}

/* Among whatever else comes: of this type, with this identifier or quoted port. */
struct search {
	struct vm_reader *reader;
	uint8_t type;
	uint16_t id;
	struct sockopt_icmp icmp;
};

static bool is_wanted(const struct search *search)
{
	const struct sockopt_icmp *icmp = &search->icmp;

	return icmp->type == search->type &&
	       (icmp->flags & SOCKOPT_ICMP_F_ECHO ? icmp->id : icmp->quoted_sport) == search->id;
}

static bool finds(void *arg)
{
	struct search *search = arg;
	int n = vm_reader_take(search->reader);

	if (n == -EAGAIN)
		return false;
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(sockopt_icmp_decode(vm_record(&search->reader->batch, 0),
					     &search->icmp), 0);
	return is_wanted(search);
}

/* The buffer of the reader has room for one. */
static const struct sockopt_record *find(struct vm_reader *reader, uint8_t type, uint16_t id,
					 struct sockopt_icmp *icmp)
{
	struct search search = { .reader = reader, .type = type, .id = id };

	vm_wait(finds, &search, "the packet");
	*icmp = search.icmp;
	return vm_record(&reader->batch, 0);
}

static void expect_address(const uint8_t *address, const char *expected)
{
	char text[INET_ADDRSTRLEN];

	ck_assert_ptr_nonnull(inet_ntop(AF_INET, address, text, sizeof(text)));
	ck_assert_str_eq(text, expected);
}

/* ---- Between hosts ---- */

static void ping_a_from_b(void *arg)
{
	(void)arg;
	vm_enter("B");
	send_packet();
}

START_TEST(a_ping_from_another_host_is_shown_byte_by_byte)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader;
	uint64_t before = now();

	vm_reader_open(&reader, SLOTS, 1500, 1);
	build(VM_B, VM_A, 0x5101, 8 + 200);
	vm_join(vm_fork(ping_a_from_b, NULL));
	rec = find(&reader, ECHO_REQUEST, 0x5101, &icmp);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->seq, reader.cursor);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("va"));
	ck_assert_uint_ge(rec->time, before);
	ck_assert_uint_le(rec->time, now());
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
}
END_TEST

/* What must come back is what vm_echo() sent: its payload is 0, 1, 2 ... */
static void expect_reply(const struct sockopt_record *rec, size_t payload)
{
	const uint8_t *data = sockopt_record_data(rec) + rec->offset;
	size_t i;

	ck_assert_uint_eq(rec->offset, IP_LEN);
	ck_assert_uint_eq(rec->len, IP_LEN + 8 + payload);
	ck_assert_uint_eq(rec->caplen, rec->len);
	ck_assert_uint_eq(vm_checksum(data, 8 + payload), 0);
	for (i = 0; i < payload; i++)
		ck_assert_uint_eq(data[8 + i], (uint8_t)i);
}

START_TEST(the_reply_of_another_host_is_shown_byte_by_byte)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 1500, 1);
	vm_echo(vm_sender(), VM_B, 0x5102, 77, 700, 0);
	rec = find(&reader, ECHO_REPLY, 0x5102, &icmp);
	expect_reply(rec, 700);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("va"));
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.seq, 77);
	ck_assert_uint_eq(icmp.code, 0);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
}
END_TEST

START_TEST(what_this_host_sends_itself_is_not_shown)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 0, 1);
	vm_echo(vm_sender(), VM_B, 0x5103, 1, 0, 0);
	do {
		vm_wait_queued(reader.sock, 1);
		ck_assert_int_eq(vm_reader_take(&reader), 1);
		rec = vm_record(&reader.batch, 0);
		ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
		ck_assert(icmp.id != 0x5103 || icmp.type != ECHO_REQUEST);
	} while (icmp.id != 0x5103);
}
END_TEST

START_TEST(port_unreachable_quotes_the_flow_that_caused_it)
{
	struct sockopt_icmp icmp;
	struct vm_reader reader;
	uint16_t port;

	vm_reader_open(&reader, SLOTS, 0, 1);
	port = vm_udp(VM_B, 9);
	find(&reader, UNREACHABLE, port, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.code, 3);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
	expect_address(icmp.quoted_src, VM_A);
	expect_address(icmp.quoted_dst, VM_B);
	ck_assert_uint_eq(icmp.quoted_proto, IPPROTO_UDP);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(time_exceeded_quotes_the_ping_that_caused_it)
{
	struct sockopt_icmp icmp;
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 0, 1);
	vm_echo(vm_sender(), VM_C, 0x5104, 1, 56, 1);
	find(&reader, TIME_EXCEEDED, 0x5104, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.code, 0);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.quoted_src, VM_A);
	expect_address(icmp.quoted_dst, VM_C);
	ck_assert_uint_eq(icmp.quoted_proto, IPPROTO_ICMP);
	ck_assert_uint_eq(icmp.quoted_sport, 0x5104);
	ck_assert_uint_eq(icmp.quoted_dport, 0);
}
END_TEST

/* B's view; *arg: where to say that the stream is open. */
static void watch_in_b(void *arg)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader;

	vm_enter("B");
	vm_reader_open(&reader, SLOTS, 0, 1);
	ck_assert_int_eq(write(*(int *)arg, "r", 1), 1);
	rec = find(&reader, ECHO_REQUEST, 0x5105, &icmp);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("vb"));
	expect_address(icmp.src, VM_A);
	expect_address(icmp.dst, VM_C);
	rec = find(&reader, ECHO_REPLY, 0x5105, &icmp);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("vbc"));
	expect_address(icmp.src, VM_C);
	expect_address(icmp.dst, VM_A);
}

START_TEST(a_router_sees_what_it_forwards)
{
	int ready[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	pid = vm_fork(watch_in_b, &ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	vm_echo(vm_sender(), VM_C, 0x5105, 1, 0, 0);
	vm_join(pid);
}
END_TEST

/* On the socket of the sender, which gets a copy of every ICMP packet. */
static void await_reply(int sender, uint16_t id, uint16_t seq)
{
	struct timeval limit = { .tv_sec = 5 };
	uint8_t buf[2048];
	ssize_t n;

	ck_assert_int_eq(setsockopt(sender, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	do {
		n = recv(sender, buf, sizeof(buf), 0);
		ck_assert_msg(n >= IP_LEN + 8, "no reply to ping %u", seq);
	} while (buf[20] != ECHO_REPLY || (buf[24] << 8 | buf[25]) != id ||
		 (buf[26] << 8 | buf[27]) != seq);
}

START_TEST(pings_get_their_replies_while_the_ring_is_full)
{
	struct sockopt_stats stats;
	struct vm_reader reader;
	int sender = vm_sender();
	uint16_t i;

	vm_reader_open(&reader, 2, 0, 1);
	for (i = 0; i < 20; i++) {
		vm_echo(sender, VM_B, 0x5106, i, 20, 0);
		await_reply(sender, 0x5106, i);
	}
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.pending, 2);
	ck_assert_uint_ge(stats.lost_full, 18);
}
END_TEST

/* ---- Bytes: on loopback, where nothing else happens ---- */

START_TEST(a_ping_on_loopback_is_request_and_reply)
{
	struct vm_reader reader;
	int i;

	vm_new_netns();
	vm_reader_open(&reader, SLOTS, 0, 4);
	vm_echo(vm_sender(), LO, 0x5201, 1, 30, 0);
	vm_wait_queued(reader.sock, 2);
	ck_assert_int_eq(vm_reader_take(&reader), 2);
	for (i = 0; i < 2; i++) {
		const struct sockopt_record *rec = vm_record(&reader.batch, (unsigned int)i);

		expect_reply(rec, 30);
		ck_assert_uint_eq(sockopt_record_data(rec)[20], i ? ECHO_REPLY : ECHO_REQUEST);
		ck_assert_uint_eq(rec->ifindex, if_nametoindex("lo"));
	}
	expect_nothing(&reader);
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
		vm_echo(sender, LO, 0x5202, i, 0, 0);
		vm_wait_queued(reader.sock, 1);
		ck_assert_int_eq(vm_reader_take(&reader), 1);
		ck_assert_uint_eq(vm_record(&reader.batch, 0)->seq, ++seq);
		ck_assert_uint_ge(vm_record(&reader.batch, 0)->time, before);
		ck_assert_uint_le(vm_record(&reader.batch, 0)->time, now());
		ck_assert_uint_ge(vm_record(&reader.batch, 0)->time, last);
		last = vm_record(&reader.batch, 0)->time;
		expect_nothing(&reader);
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
	build(LO, LO, 0x5203, lengths[_i].icmp_len);
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
		build(LO, LO, 0x5204, i < 2 ? 1008 : 8 + (size_t)i);
		send_packet();
		expect_packet(&reader, only(&reader));
	}
}
END_TEST

START_TEST(ip_options_move_the_offset)
{
	socklen_t options = 4 * (socklen_t)_i;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader;
	uint8_t nops[40];
	int sender;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	sender = vm_sender();
	memset(nops, 1, sizeof(nops));
	ck_assert_int_eq(setsockopt(sender, SOL_IP, IP_OPTIONS, nops, options), 0);
	vm_echo(sender, LO, 0x5205, 9, 24, 0);
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
	vm_echo(sender, LO, 0x5206, 1, 4000, 0);
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
	build(LO, LO, 0x5207, 40);
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

	ck_assert_int_eq(inet_pton(AF_INET, LO, &any.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	return fd;
}

static void talk_udp(void)
{
	struct sockaddr_in addr;
	int fd = bound(SOCK_DGRAM, &addr);
	char buf[8];

	vm_udp(LO, ntohs(addr.sin_port));
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
	expect_nothing(&reader);
	build(LO, LO, 0x5208, 40);
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
	build(LO, LO, 0x5209, 40);
	send_packet();
	expect_packet(&other, only(&other));
	expect_counts(&reader, 0, 0, 0);
	expect_nothing(&reader);
}
END_TEST

/* ---- Filters ---- */

static void send_type(int sender, uint8_t type)
{
	static const uint8_t rest[] = { 0x53, 0x01, 0, 1 };

	vm_icmp(sender, LO, type, 0, rest, sizeof(rest));
}

static uint8_t type_of(const struct sockopt_record *rec)
{
	return sockopt_record_data(rec)[rec->offset];
}

/* At the edges of the mask's words; none that the kernel answers. */
static const uint8_t types[] = { 0, 8, 31, 32, 33, 63, 64, 127, 128, 223, 224, 254, 255 };
#define TYPES (sizeof(types))

START_TEST(each_type_is_selected_by_its_own_bit)
{
	struct vm_reader readers[TYPES];
	unsigned int i;
	int sender;

	vm_new_netns_quiet();
	for (i = 0; i < TYPES; i++)
		vm_reader_open_types(&readers[i], (const int[]){ types[i], -1 }, 2);
	sender = vm_sender();
	for (i = 0; i < TYPES; i++)
		send_type(sender, types[i]);
	for (i = 0; i < TYPES; i++) {
		vm_wait_seen(readers[i].sock, TYPES);
		expect_counts(&readers[i], TYPES, TYPES - 1, 1);
		ck_assert_uint_eq(type_of(only(&readers[i])), types[i]);
	}
}
END_TEST

START_TEST(types_that_are_not_wanted_count_as_filtered)
{
	struct vm_reader reader;
	int sender, i;

	vm_new_netns();
	vm_reader_open_types(&reader, (const int[]){ ECHO_REPLY, 11, -1 }, 8);
	sender = vm_sender();
	for (i = 0; i < 5; i++)
		vm_echo(sender, LO, 0x5302, (uint16_t)i, 0, 0);
	vm_wait_seen(reader.sock, 10);
	expect_counts(&reader, 10, 5, 5);
	ck_assert_int_eq(vm_reader_take(&reader), 5);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(type_of(vm_record(&reader.batch, (unsigned int)i)), ECHO_REPLY);
	expect_nothing(&reader);
}
END_TEST

START_TEST(an_empty_mask_gets_nothing)
{
	struct vm_reader reader;

	vm_new_netns();
	vm_reader_open_types(&reader, (const int[]){ -1 }, 1);
	vm_echo(vm_sender(), LO, 0x5303, 1, 0, 0);
	vm_wait_seen(reader.sock, 2);
	expect_counts(&reader, 2, 2, 0);
	expect_nothing(&reader);
}
END_TEST

START_TEST(streams_with_different_masks_each_get_their_own)
{
	struct vm_reader request, reply, all;

	vm_new_netns();
	vm_reader_open_types(&request, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&reply, (const int[]){ ECHO_REPLY, -1 }, 2);
	vm_reader_open(&all, SLOTS, 0, 4);
	vm_echo(vm_sender(), LO, 0x5304, 1, 0, 0);
	vm_wait_seen(all.sock, 2);
	expect_counts(&request, 2, 1, 1);
	expect_counts(&reply, 2, 1, 1);
	expect_counts(&all, 2, 0, 2);
	ck_assert_uint_eq(type_of(only(&request)), ECHO_REQUEST);
	ck_assert_uint_eq(type_of(only(&reply)), ECHO_REPLY);
	ck_assert_int_eq(vm_reader_take(&all), 2);
}
END_TEST

START_TEST(closing_one_stream_takes_nothing_from_the_others_mask)
{
	struct vm_reader request, both;

	vm_new_netns();
	vm_reader_open_types(&request, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&both, (const int[]){ ECHO_REQUEST, ECHO_REPLY, -1 }, 4);
	vm_reader_close(&both);
	vm_echo(vm_sender(), LO, 0x5305, 1, 0, 0);
	vm_wait_seen(request.sock, 2);
	expect_counts(&request, 2, 1, 1);
	vm_reader_open_types(&both, (const int[]){ ECHO_REQUEST, ECHO_REPLY, -1 }, 4);
	vm_reader_close(&request);
	vm_echo(vm_sender(), LO, 0x5305, 2, 0, 0);
	vm_wait_seen(both.sock, 2);
	expect_counts(&both, 2, 0, 2);
}
END_TEST

START_TEST(a_packet_too_short_for_a_type_counts_as_255)
{
	struct vm_reader all, none, request;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;

	vm_new_netns_quiet();
	vm_reader_open_types(&none, (const int[]){ 255, -1 }, 2);
	vm_reader_open_types(&request, (const int[]){ 0, ECHO_REQUEST, 254, -1 }, 2);
	vm_reader_open(&all, SLOTS, 0, 2);
	build(LO, LO, 0, 0);
	send_packet();
	rec = only(&none);
	expect_packet(&none, rec);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_CUT);
	vm_wait_seen(request.sock, 1);
	expect_counts(&request, 1, 1, 0);
	expect_packet(&all, only(&all));
}
END_TEST

START_TEST(a_packet_cut_on_the_wire_still_has_its_type)
{
	size_t len = (size_t)_i;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp;
	struct vm_reader reader, others;

	vm_new_netns_quiet();
	vm_reader_open_types(&reader, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&others, (const int[]){ ECHO_REPLY, 255, -1 }, 2);
	build(LO, LO, 0x5306, len);
	send_packet();
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, (len < 2 ? 0U : SOCKOPT_ICMP_F_TYPE) |
			  (len < 8 ? SOCKOPT_ICMP_F_CUT : SOCKOPT_ICMP_F_ECHO));
	ck_assert_uint_eq(icmp.type, len < 2 ? 0 : ECHO_REQUEST);
	vm_wait_seen(others.sock, 1);
	expect_counts(&others, 1, 1, 0);
}
END_TEST

/* ---- The library ---- */

START_TEST(the_library_shows_a_ping_as_numbers_and_as_a_line)
{
	struct sockopt_config config = { .size = sizeof(config) };
	char line[SOCKOPT_ICMP_LINE], expected[SOCKOPT_ICMP_LINE];
	const struct sockopt_record *rec;
	struct sockopt_stream *st;
	struct sockopt_icmp icmp;
	uint64_t s;

	vm_new_netns_quiet();
	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	vm_echo(vm_sender(), LO, 4711, 12, 40, 33);
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
	struct sockopt_icmp icmp;
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
	struct sockopt_icmp icmp;
	uint8_t rest[4 + 28];
	int sender;

	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	sender = vm_sender();
	build(LO, LO, 0x5401, 8);
	memcpy(rest, (const uint8_t[]){ 0, 0, 0x05, 0x14 }, 4);
	memcpy(rest + 4, packet.bytes, 28);
	vm_icmp(sender, LO, UNREACHABLE, 4, rest, sizeof(rest));
	find(&reader, UNREACHABLE, 0x5401, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_MTU |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.mtu, 1300);
	ck_assert_int_eq(inet_pton(AF_INET, VM_B, rest), 1);
	vm_icmp(sender, LO, REDIRECT, 1, rest, sizeof(rest));
	find(&reader, REDIRECT, 0x5401, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_GATEWAY |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	expect_address(icmp.gateway, VM_B);
}
END_TEST

/* ---- The hook ---- */

START_TEST(packets_count_only_while_somebody_subscribes)
{
	struct vm_reader reader;

	vm_new_netns_quiet();
	build(LO, LO, 0x5501, 40);
	send_packet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	expect_counts(&reader, 0, 0, 0);
	send_packet();
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 1);
	vm_reader_close(&reader);
	ck_assert_int_eq(vm_stream_count(), 0);
	send_packet();
	send_packet();
	ck_assert_int_eq(vm_stat("icmp", "seen"), 1);
}
END_TEST

START_TEST(a_stream_opened_again_starts_from_zero)
{
	struct vm_reader reader;
	uint32_t first;

	vm_new_netns_quiet();
	build(LO, LO, 0x5502, 40);
	vm_reader_open(&reader, SLOTS, 0, 1);
	first = reader.cursor;
	send_packet();
	only(&reader);
	vm_reader_close(&reader);
	vm_reader_open(&reader, SLOTS, 0, 1);
	ck_assert_uint_eq(reader.cursor, first);
	expect_counts(&reader, 0, 0, 0);
	expect_nothing(&reader);
	send_packet();
	ck_assert_uint_eq(only(&reader)->seq, first + 1);
	expect_counts(&reader, 1, 0, 0);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 2);
}
END_TEST

START_TEST(the_hook_stays_when_one_of_two_streams_goes)
{
	struct vm_reader first, second;

	vm_new_netns_quiet();
	vm_reader_open(&first, SLOTS, 0, 1);
	vm_reader_open(&second, SLOTS, 0, 1);
	vm_reader_close(&first);
	build(LO, LO, 0x5503, 40);
	send_packet();
	expect_packet(&second, only(&second));
}
END_TEST

/* ---- */

static TCase *between_hosts(void)
{
	TCase *tc = tcase_create("between hosts");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_ping_from_another_host_is_shown_byte_by_byte);
	tcase_add_test(tc, the_reply_of_another_host_is_shown_byte_by_byte);
	tcase_add_test(tc, what_this_host_sends_itself_is_not_shown);
	tcase_add_test(tc, port_unreachable_quotes_the_flow_that_caused_it);
	tcase_add_test(tc, time_exceeded_quotes_the_ping_that_caused_it);
	tcase_add_test(tc, a_router_sees_what_it_forwards);
	tcase_add_test(tc, pings_get_their_replies_while_the_ring_is_full);
	return tc;
}

static TCase *bytes(void)
{
	TCase *tc = tcase_create("bytes");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_ping_on_loopback_is_request_and_reply);
	tcase_add_test(tc, times_and_seqs_of_records_go_up);
	tcase_add_loop_test(tc, a_packet_is_kept_up_to_the_snap_length_and_no_further, 0, LENGTHS);
	tcase_add_test(tc, a_short_packet_in_a_used_slot_has_zeros_behind_it);
	tcase_add_loop_test(tc, ip_options_move_the_offset, 1, 11);
	tcase_add_test(tc, of_a_fragmented_ping_only_the_first_fragment_is_shown);
	tcase_add_test(tc, a_packet_with_a_wrong_checksum_is_shown_too);
	tcase_add_test(tc, udp_and_tcp_make_no_record_and_are_not_seen);
	tcase_add_test(tc, another_namespace_sees_nothing);
	return tc;
}

static TCase *filters(void)
{
	TCase *tc = tcase_create("filters");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, each_type_is_selected_by_its_own_bit);
	tcase_add_test(tc, types_that_are_not_wanted_count_as_filtered);
	tcase_add_test(tc, an_empty_mask_gets_nothing);
	tcase_add_test(tc, streams_with_different_masks_each_get_their_own);
	tcase_add_test(tc, closing_one_stream_takes_nothing_from_the_others_mask);
	tcase_add_test(tc, a_packet_too_short_for_a_type_counts_as_255);
	tcase_add_loop_test(tc, a_packet_cut_on_the_wire_still_has_its_type, 1, 9);
	return tc;
}

static TCase *library(void)
{
	TCase *tc = tcase_create("library");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, the_library_shows_a_ping_as_numbers_and_as_a_line);
	tcase_add_test(tc, the_library_shows_a_real_error_as_a_line);
	tcase_add_test(tc, mtu_and_gateway_are_decoded_from_what_came);
	return tc;
}

static TCase *hook(void)
{
	TCase *tc = tcase_create("hook");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, packets_count_only_while_somebody_subscribes);
	tcase_add_test(tc, a_stream_opened_again_starts_from_zero);
	tcase_add_test(tc, the_hook_stays_when_one_of_two_streams_goes);
	return tc;
}

Suite *icmp_suite(void)
{
	Suite *suite = suite_create("icmp");

	suite_add_tcase(suite, between_hosts());
	suite_add_tcase(suite, bytes());
	suite_add_tcase(suite, filters());
	suite_add_tcase(suite, library());
	suite_add_tcase(suite, hook());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* See packet.h. */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct packet packet;

static void put16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void sum_header(void)
{
	put16(packet.bytes + 10, 0);
	put16(packet.bytes + 10, vm_checksum(packet.bytes, 4 * (packet.bytes[0] & 0x0fU)));
}

/*
 * RFC 8200, 8.1: ICMPv6 is summed up with a pseudo header: the addresses, as they stand
 * there, and a length and a protocol, put before them for as long.
 */
static uint16_t sum6(void)
{
	uint8_t *bytes = packet.bytes, start[8];
	uint16_t sum;

	memcpy(start, bytes, sizeof(start));
	memset(bytes, 0, sizeof(start));
	put16(bytes + 2, (unsigned int)(packet.len - IP6_LEN));
	bytes[7] = IPPROTO_ICMPV6;
	sum = vm_checksum(bytes, packet.len);
	memcpy(bytes, start, sizeof(start));
	return sum;
}

void sum_icmp(void)
{
	uint8_t *icmp = packet.bytes + packet.offset;

	put16(icmp + 2, 0);
	put16(icmp + 2, packet.family == AF_INET6 ? sum6() :
			vm_checksum(icmp, packet.len - packet.offset));
}

static void put_ip4(const char *from, const char *to)
{
	static const uint8_t ip[] = { 0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, IPPROTO_ICMP };

	memcpy(packet.bytes, ip, sizeof(ip));
	put16(packet.bytes + 2, (unsigned int)packet.len);
	ck_assert_int_eq(inet_pton(AF_INET, from, packet.bytes + 12), 1);
	ck_assert_int_eq(inet_pton(AF_INET, to, packet.bytes + 16), 1);
	sum_header();
}

static void put_ip6(const char *from, const char *to)
{
	static const uint8_t ip[] = { 0x60, 0, 0, 0, 0, 0, IPPROTO_ICMPV6, 64 };

	memcpy(packet.bytes, ip, sizeof(ip));
	put16(packet.bytes + 4, (unsigned int)(packet.len - IP6_LEN));
	ck_assert_int_eq(inet_pton(AF_INET6, from, packet.bytes + 8), 1);
	ck_assert_int_eq(inet_pton(AF_INET6, to, packet.bytes + 24), 1);
}

static void put_echo(uint8_t *icmp, uint8_t type, uint16_t id, size_t len)
{
	size_t i;

	icmp[0] = type;
	put16(icmp + 4, id);
	put16(icmp + 6, 1);
	for (i = 8; i < len; i++)
		icmp[i] = (uint8_t)(i * 7 + 3);
	if (len >= 8)
		sum_icmp();
}

static bool is_ip6(const char *address)
{
	return strchr(address, ':');
}

void build(const char *from, const char *to, uint16_t id, size_t icmp_len)
{
	packet.family = is_ip6(to) ? AF_INET6 : AF_INET;
	packet.offset = is_ip6(to) ? IP6_LEN : IP_LEN;
	packet.len = packet.offset + icmp_len;
	memset(packet.bytes, 0, packet.offset + 8);
	if (is_ip6(to))
		put_ip6(from, to);
	else
		put_ip4(from, to);
	put_echo(packet.bytes + packet.offset, is_ip6(to) ? ECHO_REQUEST6 : ECHO_REQUEST, id,
		 icmp_len);
}

void send_packet(void)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	bool is_to6 = packet.family == AF_INET6;
	int fd = socket(packet.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	ck_assert_msg(fd >= 0, "raw socket: %s", strerror(errno));
	memcpy(&to4.sin_addr, packet.bytes + 16, 4);
	memcpy(&to6.sin6_addr, packet.bytes + 24, 16);
	ck_assert_msg(sendto(fd, packet.bytes, packet.len, 0,
			     is_to6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
			     is_to6 ? sizeof(to6) : sizeof(to4)) == (ssize_t)packet.len,
		      "send %zu bytes: %s", packet.len, strerror(errno));
	close(fd);
}

/* To six zeros, which is loopback's address. */
void send_frame(size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex("lo"),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(sendto(fd, packet.bytes, len, 0, (struct sockaddr *)&to, sizeof(to)) ==
		      (ssize_t)len, "send %zu bytes: %s", len, strerror(errno));
	close(fd);
}

uint64_t now(void)
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

void expect_packet(const struct vm_reader *reader, const struct sockopt_record *rec)
{
	uint32_t snaplen = reader->open.snaplen;
	size_t caplen = packet.len < snaplen ? packet.len : snaplen;
	const uint8_t *data = sockopt_record_data(rec);

	ck_assert_uint_eq(rec->len, packet.len);
	ck_assert_uint_eq(rec->caplen, caplen);
	ck_assert_uint_eq(rec->flags, caplen < packet.len ? SOCKOPT_RECORD_F_TRUNCATED : 0);
	ck_assert_int_eq(rec->family, packet.family);
	ck_assert_uint_eq(rec->kind, SOCKOPT_KIND_IP);
	ck_assert_uint_eq(rec->offset, packet.offset);
	ck_assert_uint_eq(rec->lost, 0);
	if (caplen)
		ck_assert_mem_eq(data, packet.bytes, caplen);
	expect_zeros(data + caplen, reader->open.slot_size - sizeof(*rec) - caplen);
}

static bool takes_one(void *arg)
{
	int n = vm_reader_take(arg);

	ck_assert_msg(n == 1 || n == -EAGAIN, "RECORDS returned %d", n);
	return n == 1;
}

const struct sockopt_record *only(struct vm_reader *reader)
{
	const struct sockopt_record *rec;

	vm_wait(takes_one, reader, "a record");
	rec = vm_record(&reader->batch, 0);
	vm_expect_nothing(reader);
	return rec;
}

void expect_counts(const struct vm_reader *reader, uint64_t seen, uint64_t filtered,
		   uint64_t pending)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(reader->sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, seen);
	ck_assert_uint_eq(stats.filtered, filtered);
	ck_assert_uint_eq(stats.pending, pending);
	ck_assert_uint_eq(stats.lost_full + stats.lost_busy, 0);
}

void expect_delivered(const struct vm_reader *reader, uint64_t delivered)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(reader->sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.delivered, delivered);
	ck_assert_uint_eq(stats.pending + stats.lost_full + stats.lost_busy, 0);
}

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

const struct sockopt_record *find(struct vm_reader *reader, uint8_t type, uint16_t id,
				  struct sockopt_icmp *icmp)
{
	struct search search = {
		.reader = reader, .type = type, .id = id, .icmp.size = sizeof(*icmp),
	};

	vm_wait(finds, &search, "the packet");
	*icmp = search.icmp;
	return vm_record(&reader->batch, 0);
}

void expect_address(const uint8_t *address, const char *expected)
{
	char text[INET6_ADDRSTRLEN];

	ck_assert_ptr_nonnull(inet_ntop(is_ip6(expected) ? AF_INET6 : AF_INET, address, text,
					sizeof(text)));
	ck_assert_str_eq(text, expected);
}

void expect_reply(const struct sockopt_record *rec, size_t payload)
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

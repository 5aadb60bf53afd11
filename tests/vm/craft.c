/* SPDX-License-Identifier: MIT */
/* See craft.h. */
#include "craft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct craft craft;
struct vm_reader judge_all, judge_chosen;
const int craft_families[] = { AF_INET, AF_INET6 };

static uint64_t sent;
static int raw4, raw6;

/* ---- The packet ---- */

static const struct craft_addresses addresses[] = {
	{ "10.129.3.77", "192.168.66.5", "172.20.1.254", "203.0.113.9" },
	{ "2001:db8:a5::1:77", "fd00:1234:5678:9abc:def0:1:2:3", "2001:db8:1:2:3:4:5:6",
	  "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa" },
};

const struct craft_addresses *craft_addresses_of(int family)
{
	return &addresses[family == AF_INET6];
}

static void store16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void craft_put(const void *bytes, size_t len)
{
	ck_assert_uint_le(craft.len + len, sizeof(craft.bytes));
	memcpy(craft.bytes + craft.len, bytes, len);
	craft.len += len;
}

void craft_ip(int family, uint8_t protocol, const char *src, const char *dst)
{
	uint8_t ip4[IP4_LEN] = { 0x45, 0, 0, 60, 0x12, 0x34, 0, 0, 64, protocol };
	uint8_t ip6[IP6_LEN] = { 0x60, 0, 0, 0, 0, 20, protocol, 64 };
	uint8_t *ip = family == AF_INET6 ? ip6 : ip4;
	size_t at = family == AF_INET6 ? 8 : 12, len = family == AF_INET6 ? 16 : 4;

	ck_assert_int_eq(inet_pton(family, src, ip + at), 1);
	ck_assert_int_eq(inet_pton(family, dst, ip + at + len), 1);
	craft_put(ip, at + 2 * len);
}

void craft_ports(uint16_t sport, uint16_t dport)
{
	uint8_t bytes[8] = { 0 };

	store16(bytes, sport);
	store16(bytes + 2, dport);
	craft_put(bytes, sizeof(bytes));
}

void craft_icmp(int family, uint8_t type, uint8_t code)
{
	const struct craft_addresses *of = craft_addresses_of(family);
	const uint8_t icmp[8] = { type, code };

	craft.family = family;
	craft.len = 0;
	craft_ip(family, family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, of->src, of->dst);
	craft.icmp_at = craft.len;
	craft_put(icmp, sizeof(icmp));
}

void craft_error(int family, uint8_t protocol)
{
	const struct craft_addresses *of = craft_addresses_of(family);

	craft_icmp(family, family == AF_INET6 ? 1 : UNREACHABLE, 1);
	craft_ip(family, protocol, of->inner_src, of->inner_dst);
}

void craft_cut(size_t icmp_len)
{
	ck_assert_uint_le(craft.icmp_at + icmp_len, craft.len);
	craft.len = craft.icmp_at + icmp_len;
}

/* Of ICMPv6 with its pseudo header. */
static void sum_up(void)
{
	uint8_t *icmp = craft.bytes + craft.icmp_at, whole[sizeof(craft.bytes) + 40] = { 0 };
	size_t len = craft.len - craft.icmp_at, before = 0;

	if (len < 4)
		return;
	store16(icmp + 2, 0);
	if (craft.family == AF_INET6) {
		memcpy(whole, craft.bytes + 8, 32);
		store16(whole + 34, len);
		whole[39] = IPPROTO_ICMPV6;
		before = 40;
	}
	memcpy(whole + before, icmp, len);
	store16(icmp + 2, vm_checksum(whole, before + len));
}

/* IPv4's own lengths and checksum are the kernel's to fill in. */
void craft_send(void)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	bool is_ip6 = craft.family == AF_INET6;
	ssize_t ret;

	sum_up();
	store16(craft.bytes + 4, is_ip6 ? craft.len - IP6_LEN : 0x1234);
	memcpy(&to4.sin_addr, craft.bytes + 16, 4);
	memcpy(&to6.sin6_addr, craft.bytes + 24, 16);
	ret = sendto(is_ip6 ? raw6 : raw4, craft.bytes, craft.len, 0,
		     is_ip6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
		     is_ip6 ? sizeof(to6) : sizeof(to4));
	ck_assert_msg(ret == (ssize_t)craft.len, "send %zu bytes: %s", craft.len, strerror(errno));
	sent++;
}

/* ---- The judge ---- */

void judge_setup(void)
{
	vm_new_netns_quiet();
	ck_assert_int_eq(vm_write("/proc/sys/net/ipv6/icmp/echo_ignore_all", "1", 1), 1);
	ck_assert_int_eq(system("ip route add local 0.0.0.0/0 dev lo && "
				"ip -6 route add local ::/0 dev lo"), 0);
	raw4 = vm_raw();
	raw6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	ck_assert_int_ge(raw6, 0);
	sent = 0;
	vm_reader_open(&judge_chosen, 0, 0, 4);
	vm_reader_open(&judge_all, 0, 0, 4);
}

/* Counted when all streams have been asked. */
static bool is_seen(void *arg)
{
	struct sockopt_stats stats;

	(void)arg;
	ck_assert_int_eq(vm_stats(judge_all.sock, ICMP, &stats), 0);
	ck_assert_uint_le(stats.seen, sent);
	return stats.seen == sent;
}

bool is_wanted(const struct sockopt_filter *filter, const void *program)
{
	int n;

	ck_assert_int_eq(vm_tune_filter(judge_chosen.sock, ICMP, filter, program), 0);
	craft_send();
	vm_wait(is_seen, NULL, "a packet to be seen");
	ck_assert_int_eq(vm_reader_take(&judge_all), 1);
	n = vm_reader_take(&judge_chosen);
	ck_assert_msg(n == 1 || n == -EAGAIN, "RECORDS: %d", n);
	return n == 1;
}

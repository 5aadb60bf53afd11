/* SPDX-License-Identifier: MIT */
/*
 * Frames of files: whatever link header they have, the same IP packet is found, and where
 * its ICMP header starts; of one that is cut anywhere, no byte behind the end is read.
 */
#define _GNU_SOURCE		/* MAP_ANONYMOUS with -std=c99 */

#include "../../tools/frame.h"
#include "unit.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An echo request of 28 bytes, and one of IPv6 of 48. */
static const uint8_t ip4[28] = {
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, IPPROTO_ICMP, 0, 0,
	10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0, 0, 0, 7, 0, 1,
};
static const uint8_t ip6[48] = {
	0x60, 0, 0, 0, 0, 8, IPPROTO_ICMPV6, 64,
	[23] = 1, [39] = 2, [40] = 128, [45] = 7, [47] = 1,
};

struct made {
	uint8_t *pages;		/* one to write, and behind it one that nobody may read */
	uint8_t *bytes;
	struct frame frame;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void unmake(struct made *made)
{
	munmap(made->pages, 2 * page_size());
}

/* A frame that ends where a page does. */
static struct made make(const void *link, size_t link_len, const void *ip, size_t len)
{
	struct made made = { .pages = mmap(NULL, 2 * page_size(), PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) };

	ck_assert(made.pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(made.pages + page_size(), page_size(), PROT_NONE), 0);
	made.bytes = made.pages + page_size() - link_len - len;
	memcpy(made.bytes, link, link_len);
	memcpy(made.bytes + link_len, ip, len);
	made.frame.data = made.bytes;
	made.frame.caplen = made.frame.len = link_len + len;
	return made;
}

/* What is found is exactly the packet. */
static void expect_found(int link, const void *header, size_t header_len)
{
	struct made four = make(header, header_len, ip4, sizeof(ip4));

	ck_assert(frame_knows(link));
	ck_assert_int_eq(frame_to_ip(&four.frame, link), AF_INET);
	ck_assert_uint_eq(four.frame.caplen, sizeof(ip4));
	ck_assert_uint_eq(four.frame.len, sizeof(ip4));
	ck_assert_mem_eq(four.frame.data, ip4, sizeof(ip4));
	ck_assert_uint_eq(frame_icmp_offset(&four.frame, AF_INET), 20);
	unmake(&four);
}

START_TEST(a_packet_is_found_behind_every_link_header)
{
	static const uint8_t ethernet[14] = { [12] = 8 };
	static const uint8_t vlan[18] = { [12] = 0x81, [16] = 8 };
	static const uint8_t two_vlans[22] = { [12] = 0x88, 0xa8, [16] = 0x81, [20] = 8 };
	static const uint8_t cooked[16] = { [14] = 8 };
	static const uint8_t cooked2[20] = { 8 };
	static const uint8_t loopback[4] = { 2 };

	expect_found(1, ethernet, sizeof(ethernet));
	expect_found(1, vlan, sizeof(vlan));
	expect_found(1, two_vlans, sizeof(two_vlans));
	expect_found(113, cooked, sizeof(cooked));
	expect_found(276, cooked2, sizeof(cooked2));
	expect_found(0, loopback, sizeof(loopback));
	expect_found(108, loopback, sizeof(loopback));
	expect_found(12, "", 0);
	expect_found(228, "", 0);
}
END_TEST

START_TEST(a_packet_of_ipv6_is_found)
{
	static const uint8_t ethernet[14] = { [12] = 0x86, 0xdd };
	struct made six = make(ethernet, sizeof(ethernet), ip6, sizeof(ip6));

	ck_assert_int_eq(frame_to_ip(&six.frame, 1), AF_INET6);
	ck_assert_uint_eq(six.frame.len, sizeof(ip6));
	ck_assert_uint_eq(frame_icmp_offset(&six.frame, AF_INET6), 40);
	unmake(&six);
}
END_TEST

START_TEST(another_protocol_is_no_packet)
{
	static const uint8_t arp[14] = { [12] = 8, 6 };
	struct made made = make(arp, sizeof(arp), ip4, sizeof(ip4));

	ck_assert_int_eq(frame_to_ip(&made.frame, 1), 0);
	unmake(&made);
}
END_TEST

START_TEST(another_link_type_is_not_known)
{
	ck_assert(!frame_knows(105));	/* 802.11 */
	ck_assert(!frame_knows(-1));
}
END_TEST

START_TEST(what_pads_a_frame_is_not_of_the_packet)
{
	static const uint8_t ethernet[14] = { [12] = 8 };
	uint8_t padded[46] = { 0 };
	struct made made;

	memcpy(padded, ip4, sizeof(ip4));
	made = make(ethernet, sizeof(ethernet), padded, sizeof(padded));
	ck_assert_int_eq(frame_to_ip(&made.frame, 1), AF_INET);
	ck_assert_uint_eq(made.frame.len, sizeof(ip4));
	ck_assert_uint_eq(made.frame.caplen, sizeof(ip4));
	unmake(&made);
}
END_TEST

START_TEST(a_packet_without_a_total_length_keeps_all_bytes)
{
	uint8_t jumbo[sizeof(ip6)];
	struct made made;

	memcpy(jumbo, ip6, sizeof(ip6));
	jumbo[5] = 0;
	made = make("", 0, jumbo, sizeof(jumbo));
	ck_assert_int_eq(frame_to_ip(&made.frame, 12), AF_INET6);
	ck_assert_uint_eq(made.frame.len, sizeof(ip6));
	unmake(&made);
}
END_TEST

START_TEST(a_later_fragment_has_no_icmp_header)
{
	uint8_t later[sizeof(ip4)];
	struct made made;

	memcpy(later, ip4, sizeof(ip4));
	later[7] = 1;
	made = make("", 0, later, sizeof(later));
	ck_assert_int_eq(frame_to_ip(&made.frame, 12), AF_INET);
	ck_assert_uint_eq(frame_icmp_offset(&made.frame, AF_INET), 0);
	made.bytes[7] = 0;
	made.bytes[6] = 0x20;	/* the first one has */
	ck_assert_uint_eq(frame_icmp_offset(&made.frame, AF_INET), 20);
	made.bytes[9] = IPPROTO_UDP;
	ck_assert_uint_eq(frame_icmp_offset(&made.frame, AF_INET), 0);
	unmake(&made);
}
END_TEST

/* An IPv6 header, an extension header of 8 words of a kind, and the message. */
static size_t offset_behind(unsigned int proto, unsigned int first, unsigned int second,
			    unsigned int third)
{
	uint8_t bytes[40 + 64 + 8] = { 0 };
	struct made made;
	size_t offset;

	memcpy(bytes, ip6, 40);
	bytes[5] = 64 + 8;
	bytes[6] = (uint8_t)proto;
	bytes[40] = IPPROTO_ICMPV6;
	bytes[41] = (uint8_t)first;
	bytes[42] = (uint8_t)second;
	bytes[43] = (uint8_t)third;
	made = make("", 0, bytes, sizeof(bytes));
	ck_assert_int_eq(frame_to_ip(&made.frame, 12), AF_INET6);
	offset = frame_icmp_offset(&made.frame, AF_INET6);
	unmake(&made);
	return offset;
}

START_TEST(extension_headers_are_passed)
{
	ck_assert_uint_eq(offset_behind(IPPROTO_HOPOPTS, 0, 0, 0), 48);
	ck_assert_uint_eq(offset_behind(IPPROTO_DSTOPTS, 7, 0, 0), 104);
	ck_assert_uint_eq(offset_behind(IPPROTO_ROUTING, 1, 0, 0), 56);
	ck_assert_uint_eq(offset_behind(IPPROTO_AH, 4, 0, 0), 64);
	ck_assert_uint_eq(offset_behind(IPPROTO_FRAGMENT, 0, 0, 1), 48);
	ck_assert_uint_eq(offset_behind(IPPROTO_FRAGMENT, 0, 0, 8), 0);
	ck_assert_uint_eq(offset_behind(IPPROTO_TCP, 0, 0, 0), 0);
}
END_TEST

START_TEST(an_extension_header_that_is_cut_is_not_read)
{
	uint8_t bytes[48] = { 0 };
	struct made made;
	size_t len;

	memcpy(bytes, ip6, 40);
	bytes[6] = IPPROTO_HOPOPTS;
	bytes[40] = IPPROTO_ICMPV6;
	for (len = 40; len <= sizeof(bytes); len++) {
		made = make("", 0, bytes, len);
		ck_assert_int_eq(frame_to_ip(&made.frame, 12), AF_INET6);
		ck_assert_uint_eq(frame_icmp_offset(&made.frame, AF_INET6),
				  len < sizeof(bytes) ? 0 : 48);
		unmake(&made);
	}
}
END_TEST

START_TEST(a_frame_cut_anywhere_is_survived)
{
	static const int links[] = { 0, 1, 12, 108, 113, 228, 229, 276 };
	uint8_t bytes[256];
	struct made made;
	size_t len, i;
	int family;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		for (len = 0; len < 128; len++) {
			memset(bytes, (int)len * 7, sizeof(bytes));
			memcpy(bytes + len % 24, len % 2 ? ip6 : ip4, 28);
			made = make("", 0, bytes, len);
			made.frame.len += len % 3 * 1000;
			family = frame_to_ip(&made.frame, links[i]);
			ck_assert(made.frame.data >= made.bytes &&
				  made.frame.data + made.frame.caplen <=
				  made.bytes + len);
			if (family)
				frame_icmp_offset(&made.frame, family);
			unmake(&made);
		}
}
END_TEST

Suite *frame_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tc = tcase_create("frame");

	tcase_add_test(tc, a_packet_is_found_behind_every_link_header);
	tcase_add_test(tc, a_packet_of_ipv6_is_found);
	tcase_add_test(tc, another_protocol_is_no_packet);
	tcase_add_test(tc, another_link_type_is_not_known);
	tcase_add_test(tc, what_pads_a_frame_is_not_of_the_packet);
	tcase_add_test(tc, a_packet_without_a_total_length_keeps_all_bytes);
	tcase_add_test(tc, a_later_fragment_has_no_icmp_header);
	tcase_add_test(tc, extension_headers_are_passed);
	tcase_add_test(tc, an_extension_header_that_is_cut_is_not_read);
	tcase_add_test(tc, a_frame_cut_anywhere_is_survived);
	suite_add_tcase(suite, tc);
	return suite;
}

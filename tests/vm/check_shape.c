/* SPDX-License-Identifier: MIT */
/*
 * Proves that a packet of an odd shape is captured as it came, once, and that what
 * the stack refuses is not. Frames are put on loopback past all that makes them.
 */
#include "packet.h"

#include <string.h>

#define ID 0x5601
#define FRAME_MIN 46		/* bytes that the shortest Ethernet frame carries */

/* In units of eight bytes; the rest of the field are flags. */
#define MORE_FRAGMENTS 0x2000

static struct vm_reader reader;

static void setup(void)
{
	vm_new_netns_quiet();
	vm_reader_open(&reader, SLOTS, 256, 1);
}

static void set16(size_t at, unsigned int value)
{
	packet.bytes[at] = (uint8_t)(value >> 8);
	packet.bytes[at + 1] = (uint8_t)value;
}

static void set_fragment(unsigned int field)
{
	set16(6, field);
	sum_header();
}

/* That the other was not captured is known when this one was. */
static void expect_only_this(void)
{
	build(VM_LO, VM_LO, ID, 40);
	send_frame(packet.len);
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}

/* ---- Shown ---- */

START_TEST(an_icmp_packet_of_any_length_in_a_padded_frame_is_shown_without_the_padding)
{
	build(VM_LO, VM_LO, ID, (size_t)_i);
	memset(packet.bytes + packet.len, 0xee, FRAME_MIN);
	send_frame(FRAME_MIN);
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

START_TEST(an_icmp_packet_of_any_length_that_fills_its_frame_is_shown)
{
	build(VM_LO, VM_LO, ID, (size_t)_i);
	send_frame(packet.len);
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

/* Options that no sender would get past its own kernel. */
static void build_with_options(size_t len, size_t icmp_len)
{
	size_t i;

	build(VM_LO, VM_LO, ID, icmp_len);
	memmove(packet.bytes + IP_LEN + len, packet.bytes + IP_LEN, icmp_len);
	for (i = 0; i < len; i++)
		packet.bytes[IP_LEN + i] = (uint8_t)(i * 91 + 7);
	packet.len += len;
	packet.offset += len;
	packet.bytes[0] = (uint8_t)(0x40 | (IP_LEN + len) / 4);
	set16(2, (unsigned int)packet.len);
	sum_header();
}

START_TEST(ip_options_of_any_length_and_content_are_shown_as_they_came)
{
	size_t icmp_len;

	for (icmp_len = 0; icmp_len <= 9; icmp_len++) {
		build_with_options(4 * (size_t)_i, icmp_len);
		send_frame(packet.len);
		expect_packet(&reader, only(&reader));
	}
	expect_counts(&reader, 10, 0, 0);
}
END_TEST

START_TEST(a_first_fragment_of_any_length_is_shown_with_what_it_has)
{
	build(VM_LO, VM_LO, ID, (size_t)_i);
	set_fragment(MORE_FRAGMENTS);
	send_frame(packet.len);
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

START_TEST(a_packet_whose_checksum_is_any_is_shown)
{
	static const unsigned int sums[] = { 0, 1, 0x8000, 0xffff };

	build(VM_LO, VM_LO, ID, 64);
	set16(IP_LEN + 2, sums[_i]);
	send_frame(packet.len);
	expect_packet(&reader, only(&reader));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

/* ---- Not shown ---- */

static const unsigned int later[] = { 1, 1 | MORE_FRAGMENTS, 0x1fff, 0x1fff | MORE_FRAGMENTS };

START_TEST(a_later_fragment_is_not_shown)
{
	build(VM_LO, VM_LO, ID, 40);
	set_fragment(later[_i]);
	send_frame(packet.len);
	expect_only_this();
}
END_TEST

static void is_longer_than_its_frame(void)
{
	set16(2, (unsigned int)packet.len + 1);
	sum_header();
}

static void is_shorter_than_its_header(void)
{
	set16(2, IP_LEN - 1);
	sum_header();
}

static void has_a_short_header(void)
{
	packet.bytes[0] = 0x44;
	sum_header();
}

static void has_a_header_longer_than_itself(void)
{
	packet.bytes[0] = 0x4f;
	sum_header();
}

static void is_of_another_version(void)
{
	packet.bytes[0] = 0x55;
	sum_header();
}

static void has_a_wrong_header_checksum(void)
{
	packet.bytes[10] ^= 1;
}

static void (*const refused[])(void) = {
	is_longer_than_its_frame, is_shorter_than_its_header, has_a_short_header,
	has_a_header_longer_than_itself, is_of_another_version, has_a_wrong_header_checksum,
};

START_TEST(a_packet_whose_ip_header_the_stack_refuses_is_not_shown)
{
	build(VM_LO, VM_LO, ID, 32);
	refused[_i]();
	send_frame(packet.len);
	expect_only_this();
}
END_TEST

START_TEST(a_frame_shorter_than_an_ip_header_is_not_shown)
{
	build(VM_LO, VM_LO, ID, 8);
	send_frame((size_t)_i);
	expect_only_this();
}
END_TEST

Suite *shape_suite(void)
{
	Suite *suite = suite_create("shape");
	TCase *tc = vm_case(suite, "shapes", 20, setup);

	tcase_add_loop_test(tc,
		an_icmp_packet_of_any_length_in_a_padded_frame_is_shown_without_the_padding, 0, 26);
	tcase_add_loop_test(tc, an_icmp_packet_of_any_length_that_fills_its_frame_is_shown, 0, 10);
	tcase_add_loop_test(tc, ip_options_of_any_length_and_content_are_shown_as_they_came, 1, 11);
	tcase_add_loop_test(tc, a_first_fragment_of_any_length_is_shown_with_what_it_has, 0, 10);
	tcase_add_loop_test(tc, a_packet_whose_checksum_is_any_is_shown, 0, 4);
	tcase_add_loop_test(tc, a_later_fragment_is_not_shown, 0, VM_COUNT(later));
	tcase_add_loop_test(tc, a_packet_whose_ip_header_the_stack_refuses_is_not_shown, 0,
			    VM_COUNT(refused));
	tcase_add_loop_test(tc, a_frame_shorter_than_an_ip_header_is_not_shown, 1, IP_LEN);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Decode and format read no byte behind a capture: each packet is tried at every
 * length that it can be cut to, in front of a page that cannot be read.
 */
#include "structure.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

/* Neighbor discovery: two addresses, and an option that quotes. */
static struct packet neighbor(unsigned int type)
{
	struct packet p = plain6(type, 0, 0);

	memset(grow(&p, 32), 0x11, 32);
	memcpy(grow(&p, 8), "\4\7\0\0\0\0\0\0", 8);
	add_ip6(&p, 6, 1, 2);
	memset(grow(&p, 8), 0x22, 8);
	finish(&p);
	return p;
}

/* Extension headers before the message, and in what it quotes. */
static struct packet behind_headers(void)
{
	struct packet p = { .family = FAMILY_IP6 };

	add_ip6(&p, 0, 1, 2);
	add_header6(&p, 60, 1);
	add_header6(&p, 58, 2);
	p.offset = p.len;
	add_icmp(&p, 1, 4, 0, 0);
	add_ip6(&p, 60, 2, 1);
	add_header6(&p, 51, 2);
	add_header6(&p, 44, 2)[1] = 2;
	add_header6(&p, 17, 1);
	memset(grow(&p, 8), 0x22, 8);
	finish(&p);
	return p;
}

static struct packet labelled(int family, int is_announced)
{
	struct packet p = extended(family, is_announced);

	add_object(&p, 1, 1, "\0\1\0\1\0\1\1\1", 8);
	add_object(&p, 2, 10, "\0\0\0\2\10eth0\0\0\0", 12);
	seal(&p);
	return p;
}

/* Each kind of packet that decode treats in its own way. */
static struct packet sample(int which)
{
	struct packet p;

	switch (which) {
	case 0: return plain(8, 0, 7, 1);
	case 1: return plain(10, 0, 0, 0);
	case 2: return plain(99, 7, 0, 0);
	case 3: return error_about(3, 3, 0, 17);
	case 4: return error_about(3, 4, 1400, 6);
	case 5: return error_about(5, 1, 0, 132);
	case 6: return error_about(11, 0, 0, 1);
	case 7: return error_about(12, 0, 0, 47);
	case 8: return error_about(4, 0, 0, 17);
	case 9: return plain6(128, 0, 0x00070001);
	case 10: return error6_about(1, 4, 0, 17);
	case 11: return error6_about(2, 0, 1280, 6);
	case 12: return error6_about(3, 0, 0, 58);
	case 13: return error6_about(4, 2, 40, 132);
	case 14: return neighbor(135);
	case 15: return neighbor(137);
	case 16: return behind_headers();
	case 17: return labelled(FAMILY_IP4, 1);
	case 18: return labelled(FAMILY_IP6, 1);
	case 19: return labelled(FAMILY_IP6, 0);
	default:
		memset(&p, 0, sizeof(p));
		add_ip4(&p, 1, 2, 1, 15);
		p.offset = p.len;
		add_icmp(&p, 3, 1, 0, 0);
		add_ip4(&p, 17, 1, 2, 15);
		memset(grow(&p, 8), 1, 8);
		finish(&p);
		return p;
	}
}
#define SAMPLES 21

/*
 * A member that is flagged holds what the whole packet has there. (Extensions
 * that are not announced are seen in a whole message only: a cut one cannot say
 * that it had some.)
 */
static void expect_part_of(const struct sockopt_icmp *part,
			   const struct sockopt_icmp *whole)
{
	uint32_t flags = part->flags & ~SOCKOPT_ICMP_F_TRUNCATED;

	ck_assert_uint_eq(flags & ~whole->flags, 0);
	if ((flags ^ whole->flags) & ~SOCKOPT_ICMP_F_EXTENSIONS)
		ck_assert(part->flags & SOCKOPT_ICMP_F_TRUNCATED);
	ck_assert_mem_eq(part->src, whole->src, 16);
	ck_assert_mem_eq(part->dst, whole->dst, 16);
	if (flags & SOCKOPT_ICMP_F_TYPE)
		ck_assert(part->type == whole->type && part->code == whole->code);
	if (flags & SOCKOPT_ICMP_F_ECHO)
		ck_assert(part->id == whole->id && part->seq == whole->seq);
	if (flags & SOCKOPT_ICMP_F_MTU)
		ck_assert_uint_eq(part->mtu, whole->mtu);
	if (flags & SOCKOPT_ICMP_F_POINTER)
		ck_assert_uint_eq(part->pointer, whole->pointer);
	if (flags & SOCKOPT_ICMP_F_GATEWAY)
		ck_assert_mem_eq(part->gateway, whole->gateway, 16);
	if (flags & SOCKOPT_ICMP_F_TARGET)
		ck_assert_mem_eq(part->target, whole->target, 16);
	if (flags & SOCKOPT_ICMP_F_QUOTED)
		ck_assert_mem_eq(part->quoted_src, whole->quoted_src, 32);
	if (flags & SOCKOPT_ICMP_F_QUOTED && part->quoted_proto != whole->quoted_proto)
		ck_assert(part->flags & SOCKOPT_ICMP_F_TRUNCATED);
	if (flags & SOCKOPT_ICMP_F_PORTS)
		ck_assert(part->quoted_sport == whole->quoted_sport &&
			  part->quoted_dport == whole->quoted_dport);
}

/* All that is handed out of a record, each within what was captured. */
static int read_objects(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec);
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
	struct sockopt_icmp_interface interface = { .size = sizeof(interface) };
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	int ret, sum = 0;

	while ((ret = sockopt_icmp_extension(rec, &ext)) > 0) {
		unsigned int i;

		ck_assert(ext.data >= data && ext.data + ext.len <= data + rec->caplen);
		for (i = 0; i < ext.len; i++)
			sum += ext.data[i];
		for (i = 0; sockopt_icmp_mpls(&ext, i, &mpls) > 0; i++)
			sum += mpls.ttl;
		if (sockopt_icmp_interface(&ext, &interface) > 0)
			sum += (int)interface.flags;
	}
	return ret ? ret : sum;
}

/* The same whatever stands behind the capture: nothing there was read. */
static int decode_cut(const struct packet *p, size_t caplen,
		      struct sockopt_icmp *icmp)
{
	char line[SOCKOPT_ICMP_LINE], other_line[SOCKOPT_ICMP_LINE];
	struct sockopt_icmp other = { .size = sizeof(other) };
	int ret, objects;

	*icmp = other;
	objects = read_objects(record_of(p, caplen, 0xff));
	ck_assert_int_eq(read_objects(record_of(p, caplen, 0)), objects);
	ret = sockopt_icmp_decode(record_of(p, caplen, 0xff), &other);
	sockopt_icmp_format(record_of(p, caplen, 0xff), other_line,
			    sizeof(other_line));
	ck_assert_int_eq(sockopt_icmp_decode(record_of(p, caplen, 0), icmp), ret);
	sockopt_icmp_format(record_of(p, caplen, 0), line, sizeof(line));
	ck_assert_mem_eq(icmp, &other, sizeof(other));
	ck_assert_str_eq(line, other_line);
	return ret;
}

START_TEST(no_byte_behind_the_capture_is_read_at_any_length)
{
	struct packet p = sample(_i);
	struct sockopt_icmp whole = decode(&p), icmp;
	size_t len;

	ck_assert_uint_eq(whole.flags & SOCKOPT_ICMP_F_TRUNCATED, 0);
	for (len = 0; len <= p.len; len++) {
		int ret = decode_cut(&p, len, &icmp);

		ck_assert_int_eq(ret, len < (p.family ? 40 : 20) ? -EINVAL : 0);
		if (!ret)
			expect_part_of(&icmp, &whole);
	}
}
END_TEST

/* The same packet, but it was that short on the wire. */
START_TEST(a_packet_short_on_the_wire_is_cut_as_well)
{
	struct packet p = sample(_i);
	struct sockopt_icmp whole = decode(&p), icmp;
	uint16_t header = p.offset;

	for (p.len = header; p.len < header + 8; p.len++) {
		finish(&p);
		ck_assert_int_eq(decode_cut(&p, p.len, &icmp), 0);
		ck_assert(icmp.flags & SOCKOPT_ICMP_F_TRUNCATED);
		expect_part_of(&icmp, &whole);
	}
}
END_TEST

START_TEST(random_packets_are_read_within_their_bounds)
{
	uint32_t random = (uint32_t)_i + 1;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	int round;

	for (round = 0; round < 5000; round++) {
		struct packet p = sample((int)(random >> 20) % SAMPLES);
		int hits = 1 + (int)(random >> 16 & 3);

		while (hits--) {
			random = random * 1664525 + 1013904223;
			p.data[(random >> 8) % p.len] = (uint8_t)(random >> 24);
		}
		random = random * 1664525 + 1013904223;
		if (random >> 30 == 0)
			p.offset = (uint16_t)(random >> 8);
		decode_cut(&p, (random >> 12) % (p.len + 1U), &icmp);
	}
}
END_TEST

static TCase *bounds_case(void)
{
	TCase *tc = tcase_create("bounds");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, no_byte_behind_the_capture_is_read_at_any_length,
			    0, SAMPLES);
	tcase_add_loop_test(tc, a_packet_short_on_the_wire_is_cut_as_well,
			    0, SAMPLES);
	tcase_add_loop_test(tc, random_packets_are_read_within_their_bounds,
			    0, 10);
	return tc;
}

Suite *bounds_suite(void)
{
	Suite *suite = suite_create("bounds");

	suite_add_tcase(suite, bounds_case());
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Decode and format, with packets made by hand. Each packet is tried at every
 * length that a capture can cut it to, in front of a page that cannot be read.
 */
#define _GNU_SOURCE		/* MAP_ANONYMOUS with -std=c99 */

#include "unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sockopt/sockopt.h>

#define FAMILY_IP4 2
#define PACKET_MAX 256

/* A packet as it stands on the wire, from its IPv4 header. */
struct packet {
	uint8_t data[PACKET_MAX];
	uint16_t len;
	uint16_t offset;	/* of the ICMP header */
};

/* ---- Packets ----------------------------------------------------------- */

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Append n bytes. */
static uint8_t *grow(struct packet *p, unsigned int n)
{
	uint8_t *at = p->data + p->len;

	p->len = (uint16_t)(p->len + n);
	return at;
}

/* An IPv4 header 10.0.0.src > 10.0.0.dst with this many words. */
static void add_ip4(struct packet *p, unsigned int proto, unsigned int src,
		    unsigned int dst, unsigned int words)
{
	uint8_t *ip = grow(p, words * 4);

	ip[0] = (uint8_t)(0x40 | words);
	ip[8] = 63;
	ip[9] = (uint8_t)proto;
	ip[12] = ip[16] = 10;
	ip[15] = (uint8_t)src;
	ip[19] = (uint8_t)dst;
}

/* An ICMP header whose bytes 4 to 7 are two numbers. */
static void add_icmp(struct packet *p, unsigned int type, unsigned int code,
		     unsigned int first, unsigned int second)
{
	uint8_t *icmp = grow(p, 8);

	icmp[0] = (uint8_t)type;
	icmp[1] = (uint8_t)code;
	put16(icmp + 4, first);
	put16(icmp + 6, second);
}

/* The length in the outer header, when the packet is complete. */
static void finish(struct packet *p)
{
	put16(p->data + 2, p->len);
}

/* 10.0.0.1 > 10.0.0.2, an ICMP header and no more. */
static struct packet plain(unsigned int type, unsigned int code,
			   unsigned int first, unsigned int second)
{
	struct packet p = { { 0 }, 0, 0 };

	add_ip4(&p, 1, 1, 2, 5);
	p.offset = p.len;
	add_icmp(&p, type, code, first, second);
	finish(&p);
	return p;
}

/* An error 10.0.0.2 > 10.0.0.1 about 10.0.0.1 > 10.0.0.2, 8 bytes of it. */
static struct packet error_about(unsigned int type, unsigned int code,
				 unsigned int second, unsigned int proto)
{
	struct packet p = { { 0 }, 0, 0 };
	uint8_t *ports;

	add_ip4(&p, 1, 2, 1, 5);
	p.offset = p.len;
	add_icmp(&p, type, code, 0, second);
	add_ip4(&p, proto, 1, 2, 5);
	ports = grow(&p, 8);
	put16(ports, 4000);
	put16(ports + 2, 9);
	finish(&p);
	return p;
}

/* ---- A record in front of a page that cannot be read ------------------- */

struct guarded {
	uint8_t *pages;
	size_t size;		/* of one page */
};

static struct guarded guarded;

static void set_up(void)
{
	guarded.size = (size_t)sysconf(_SC_PAGESIZE);
	guarded.pages = mmap(NULL, 2 * guarded.size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(guarded.pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(guarded.pages + guarded.size, guarded.size,
				  PROT_NONE), 0);
}

static void tear_down(void)
{
	munmap(guarded.pages, 2 * guarded.size);
}

/*
 * The packet cut to caplen bytes. A record begins at a multiple of 8, so up to
 * 7 bytes stand between its end and the page's; they hold 'fill'.
 */
static struct sockopt_record *record_of(const struct packet *p, size_t caplen,
					int fill)
{
	size_t room = (caplen + 7) & ~(size_t)7;
	uint8_t *at = guarded.pages + guarded.size - room;
	struct sockopt_record *rec = (struct sockopt_record *)(void *)at - 1;

	memset(rec, 0, sizeof(*rec));
	rec->time = UINT64_C(1700000000123456789);
	rec->len = p->len;
	rec->caplen = (uint16_t)caplen;
	rec->family = FAMILY_IP4;
	rec->kind = SOCKOPT_KIND_IP;
	rec->offset = p->offset;
	if (caplen < p->len)
		rec->flags = SOCKOPT_RECORD_F_TRUNCATED;
	memcpy(at, p->data, caplen);
	memset(at + caplen, fill, room - caplen);
	return rec;
}

static struct sockopt_icmp decode(const struct packet *p)
{
	struct sockopt_icmp icmp;

	ck_assert_int_eq(sockopt_icmp_decode(record_of(p, p->len, 0), &icmp), 0);
	return icmp;
}

/* What format says behind the time, which is always the same here. */
static void expect_line_of(const struct sockopt_record *rec, const char *line)
{
	char buf[SOCKOPT_ICMP_LINE];
	int len = sockopt_icmp_format(rec, buf, sizeof(buf));

	ck_assert_int_eq(len, (int)strlen(buf));
	ck_assert_int_gt(len, 19);
	ck_assert_int_eq(strncmp(buf, "22:13:20.123456789 ", 19), 0);
	ck_assert_str_eq(buf + 19, line);
}

static void expect_line(const struct packet *p, const char *line)
{
	expect_line_of(record_of(p, p->len, 0), line);
}

/* ---- Decode ------------------------------------------------------------ */

START_TEST(addresses_and_ttl_come_from_the_ip_header)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.family, FAMILY_IP4);
	ck_assert_uint_eq(icmp.ttl, 63);
	ck_assert_mem_eq(icmp.src, "\12\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_mem_eq(icmp.dst, "\12\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}
END_TEST

START_TEST(queries_have_an_identifier_and_a_sequence_number)
{
	static const unsigned int types[] = { 0, 8, 13, 14, 15, 16, 17, 18 };
	struct packet p = plain(types[_i], 0, 0xfedc, 0x8001);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.type, types[_i]);
	ck_assert_uint_eq(icmp.id, 0xfedc);
	ck_assert_uint_eq(icmp.seq, 0x8001);
}
END_TEST

START_TEST(frag_needed_has_an_mtu_and_only_that_code)
{
	struct packet p = error_about(3, 4, 1400, 6);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_MTU |
			  SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.mtu, 1400);
	p = error_about(3, 3, 1400, 6);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_MTU, 0);
	ck_assert_uint_eq(icmp.mtu, 0);
}
END_TEST

START_TEST(a_redirect_has_a_gateway)
{
	struct packet p = error_about(5, 1, 0, 17);
	struct sockopt_icmp icmp;

	memcpy(p.data + p.offset + 4, "\12\0\0\376", 4);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_GATEWAY,
			  SOCKOPT_ICMP_F_GATEWAY);
	ck_assert_mem_eq(icmp.gateway, "\12\0\0\376\0\0\0\0", 8);
}
END_TEST

START_TEST(errors_quote_the_flow_that_caused_them)
{
	static const unsigned int types[] = { 3, 4, 5, 11, 12 };
	static const uint8_t protos[] = { 6, 17, 132 };
	struct packet p = error_about(types[_i / 3], 0, 0, protos[_i % 3]);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_CUT, 0);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_QUOTED);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.quoted_proto, protos[_i % 3]);
	ck_assert_mem_eq(icmp.quoted_src, "\12\0\0\1", 4);
	ck_assert_mem_eq(icmp.quoted_dst, "\12\0\0\2", 4);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(an_error_about_an_echo_quotes_its_identifier)
{
	struct packet p = error_about(11, 0, 0, 1);
	struct sockopt_icmp icmp;

	memcpy(p.data + 48, "\10\0\0\0\1\2\0\3", 8);
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.quoted_sport, 0x0102);
	ck_assert_uint_eq(icmp.quoted_dport, 0);
}
END_TEST

START_TEST(an_error_about_an_error_has_no_identifier)
{
	struct packet p = error_about(11, 0, 0, 1);
	struct sockopt_icmp icmp;

	memcpy(p.data + 48, "\3\3\0\0\1\2\0\3", 8);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
	ck_assert_uint_eq(icmp.quoted_sport, 0);
}
END_TEST

START_TEST(a_protocol_without_ports_has_none_and_is_not_cut)
{
	struct packet p = error_about(3, 2, 0, 47);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
	ck_assert_uint_eq(icmp.quoted_proto, 47);
}
END_TEST

START_TEST(options_in_either_header_are_stepped_over)
{
	struct packet p = { { 0 }, 0, 0 };
	struct sockopt_icmp icmp;

	add_ip4(&p, 1, 2, 1, 15);
	p.offset = p.len;
	add_icmp(&p, 3, 3, 0, 0);
	add_ip4(&p, 17, 1, 2, 7);
	memcpy(grow(&p, 8), "\17\240\0\11\0\0\0\0", 8);
	finish(&p);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.type, 3);
	ck_assert_uint_eq(icmp.quoted_sport, 4000);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_CUT, 0);
}
END_TEST

START_TEST(a_quoted_later_fragment_has_no_ports_and_is_not_cut)
{
	struct packet p = error_about(11, 1, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28 + 7] = 1;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_QUOTED);
}
END_TEST

START_TEST(a_quoted_first_fragment_has_ports)
{
	struct packet p = error_about(11, 1, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28 + 6] = 0x20;
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_PORTS);
}
END_TEST

START_TEST(a_later_fragment_has_no_type)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	p.data[7] = 1;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_CUT);
	expect_line(&p, "10.0.0.1 > 10.0.0.2 [cut]");
}
END_TEST

START_TEST(a_quote_that_is_not_ipv4_is_no_quote)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_icmp icmp;

	p.data[28] = (uint8_t)(_i ? 0x44 : 0x65);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE);
	ck_assert_uint_eq(icmp.quoted_proto, 0);
}
END_TEST

START_TEST(what_stands_behind_the_packets_end_is_not_read)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_icmp icmp;

	put16(p.data + 2, 28);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_CUT);
}
END_TEST

START_TEST(a_total_length_below_the_header_bounds_nothing)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	put16(p.data + 2, _i ? 19 : 0);
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
}
END_TEST

START_TEST(a_record_without_an_ipv4_packet_is_refused)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	uint8_t *data = (uint8_t *)(rec + 1);
	char line[SOCKOPT_ICMP_LINE] = "old";
	struct sockopt_icmp icmp;

	rec->kind = SOCKOPT_KIND_BYTES;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	rec->kind = SOCKOPT_KIND_IP;
	rec->family = 10;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	rec->family = FAMILY_IP4;
	data[0] = 0x65;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	data[0] = 0x44;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), -EINVAL);
	ck_assert_int_eq(sockopt_icmp_format(rec, line, sizeof(line)), -EINVAL);
	ck_assert_str_eq(line, "");
	data[0] = 0x45;
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
}
END_TEST

START_TEST(an_offset_that_is_nonsense_is_cut_not_followed)
{
	static const uint16_t offsets[] = { 0, 4, 19, 27, 28, 29, 0x7fff, 0xffff };
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_icmp icmp;

	p.offset = offsets[_i];
	icmp = decode(&p);
	ck_assert(icmp.flags & SOCKOPT_ICMP_F_CUT);
	ck_assert_uint_eq(icmp.flags & ~SOCKOPT_ICMP_F_CUT, 0);
}
END_TEST

/* ---- Every length that a packet can be cut to -------------------------- */

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
#define SAMPLES 10

/* A member that is flagged holds what the whole packet has there. */
static void expect_part_of(const struct sockopt_icmp *part,
			   const struct sockopt_icmp *whole)
{
	uint32_t flags = part->flags & ~SOCKOPT_ICMP_F_CUT;

	ck_assert_uint_eq(flags & ~whole->flags, 0);
	if (flags != whole->flags)
		ck_assert(part->flags & SOCKOPT_ICMP_F_CUT);
	ck_assert_mem_eq(part->src, whole->src, 16);
	ck_assert_mem_eq(part->dst, whole->dst, 16);
	if (flags & SOCKOPT_ICMP_F_TYPE)
		ck_assert(part->type == whole->type && part->code == whole->code);
	if (flags & SOCKOPT_ICMP_F_ECHO)
		ck_assert(part->id == whole->id && part->seq == whole->seq);
	if (flags & SOCKOPT_ICMP_F_QUOTED)
		ck_assert_mem_eq(part->quoted_src, whole->quoted_src, 32);
	if (flags & SOCKOPT_ICMP_F_PORTS)
		ck_assert(part->quoted_sport == whole->quoted_sport &&
			  part->quoted_dport == whole->quoted_dport);
}

/* The same whatever stands behind the capture: nothing there was read. */
static int decode_cut(const struct packet *p, size_t caplen,
		      struct sockopt_icmp *icmp)
{
	char line[SOCKOPT_ICMP_LINE], other_line[SOCKOPT_ICMP_LINE];
	struct sockopt_icmp other;
	int ret;

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

	ck_assert_uint_eq(whole.flags & SOCKOPT_ICMP_F_CUT, 0);
	for (len = 0; len <= p.len; len++) {
		int ret = decode_cut(&p, len, &icmp);

		ck_assert_int_eq(ret, len < 20 ? -EINVAL : 0);
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
		ck_assert(icmp.flags & SOCKOPT_ICMP_F_CUT);
		expect_part_of(&icmp, &whole);
	}
}
END_TEST

START_TEST(random_packets_are_read_within_their_bounds)
{
	uint32_t random = (uint32_t)_i + 1;
	struct sockopt_icmp icmp;
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

/* ---- Format ------------------------------------------------------------ */

/* A type and a code, and what the line says of them. */
struct name {
	unsigned int type, code;
	const char *text;
};

static const struct name names[] = {
	{ 1, 0, "type 1 code 0" },
	{ 2, 3, "type 2 code 3" },
	{ 6, 0, "type 6 code 0" },
	{ 7, 0, "type 7 code 0" },
	{ 9, 0, "router advertisement" },
	{ 9, 16, "router advertisement code 16" },
	{ 10, 0, "router solicitation" },
	{ 19, 0, "type 19 code 0" },
	{ 255, 255, "type 255 code 255" },
	{ 0, 0, "echo reply id 7 seq 1" },
	{ 8, 0, "echo request id 7 seq 1" },
	{ 8, 2, "echo request code 2 id 7 seq 1" },
	{ 13, 0, "timestamp request id 7 seq 1" },
	{ 14, 0, "timestamp reply id 7 seq 1" },
	{ 15, 0, "information request id 7 seq 1" },
	{ 16, 0, "information reply id 7 seq 1" },
	{ 17, 0, "address mask request id 7 seq 1" },
	{ 18, 0, "address mask reply id 7 seq 1" },
};
#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

static const struct name error_names[] = {
	{ 3, 0, "unreachable network" },
	{ 3, 1, "unreachable host" },
	{ 3, 2, "unreachable protocol" },
	{ 3, 3, "unreachable port" },
	{ 3, 4, "unreachable frag needed mtu 1400" },
	{ 3, 5, "unreachable source route failed" },
	{ 3, 6, "unreachable network unknown" },
	{ 3, 7, "unreachable host unknown" },
	{ 3, 8, "unreachable host isolated" },
	{ 3, 9, "unreachable network prohibited" },
	{ 3, 10, "unreachable host prohibited" },
	{ 3, 11, "unreachable network for tos" },
	{ 3, 12, "unreachable host for tos" },
	{ 3, 13, "unreachable filtered" },
	{ 3, 14, "unreachable precedence violation" },
	{ 3, 15, "unreachable precedence cutoff" },
	{ 3, 16, "unreachable code 16" },
	{ 4, 0, "source quench" },
	{ 5, 0, "redirect network to 0.0.5.120" },
	{ 5, 1, "redirect host to 0.0.5.120" },
	{ 5, 2, "redirect network for tos to 0.0.5.120" },
	{ 5, 3, "redirect host for tos to 0.0.5.120" },
	{ 5, 4, "redirect code 4 to 0.0.5.120" },
	{ 11, 0, "time exceeded in transit" },
	{ 11, 1, "time exceeded in reassembly" },
	{ 11, 2, "time exceeded code 2" },
	{ 12, 0, "parameter problem at pointer" },
	{ 12, 1, "parameter problem option missing" },
	{ 12, 2, "parameter problem bad length" },
	{ 12, 3, "parameter problem code 3" },
};
#define ERROR_NAMES ((int)(sizeof(error_names) / sizeof(error_names[0])))

START_TEST(a_line_names_type_and_code)
{
	const struct name *name = &names[_i];
	struct packet p = plain(name->type, name->code, 7, 1);
	char line[SOCKOPT_ICMP_LINE];

	snprintf(line, sizeof(line), "10.0.0.1 > 10.0.0.2 %s", name->text);
	expect_line(&p, line);
}
END_TEST

START_TEST(the_line_of_an_error_ends_with_the_flow)
{
	const struct name *name = &error_names[_i];
	struct packet p = error_about(name->type, name->code, 1400, 17);
	char line[SOCKOPT_ICMP_LINE];

	snprintf(line, sizeof(line), "10.0.0.2 > 10.0.0.1 %s"
		 " for udp 10.0.0.1:4000 > 10.0.0.2:9", name->text);
	expect_line(&p, line);
}
END_TEST

START_TEST(a_flow_is_written_as_its_protocol_needs)
{
	struct packet p = error_about(3, 3, 0, 6);

	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for tcp 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 3, 0, 132);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable port"
		    " for sctp 10.0.0.1:4000 > 10.0.0.2:9");
	p = error_about(3, 2, 0, 47);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 unreachable protocol"
		    " for protocol 47 10.0.0.1 > 10.0.0.2");
	p = error_about(11, 0, 0, 1);
	memcpy(p.data + 48, "\10\0\0\0\1\2\0\3", 8);
	expect_line(&p, "10.0.0.2 > 10.0.0.1 time exceeded in transit"
		    " for icmp 10.0.0.1 > 10.0.0.2 id 258");
}
END_TEST

START_TEST(a_line_says_what_it_has_and_that_the_rest_was_cut)
{
	struct packet p = error_about(3, 3, 0, 17);

	expect_line_of(record_of(&p, 50, 0), "10.0.0.2 > 10.0.0.1"
		       " unreachable port for udp 10.0.0.1 > 10.0.0.2 [cut]");
	expect_line_of(record_of(&p, 40, 0), "10.0.0.2 > 10.0.0.1"
		       " unreachable port [cut]");
	expect_line_of(record_of(&p, 20, 0), "10.0.0.2 > 10.0.0.1 [cut]");
}
END_TEST

START_TEST(time_is_the_time_of_day_in_utc)
{
	struct packet p = plain(8, 0, 7, 1);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	char line[SOCKOPT_ICMP_LINE];

	rec->time = 0;
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "00:00:00.000000000 ", 19), 0);
	rec->time = UINT64_C(86399999999999);
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "23:59:59.999999999 ", 19), 0);
	rec->time = UINT64_MAX;
	sockopt_icmp_format(rec, line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "23:34:33.709551615 ", 19), 0);
}
END_TEST

START_TEST(a_line_cut_to_any_size_ends_there_with_a_nul)
{
	struct packet p = error_about(3, 3, 0, 17);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	char whole[SOCKOPT_ICMP_LINE], line[SOCKOPT_ICMP_LINE];
	int len = sockopt_icmp_format(rec, whole, sizeof(whole));
	int size;

	ck_assert_int_eq(sockopt_icmp_format(rec, line, 0), -EINVAL);
	for (size = 1; size <= len + 2; size++) {
		int want = size - 1 < len ? size - 1 : len;

		memset(line, 'x', sizeof(line));
		ck_assert_int_eq(sockopt_icmp_format(rec, line, (size_t)size),
				 want);
		ck_assert_int_eq(strncmp(line, whole, (size_t)want), 0);
		ck_assert_int_eq(line[want], '\0');
		ck_assert_int_eq(line[size], 'x');
	}
}
END_TEST

START_TEST(the_longest_line_fits)
{
	struct packet p = error_about(5, 2, 0, 17);
	char line[SOCKOPT_ICMP_LINE];

	memset(p.data + 12, 0xff, 8);
	memset(p.data + 24, 0xff, 4);
	memset(p.data + 40, 0xff, 16);
	ck_assert_int_lt(sockopt_icmp_format(record_of(&p, p.len, 0), line,
					     sizeof(line)),
			 SOCKOPT_ICMP_LINE - 40);
}
END_TEST

static TCase *decode_case(void)
{
	TCase *tc = tcase_create("decode");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, addresses_and_ttl_come_from_the_ip_header);
	tcase_add_loop_test(tc, queries_have_an_identifier_and_a_sequence_number,
			    0, 8);
	tcase_add_test(tc, frag_needed_has_an_mtu_and_only_that_code);
	tcase_add_test(tc, a_redirect_has_a_gateway);
	tcase_add_loop_test(tc, errors_quote_the_flow_that_caused_them, 0, 15);
	tcase_add_test(tc, an_error_about_an_echo_quotes_its_identifier);
	tcase_add_test(tc, an_error_about_an_error_has_no_identifier);
	tcase_add_test(tc, a_protocol_without_ports_has_none_and_is_not_cut);
	tcase_add_test(tc, options_in_either_header_are_stepped_over);
	tcase_add_test(tc, a_quoted_later_fragment_has_no_ports_and_is_not_cut);
	tcase_add_test(tc, a_quoted_first_fragment_has_ports);
	tcase_add_test(tc, a_later_fragment_has_no_type);
	tcase_add_loop_test(tc, a_quote_that_is_not_ipv4_is_no_quote, 0, 2);
	tcase_add_test(tc, what_stands_behind_the_packets_end_is_not_read);
	tcase_add_loop_test(tc, a_total_length_below_the_header_bounds_nothing,
			    0, 2);
	tcase_add_test(tc, a_record_without_an_ipv4_packet_is_refused);
	tcase_add_loop_test(tc, an_offset_that_is_nonsense_is_cut_not_followed,
			    0, 8);
	return tc;
}

static TCase *bounds_case(void)
{
	TCase *tc = tcase_create("bounds");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, no_byte_behind_the_capture_is_read_at_any_length,
			    0, SAMPLES);
	tcase_add_loop_test(tc, a_packet_short_on_the_wire_is_cut_as_well,
			    0, SAMPLES);
	tcase_add_loop_test(tc, random_packets_are_read_within_their_bounds,
			    0, 10);
	return tc;
}

static TCase *format_case(void)
{
	TCase *tc = tcase_create("format");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_line_names_type_and_code, 0, NAMES);
	tcase_add_loop_test(tc, the_line_of_an_error_ends_with_the_flow,
			    0, ERROR_NAMES);
	tcase_add_test(tc, a_flow_is_written_as_its_protocol_needs);
	tcase_add_test(tc, a_line_says_what_it_has_and_that_the_rest_was_cut);
	tcase_add_test(tc, time_is_the_time_of_day_in_utc);
	tcase_add_test(tc, a_line_cut_to_any_size_ends_there_with_a_nul);
	tcase_add_test(tc, the_longest_line_fits);
	return tc;
}

Suite *icmp_suite(void)
{
	Suite *suite = suite_create("icmp");

	suite_add_tcase(suite, decode_case());
	suite_add_tcase(suite, bounds_case());
	suite_add_tcase(suite, format_case());
	return suite;
}

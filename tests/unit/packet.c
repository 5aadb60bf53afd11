/* SPDX-License-Identifier: MIT */
/* See packet.h. */
#define _GNU_SOURCE		/* MAP_ANONYMOUS with -std=c99 */

#include "packet.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint8_t *grow(struct packet *p, unsigned int n)
{
	uint8_t *at = p->data + p->len;

	p->len = (uint16_t)(p->len + n);
	return at;
}

void add_ip4(struct packet *p, unsigned int proto, unsigned int src, unsigned int dst,
	     unsigned int words)
{
	uint8_t *ip = grow(p, words * 4);

	ip[0] = (uint8_t)(0x40 | words);
	ip[8] = 63;
	ip[9] = (uint8_t)proto;
	ip[12] = ip[16] = 10;
	ip[15] = (uint8_t)src;
	ip[19] = (uint8_t)dst;
}

void add_icmp(struct packet *p, unsigned int type, unsigned int code, unsigned int first,
	      unsigned int second)
{
	uint8_t *icmp = grow(p, 8);

	icmp[0] = (uint8_t)type;
	icmp[1] = (uint8_t)code;
	put16(icmp + 4, first);
	put16(icmp + 6, second);
}

void add_ip6(struct packet *p, unsigned int next, unsigned int src, unsigned int dst)
{
	uint8_t *ip = grow(p, 40);

	ip[0] = 0x60;
	put16(ip + 4, 1000);
	ip[6] = (uint8_t)next;
	ip[7] = 62;
	memcpy(ip + 8, "\40\1\15\270", 4);
	memcpy(ip + 24, "\40\1\15\270", 4);
	ip[23] = (uint8_t)src;
	ip[39] = (uint8_t)dst;
}

uint8_t *add_header6(struct packet *p, unsigned int next, unsigned int units)
{
	uint8_t *header = grow(p, units * 8);

	header[0] = (uint8_t)next;
	header[1] = (uint8_t)(units - 1);
	return header;
}

void finish(struct packet *p)
{
	if (p->family == FAMILY_IP6)
		put16(p->data + 4, p->len - 40U);
	else
		put16(p->data + 2, p->len);
}

struct packet plain(unsigned int type, unsigned int code, unsigned int first, unsigned int second)
{
	struct packet p = { .len = 0 };

	add_ip4(&p, 1, 1, 2, 5);
	p.offset = p.len;
	add_icmp(&p, type, code, first, second);
	finish(&p);
	return p;
}

struct packet error_about(unsigned int type, unsigned int code, unsigned int second,
			  unsigned int proto)
{
	struct packet p = { .len = 0 };
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

struct packet plain6(unsigned int type, unsigned int code, uint32_t rest)
{
	struct packet p = { .family = FAMILY_IP6 };

	add_ip6(&p, 58, 1, 2);
	p.offset = p.len;
	add_icmp(&p, type, code, rest >> 16, rest & 0xffff);
	finish(&p);
	return p;
}

struct packet error6_about(unsigned int type, unsigned int code, uint32_t rest,
			   unsigned int proto)
{
	struct packet p = plain6(type, code, rest);
	uint8_t *ports;

	p.data[23] = 2;
	p.data[39] = 1;
	add_ip6(&p, proto, 1, 2);
	ports = grow(&p, 8);
	put16(ports, 4000);
	put16(ports + 2, 9);
	finish(&p);
	return p;
}

void quote_echo(struct packet *p, unsigned int type, unsigned int id)
{
	uint8_t *echo = p->data + p->offset + (p->family == FAMILY_IP6 ? 48 : 28);

	memset(echo, 0, 8);
	echo[0] = (uint8_t)type;
	put16(echo + 4, id);
}

struct guarded {
	uint8_t *pages;
	size_t size;		/* of one page */
};

static struct guarded guarded;

void packet_set_up(void)
{
	guarded.size = (size_t)sysconf(_SC_PAGESIZE);
	guarded.pages = mmap(NULL, 2 * guarded.size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(guarded.pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(guarded.pages + guarded.size, guarded.size,
				  PROT_NONE), 0);
}

void packet_tear_down(void)
{
	munmap(guarded.pages, 2 * guarded.size);
}

struct sockopt_record *record_of(const struct packet *p, size_t caplen, int fill)
{
	size_t room = (caplen + 7) & ~(size_t)7;
	uint8_t *at = guarded.pages + guarded.size - room;
	struct sockopt_record *rec = (struct sockopt_record *)(void *)at - 1;

	memset(rec, 0, sizeof(*rec));
	rec->time = UINT64_C(1700000000123456789);
	rec->len = p->len;
	rec->caplen = (uint16_t)caplen;
	rec->family = p->family ? p->family : FAMILY_IP4;
	rec->kind = SOCKOPT_KIND_IP;
	rec->offset = p->offset;
	if (caplen < p->len)
		rec->flags = SOCKOPT_RECORD_F_TRUNCATED;
	memcpy(at, p->data, caplen);
	memset(at + caplen, fill, room - caplen);
	return rec;
}

struct sockopt_icmp decode(const struct packet *p)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	ck_assert_int_eq(sockopt_icmp_decode(record_of(p, p->len, 0), &icmp), 0);
	return icmp;
}

void expect_line_of(const struct sockopt_record *rec, const char *line)
{
	char buf[SOCKOPT_ICMP_LINE];
	int len = sockopt_icmp_format(rec, buf, sizeof(buf));

	ck_assert_int_eq(len, (int)strlen(buf));
	ck_assert_int_gt(len, 19);
	ck_assert_int_eq(strncmp(buf, "22:13:20.123456789 ", 19), 0);
	ck_assert_str_eq(buf + 19, line);
}

void expect_line(const struct packet *p, const char *line)
{
	expect_line_of(record_of(p, p->len, 0), line);
}

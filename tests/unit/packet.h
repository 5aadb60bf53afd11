/* SPDX-License-Identifier: MIT */
/*
 * Packets made by hand, and records of them in front of a page that cannot be read.
 */
#ifndef PACKET_H
#define PACKET_H

#include "unit.h"

#include <sockopt/sockopt.h>

#define FAMILY_IP4 2
#define FAMILY_IP6 10
#define PACKET_MAX 512

/* A packet as it stands on the wire, from its IP header. */
struct packet {
	uint8_t data[PACKET_MAX];
	uint16_t len;
	uint16_t offset;	/* of the ICMP header */
	uint8_t family;		/* 0: FAMILY_IP4 */
};

void put16(uint8_t *at, unsigned int value);

/* Append n bytes. */
uint8_t *grow(struct packet *p, unsigned int n);

/* An IPv4 header 10.0.0.src > 10.0.0.dst with this many words. */
void add_ip4(struct packet *p, unsigned int proto, unsigned int src, unsigned int dst,
	     unsigned int words);

/* An ICMP header whose bytes 4 to 7 are two numbers. */
void add_icmp(struct packet *p, unsigned int type, unsigned int code, unsigned int first,
	      unsigned int second);

/*
 * An IPv6 header 2001:db8::src > 2001:db8::dst, of a packet with 1000 bytes of
 * payload unless finish() says other.
 */
void add_ip6(struct packet *p, unsigned int next, unsigned int src, unsigned int dst);

/* An extension header of IPv6, of so many times 8 bytes. */
uint8_t *add_header6(struct packet *p, unsigned int next, unsigned int units);

/* The length in the outer header, when the packet is complete. */
void finish(struct packet *p);

/* 10.0.0.1 > 10.0.0.2, an ICMP header and no more. */
struct packet plain(unsigned int type, unsigned int code, unsigned int first, unsigned int second);

/* An error 10.0.0.2 > 10.0.0.1 about 10.0.0.1 > 10.0.0.2, 8 bytes of it. */
struct packet error_about(unsigned int type, unsigned int code, unsigned int second,
			  unsigned int proto);

/* The same from 2001:db8::1 to ::2, and about that. rest: bytes 4 to 7. */
struct packet plain6(unsigned int type, unsigned int code, uint32_t rest);

struct packet error6_about(unsigned int type, unsigned int code, uint32_t rest,
			   unsigned int proto);

/* The packet, either family, about an echo: type and identifier of what it quotes. */
void quote_echo(struct packet *p, unsigned int type, unsigned int id);

/* The fixture: that page. */
void packet_set_up(void);

void packet_tear_down(void);

/*
 * The packet cut to caplen bytes. A record begins at a multiple of 8, so up to
 * 7 bytes stand between its end and the page's; they hold 'fill'.
 */
struct sockopt_record *record_of(const struct packet *p, size_t caplen, int fill);

struct sockopt_icmp decode(const struct packet *p);

/* What format says behind the time, which is always the same here. */
void expect_line_of(const struct sockopt_record *rec, const char *line);

void expect_line(const struct packet *p, const char *line);

#endif /* PACKET_H */

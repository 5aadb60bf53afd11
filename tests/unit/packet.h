/* SPDX-License-Identifier: MIT */
/*
 * Packets made by hand, and records of them in front of a page that cannot be read.
 */
#ifndef PACKET_H
#define PACKET_H

#include "unit.h"

#include <sockopt/sockopt.h>

#define FAMILY_IP4 2
#define PACKET_MAX 256

/* A packet as it stands on the wire, from its IPv4 header. */
struct packet {
	uint8_t data[PACKET_MAX];
	uint16_t len;
	uint16_t offset;	/* of the ICMP header */
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

/* The length in the outer header, when the packet is complete. */
void finish(struct packet *p);

/* 10.0.0.1 > 10.0.0.2, an ICMP header and no more. */
struct packet plain(unsigned int type, unsigned int code, unsigned int first, unsigned int second);

/* An error 10.0.0.2 > 10.0.0.1 about 10.0.0.1 > 10.0.0.2, 8 bytes of it. */
struct packet error_about(unsigned int type, unsigned int code, unsigned int second,
			  unsigned int proto);

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

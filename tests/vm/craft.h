/* SPDX-License-Identifier: MIT */
/*
 * An ICMP packet of IPv4 or IPv6, put together piece by piece, and a judge: one
 * stream with the filter under test, one without, in a namespace to which every
 * address belongs.
 */
#ifndef CRAFT_H
#define CRAFT_H

#include "vm.h"

#define IP4_LEN 20
#define IP6_LEN 40

struct craft {
	int family;
	uint8_t bytes[2048];
	size_t len;
	size_t icmp_at;		/* where the ICMP header starts */
};

extern struct craft craft;

/* A new packet: IP and ICMP header. Addresses: the two below of the family. */
void craft_icmp(int family, uint8_t type, uint8_t code);

/* Append bytes; an IP header; the ports that most protocols begin with. */
void craft_put(const void *bytes, size_t len);
void craft_ip(int family, uint8_t protocol, const char *src, const char *dst);
void craft_ports(uint16_t sport, uint16_t dport);

/* An error that quotes a packet between the two inner addresses, up to its IP header. */
void craft_error(int family, uint8_t protocol);

/* Only so many bytes of what stands behind the IP header. */
void craft_cut(size_t icmp_len);

/* Lengths and checksums as they must be. */
void craft_send(void);

/* 0: IPv4, 1: IPv6 */
extern const int craft_families[2];
struct craft_addresses {
	const char *src, *dst, *inner_src, *inner_dst;
};
const struct craft_addresses *craft_addresses_of(int family);

/* Both streams; the fixture of every test. */
extern struct vm_reader judge_all, judge_chosen;
void judge_setup(void);

/* Tunes the stream, sends the packet: does its record come? */
bool is_wanted(const struct sockopt_filter *filter, const void *program);

#endif /* CRAFT_H */

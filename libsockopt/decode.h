/* SPDX-License-Identifier: MIT */
/*
 * What the files that decode share: bytes with their bound, IP headers, names.
 * Not installed, and nothing of it is exported. Packets come from the network,
 * so every access is behind a bound: of what was captured, and of what the
 * packet says it has.
 */
#ifndef SOCKOPT_DECODE_H
#define SOCKOPT_DECODE_H

#include "internal.h"

#include <string.h>

/* ICMP types that carry more than their number: RFC 792, 950, 1256, 8335. */
enum icmp_type {
	ICMP_TYPE_ECHO_REPLY = 0,
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_SOURCE_QUENCH = 4,
	ICMP_TYPE_REDIRECT = 5,
	ICMP_TYPE_ECHO_REQUEST = 8,
	ICMP_TYPE_ROUTER_ADVERTISEMENT = 9,
	ICMP_TYPE_TIME_EXCEEDED = 11,
	ICMP_TYPE_PARAMETER_PROBLEM = 12,
	ICMP_TYPE_TIMESTAMP_REQUEST = 13,
	ICMP_TYPE_MASK_REPLY = 18,
	ICMP_TYPE_CONVERSION_ERROR = 31,	/* RFC 1475 */
	ICMP_TYPE_PHOTURIS = 40,		/* RFC 2521 */
	ICMP_TYPE_EXTENDED_REQUEST = 42,
	ICMP_TYPE_EXTENDED_REPLY = 43,
};

/* And those of ICMPv6: RFC 4443, 2710, 4861, 8335. */
enum icmp6_type {
	ICMP6_TYPE_UNREACHABLE = 1,
	ICMP6_TYPE_TOO_BIG = 2,
	ICMP6_TYPE_TIME_EXCEEDED = 3,
	ICMP6_TYPE_PARAMETER_PROBLEM = 4,
	ICMP6_TYPE_ECHO_REQUEST = 128,
	ICMP6_TYPE_ECHO_REPLY = 129,
	ICMP6_TYPE_LISTENER_QUERY = 130,
	ICMP6_TYPE_LISTENER_REPORT = 131,
	ICMP6_TYPE_LISTENER_DONE = 132,
	ICMP6_TYPE_ROUTER_ADVERTISEMENT = 134,
	ICMP6_TYPE_NEIGHBOR_SOLICITATION = 135,
	ICMP6_TYPE_NEIGHBOR_ADVERTISEMENT = 136,
	ICMP6_TYPE_REDIRECT = 137,
	ICMP6_TYPE_RENUMBERING = 138,
	ICMP6_TYPE_NODE_QUERY = 139,
	ICMP6_TYPE_NODE_RESPONSE = 140,
	ICMP6_TYPE_EXTENDED_REQUEST = 160,
	ICMP6_TYPE_EXTENDED_REPLY = 161,
};

#define ICMP_LEN	8	/* an ICMP header; errors quote behind it */

#define PROTO_DCCP	33	/* not in every netinet/in.h */
#define PROTO_UDPLITE	136

/* ---- Bytes that may be read -------------------------------------------- */

struct span {
	const uint8_t *data;
	size_t len;
	int is_cut;		/* there were more, which are not here */
};

/* What stands behind the first len bytes. */
static inline struct span span_behind(struct span span, size_t len)
{
	size_t skip = len < span.len ? len : span.len;

	span.data += skip;
	span.len -= skip;
	return span;
}

/* The first len bytes. */
static inline struct span span_first(struct span span, size_t len)
{
	span.is_cut = len > span.len;
	if (!span.is_cut)
		span.len = len;
	return span;
}

static inline unsigned int get16(const uint8_t *data)
{
	return (unsigned int)data[0] << 8 | data[1];
}

static inline uint32_t get32(const uint8_t *data)
{
	return (uint32_t)get16(data) << 16 | get16(data + 2);
}

/* ---- ip.c: IP headers, of a record and of what an error quotes ---------- */

struct ip_packet {
	unsigned int family;
	unsigned int proto;	/* behind the extension headers of IPv6; where
				 * these are cut, the number of one */
	unsigned int ttl;
	uint32_t total;		/* bytes that the packet says it has */
	size_t header_len;	/* without extension headers */
	const uint8_t *src;
	const uint8_t *dst;
	int is_cut;		/* within the extension headers, or too many */
	int is_later;		/* a fragment but the first: no upper header */
	int is_first;		/* a fragment with more behind it */
	struct span whole;	/* the packet, without what is behind its end */
	struct span upper;	/* behind all headers */
};

/* Bytes that the header of this family has at least. */
size_t sockopt_internal_ip_len(unsigned int family);

/* -EINVAL: no IP header of this family. */
int sockopt_internal_ip(struct span span, unsigned int family,
			struct ip_packet *ip);

/* Copies an address to a member for either family: of a length that compilers know. */
static inline void ip_address(uint8_t *member, unsigned int family,
			      const uint8_t *address)
{
	if (family == AF_INET6)
		memcpy(member, address, 16);
	else
		memcpy(member, address, 4);
}

/*
 * A record's packet, and its message from the ICMP header to the end: empty if
 * none of it is here. -EINVAL: the record has no IP header.
 */
int sockopt_internal_message(const struct sockopt_record *rec,
			     struct ip_packet *ip, struct span *message);

/* ---- icmp.c, icmp4.c, icmp6.c, quoted.c, extension.c -------------------- */

/* What a message carries. It has type and code in icmp, and ICMP_LEN bytes. */
void sockopt_internal_icmp4(struct span message, struct sockopt_icmp *icmp);
void sockopt_internal_icmp6(struct span message, struct sockopt_icmp *icmp);

/* Types with an identifier and a sequence number in bytes 4 to 7. */
int sockopt_internal_icmp4_has_id(unsigned int type);
int sockopt_internal_icmp6_has_id(unsigned int type);

/* Members that both have, and their flags. rest: bytes 4 to 7 of the header. */
void sockopt_internal_set_id(const uint8_t *rest, int is_extended,
			     struct sockopt_icmp *icmp);
void sockopt_internal_set_lifetime(const uint8_t *rest,
				   struct sockopt_icmp *icmp);
void sockopt_internal_set_mtu(uint32_t mtu, struct sockopt_icmp *icmp);
void sockopt_internal_set_pointer(uint32_t pointer, struct sockopt_icmp *icmp);

/* The packet that caused the error. */
void sockopt_internal_quoted(struct span quote, struct sockopt_icmp *icmp);

/* Where it stands; sets what extensions there are behind it. */
struct span sockopt_internal_quote(struct span message,
				   struct sockopt_icmp *icmp);

/* ---- address.c: for people ------------------------------------------------ */

#define ADDRESS_TEXT 46		/* bytes that every address and its NUL fit */

/* In the form of RFC 5952, the same with every C library. */
void sockopt_internal_address(char text[ADDRESS_TEXT], unsigned int family,
			      const uint8_t *address);

#endif /* SOCKOPT_DECODE_H */

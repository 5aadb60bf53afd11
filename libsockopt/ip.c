/* SPDX-License-Identifier: MIT */
/*
 * IP headers: IPv4 with its options, IPv6 with the extension headers that can
 * stand before the upper protocol.
 */
#include "decode.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define IP4_LEN		20	/* without options */
#define IP4_OFFSET	0x1fff
#define IP4_MORE	0x2000
#define IP6_LEN		40	/* without extension headers */
#define IP6_OFFSET	0xfff8
#define IP6_MORE	1
#define EXTENSION_LEN	8	/* at least, of each */
#define EXTENSIONS_MAX	16	/* of a packet: more are meant to cost time */

size_t sockopt_internal_ip_len(unsigned int family)
{
	return family == AF_INET6 ? IP6_LEN : IP4_LEN;
}

static int parse4(struct span span, struct ip_packet *ip)
{
	unsigned int fragment;

	if (span.len < IP4_LEN || span.data[0] >> 4 != 4)
		return -EINVAL;
	ip->header_len = (size_t)(span.data[0] & 15) * 4;
	if (ip->header_len < IP4_LEN)
		return -EINVAL;
	ip->total = get16(span.data + 2);
	fragment = get16(span.data + 6);
	ip->is_later = (fragment & IP4_OFFSET) != 0;
	ip->is_first = !ip->is_later && (fragment & IP4_MORE);
	ip->ttl = span.data[8];
	ip->proto = span.data[9];
	ip->src = span.data + 12;
	ip->dst = span.data + 16;
	ip->whole = ip->total < ip->header_len ? span :
		    span_first(span, ip->total);
	ip->upper = span_behind(ip->whole, ip->header_len);
	return 0;
}

static int is_extension(unsigned int proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING ||
	       proto == IPPROTO_FRAGMENT || proto == IPPROTO_AH ||
	       proto == IPPROTO_DSTOPTS;
}

static size_t extension_len(unsigned int proto, const uint8_t *header)
{
	if (proto == IPPROTO_FRAGMENT)
		return EXTENSION_LEN;
	if (proto == IPPROTO_AH)
		return ((size_t)header[1] + 2) * 4;
	return ((size_t)header[1] + 1) * 8;
}

/* One extension header, of which EXTENSION_LEN bytes are here. */
static void step(struct ip_packet *ip)
{
	const uint8_t *header = ip->upper.data;
	size_t len = extension_len(ip->proto, header);

	if (ip->proto == IPPROTO_FRAGMENT) {
		ip->is_later = (get16(header + 2) & IP6_OFFSET) != 0;
		ip->is_first = !ip->is_later && (header[3] & IP6_MORE);
	}
	ip->proto = header[0];
	ip->upper = span_behind(ip->upper, len);
}

static void walk(struct ip_packet *ip)
{
	int count = 0;

	while (is_extension(ip->proto) && !ip->is_later && !ip->is_cut) {
		if (ip->upper.len < EXTENSION_LEN || count++ == EXTENSIONS_MAX)
			ip->is_cut = 1;
		else
			step(ip);
	}
}

/*
 * A jumbogram says that it has no payload; its length stands in an option, and
 * is beyond what a record holds: it bounds nothing.
 */
static int parse6(struct span span, struct ip_packet *ip)
{
	unsigned int payload;

	if (span.len < IP6_LEN || span.data[0] >> 4 != 6)
		return -EINVAL;
	payload = get16(span.data + 4);
	ip->header_len = IP6_LEN;
	ip->total = IP6_LEN + payload;
	ip->proto = span.data[6];
	ip->ttl = span.data[7];
	ip->src = span.data + 8;
	ip->dst = span.data + 24;
	ip->whole = !payload && ip->proto == IPPROTO_HOPOPTS ? span :
		    span_first(span, ip->total);
	ip->upper = span_behind(ip->whole, IP6_LEN);
	walk(ip);
	return 0;
}

int sockopt_internal_ip(struct span span, unsigned int family,
			struct ip_packet *ip)
{
	ip->family = family;
	ip->is_cut = 0;
	ip->is_later = 0;
	ip->is_first = 0;
	return family == AF_INET6 ? parse6(span, ip) : parse4(span, ip);
}

/* Where the ICMP header starts was found by the kernel. */
int sockopt_internal_message(const struct sockopt_record *rec,
			     struct ip_packet *ip, struct span *message)
{
	struct span span = {
		sockopt_record_data(rec), rec->caplen, rec->caplen < rec->len,
	};
	int ret;

	if (rec->kind != SOCKOPT_KIND_IP ||
	    (rec->family != AF_INET && rec->family != AF_INET6))
		return -EINVAL;
	ret = sockopt_internal_ip(span, rec->family, ip);
	if (ret)
		return ret;
	*message = span_behind(ip->whole, rec->offset);
	if (ip->is_later || rec->offset < ip->header_len)
		message->len = 0;
	if (ip->is_first)
		message->is_cut = 1;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The packet that an ICMP error quotes: of the family of the error itself, and
 * seldom whole.
 */
#include "decode.h"

#include <netinet/in.h>

#define PORTS_LEN	4
#define ID_AT		4	/* an echo's identifier */
#define ID_LEN		6

static int has_ports(unsigned int proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == PROTO_DCCP ||
	       proto == PROTO_UDPLITE;
}

static void decode_ports(struct span upper, struct sockopt_icmp *icmp)
{
	if (upper.len < PORTS_LEN) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	icmp->flags |= SOCKOPT_ICMP_F_PORTS;
	icmp->quoted_sport = (uint16_t)get16(upper.data);
	icmp->quoted_dport = (uint16_t)get16(upper.data + 2);
}

/* An echo has an identifier where others have ports. */
static void decode_id(struct span upper, int (*has_id)(unsigned int type),
		      struct sockopt_icmp *icmp)
{
	if (upper.len && !has_id(upper.data[0]))
		return;
	if (upper.len < ID_LEN) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	icmp->flags |= SOCKOPT_ICMP_F_PORTS;
	icmp->quoted_sport = (uint16_t)get16(upper.data + ID_AT);
}

static void decode_upper(struct span upper, struct sockopt_icmp *icmp)
{
	if (has_ports(icmp->quoted_proto))
		decode_ports(upper, icmp);
	else if (icmp->quoted_proto == IPPROTO_ICMP)
		decode_id(upper, sockopt_internal_icmp4_has_id, icmp);
	else if (icmp->quoted_proto == IPPROTO_ICMPV6)
		decode_id(upper, sockopt_internal_icmp6_has_id, icmp);
}

void sockopt_internal_quoted(struct span quote, struct sockopt_icmp *icmp)
{
	struct ip_packet ip;

	if (quote.len < sockopt_internal_ip_len(icmp->family)) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	if (sockopt_internal_ip(quote, icmp->family, &ip))
		return;
	icmp->flags |= SOCKOPT_ICMP_F_QUOTED;
	icmp->quoted_family = icmp->family;
	icmp->quoted_proto = (uint8_t)ip.proto;
	icmp->quoted_ttl = (uint8_t)ip.ttl;
	icmp->quoted_len = ip.total;
	ip_address(icmp->quoted_src, ip.family, ip.src);
	ip_address(icmp->quoted_dst, ip.family, ip.dst);
	if (ip.is_cut)
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
	else if (!ip.is_later)
		decode_upper(ip.upper, icmp);
}

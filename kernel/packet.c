// SPDX-License-Identifier: GPL-2.0-only
/*
 * What filters ask of an ICMP packet: addresses, code, and the flow that an error
 * quotes. It comes from the network, so each header is fetched by
 * skb_header_pointer(), which knows the packet's end. Any context, under RCU.
 */
#include "packet.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/ip.h>
#include <net/ipv6.h>

/* RFC 792 and RFC 4443: what an error quotes stands behind eight bytes. */
#define QUOTED_AT 8

static void set_address4(union sko_address *to, const __be32 *address)
{
	*to = (union sko_address){ };
	memcpy(to->bytes, address, sizeof(*address));
}

static void set_address6(union sko_address *to, const struct in6_addr *address)
{
	memcpy(to->bytes, address, sizeof(*address));
}

static bool is_error(const struct sko_record *rec)
{
	if (rec->family == AF_INET6)
		return rec->type >= ICMPV6_DEST_UNREACH &&
		       rec->type <= ICMPV6_PARAMPROB;
	return rec->type == ICMP_DEST_UNREACH ||
	       rec->type == ICMP_SOURCE_QUENCH || rec->type == ICMP_REDIRECT ||
	       rec->type == ICMP_TIME_EXCEEDED ||
	       rec->type == ICMP_PARAMETERPROB;
}

static bool has_port_pair(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

/* Of an ICMP message that has an identifier where an echo has it. */
static bool has_identifier(u8 protocol, u8 type)
{
	if (protocol == IPPROTO_ICMPV6)
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
	return protocol == IPPROTO_ICMP &&
	       (type == ICMP_ECHO || type == ICMP_ECHOREPLY ||
		(type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESSREPLY));
}

static void dissect_port_pair(struct sko_packet *packet, unsigned int offset)
{
	__be16 buf[2];
	const __be16 *ports = skb_header_pointer(packet->skb, offset,
						 sizeof(buf), buf);

	if (!ports)
		return;
	packet->has_ports = true;
	packet->quoted_sport = ntohs(ports[0]);
	packet->quoted_dport = ntohs(ports[1]);
}

static void dissect_identifier(struct sko_packet *packet, unsigned int offset)
{
	struct icmphdr buf;
	const struct icmphdr *icmph;

	icmph = skb_header_pointer(packet->skb, offset, sizeof(buf), &buf);
	if (!icmph || !has_identifier(packet->quoted_protocol, icmph->type))
		return;
	packet->has_ports = true;
	packet->quoted_sport = ntohs(icmph->un.echo.id);
	packet->quoted_dport = 0;
}

static void dissect_flow(struct sko_packet *packet, unsigned int offset)
{
	if (has_port_pair(packet->quoted_protocol))
		dissect_port_pair(packet, offset);
	else
		dissect_identifier(packet, offset);
}

static void dissect_quoted4(struct sko_packet *packet, unsigned int offset)
{
	struct iphdr buf;
	const struct iphdr *iph;

	iph = skb_header_pointer(packet->skb, offset, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return;
	packet->has_quoted = true;
	packet->quoted_protocol = iph->protocol;
	set_address4(&packet->quoted_src, &iph->saddr);
	set_address4(&packet->quoted_dst, &iph->daddr);
	if (!(iph->frag_off & htons(IP_OFFSET)))
		dissect_flow(packet, offset + iph->ihl * 4);
}

/* At a later fragment the walk stops: what its header says comes next is its protocol. */
static void dissect_fragment6(struct sko_packet *packet, unsigned int offset)
{
	u8 buf;
	const u8 *protocol = skb_header_pointer(packet->skb, offset, sizeof(buf),
						&buf);

	if (protocol)
		packet->quoted_protocol = *protocol;
}

/* Behind extension headers; a later fragment has no ports. */
static void dissect_quoted6(struct sko_packet *packet, unsigned int offset)
{
	struct ipv6hdr buf;
	const struct ipv6hdr *ip6h;
	__be16 frag_off;
	int behind;

	ip6h = skb_header_pointer(packet->skb, offset, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6)
		return;
	packet->has_quoted = true;
	packet->quoted_protocol = ip6h->nexthdr;
	set_address6(&packet->quoted_src, &ip6h->saddr);
	set_address6(&packet->quoted_dst, &ip6h->daddr);
	behind = ipv6_skip_exthdr(packet->skb, offset + sizeof(*ip6h),
				  &packet->quoted_protocol, &frag_off);
	if (behind < 0)
		return;
	if (frag_off & htons(IP6_OFFSET))
		dissect_fragment6(packet, behind);
	else
		dissect_flow(packet, behind);
}

static void dissect_addresses4(struct sko_packet *packet)
{
	struct iphdr buf;
	const struct iphdr *iph;

	iph = skb_header_pointer(packet->skb, 0, sizeof(buf), &buf);
	packet->has_addresses = iph;
	if (!iph)
		return;
	set_address4(&packet->src, &iph->saddr);
	set_address4(&packet->dst, &iph->daddr);
}

static void dissect_addresses6(struct sko_packet *packet)
{
	struct ipv6hdr buf;
	const struct ipv6hdr *ip6h;

	ip6h = skb_header_pointer(packet->skb, 0, sizeof(buf), &buf);
	packet->has_addresses = ip6h;
	if (!ip6h)
		return;
	set_address6(&packet->src, &ip6h->saddr);
	set_address6(&packet->dst, &ip6h->daddr);
}

static void dissect_code(struct sko_packet *packet)
{
	u8 buf;
	const u8 *code = skb_header_pointer(packet->skb, packet->rec->offset + 1,
					    sizeof(buf), &buf);

	packet->has_code = code;
	if (code)
		packet->code = *code;
}

void sko_packet_dissect(struct sko_packet *packet)
{
	const struct sko_record *rec = packet->rec;
	bool is_ip6 = rec->family == AF_INET6;

	packet->is_dissected = true;
	packet->has_quoted = false;
	packet->has_ports = false;
	dissect_code(packet);
	if (is_ip6)
		dissect_addresses6(packet);
	else
		dissect_addresses4(packet);
	if (!is_error(rec))
		return;
	if (is_ip6)
		dissect_quoted6(packet, rec->offset + QUOTED_AT);
	else
		dissect_quoted4(packet, rec->offset + QUOTED_AT);
}

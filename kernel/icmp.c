// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel 'icmp': every ICMP packet, of IPv4 and IPv6, that reaches PRE_ROUTING,
 * before defragmentation, the raw table and connection tracking. It observes: the
 * packet's fate is never touched. Each family's hook is there only while somebody
 * subscribes to it in the namespace; without, a packet pays nothing.
 *
 * Hooks run in softirq, or in process context with bottom halves off; under RCU;
 * skb->data is the IP header, whose fixed part is linear and was checked.
 */
#include "icmp.h"
#include "offer.h"
#include "publish.h"

#include <linux/capability.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include <sockopt/channel.h>

/* IP and ICMP header, and as much of the packet that an error quotes. */
#define SNAPLEN_DEFAULT	96

/* What a packet too short for a type counts as; reserved by IANA. */
#define NO_TYPE		255

static struct sko_channel *channel;	/* before any call: options come last */

static noinline u8 type_nonlinear(const struct sk_buff *skb, unsigned int offset)
{
	u8 buf;
	const u8 *type = skb_header_pointer(skb, offset, sizeof(buf), &buf);

	return type ? *type : NO_TYPE;
}

/* RFC 792, RFC 4443: the type is the header's first byte. Mostly it is linear. */
static u8 type_of(const struct sk_buff *skb, unsigned int offset)
{
	return likely(offset < skb_headlen(skb)) ?
		skb->data[offset] : type_nonlinear(skb, offset);
}

/* Out of line: a type that nobody wants pays for no record. */
static noinline void publish(const struct sko_lane *lane,
			     const struct sk_buff *skb,
			     const struct nf_hook_state *state, u8 family,
			     unsigned int offset, u8 type)
{
	const struct sko_record rec = {
		.type = type,
		.family = family,
		.kind = SOCKOPT_KIND_IP,
		.offset = offset,
		.ifindex = state->in ? state->in->ifindex : 0,
		.len = skb->len,
	};

	sko_offer(lane, sko_half_of(family), &rec,
		  (struct sko_payload){ .skb = skb });
}

static __always_inline void capture(const struct sk_buff *skb,
				    const struct nf_hook_state *state, u8 family,
				    unsigned int offset)
{
	struct sko_feed *feed = sko_feed_find(channel, state->net);
	const struct sko_feed_half *half;
	const struct sko_lane *lane;
	u8 type;

	if (!feed)
		return;
	half = &feed->halves[sko_half_of(family)];
	type = type_of(skb, offset);
	lane = sko_feed_lane(half, type);
	if (lane)
		publish(lane, skb, state, family, offset, type);
	sko_feed_count(half);
}

/*
 * With bridge-nf-call-iptables a bridge runs PRE_ROUTING before the stack does. Then
 * br_netfilter, whose hook is before ours, stops the stack's, but not where the
 * interface is a port of a VRF.
 */
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
static noinline bool was_in_bridge_of_vrf(const struct sk_buff *skb)
{
	return !nf_bridge_in_prerouting(skb) && netif_is_l3_slave(skb->dev);
}

/* Mostly one bit says that there was no bridge. */
static bool was_in_bridge(const struct sk_buff *skb)
{
	return unlikely(nf_bridge_info_exists(skb)) && was_in_bridge_of_vrf(skb);
}
#else
static bool was_in_bridge(const struct sk_buff *skb)
{
	return false;
}
#endif

/* ---- IPv4 ---- */

/*
 * PRE_ROUTING runs twice for a packet that came in by a port of a VRF: for the
 * port, then for the VRF. The first one counts.
 */
static bool is_second_pass4(const struct sk_buff *skb)
{
	return IPCB(skb)->flags & IPSKB_L3SLAVE || was_in_bridge(skb);
}

/* Later fragments have no ICMP header. Out of line, so that the hook is a leaf. */
static noinline void capture4(const struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (!(iph->frag_off & htons(IP_OFFSET)) && !is_second_pass4(skb))
		capture(skb, state, AF_INET, iph->ihl * 4);
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		capture4(skb, state);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook_ops4 = {
	.hook = hook4,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP_PRI_FIRST + 1,
};

/* ---- IPv6 ---- */

/*
 * The VRF's own pass marks a packet as IPv4's does, but for neighbour discovery, which
 * keeps the port as its device instead.
 */
static bool is_second_pass6(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	return IP6CB(skb)->flags & IP6SKB_L3SLAVE || skb->dev != state->in ||
	       was_in_bridge(skb);
}

/*
 * Behind extension headers, too. At a later fragment the walk stops with another
 * protocol, and what is cut off within them has none. Only a jumbogram can have more
 * of them than a record can say.
 */
static noinline void capture6(const struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	int offset = sizeof(struct ipv6hdr);
	__be16 frag_off;

	if (protocol != IPPROTO_ICMPV6)
		offset = ipv6_skip_exthdr(skb, offset, &protocol, &frag_off);
	if (offset >= 0 && offset <= U16_MAX && protocol == IPPROTO_ICMPV6 &&
	    !is_second_pass6(skb, state))
		capture(skb, state, AF_INET6, offset);
}

static unsigned int hook6(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	u8 protocol = ipv6_hdr(skb)->nexthdr;

	if (protocol == IPPROTO_ICMPV6 || ipv6_ext_hdr(protocol))
		capture6(skb, state);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook_ops6 = {
	.hook = hook6,
	.pf = NFPROTO_IPV6,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP6_PRI_FIRST + 1,
};

/* ---- The channel ---- */

static const struct nf_hook_ops *hook_ops_of(u8 family)
{
	return family == AF_INET6 ? &hook_ops6 : &hook_ops4;
}

static int start(struct sko_channel *unused, struct net *net, u8 family)
{
	return nf_register_net_hook(net, hook_ops_of(family));
}

static void stop(struct sko_channel *unused, struct net *net, u8 family)
{
	nf_unregister_net_hook(net, hook_ops_of(family));
}

static const struct sko_channel_ops ops = {
	.name = "icmp",
	.text_capability = CAP_NET_RAW,
	.open_capability = CAP_NET_RAW,	/* as packet(7), for the same sight */
	.start = start,
	.stop = stop,
	.is_ip = true,
	.snaplen = SNAPLEN_DEFAULT,
	.snaplen_max = SOCKOPT_SNAPLEN_MAX,
};

int __init sko_icmp_init(void)
{
	channel = sko_channel_register(&ops);
	if (IS_ERR(channel))
		return PTR_ERR(channel);
	WARN_ON(sko_channel_id(channel) != SOCKOPT_CHANNEL_ICMP);
	return 0;
}

/* Hooks that still run are waited for at the end of module exit. */
void sko_icmp_exit(void)
{
	sko_channel_unregister(channel);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel 'icmp': every ICMP packet that reaches PRE_ROUTING, before
 * defragmentation, the raw table and connection tracking. It observes: the
 * packet's fate is never touched. The hook is there only while somebody
 * subscribes in the namespace; without, a packet pays nothing.
 */
#include "icmp.h"

#include <linux/capability.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/skbuff.h>
#include <net/ip.h>

#include <sockopt/channel.h>

/* IP and ICMP header, and as much of the packet that an error quotes. */
#define SNAPLEN_DEFAULT	96

/* What a packet too short for a type counts as; reserved by IANA. */
#define NO_TYPE		255

static struct sko_channel *channel;	/* before any call: options come last */

/* RFC 792: the type is the header's first byte. */
static u8 type_of(const struct sk_buff *skb, unsigned int offset)
{
	u8 buf;
	const u8 *type = skb_header_pointer(skb, offset, sizeof(buf), &buf);

	return type ? *type : NO_TYPE;
}

/*
 * PRE_ROUTING runs twice for a packet that came in by a port of a VRF: for the
 * port, then for the VRF. The first one counts.
 */
static bool is_second_pass(const struct sk_buff *skb)
{
	return IPCB(skb)->flags & IPSKB_L3SLAVE;
}

/* Later fragments have no ICMP header. Out of line, so that the hook is a leaf. */
static noinline void capture(const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct sko_record rec = {
		.family = AF_INET,
		.kind = SOCKOPT_KIND_IP,
		.offset = iph->ihl * 4,
		.ifindex = state->in ? state->in->ifindex : 0,
		.len = skb->len - skb_network_offset(skb),
	};

	if ((iph->frag_off & htons(IP_OFFSET)) || is_second_pass(skb))
		return;
	rec.type = type_of(skb, skb_network_offset(skb) + rec.offset);
	sko_publish_skb(channel, state->net, &rec, skb);
}

/* Softirq, or process context with bottom halves off; under RCU. */
static unsigned int hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		capture(skb, state);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook_ops = {
	.hook = hook,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP_PRI_FIRST + 1,
};

static int start(struct sko_channel *unused, struct net *net)
{
	return nf_register_net_hook(net, &hook_ops);
}

static void stop(struct sko_channel *unused, struct net *net)
{
	nf_unregister_net_hook(net, &hook_ops);
}

static const struct sko_channel_ops ops = {
	.name = "icmp",
	.text_capability = CAP_NET_RAW,
	.open_capability = CAP_NET_RAW,	/* as packet(7), for the same sight */
	.start = start,
	.stop = stop,
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a record costs its publisher: ticks of the processor's counter for many of
 * them, bottom halves off, as where packets come from. On a machine that counts
 * instructions a tick is one.
 */
#include "publisher.h"

#include <linux/err.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include <asm/timex.h>

#define COUNT_MAX 4096	/* of one measurement: nothing else runs meanwhile */
#define PAYLOAD 64
#define NOT_ICMP 256	/* as type: a packet of another protocol */

#ifdef CONFIG_X86
#include <asm/msr.h>
#define ticks_now() rdtsc_ordered()
#else
#define ticks_now() get_cycles()	/* no job cost there */
#endif

/* A packet as ip_rcv() would pass it on: to this host, by the loopback device. */
static struct sk_buff *make_packet(const struct order *order)
{
	const struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64,
		.protocol = order->type == NOT_ICMP ? IPPROTO_UDP : IPPROTO_ICMP,
		.saddr = htonl(INADDR_LOOPBACK), .daddr = htonl(INADDR_LOOPBACK),
		.tot_len = htons(sizeof(ip) + sizeof(struct icmphdr) + PAYLOAD),
	};
	const struct icmphdr icmp = { .type = order->type };
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb->dev = order->net->loopback_dev;
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
	skb_put_data(skb, &ip, sizeof(ip));
	skb_set_transport_header(skb, sizeof(ip));
	skb_put_data(skb, &icmp, sizeof(icmp));
	skb_put_zero(skb, PAYLOAD);
	return skb;
}

/* False: somebody did something to it. */
static bool pass(const struct order *order, struct sk_buff *skb)
{
	return nf_hook(NFPROTO_IPV4, NF_INET_PRE_ROUTING, order->net, NULL, skb,
		       skb->dev, NULL, NULL) == 1;
}

static bool pass_many(const struct order *order, struct sk_buff *skb)
{
	unsigned int i;
	u64 start;

	start = ticks_now();
	for (i = 0; i < order->count; i++)
		if (!pass(order, skb))
			return false;
	*order->ticks = ticks_now() - start;
	return true;
}

int measure_icmp(const struct order *order)
{
	struct sk_buff *skb;
	bool is_passed;

	if (order->count > COUNT_MAX)
		return -EINVAL;
	skb = make_packet(order);
	if (!skb)
		return -ENOMEM;
	local_bh_disable();
	is_passed = pass_many(order, skb);
	local_bh_enable();
	if (!is_passed)
		return -EIO;
	kfree_skb(skb);
	return 0;
}

int measure_publish(const struct order *order)
{
	const u8 payload[PAYLOAD] = { 1, 2, 3, 4 };
	struct sko_record rec = { .kind = SOCKOPT_KIND_BYTES, .len = PAYLOAD };
	unsigned int i;
	u64 start;

	if (order->count > COUNT_MAX)
		return -EINVAL;
	local_bh_disable();
	start = ticks_now();
	for (i = 0; i < order->count; i++) {
		rec.type = order_type(order, i);
		sko_publish(order->channel, order->net, &rec, payload);
	}
	*order->ticks = ticks_now() - start;
	local_bh_enable();
	return 0;
}

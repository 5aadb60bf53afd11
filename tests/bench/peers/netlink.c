// SPDX-License-Identifier: GPL-2.0-only
/* A netlink protocol of its own: texts, and ICMP packets, a message each. */
#include "peers.h"

#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/netfilter_ipv4.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

static struct peer_text text = PEER_TEXT_INIT(text);
static struct sock *kernel_socket;

/* With the text before. */
static int answer(struct sk_buff *request, const struct nlmsghdr *head)
{
	struct sk_buff *skb = nlmsg_new(PEER_TEXT, GFP_KERNEL);
	struct nlmsghdr *reply;

	if (!skb)
		return -ENOMEM;
	reply = nlmsg_put(skb, 0, head->nlmsg_seq, PEER_NETLINK_ASK, PEER_TEXT, 0);
	peer_swap(&text, nlmsg_data(head), nlmsg_data(reply));
	return nlmsg_unicast(kernel_socket, skb, NETLINK_CB(request).portid);
}

/* ---- Packets ---- */

static u32 watcher;	/* its port; 0: nobody */

static void tell(const struct sk_buff *packet, int ifindex)
{
	struct sk_buff *skb = nlmsg_new(sizeof(struct peer_packet), GFP_ATOMIC);
	unsigned int caplen = min_t(unsigned int, packet->len, PEER_SNAPLEN);
	struct peer_packet *told;

	if (!skb)
		return;
	told = nlmsg_data(nlmsg_put(skb, 0, 0, PEER_NETLINK_WATCH, sizeof(*told), 0));
	told->time = ktime_get_real_ns();
	told->ifindex = ifindex;
	told->len = packet->len;
	skb_copy_bits(packet, 0, told->bytes, caplen);
	memset(told->bytes + caplen, 0, PEER_SNAPLEN - caplen);
	nlmsg_unicast(kernel_socket, skb, watcher);
}

static unsigned int look(void *unused, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	if (ip_hdr(skb)->protocol == IPPROTO_ICMP)
		tell(skb, state->in->ifindex);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook = {
	.hook = look,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP_PRI_FIRST,
};

/* The benchmark is one program: no two calls of these at once. */
static int watch(u32 port)
{
	int ret;

	if (watcher)
		return -EBUSY;
	watcher = port;
	ret = nf_register_net_hook(&init_net, &hook);
	if (ret)
		watcher = 0;
	return ret;
}

static void unwatch(void)
{
	if (watcher)
		nf_unregister_net_hook(&init_net, &hook);
	watcher = 0;
}

/* ---- Messages ---- */

static int handle(struct sk_buff *skb, struct nlmsghdr *head,
		  struct netlink_ext_ack *ack)
{
	if (nlmsg_len(head) < PEER_TEXT)
		return -EINVAL;
	if (head->nlmsg_type == PEER_NETLINK_ASK)
		return answer(skb, head);
	if (head->nlmsg_type == PEER_NETLINK_WATCH)
		return watch(NETLINK_CB(skb).portid);
	if (head->nlmsg_type == PEER_NETLINK_UNWATCH)
		unwatch();
	else
		peer_put(&text, nlmsg_data(head));
	return 0;
}

static void receive(struct sk_buff *skb)
{
	netlink_rcv_skb(skb, handle);
}

int peer_netlink_init(void)
{
	struct netlink_kernel_cfg config = { .input = receive };

	kernel_socket = netlink_kernel_create(&init_net, PEER_NETLINK, &config);
	return kernel_socket ? 0 : -ENOMEM;
}

void peer_netlink_exit(void)
{
	unwatch();
	netlink_kernel_release(kernel_socket);
}

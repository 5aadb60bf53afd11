// SPDX-License-Identifier: GPL-2.0-only
/* A netlink protocol of its own. */
#include "peers.h"

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

static int handle(struct sk_buff *skb, struct nlmsghdr *head,
		  struct netlink_ext_ack *ack)
{
	if (nlmsg_len(head) < PEER_TEXT)
		return -EINVAL;
	if (head->nlmsg_type == PEER_NETLINK_ASK)
		return answer(skb, head);
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
	netlink_kernel_release(kernel_socket);
}

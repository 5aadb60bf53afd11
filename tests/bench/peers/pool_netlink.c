// SPDX-License-Identifier: GPL-2.0-only
/* Endpoints that are netlink sockets: a message each, to its port. */
#include "pool.h"

#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

static struct sock *kernel_socket;

int peer_pool_send_netlink(u32 endpoint, const struct peer_pool_message *message)
{
	struct sk_buff *skb = nlmsg_new(sizeof(*message), GFP_KERNEL);
	struct nlmsghdr *head;

	if (!skb)
		return -ENOMEM;
	head = nlmsg_put(skb, 0, 0, PEER_POOL_MESSAGE, sizeof(*message), 0);
	memcpy(nlmsg_data(head), message, sizeof(*message));
	return nlmsg_unicast(kernel_socket, skb, PEER_POOL_PORT + endpoint);
}

/* What programs say there is refused. */
int peer_pool_netlink_init(void)
{
	kernel_socket = netlink_kernel_create(&init_net, PEER_POOL_NETLINK, NULL);
	return kernel_socket ? 0 : -ENOMEM;
}

void peer_pool_netlink_exit(void)
{
	netlink_kernel_release(kernel_socket);
}

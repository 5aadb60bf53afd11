// SPDX-License-Identifier: GPL-2.0-only
/* Loads and unloads the pool. */
#include "pool.h"

#include <linux/module.h>

/* The channel goes last, and first: by it come the orders. */
static int __init pool_init(void)
{
	int ret = peer_pool_netlink_init();

	if (ret)
		return ret;
	ret = peer_pool_channel_init();
	if (ret)
		peer_pool_netlink_exit();
	return ret;
}

static void __exit pool_exit(void)
{
	peer_pool_channel_exit();
	peer_pool_netlink_exit();
}

module_init(pool_init);
module_exit(pool_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("sockopt benchmark: a pool of endpoints");

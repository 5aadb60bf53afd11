// SPDX-License-Identifier: GPL-2.0-only
/* Loads and unloads all of them. */
#include "peers.h"

#include <linux/kernel.h>
#include <linux/module.h>

static const struct {
	int (*init)(void);
	void (*exit)(void);
} peers[] = {
	{ peer_empty_init, peer_empty_exit },
	{ peer_netlink_init, peer_netlink_exit },
	{ peer_genl_init, peer_genl_exit },
	{ peer_device_init, peer_device_exit },
	{ peer_proc_init, peer_proc_exit },
	{ peer_sysfs_init, peer_sysfs_exit },
	{ peer_sysctl_init, peer_sysctl_exit },
};

static void leave(unsigned int count)
{
	while (count--)
		peers[count].exit();
}

static int __init peers_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		ret = peers[i].init();
		if (ret) {
			leave(i);
			return ret;
		}
	}
	return 0;
}

static void __exit peers_exit(void)
{
	leave(ARRAY_SIZE(peers));
}

module_init(peers_init);
module_exit(peers_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("sockopt benchmark: the other ways");

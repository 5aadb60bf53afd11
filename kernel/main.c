// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and unloads the module. Options come last and go first: once they are
 * registered, any program in any namespace can call in.
 */
#include "channel.h"
#include "icmp.h"
#include "message.h"
#include "netns.h"
#include "option.h"
#include "stream.h"
#include "sysctl.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/stringify.h>

#include <sockopt/uapi.h>

static int __init sockopt_init(void)
{
	int ret;

	ret = sko_stream_init();
	if (ret)
		return ret;
	ret = sko_net_init();
	if (ret)
		goto err_exit_stream;
	ret = sko_sysctl_init();
	if (ret)
		goto err_exit_net;
	ret = sko_message_init();
	if (ret)
		goto err_exit_sysctl;
	ret = sko_icmp_init();
	if (ret)
		goto err_exit_message;
	ret = sko_option_init();
	if (ret)
		goto err_exit_icmp;
	return 0;

err_exit_icmp:
	sko_icmp_exit();
err_exit_message:
	sko_message_exit();
err_exit_sysctl:
	sko_sysctl_exit();
err_exit_net:
	sko_net_exit();
err_exit_stream:
	sko_stream_exit();
	sko_channel_exit();
	return ret;
}

/*
 * No call is inside and no file is open: each holds the module. What may still
 * run are publishers, and what earlier closes have put behind grace periods:
 * streams, which hold namespaces, and then feeds, which those hold.
 */
static void __exit sockopt_exit(void)
{
	sko_option_exit();
	sko_icmp_exit();
	sko_message_exit();
	sko_sysctl_exit();
	sko_stream_flush();
	sko_net_exit();
	sko_stream_exit();
	sko_channel_exit();
	synchronize_net();
}

module_init(sockopt_init);
module_exit(sockopt_exit);

MODULE_DESCRIPTION("Texts and records between kernel code and programs, by socket options");
MODULE_LICENSE("GPL");
MODULE_VERSION(SKO_VERSION);
MODULE_INFO(abi, __stringify(SOCKOPT_ABI));

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another module with socket options, for the tests to load and unload: the kernel ends
 * its search for an option's owner at a module that is being unloaded, and does not come
 * to those that were there before.
 *
 * Some take long to leave, for they have other things to end first (nf_conntrack: what
 * each network namespace has of it); so does this one, if told.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/socket.h>

#define FIRST 0x4c560000	/* next to nobody's numbers */

static unsigned int linger_ms;
module_param(linger_ms, uint, 0644);
MODULE_PARM_DESC(linger_ms, "How long its options are still there while it leaves");

static int get(struct sock *sk, int option, void __user *user, int *len)
{
	return -EOPNOTSUPP;
}

static struct nf_sockopt_ops ops = {
	.pf = PF_INET,
	.get_optmin = FIRST,
	.get_optmax = FIRST + 1,
	.get = get,
	.owner = THIS_MODULE,
};

static int __init leaver_init(void)
{
	return nf_register_sockopt(&ops);
}

static void __exit leaver_exit(void)
{
	if (linger_ms)
		msleep(linger_ms);
	nf_unregister_sockopt(&ops);
}

module_init(leaver_init);
module_exit(leaver_exit);

MODULE_DESCRIPTION("A module that leaves, for the tests of sockopt");
MODULE_LICENSE("GPL");

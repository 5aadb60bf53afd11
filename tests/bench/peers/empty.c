// SPDX-License-Identifier: GPL-2.0-only
/* A socket option that does nothing: what no handler can get below. */
#include "peers.h"

#include <linux/module.h>
#include <linux/netfilter.h>

static int empty_set(struct sock *sk, int option, sockptr_t arg, unsigned int len)
{
	return 0;
}

static int empty_get(struct sock *sk, int option, void __user *user, int *len)
{
	return 0;
}

static struct nf_sockopt_ops ops = {
	.pf = PF_INET,
	.set_optmin = PEER_OPTION,
	.set_optmax = PEER_OPTION + 1,
	.set = empty_set,
	.get_optmin = PEER_OPTION,
	.get_optmax = PEER_OPTION + 1,
	.get = empty_get,
	.owner = THIS_MODULE,
};

int peer_empty_init(void)
{
	return nf_register_sockopt(&ops);
}

void peer_empty_exit(void)
{
	nf_unregister_sockopt(&ops);
}

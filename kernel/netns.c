// SPDX-License-Identifier: GPL-2.0-only
/*
 * One network namespace: its feeds, its streams, its limits. Made and ended by
 * the kernel's pernet machinery. A namespace that ends has no stream left, for
 * each holds a socket until its memory is freed, and the socket the namespace.
 */
#include "feed.h"
#include "netns.h"
#include "proc.h"
#include "sysctl.h"

#include <net/net_namespace.h>
#include <net/netns/generic.h>

static unsigned int net_id __read_mostly;

struct sko_net *sko_net(const struct net *net)
{
	return net_generic(net, net_id);
}

int sko_net_charge(struct sko_net *sn, u64 bytes)
{
	int ret = 0;

	mutex_lock(&sn->lock);
	if (sn->stream_count >= READ_ONCE(sko_sysctl_streams_max) ||
	    sn->ring_bytes + bytes > READ_ONCE(sko_sysctl_ring_bytes_max)) {
		ret = -ENOSPC;
	} else {
		sn->stream_count++;
		sn->ring_bytes += bytes;
	}
	mutex_unlock(&sn->lock);
	return ret;
}

void sko_net_uncharge(struct sko_net *sn, unsigned int streams, u64 bytes)
{
	mutex_lock(&sn->lock);
	sn->stream_count -= streams;
	sn->ring_bytes -= bytes;
	mutex_unlock(&sn->lock);
}

static int __net_init net_init(struct net *net)
{
	struct sko_net *sn = sko_net(net);

	mutex_init(&sn->lock);
	xa_init(&sn->feeds);
	hash_init(sn->streams);
	return sko_proc_net_init(net);
}

static void __net_exit net_exit(struct net *net)
{
	struct sko_net *sn = sko_net(net);
	struct sko_feed *feed;
	unsigned long id;

	sko_proc_net_exit(net);
	WARN_ON_ONCE(sn->stream_count || sn->ring_bytes);
	xa_for_each(&sn->feeds, id, feed)
		sko_feed_retire(feed);
	xa_destroy(&sn->feeds);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct sko_net),
};

int __init sko_net_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void sko_net_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}

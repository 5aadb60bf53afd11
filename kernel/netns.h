/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module keeps for one network namespace. */
#ifndef SKO_NETNS_H
#define SKO_NETNS_H

#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

struct net;
struct proc_dir_entry;

struct sko_net {
	/* Serialises OPEN, STOP, TUNE of filters, the end of streams, changes
	 * of lanes, and start and stop of channels. Process context. Taken
	 * inside net_rwsem, outside of everything else of ours.
	 */
	struct mutex lock;
	struct xarray feeds;		/* by channel id; under lock, or at exit */
	DECLARE_HASHTABLE(streams, 8);	/* by socket; read under RCU */
	unsigned int stream_count;	/* of files; under lock */
	u64 ring_bytes;			/* of memory not freed yet; under lock */
	struct proc_dir_entry *proc;	/* /proc/net/sockopt */
};

struct sko_net *sko_net(const struct net *net);

/* Account a new stream: -ENOSPC beyond net.sockopt's limits. Process context. */
int sko_net_charge(struct sko_net *sn, u64 bytes);
void sko_net_uncharge(struct sko_net *sn, unsigned int streams, u64 bytes);

int sko_net_init(void);
void sko_net_exit(void);

#endif /* SKO_NETNS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The registry of channels, as the rest of the core sees it. */
#ifndef SKO_CHANNEL_H
#define SKO_CHANNEL_H

#include <linux/completion.h>
#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include <sockopt/channel.h>

struct sko_channel {
	const struct sko_channel_ops *ops; /* only between enter and leave, or
					    * under sko_net.lock with a feed
					    * that is started
					    */
	char name[SOCKOPT_NAME_MAX];
	u32 id;
	u32 generation;
	bool has_texts;
	bool is_ip;
	int text_capability;
	int open_capability;
	u32 snaplen, snaplen_max;	/* copies: ops dies before its streams */
	struct sko_drafts __percpu *drafts; /* or NULL; until unregistered */
	DECLARE_HASHTABLE(feeds, 5);	/* by namespace: where publishers look; RCU */
	spinlock_t lock;		/* for changes of it; process context */
	bool is_dead;			/* unregistered: nobody enters; for good */
	refcount_t users;		/* callers within, and the registry */
	struct completion idle;		/* the last caller has left */
	struct kref ref;		/* memory and id: registry, feeds */
	struct rcu_head rcu;
};

/*
 * Enter a channel for the length of one call, so that its ops stay. generation
 * 0 is not compared. ERR_PTR(-ESTALE): no such channel, or not this one. Does
 * not sleep.
 */
struct sko_channel *sko_channel_enter(u32 id, u32 generation);
void sko_channel_leave(struct sko_channel *channel);

/*
 * What a channel's own code returned, as a program may see it: -ENOPROTOOPT would say that
 * there is no module, and be tried again.
 */
static inline ssize_t sko_channel_result(ssize_t ret)
{
	return ret == -ENOPROTOOPT ? -EOPNOTSUPP : ret;
}

/* Properties of the channel of this name, or of the first one from id on. */
int sko_channel_describe(struct sockopt_channel *out);

/* The last put sleeps. */
void sko_channel_get(struct sko_channel *channel);
void sko_channel_put(struct sko_channel *channel);

/* At module exit, when no channel is left. */
void sko_channel_exit(void);

#endif /* SKO_CHANNEL_H */

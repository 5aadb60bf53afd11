/* SPDX-License-Identifier: GPL-2.0-only */
/* A channel's records in one namespace: who subscribes, what was counted. */
#ifndef SKO_FEED_H
#define SKO_FEED_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <sockopt/channel.h>

#include "filter.h"
#include "lane.h"

struct sko_net;
struct sko_stream;

/* Sums over the streams that are gone; those that live are added when read. */
struct sko_feed_sums {
	u64 delivered;
	u64 lost_full;
	u64 lost_busy;
	u64 lost_closed;	/* unread when the stream was closed */
};

/* What a family has of its own. Changed under sko_net.lock. */
struct sko_feed_half {
	struct sko_lanes lanes;		/* RCU */
	u64 __percpu *seen;		/* records offered, before any filter */
	unsigned int subscribers;	/* that want a type of it */
};

/* Made by the first OPEN in a namespace, kept until namespace or channel end. */
struct sko_feed {
	struct sko_channel *channel;	/* a reference */
	struct net *net;		/* not a reference: only under sko_net.lock */
	struct sko_feed_half halves[SKO_HALVES];
	struct list_head subscribers;	/* sko_stream.on_feed; sko_net.lock */
	struct hlist_node on_channel;	/* sko_channel.feeds */

	spinlock_t lock;		/* the rest; process context */
	struct list_head members;	/* sko_stream.on_members: opened, not freed */
	struct sko_feed_sums closed;
	unsigned int opened;		/* streams, ever */

	struct kref ref;		/* namespace, streams */
	struct rcu_work free;
};

/* The channel's feed here, made if need be; not a reference. sko_net.lock. */
struct sko_feed *sko_feed_provide(struct sko_net *sn, struct net *net,
				  struct sko_channel *channel);
void sko_feed_get(struct sko_feed *feed);
void sko_feed_put(struct sko_feed *feed);	/* any context */

/*
 * The namespace or the channel ends, and nobody subscribes: publishers find the
 * feed no more, and the caller's reference goes. Process context.
 */
void sko_feed_retire(struct sko_feed *feed);

/*
 * Subscribe a stream, starting the channel for families that nobody wanted before;
 * unsubscribe it, stopping the channel for those that nobody wants any more.
 * Unsubscribing twice is fine. Publishers may still be in a stream that was
 * unsubscribed, until a grace period has passed. Both with sko_net.lock.
 */
int sko_feed_add(struct sko_feed *feed, struct sko_stream *st);
void sko_feed_remove(struct sko_feed *feed, struct sko_stream *st);

/*
 * Give a subscriber another filter, which the stream then owns. On an error it has
 * the old one, and the new one is still the caller's. May sleep for a grace
 * period, with sko_net.lock.
 */
int sko_feed_refilter(struct sko_feed *feed, struct sko_stream *st,
		      struct sko_filter *filter);

/* End of stream for all subscribers of a channel, in every namespace. */
void sko_feed_end_all(struct sko_channel *channel);

/* Records offered here so far: of one half, or all. Any context. */
u64 sko_feed_seen_half(const struct sko_feed *feed, enum sko_half half);
u64 sko_feed_seen(const struct sko_feed *feed);

/*
 * Who asked for the stream has been told of it: now it counts, with all that it got. One
 * that nobody could be told of never was, and is in no sum. Process context.
 */
void sko_feed_enrol(struct sko_feed *feed, struct sko_stream *st);

/* A stream is about to be freed: keep its counts. Process context. */
void sko_feed_settle(struct sko_feed *feed, struct sko_stream *st);

/* Sums over all streams, dead or alive; pending: still in their rings. */
void sko_feed_sum(struct sko_feed *feed, struct sko_feed_sums *sums,
		  u64 *pending, unsigned int *open, unsigned int *opened);

#endif /* SKO_FEED_H */

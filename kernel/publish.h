/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Publishing, as the core and its own channels see it: the steps of sko_publish_skb(), so that a
 * packet whose type nobody wants is done with before there is a record of it. Any context,
 * under RCU.
 */
#ifndef SKO_PUBLISH_H
#define SKO_PUBLISH_H

#include <linux/hashtable.h>
#include <linux/percpu.h>

#include "channel.h"
#include "feed.h"
#include "lane.h"

/* The way to a feed is the price of a record that nobody wants, so it is short. */
static __always_inline struct sko_feed *
sko_feed_find(struct sko_channel *channel, const struct net *net)
{
	struct sko_feed *feed;

	hash_for_each_possible_rcu(channel->feeds, feed, on_channel,
				   (unsigned long)net)
		if (feed->net == net)
			return feed;
	return NULL;
}

/* Who wants the type: NULL, or a lane for sko_offer() (offer.h). */
static __always_inline const struct sko_lane *
sko_feed_lane(const struct sko_feed_half *half, u8 type)
{
	return rcu_dereference(half->lanes.of[type]);
}

/*
 * The last step, for each record, wanted or not: a stream whose baseline was read before it was
 * linked then never gets a record that its 'seen' lacks.
 */
static __always_inline void sko_feed_count(const struct sko_feed_half *half)
{
	this_cpu_inc(*half->seen);
}

#endif /* SKO_PUBLISH_H */

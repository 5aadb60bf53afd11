// SPDX-License-Identifier: GPL-2.0-only
/*
 * A feed's life, its end, and its counts. Process context, but for put and what was
 * seen: those may come from anywhere.
 */
#include "channel.h"
#include "feed.h"
#include "netns.h"
#include "stream.h"

#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

/* ---- Life ---- */

static void free_counts(struct sko_feed *feed)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++)
		free_percpu(feed->halves[half].seen);
}

static int alloc_counts(struct sko_feed *feed)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++) {
		feed->halves[half].seen = alloc_percpu_gfp(u64,
							   GFP_KERNEL_ACCOUNT);
		if (!feed->halves[half].seen)
			return -ENOMEM;
	}
	return 0;
}

/* The lanes are empty: each subscriber held the feed. */
static void free_feed(struct work_struct *work)
{
	struct sko_feed *feed = container_of(to_rcu_work(work), struct sko_feed,
					     free);

	sko_channel_put(feed->channel);
	free_counts(feed);
	kfree(feed);
}

static struct sko_feed *alloc_feed(struct net *net, struct sko_channel *channel)
{
	struct sko_feed *feed = kzalloc(sizeof(*feed), GFP_KERNEL_ACCOUNT);

	if (!feed)
		return NULL;
	if (alloc_counts(feed)) {
		free_counts(feed);
		kfree(feed);
		return NULL;
	}
	sko_channel_get(channel);
	feed->channel = channel;
	feed->net = net;
	INIT_LIST_HEAD(&feed->subscribers);
	INIT_LIST_HEAD(&feed->members);
	spin_lock_init(&feed->lock);
	kref_init(&feed->ref);
	INIT_RCU_WORK(&feed->free, free_feed);
	return feed;
}

struct sko_feed *sko_feed_provide(struct sko_net *sn, struct net *net,
				  struct sko_channel *channel)
{
	struct sko_feed *feed = xa_load(&sn->feeds, channel->id);
	int ret;

	lockdep_assert_held(&sn->lock);
	if (feed)
		return feed;
	feed = alloc_feed(net, channel);
	if (!feed)
		return ERR_PTR(-ENOMEM);
	ret = xa_insert(&sn->feeds, channel->id, feed, GFP_KERNEL_ACCOUNT);
	if (ret) {
		sko_feed_put(feed);
		return ERR_PTR(ret);
	}
	spin_lock(&channel->lock);
	hash_add_rcu(channel->feeds, &feed->on_channel, (unsigned long)net);
	spin_unlock(&channel->lock);
	return feed;
}

void sko_feed_get(struct sko_feed *feed)
{
	kref_get(&feed->ref);
}

static void release_feed(struct kref *ref)
{
	struct sko_feed *feed = container_of(ref, struct sko_feed, ref);

	queue_rcu_work(sko_wq, &feed->free);
}

void sko_feed_put(struct sko_feed *feed)
{
	kref_put(&feed->ref, release_feed);
}

void sko_feed_retire(struct sko_feed *feed)
{
	spin_lock(&feed->channel->lock);
	hash_del_rcu(&feed->on_channel);
	spin_unlock(&feed->channel->lock);
	sko_feed_put(feed);
}

/* ---- End ---- */

/*
 * Streams keep the feed for their counters; the namespace lets go of it. One grace
 * period for all of them.
 */
static void end_subscribers(struct sko_feed *feed)
{
	struct sko_stream *st, *next;
	LIST_HEAD(ended);

	if (list_empty(&feed->subscribers))
		return;
	list_for_each_entry_safe(st, next, &feed->subscribers, on_feed) {
		sko_feed_remove(feed, st);
		list_add_tail(&st->on_feed, &ended);
	}
	synchronize_rcu();
	list_for_each_entry_safe(st, next, &ended, on_feed) {
		list_del(&st->on_feed);
		sko_stream_tell_end(st);
	}
}

static void end_in(struct sko_net *sn, struct sko_channel *channel)
{
	struct sko_feed *feed;

	mutex_lock(&sn->lock);
	feed = xa_load(&sn->feeds, channel->id);
	if (feed && feed->channel == channel) {
		end_subscribers(feed);
		xa_erase(&sn->feeds, channel->id);
		sko_feed_retire(feed);
	}
	mutex_unlock(&sn->lock);
}

/*
 * A namespace that has left the list is on its way out and has no stream. Its
 * feed goes with it, and calls no ops any more.
 */
void sko_feed_end_all(struct sko_channel *channel)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		end_in(sko_net(net), channel);
	up_read(&net_rwsem);
}

/* ---- Counts ---- */

u64 sko_feed_seen_half(const struct sko_feed *feed, enum sko_half half)
{
	u64 seen = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		seen += READ_ONCE(*per_cpu_ptr(feed->halves[half].seen, cpu));
	return seen;
}

u64 sko_feed_seen(const struct sko_feed *feed)
{
	return sko_feed_seen_half(feed, SKO_HALF_MAIN) +
	       sko_feed_seen_half(feed, SKO_HALF_IP6);
}

static void add(struct sko_feed_sums *sums, const struct sockopt_stats *stats)
{
	sums->delivered += stats->delivered;
	sums->lost_full += stats->lost_full;
	sums->lost_busy += stats->lost_busy;
}

void sko_feed_enrol(struct sko_feed *feed, struct sko_stream *st)
{
	spin_lock(&feed->lock);
	list_add(&st->on_members, &feed->members);
	feed->opened++;
	spin_unlock(&feed->lock);
}

void sko_feed_settle(struct sko_feed *feed, struct sko_stream *st)
{
	struct sockopt_stats stats = { };

	spin_lock(&feed->lock);
	if (!list_empty(&st->on_members)) {
		list_del(&st->on_members);
		sko_stream_count(st, &stats);
		add(&feed->closed, &stats);
		feed->closed.lost_closed += stats.pending;
	}
	spin_unlock(&feed->lock);
}

void sko_feed_sum(struct sko_feed *feed, struct sko_feed_sums *sums,
		  u64 *pending, unsigned int *open, unsigned int *opened)
{
	struct sockopt_stats stats = { };
	struct sko_stream *st;

	*pending = 0;
	*open = 0;
	spin_lock(&feed->lock);
	*sums = feed->closed;
	*opened = feed->opened;
	list_for_each_entry(st, &feed->members, on_members) {
		sko_stream_count(st, &stats);
		add(sums, &stats);
		*pending += stats.pending;
		*open += !sko_stream_is_closed(st);
	}
	spin_unlock(&feed->lock);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel's records in one namespace. sko_publish() walks the feed from any
 * context, under RCU; all that changes it runs in process context.
 *
 * A record's way: sko_publish() -> offer() -> sko_stream_offer() (stream.c) ->
 * the ring -> the stream's waiters; then sko_records_get() (records.c).
 */
#include "channel.h"
#include "feed.h"
#include "netns.h"
#include "stream.h"

#include <linux/export.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

/* ---- Publishing: any context ---- */

static bool wants(const unsigned long *types, u8 type)
{
	return test_bit(type, types);
}

/*
 * The union of masks goes first, so that a record that nobody wants costs the
 * same whatever the number of streams. It is counted after the walk, not
 * before: a stream whose baseline was read before it was linked then never
 * gets a record that its 'seen' lacks.
 */
static void offer(struct sko_feed *feed, const struct sko_record *rec,
		  const struct sko_payload *payload)
{
	struct sko_stream *st;
	u64 time = 0;

	if (wants(feed->types, rec->type))
		list_for_each_entry_rcu(st, &feed->subscribers, on_feed)
			if (wants(st->types, rec->type))
				sko_stream_offer(st, rec, payload, &time);
	this_cpu_inc(*feed->seen);
}

static void publish(const struct sko_channel *channel, const struct net *net,
		    const struct sko_record *rec,
		    const struct sko_payload *payload)
{
	struct sko_feed *feed;

	rcu_read_lock();
	feed = xa_load(&sko_net(net)->feeds, channel->id);
	if (feed)
		offer(feed, rec, payload);
	rcu_read_unlock();
}

void sko_publish(struct sko_channel *channel, struct net *net,
		 const struct sko_record *rec, const void *data)
{
	const struct sko_payload payload = { .data = data };

	publish(channel, net, rec, &payload);
}
EXPORT_SYMBOL_GPL(sko_publish);

void sko_publish_skb(struct sko_channel *channel, struct net *net,
		     const struct sko_record *rec, const struct sk_buff *skb)
{
	const struct sko_payload payload = { .skb = skb };

	publish(channel, net, rec, &payload);
}
EXPORT_SYMBOL_GPL(sko_publish_skb);

/* ---- Life ---- */

static void free_feed(struct work_struct *work)
{
	struct sko_feed *feed = container_of(to_rcu_work(work), struct sko_feed,
					     free);

	sko_channel_put(feed->channel);
	free_percpu(feed->seen);
	kfree(feed);
}

static struct sko_feed *alloc_feed(struct net *net, struct sko_channel *channel)
{
	struct sko_feed *feed = kzalloc(sizeof(*feed), GFP_KERNEL_ACCOUNT);

	if (!feed)
		return NULL;
	feed->seen = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!feed->seen) {
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

/* ---- Subscribers: sko_net.lock ---- */

/* Word by word the old or the new union, never less than both have. */
static void set_types(struct sko_feed *feed, const unsigned long *types)
{
	int i;

	for (i = 0; i < BITS_TO_LONGS(SKO_TYPES); i++)
		WRITE_ONCE(feed->types[i], types[i]);
}

static void narrow_types(struct sko_feed *feed)
{
	DECLARE_BITMAP(types, SKO_TYPES) = { 0 };
	struct sko_stream *st;

	list_for_each_entry(st, &feed->subscribers, on_feed)
		bitmap_or(types, types, st->types, SKO_TYPES);
	set_types(feed, types);
}

static void widen_types(struct sko_feed *feed, const struct sko_stream *st)
{
	DECLARE_BITMAP(types, SKO_TYPES);

	bitmap_or(types, feed->types, st->types, SKO_TYPES);
	set_types(feed, types);
}

static int start(struct sko_feed *feed)
{
	const struct sko_channel_ops *ops = feed->channel->ops;
	int ret = 0;

	if (feed->is_started)
		return 0;
	if (ops->start)
		ret = ops->start(feed->channel, feed->net);
	feed->is_started = !ret;
	return ret;
}

static void stop(struct sko_feed *feed)
{
	const struct sko_channel_ops *ops = feed->channel->ops;

	if (!feed->is_started)
		return;
	feed->is_started = false;
	if (ops->stop)
		ops->stop(feed->channel, feed->net);
}

int sko_feed_add(struct sko_feed *feed, struct sko_stream *st)
{
	int ret;

	st->seen_before = sko_feed_seen(feed);
	widen_types(feed, st);
	list_add_tail_rcu(&st->on_feed, &feed->subscribers);
	st->is_subscribed = true;
	ret = start(feed);
	if (ret) {
		sko_feed_remove(feed, st);
		return ret;
	}
	spin_lock(&feed->lock);
	list_add(&st->on_members, &feed->members);
	feed->opened++;
	spin_unlock(&feed->lock);
	return 0;
}

void sko_feed_remove(struct sko_feed *feed, struct sko_stream *st)
{
	if (!st->is_subscribed)
		return;
	st->is_subscribed = false;
	list_del_rcu(&st->on_feed);
	narrow_types(feed);
	if (list_empty(&feed->subscribers))
		stop(feed);
}

/* Streams keep the feed for their counters; the namespace lets go of it. */
static void end_in(struct sko_net *sn, struct sko_channel *channel)
{
	struct sko_feed *feed;
	struct sko_stream *st, *next;

	mutex_lock(&sn->lock);
	feed = xa_load(&sn->feeds, channel->id);
	if (feed && feed->channel == channel) {
		list_for_each_entry_safe(st, next, &feed->subscribers, on_feed)
			sko_stream_end(st);
		xa_erase(&sn->feeds, channel->id);
		sko_feed_put(feed);
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

u64 sko_feed_seen(const struct sko_feed *feed)
{
	u64 seen = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		seen += READ_ONCE(*per_cpu_ptr(feed->seen, cpu));
	return seen;
}

static void add(struct sko_feed_sums *sums, const struct sockopt_stats *stats)
{
	sums->delivered += stats->delivered;
	sums->lost_full += stats->lost_full;
	sums->lost_busy += stats->lost_busy;
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

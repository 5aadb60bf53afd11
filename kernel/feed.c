// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel's records in one namespace. sko_publish() walks a lane of the feed
 * from any context, under RCU; all that changes the feed runs in process context.
 *
 * A record's way: sko_publish() -> offer() -> sko_stream_offer() (stream.c) ->
 * the ring -> the stream's waiters; then sko_records_get() (records.c),
 * sko_read() (read.c), or the program itself, in its mapping (map.c).
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

/* A record on its way along a lane. */
struct round {
	const struct sko_lane *lane;
	const struct sko_record *rec;
	const struct sko_payload *payload;
	enum sko_half half;
	unsigned int at;		/* the next stream of the lane ... */
	unsigned int count;		/* ... and behind the last one */
	u64 time;			/* set by the first one that takes it */
};

/*
 * The rest of the lane, with what filters look up in the packet kept from one to
 * the next. Every packet is judged by one filter: the pointer is loaded once.
 */
static noinline void walk_dissecting(struct round *round)
{
	const struct sko_lane *lane = round->lane;
	struct sko_packet packet;

	sko_packet_init(&packet, round->rec, round->half, round->payload->skb);
	for (; round->at < round->count; round->at++) {
		struct sko_stream *st = rcu_dereference(lane->streams[round->at]);

		if (st && sko_filter_wants(rcu_dereference(st->filter), &packet))
			sko_stream_offer(st, round->rec, round->payload,
					 &round->time);
	}
}

/* As long as nobody has to look into the packet. */
static void walk(struct round *round)
{
	const struct sko_lane *lane = round->lane;

	round->count = smp_load_acquire(&lane->count);
	for (; round->at < round->count; round->at++) {
		struct sko_stream *st = rcu_dereference(lane->streams[round->at]);
		const struct sko_filter *filter;

		if (!st)
			continue;
		filter = rcu_dereference(st->filter);
		if (filter && filter->has_conditions) {
			walk_dissecting(round);
			return;
		}
		if (sko_filter_wants_type(filter, round->half, round->rec->type))
			sko_stream_offer(st, round->rec, round->payload,
					 &round->time);
	}
}

static enum sko_half half_of(const struct sko_feed *feed,
			     const struct sko_record *rec)
{
	return rec->family == AF_INET6 && feed->channel->is_ip ?
		SKO_HALF_IP6 : SKO_HALF_MAIN;
}

/*
 * The lane goes first, so that a record costs its own subscribers and no others.
 * It is counted after the walk, not before: a stream whose baseline was read
 * before it was linked then never gets a record that its 'seen' lacks.
 */
static __always_inline void offer(struct sko_feed *feed,
				  const struct sko_record *rec,
				  const struct sko_payload *payload)
{
	enum sko_half half = half_of(feed, rec);
	struct sko_feed_half *own = &feed->halves[half];
	struct round round = {
		.lane = rcu_dereference(own->lanes.of[rec->type]),
		.rec = rec,
		.payload = payload,
		.half = half,
	};

	if (round.lane)
		walk(&round);
	this_cpu_inc(*own->seen);
}

/* The way to a feed is the price of a record that nobody wants, so it is short. */
static __always_inline void publish(struct sko_channel *channel,
				    const struct net *net,
				    const struct sko_record *rec,
				    const struct sko_payload *payload)
{
	struct sko_feed *feed;

	hash_for_each_possible_rcu(channel->feeds, feed, on_channel,
				   (unsigned long)net)
		if (feed->net == net) {
			offer(feed, rec, payload);
			return;
		}
}

void sko_publish(struct sko_channel *channel, struct net *net,
		 const struct sko_record *rec, const void *data)
{
	const struct sko_payload payload = { .data = data };

	rcu_read_lock();
	publish(channel, net, rec, &payload);
	rcu_read_unlock();
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

/* ---- Subscribers: sko_net.lock ---- */

static u8 family_of(const struct sko_feed *feed, enum sko_half half)
{
	if (!feed->channel->is_ip)
		return 0;
	return half == SKO_HALF_IP6 ? AF_INET6 : AF_INET;
}

/* For the first subscriber of a half. */
static int get_half(struct sko_feed *feed, enum sko_half half)
{
	const struct sko_channel_ops *ops = feed->channel->ops;
	int ret = 0;

	if (!feed->halves[half].subscribers && ops->start)
		ret = ops->start(feed->channel, feed->net,
				 family_of(feed, half));
	if (!ret)
		feed->halves[half].subscribers++;
	return ret;
}

/* After the last one. */
static void put_half(struct sko_feed *feed, enum sko_half half)
{
	const struct sko_channel_ops *ops = feed->channel->ops;

	if (!--feed->halves[half].subscribers && ops->stop)
		ops->stop(feed->channel, feed->net, family_of(feed, half));
}

/* A channel without IP packets publishes in one half only. */
static bool is_half_wanted(const struct sko_feed *feed,
			   const struct sko_filter *filter, enum sko_half half)
{
	return (half == SKO_HALF_MAIN || feed->channel->is_ip) &&
	       sko_filter_wants_half(filter, half);
}

/* From one filter to another; a stream that is on no lane yet comes from none. */
struct step {
	const struct sko_filter *from, *to;
	enum sko_half half;
	bool is_new;
};

static bool is_gained(const void *arg, u8 type)
{
	const struct step *step = arg;

	return sko_filter_wants_type(step->to, step->half, type) &&
	       (step->is_new ||
		!sko_filter_wants_type(step->from, step->half, type));
}

static bool is_given_up(const void *arg, u8 type)
{
	const struct step *step = arg;

	return sko_filter_wants_type(step->from, step->half, type) &&
	       !sko_filter_wants_type(step->to, step->half, type);
}

/*
 * Enter a half that the stream does not take part in. The baseline comes first:
 * see offer(). Nothing of it is reported before st->halves says so.
 */
static int enter_half(struct sko_feed *feed, struct sko_stream *st,
		      const struct sko_filter *filter, enum sko_half half)
{
	const struct step step = { .to = filter, .half = half, .is_new = true };
	struct sko_feed_half *own = &feed->halves[half];
	int ret;

	st->seen_before[half] = sko_feed_seen_half(feed, half);
	ret = sko_lanes_add(&own->lanes, st, is_gained, &step);
	if (ret)
		return ret;
	ret = get_half(feed, half);
	if (ret)
		sko_lanes_remove(&own->lanes, st);
	return ret;
}

static void leave_half(struct sko_feed *feed, struct sko_stream *st,
		       enum sko_half half)
{
	sko_lanes_remove(&feed->halves[half].lanes, st);
	put_half(feed, half);
}

static void leave_halves(struct sko_feed *feed, struct sko_stream *st, u8 halves)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++)
		if (halves & BIT(half))
			leave_half(feed, st, half);
}

/* Enter all that a filter wants beside those that are entered: or none. */
static int enter_halves(struct sko_feed *feed, struct sko_stream *st,
			const struct sko_filter *filter, u8 *entered)
{
	int half, ret;

	*entered = 0;
	for (half = 0; half < SKO_HALVES; half++) {
		if (st->halves & BIT(half) ||
		    !is_half_wanted(feed, filter, half))
			continue;
		ret = enter_half(feed, st, filter, half);
		if (ret) {
			leave_halves(feed, st, *entered);
			return ret;
		}
		*entered |= BIT(half);
	}
	return 0;
}

int sko_feed_add(struct sko_feed *feed, struct sko_stream *st)
{
	u8 entered;
	int ret;

	ret = enter_halves(feed, st, rcu_dereference_protected(st->filter, true),
			   &entered);
	if (ret)
		return ret;
	sko_stream_count_halves(st, entered, 0);
	list_add_tail(&st->on_feed, &feed->subscribers);
	st->is_subscribed = true;
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
	list_del(&st->on_feed);
	leave_halves(feed, st, st->halves);
}

/* Lanes of a half that both filters want. */
static int widen(struct sko_feed *feed, struct sko_stream *st,
		 struct step *step, u8 halves)
{
	int half, ret;

	for (half = 0; half < SKO_HALVES; half++) {
		if (!(halves & BIT(half)))
			continue;
		step->half = half;
		ret = sko_lanes_add(&feed->halves[half].lanes, st, is_gained,
				    step);
		if (ret)
			return ret;
	}
	return 0;
}

static void narrow(struct sko_feed *feed, struct sko_stream *st,
		   struct step *step, u8 halves)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++) {
		if (!(halves & BIT(half)))
			continue;
		step->half = half;
		sko_lanes_narrow(&feed->halves[half].lanes, st, is_given_up,
				 step);
	}
}

static u8 wanted_halves(const struct sko_feed *feed,
			const struct sko_filter *filter)
{
	u8 halves = 0;
	int half;

	for (half = 0; half < SKO_HALVES; half++)
		if (is_half_wanted(feed, filter, half))
			halves |= BIT(half);
	return halves;
}

/*
 * Widen, publish, narrow: a packet finds the stream on its lane if the old or the
 * new filter wants it, and is then judged by the one or the other.
 *
 * A half that is given up counts until no publisher is left that had the old
 * filter: then all that it brought is in 'seen'.
 */
int sko_feed_refilter(struct sko_feed *feed, struct sko_stream *st,
		      struct sko_filter *filter)
{
	struct sko_filter *old = rcu_dereference_protected(st->filter, true);
	u8 wanted = wanted_halves(feed, filter), given_up = st->halves & ~wanted;
	struct step step = { .from = old, .to = filter };
	u8 entered;
	int ret;

	ret = widen(feed, st, &step, st->halves & wanted) ?:
	      enter_halves(feed, st, filter, &entered);
	if (ret) {
		step = (struct step){ .from = filter, .to = old };
		narrow(feed, st, &step, st->halves & wanted);
		return ret;
	}
	sko_stream_count_halves(st, entered, 0);
	rcu_assign_pointer(st->filter, filter);
	narrow(feed, st, &step, st->halves & wanted);
	if (given_up) {
		synchronize_rcu();
		sko_stream_count_halves(st, 0, given_up);
		leave_halves(feed, st, given_up);
	}
	sko_filter_free_later(old);
	return 0;
}

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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing: a record goes along the lane of its type to the streams that want it.
 * From any context, under RCU.
 *
 * A record's way: sko_publish() -> offer() -> sko_stream_offer() (stream.c) ->
 * the ring -> the stream's waiters; then sko_records_get() (records.c),
 * sko_read() (read.c), or the program itself, in its mapping (map.c).
 */
#include "channel.h"
#include "draft.h"
#include "feed.h"
#include "stream.h"

#include <linux/export.h>
#include <linux/percpu.h>
#include <net/net_namespace.h>

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

	round->count = smp_load_acquire(&lane->count); /* pairs with append() */
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
static __always_inline struct sko_feed *find_feed(struct sko_channel *channel,
						  const struct net *net)
{
	struct sko_feed *feed;

	hash_for_each_possible_rcu(channel->feeds, feed, on_channel,
				   (unsigned long)net)
		if (feed->net == net)
			return feed;
	return NULL;
}

static __always_inline void publish(struct sko_channel *channel,
				    const struct net *net,
				    const struct sko_record *rec,
				    const struct sko_payload *payload)
{
	struct sko_feed *feed = find_feed(channel, net);

	if (feed)
		offer(feed, rec, payload);
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

/* ---- Written where the core has room ---- */

/* What nobody writes counts as what nobody wants does. */
static void *begin(struct sko_channel *channel, const struct net *net, u8 type)
{
	struct sko_feed *feed = find_feed(channel, net);
	struct sko_feed_half *half;
	void *data = NULL;

	if (!feed)
		return NULL;
	half = &feed->halves[SKO_HALF_MAIN];
	if (rcu_access_pointer(half->lanes.of[type]))
		data = sko_draft_begin(channel->drafts);
	if (!data)
		this_cpu_inc(*half->seen);
	return data;
}

/* Preemption is off until abort: a draft is ended on the processor it is of. */
void *sko_reserve(struct sko_channel *channel, struct net *net, u8 type)
{
	void *data;

	if (WARN_ON_ONCE(!channel->drafts))
		return NULL;
	preempt_disable();
	rcu_read_lock();
	data = begin(channel, net, type);
	rcu_read_unlock();
	if (!data)
		preempt_enable();
	return data;
}
EXPORT_SYMBOL_GPL(sko_reserve);

void sko_commit(struct sko_channel *channel, struct net *net,
		const struct sko_record *rec, void *data)
{
	sko_publish(channel, net, rec, data);
	sko_abort(channel, data);
}
EXPORT_SYMBOL_GPL(sko_commit);

void sko_abort(struct sko_channel *channel, void *data)
{
	sko_draft_end(channel->drafts, data);
	preempt_enable();
}
EXPORT_SYMBOL_GPL(sko_abort);

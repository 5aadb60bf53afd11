// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing: a record goes along the lane of its type to the streams that want it.
 * From any context, under RCU.
 *
 * A record's way: sko_publish() -> sko_offer() (offer.c) -> the ring -> the stream's
 * waiters; then sko_records_get() (records.c), sko_read() (read.c), or the program itself,
 * in its mapping (map.c).
 */
#include "draft.h"
#include "offer.h"
#include "publish.h"

#include <linux/export.h>
#include <net/net_namespace.h>

static enum sko_half half_of(const struct sko_channel *channel,
			     const struct sko_record *rec)
{
	return channel->is_ip ? sko_half_of(rec->family) : SKO_HALF_MAIN;
}

static __always_inline void publish(struct sko_channel *channel,
				    const struct net *net,
				    const struct sko_record *rec,
				    struct sko_payload payload)
{
	struct sko_feed *feed = sko_feed_find(channel, net);
	enum sko_half half = half_of(channel, rec);
	const struct sko_lane *lane;

	if (!feed)
		return;
	lane = sko_feed_lane(&feed->halves[half], rec->type);
	if (lane)
		sko_offer(lane, half, rec, payload);
	sko_feed_count(&feed->halves[half]);
}

void sko_publish(struct sko_channel *channel, struct net *net,
		 const struct sko_record *rec, const void *data)
{
	const struct sko_payload payload = { .data = data };

	rcu_read_lock();
	publish(channel, net, rec, payload);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(sko_publish);

void sko_publish_skb(struct sko_channel *channel, struct net *net,
		     const struct sko_record *rec, const struct sk_buff *skb)
{
	const struct sko_payload payload = { .skb = skb };

	publish(channel, net, rec, payload);
}
EXPORT_SYMBOL_GPL(sko_publish_skb);

/* ---- Written where the core has room ---- */

/* What nobody writes counts as what nobody wants does. */
static void *begin(struct sko_channel *channel, const struct net *net, u8 type)
{
	struct sko_feed *feed = sko_feed_find(channel, net);
	struct sko_feed_half *half;
	void *data = NULL;

	if (!feed)
		return NULL;
	half = &feed->halves[SKO_HALF_MAIN];
	if (rcu_access_pointer(half->lanes.of[type]))
		data = sko_draft_begin(channel->drafts);
	if (!data)
		sko_feed_count(half);
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

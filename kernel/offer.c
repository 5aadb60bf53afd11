// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offering: a record goes along a lane, into the ring of each stream that wants it, and
 * who sleeps there is woken. From any context, under RCU.
 */
#include "offer.h"
#include "stream.h"

#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

/* ---- Writing it ---- */

/* Once for all streams that take the record; in an NMI, of the clock that it may read. */
static u64 now(void)
{
	return in_nmi() ? ktime_get_real_fast_ns() : ktime_get_real_ns();
}

static __always_inline int copy_payload(u8 *to, struct sko_payload payload, u32 len)
{
	const struct sk_buff *skb = payload.skb;

	if (skb && len > skb_headlen(skb))
		return skb_copy_bits(skb, 0, to, len);
	memcpy(to, skb ? skb->data : payload.data, len);
	return 0;
}

/*
 * In words, from the one that byte 'at' is in: mostly there are few, and the payload
 * comes after. Slots are aligned, and so is what is behind the header.
 */
static void zero_from(u8 *to, u32 at, u32 room)
{
	u64 *word = (u64 *)to + at / sizeof(u64);
	u64 *end = (u64 *)to + room / sizeof(u64);

	while (word < end)
		WRITE_ONCE(*word++, 0); /* not a call of memset() */
}

/*
 * All but seq and lost, which are the ring's. A payload that cannot be read is cut off,
 * as one that is too long.
 */
static __always_inline void fill(struct sockopt_record *slot, u32 room, u32 snaplen,
				 const struct sko_record *rec,
				 struct sko_payload payload, u64 time)
{
	u32 caplen = min(rec->len, snaplen);
	u8 *to = (u8 *)(slot + 1);

	zero_from(to, caplen, room);
	if (copy_payload(to, payload, caplen)) {
		caplen = 0;
		zero_from(to, 0, room);
	}
	slot->time = time;
	slot->len = rec->len;
	slot->caplen = caplen;
	slot->flags = rec->flags |
		      (caplen < rec->len ? SOCKOPT_RECORD_F_TRUNCATED : 0);
	slot->ifindex = rec->ifindex;
	slot->family = rec->family;
	slot->kind = rec->kind;
	slot->offset = rec->offset;
}

/*
 * A slot of the size that ICMP's have by default, apart from any ring: what several
 * streams take is written here once, and copied for each.
 */
struct image {
	struct sockopt_record head;
	u8 payload[96];
};

static bool is_like_image(const struct sko_stream *st)
{
	return st->ring.slot_size == sizeof(struct image) &&
	       st->snaplen == sizeof_field(struct image, payload);
}

/* In words, as many as the compiler knows. */
static void copy_image(struct sockopt_record *slot, const struct image *image)
{
	const size_t from = offsetof(struct sockopt_record, time);

	BUILD_BUG_ON(offsetof(struct sockopt_record, lost) >= from);
	memcpy((u8 *)slot + from, (const u8 *)image + from, sizeof(*image) - from);
}

/* ---- Into one ring ---- */

/*
 * In softirq a wake-up is harmless; elsewhere the publisher may hold anything, also in
 * what interrupts a softirq. On PREEMPT_RT a wait queue's lock sleeps, which a publisher
 * must not.
 */
static bool may_wake(void)
{
	const int context = NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET;

	return !IS_ENABLED(CONFIG_PREEMPT_RT) &&
	       (preempt_count() & context) == SOFTIRQ_OFFSET && !irqs_disabled();
}

/*
 * Readers can have it. The wake-up is under way before preemption is on, so that no
 * publisher that loses its processor keeps a reader asleep. Only softirq wakes by
 * itself: there nothing but an interrupt comes between. True: it is to do so.
 */
static __always_inline bool show(struct sko_stream *st, struct sockopt_record *slot,
				 u32 pos)
{
	sockopt_ring_commit(slot, pos);
	if (!sko_wake_is_due(st, pos))
		return false;
	if (may_wake())
		return true;
	sko_wake_later(st);
	return false;
}

/*
 * Put a record into the ring, or count it as lost: as a copy of the image, if there is one.
 * Returns time, or if that is 0, when the record happened by the clock; still 0 if it was
 * not taken. Preemption is off where the ring asks for it.
 */
static __always_inline u64 put(struct sko_stream *st, const struct sko_record *rec,
			       struct sko_payload payload, const struct image *image,
			       u64 time)
{
	struct sockopt_record *slot;
	bool is_due = false;
	u32 pos;

	preempt_disable();
	slot = sockopt_ring_reserve(&st->ring, &pos);
	if (slot) {
		if (image) {
			copy_image(slot, image);
		} else {
			time = time ?: now();
			fill(slot, st->ring.slot_size - sizeof(*slot),
			     st->snaplen, rec, payload, time);
		}
		is_due = show(st, slot, pos);
	}
	preempt_enable();
	if (is_due)
		sko_wake_act(st);
	return time;
}

/* ---- Along the lane ---- */

/*
 * From 'at' on, with what filters look up in the packet kept from one to the next, and
 * the image. Every packet is judged by one filter: the pointer is loaded once for that.
 */
static noinline void walk_on(const struct sko_lane *lane, unsigned int at,
			     enum sko_half half, const struct sko_record *rec,
			     struct sko_payload payload, u64 time)
{
	unsigned int count = smp_load_acquire(&lane->count); /* pairs with append() */
	struct sko_packet packet __uninitialized;
	struct image image __uninitialized;
	bool has_image = false;

	sko_packet_init(&packet, rec, half, payload.skb);
	for (; at < count; at++) {
		struct sko_stream *st = rcu_dereference(lane->streams[at]);

		if (!st || !sko_filter_wants(rcu_dereference(st->filter), &packet))
			continue;
		if (!time || !is_like_image(st)) {
			time = put(st, rec, payload, NULL, time);
			continue;
		}
		if (!has_image)
			fill((struct sockopt_record *)&image, sizeof(image.payload),
			     sizeof(image.payload), rec, payload, time);
		has_image = true;
		put(st, rec, payload, &image, time);
	}
}

/*
 * Up to the first that takes it, as long as nobody has to look into the packet: this is
 * what a packet costs.
 */
void sko_offer(const struct sko_lane *lane, enum sko_half half,
	       const struct sko_record *rec, struct sko_payload payload)
{
	unsigned int count = smp_load_acquire(&lane->count); /* pairs with append() */
	unsigned int at = 0;
	u64 time = 0;

	while (at < count && !time) {
		struct sko_stream *st = rcu_dereference(lane->streams[at]);
		const struct sko_filter *filter;

		if (st) {
			filter = rcu_dereference(st->filter);
			if (filter && filter->has_conditions)
				break;
			if (sko_filter_wants_type(filter, half, rec->type))
				time = put(st, rec, payload, NULL, 0);
		}
		at++;
	}
	if (at < count)
		walk_on(lane, at, half, rec, payload, time);
}

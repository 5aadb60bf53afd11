/* SPDX-License-Identifier: GPL-2.0-only */
/* A stream: one subscriber's ring on one channel, held by a file. */
#ifndef SKO_STREAM_H
#define SKO_STREAM_H

#include "buffer.h"

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include <sockopt/ring.h>

#include "feed.h"
#include "wake.h"

struct file;
struct pid;
struct sock;

/* From a cache of its own: its size is what it costs. */
struct sko_stream {
	/* Publishers: any context, under RCU. */
	struct sockopt_ring ring;
	struct sko_filter __rcu *filter; /* NULL: all; changed under sko_net.lock */
	u32 snaplen;

	/* Readers. */
	u32 handed;			/* what was not returned yet starts here;
					 * written under reader
					 */
	struct sko_wake wake;
	/* One RECORDS, or read, at a time moves the tail; a mapping holds it off. */
	struct mutex reader;
	atomic_t mapped;		/* mappings of the consumer's page */
	bool is_ended;			/* no record will come; never reset */
	bool is_closed;			/* the file is gone; never reset */
	bool is_subscribed;		/* on_feed is linked; sko_net.lock */

	u8 halves;			/* of the feed that the filter wants */
	spinlock_t counts;		/* halves, the next two, and the end of mappings;
					 * process context
					 */
	kuid_t uid;			/* as pid */
	u64 seen_before[SKO_HALVES];	/* the half's count when it was entered */
	u64 seen_banked;		/* of halves that were left since */

	/* Set at open. */
	struct sko_feed *feed;		/* a reference */
	struct sock *sk;		/* a reference */
	struct sko_buffer buffer;
	struct pid *pid;		/* a reference: who opened it */
	u32 channel_id;

	struct kref ref;		/* file, and calls that look it up */
	struct list_head on_feed;	/* sko_net.lock */
	struct hlist_node on_socket;	/* sko_net.streams; sko_net.lock, RCU */
	struct list_head on_members;	/* sko_feed.members; sko_feed.lock */
	union {				/* the end: first the one, then the other */
		struct rcu_head rcu;
		struct work_struct work;
	} free;
};

extern struct workqueue_struct *sko_wq;	/* frees what RCU readers may hold */

/* ---- Life; open and close are symmetrical. Process context. ---- */

/*
 * All of arg is settled: geometry, wake-up. The filter is the stream's on success, and
 * so are the bytes that its ring was charged: they go back when its memory does.
 * -ENOMEM: NULL.
 */
struct sko_stream *sko_stream_alloc(struct sock *sk,
				    const struct sockopt_open *arg,
				    struct sko_filter *filter);

/*
 * Tie a stream to its socket and channel, and make its file, which holds it
 * from then on: on an error it still is the caller's, to be put. -EBUSY: the
 * socket has one already.
 */
struct file *sko_stream_open(struct sko_stream *st,
			     struct sko_channel *channel);

/* The last reference to the file has gone: see stream.c, a). */
void sko_stream_close(struct sko_stream *st);

/*
 * End of stream: all waiters wake. A grace period after it was unsubscribed, so
 * that every record that will ever come is there. sko_net.lock, or a reference.
 */
void sko_stream_tell_end(struct sko_stream *st);

/* The open stream of a socket on a channel, as a reference; or NULL. */
struct sko_stream *sko_stream_find(struct sock *sk, u32 channel_id);
void sko_stream_put(struct sko_stream *st);

/* STOP; may sleep for a grace period. */
int sko_stream_stop(struct sock *sk, u32 channel_id);

/* TUNE of the filter, which is the stream's on success. sko_net.lock inside. */
int sko_stream_refilter(struct sko_stream *st, struct sko_filter *filter);

/* ---- Records ---- */

/*
 * After the commit of pos, preemption off: is somebody to be woken? Mostly not, which
 * is told by two comparisons, or by a look at who waits. Pairs with sko_wake_expect();
 * see wake.c.
 */
static __always_inline bool sko_wake_is_due(struct sko_stream *st, u32 pos)
{
	struct sko_wake *wake = &st->wake;

	smp_mb(); /* pairs with those in wake.c */
	if (sko_is_before((u32)READ_ONCE(st->ring.head), READ_ONCE(wake->pos)) &&
	    !sko_is_before(pos, READ_ONCE(wake->base)))
		return false;
	/* Behind the barrier. */
	if (!waitqueue_active(&wake->wait) && !READ_ONCE(wake->fasync))
		return false;
	if (sko_is_before(pos, READ_ONCE(wake->base)))
		WRITE_ONCE(wake->is_late, true);
	return true;
}

/* Any record at pos, to be read? Any context. */
static inline bool sko_stream_has(const struct sko_stream *st, u32 pos)
{
	return sockopt_ring_ready(&st->ring, pos, 1);
}

/* Not mapped any more: then the tail is where the last mapping left it. */
static inline bool sko_stream_is_mapped(const struct sko_stream *st)
{
	return atomic_read_acquire(&st->mapped); /* pairs with close_map() */
}

/*
 * Where the reader stands: behind what was returned to it; one that has the ring
 * mapped, at its tail, made sane. Any context.
 */
u32 sko_stream_place(const struct sko_stream *st);

/* reader held: what was returned only grows, with whatever cursor. */
static inline void sko_stream_hand(struct sko_stream *st, u32 pos)
{
	if ((s32)(pos - st->handed) > 0)
		WRITE_ONCE(st->handed, pos);
}

/* Acquire: who sees the end sees all records. */
static inline bool sko_stream_is_ended(const struct sko_stream *st)
{
	return smp_load_acquire(&st->is_ended); /* pairs with sko_stream_tell_end() */
}

static inline bool sko_stream_is_closed(const struct sko_stream *st)
{
	return READ_ONCE(st->is_closed);
}

/*
 * Fill in what the ring counts (delivered, pending, lost), or all the counters;
 * size is kept. The first in any context. The latter reads a counter of each
 * processor, in process context.
 */
void sko_stream_count(const struct sko_stream *st, struct sockopt_stats *stats);
void sko_stream_stats(struct sko_stream *st, struct sockopt_stats *stats);

/* Count these halves (bits) from now on, and those no longer. sko_net.lock. */
void sko_stream_count_halves(struct sko_stream *st, u8 entered, u8 left);

/* flush: free all that is closed. exit: and no more will come. */
int sko_stream_init(void);
void sko_stream_flush(void);
void sko_stream_exit(void);

#endif /* SKO_STREAM_H */

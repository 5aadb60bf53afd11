/* SPDX-License-Identifier: GPL-2.0-only */
/* A stream: one subscriber's ring on one channel, held by a file. */
#ifndef SKO_STREAM_H
#define SKO_STREAM_H

#include "buffer.h"

#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <sockopt/ring.h>

#include "feed.h"

struct file;
struct pid;
struct sk_buff;
struct sock;

/* Where the bytes of a record come from: one of the two. */
struct sko_payload {
	const void *data;		/* as many as the record has */
	const struct sk_buff *skb;	/* from its network header on */
};

struct sko_stream {
	/* Publishers: any context, under RCU. */
	struct sockopt_ring ring;
	struct list_head on_feed;	/* changed under sko_net.lock */
	DECLARE_BITMAP(types, SKO_TYPES);
	u32 snaplen;
	wait_queue_head_t wait;
	struct irq_work wake;		/* wakes where a publisher must not */

	/* Readers. */
	struct mutex reader;		/* one RECORDS at a time moves the tail */
	u32 handed;			/* what RECORDS has not returned yet starts
					 * here; written under reader
					 */
	bool is_ended;			/* no record will come; never reset */
	bool is_closed;			/* the file is gone; never reset */

	/* Set at open. */
	struct sko_feed *feed;		/* a reference */
	struct sock *sk;		/* a reference */
	u32 channel_id;
	struct sko_buffer buffer;
	u64 seen_before;		/* sko_feed_seen() at open */
	struct pid *pid;		/* a reference: who opened it */
	kuid_t uid;

	bool is_subscribed;		/* on_feed is linked; sko_net.lock */
	struct hlist_node on_socket;	/* sko_net.streams; sko_net.lock, RCU */
	struct list_head on_members;	/* sko_feed.members; sko_feed.lock */
	struct kref ref;		/* file, and calls that look it up */
	struct rcu_work free;
};

extern struct workqueue_struct *sko_wq;	/* frees what RCU readers may hold */

/* ---- Life; open and close are symmetrical. Process context. ---- */

struct sko_stream *sko_stream_alloc(u32 slots, u32 snaplen);

/*
 * Tie a stream to its socket and channel, and make its file, which holds it
 * from then on: on an error it still is the caller's, to be put. -EBUSY: the
 * socket has one already.
 */
struct file *sko_stream_open(struct sko_stream *st, struct sock *sk,
			     struct sko_channel *channel);

/* End of stream: no more records, all waiters wake. sko_net.lock. Idempotent. */
void sko_stream_end(struct sko_stream *st);

/* The open stream of a socket on a channel, as a reference; or NULL. */
struct sko_stream *sko_stream_find(struct sock *sk, u32 channel_id);
void sko_stream_put(struct sko_stream *st);

/* STOP */
int sko_stream_stop(struct sock *sk, u32 channel_id);

/* ---- Records ---- */

/*
 * Put one record into the ring, or count it as lost, and wake. Any context but
 * NMI, under RCU. *time: 0, or when the record happened; set by
 * the first stream that takes it.
 */
void sko_stream_offer(struct sko_stream *st, const struct sko_record *rec,
		      const struct sko_payload *payload, u64 *time);

/* Any record at pos, to be read? Any context. */
bool sko_stream_has(const struct sko_stream *st, u32 pos);

/*
 * Acquire: who sees the end sees that the stream is unlinked. A publisher that
 * found it before may still be in its ring, until a grace period has passed.
 */
static inline bool sko_stream_is_ended(const struct sko_stream *st)
{
	return smp_load_acquire(&st->is_ended);
}

static inline bool sko_stream_is_closed(const struct sko_stream *st)
{
	return READ_ONCE(st->is_closed);
}

/*
 * Fill in what the ring counts (delivered, pending, lost), or all the counters;
 * size is kept. Any context. The latter reads a counter of each processor.
 */
void sko_stream_count(const struct sko_stream *st, struct sockopt_stats *stats);
void sko_stream_stats(const struct sko_stream *st, struct sockopt_stats *stats);

/* flush: free all that is closed. exit: and no more will come. */
int sko_stream_init(void);
void sko_stream_flush(void);
void sko_stream_exit(void);

#endif /* SKO_STREAM_H */

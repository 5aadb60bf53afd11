// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: their lives. What publishers do to them is offer.c; reading is records.c,
 * read.c and map.c.
 *
 * How a stream ends, and why nothing holds it then:
 *
 * a) The last reference to its file goes: descriptors, mappings, a message with
 *    it that nobody received. release() unlinks it from the feed
 *    (no publisher finds it any more, and with the last one the channel's hook
 *    goes) and from the socket's table (no call finds it any more), wakes all
 *    that sleep on it and drops the file's reference.
 * b) Calls that found it before hold a reference and, being calls on the
 *    socket, keep socket and module alive themselves. They see is_closed, leave,
 *    and drop their reference. Epoll leaves before release() is called.
 * c) The last reference queues the free behind a grace period. After that no
 *    publisher that found the stream before a) is still in its ring, and so none
 *    queues the irq_work any more; free_stream() waits for one that still runs,
 *    then for the timer, which that may have started. The filter goes with it.
 *    Then the counts are final and go to the feed, the memory goes, and what it
 *    was charged is given back. Last goes the socket, and with it, maybe, the
 *    namespace: memory that is not freed yet cannot escape its limit.
 * d) The feed is a reference of the stream, and the channel one of the feed;
 *    neither needs the namespace.
 * e) The file pins the module. At module exit there is no file, so all streams
 *    are in c); sko_stream_flush() waits for them.
 */
#include "channel.h"
#include "file.h"
#include "netns.h"
#include "stream.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <net/sock.h>

/* As jiffies do: positions wrap soon after the start, so that it is tested. */
#define FIRST_POSITION (U32_MAX - 255ULL)

struct workqueue_struct *sko_wq;
static struct kmem_cache *cache;

/* ---- Looking at it ---- */

u32 sko_stream_place(const struct sko_stream *st)
{
	u64 tail, head;

	if (!sko_stream_is_mapped(st))
		return READ_ONCE(st->handed);
	sockopt_ring_span(&st->ring, &tail, &head);
	return (u32)tail;
}

void sko_stream_count(const struct sko_stream *st, struct sockopt_stats *stats)
{
	u64 tail, head;

	stats->lost_full = READ_ONCE(st->ring.lost[SOCKOPT_RING_FULL]);
	stats->lost_busy = READ_ONCE(st->ring.lost[SOCKOPT_RING_BUSY]);
	sockopt_ring_span(&st->ring, &tail, &head);
	stats->delivered = tail - st->ring.start;
	stats->pending = head - tail;
	stats->lost = stats->lost_full + stats->lost_busy;
}

/* counts is held. */
static u64 seen_since(const struct sko_stream *st, enum sko_half half)
{
	return sko_feed_seen_half(st->feed, half) - st->seen_before[half];
}

static u64 seen(struct sko_stream *st)
{
	u64 sum;
	int half;

	spin_lock(&st->counts);
	sum = st->seen_banked;
	for (half = 0; half < SKO_HALVES; half++)
		if (st->halves & BIT(half))
			sum += seen_since(st, half);
	spin_unlock(&st->counts);
	return sum;
}

void sko_stream_count_halves(struct sko_stream *st, u8 entered, u8 left)
{
	int half;

	spin_lock(&st->counts);
	for (half = 0; half < SKO_HALVES; half++)
		if (left & BIT(half))
			st->seen_banked += seen_since(st, half);
	st->halves = (st->halves | entered) & ~left;
	spin_unlock(&st->counts);
}

/*
 * seen is read last, so that it covers what the others count, but for records
 * that are in the ring and not yet in seen: they are counted after the walk. So
 * filtered may be too small by those, for as long as that takes; never negative.
 */
void sko_stream_stats(struct sko_stream *st, struct sockopt_stats *stats)
{
	u64 had;

	stats->flags = sko_stream_is_ended(st) ? SOCKOPT_STATS_F_ENDED : 0;
	sko_stream_count(st, stats);
	had = stats->delivered + stats->pending + stats->lost;
	stats->seen = max(seen(st), had);
	stats->filtered = stats->seen - had;
}

/* ---- Life ---- */

/*
 * See c) at the top. On sko_wq, after a grace period; may sleep. A stream that
 * was never linked has no feed.
 */
static void free_stream(struct work_struct *work)
{
	struct sko_stream *st = container_of(work, struct sko_stream, free.work);
	u64 bytes;

	sko_wake_exit(&st->wake);
	if (st->feed) {
		sko_feed_settle(st->feed, st);
		sko_feed_put(st->feed);
	}
	bytes = (u64)st->buffer.page_count << PAGE_SHIFT;
	sko_buffer_free(&st->buffer);
	sko_net_uncharge(sko_net(sock_net(st->sk)), 0, bytes);
	sock_put(st->sk);
	sko_filter_free(rcu_dereference_protected(st->filter, true));
	put_pid(st->pid);
	kmem_cache_free(cache, st);
}

/* RCU has waited; what frees may sleep. */
static void queue_free(struct rcu_head *rcu)
{
	struct sko_stream *st = container_of(rcu, struct sko_stream, free.rcu);

	INIT_WORK(&st->free.work, free_stream);
	queue_work(sko_wq, &st->free.work);
}

static void fill_status(struct sockopt_status *status,
			const struct sockopt_open *arg)
{
	status->size = sizeof(*status);
	status->slots = arg->slots;
	status->slot_size = arg->slot_size;
	status->snaplen = arg->snaplen;
	status->start = (u32)FIRST_POSITION;
}

struct sko_stream *sko_stream_alloc(struct sock *sk,
				    const struct sockopt_open *arg,
				    struct sko_filter *filter)
{
	struct sko_stream *st = kmem_cache_zalloc(cache, GFP_KERNEL);

	if (!st)
		return NULL;
	if (sko_buffer_alloc(&st->buffer, (u64)arg->slots * arg->slot_size)) {
		kmem_cache_free(cache, st);
		return NULL;
	}
	sockopt_ring_init(&st->ring, st->buffer.data,
			  sko_buffer_tail(&st->buffer), arg->slots,
			  arg->slot_size, FIRST_POSITION);
	fill_status(sko_buffer_status(&st->buffer), arg);
	sock_hold(sk);
	st->sk = sk;
	st->handed = (u32)FIRST_POSITION;
	st->snaplen = arg->snaplen;
	RCU_INIT_POINTER(st->filter, filter);
	sko_wake_init(&st->wake, arg->wake_records, arg->wake_delay_us,
		      st->handed);
	mutex_init(&st->reader);
	spin_lock_init(&st->counts);
	INIT_LIST_HEAD(&st->on_members);
	kref_init(&st->ref);
	st->pid = get_pid(task_tgid(current));
	st->uid = current_uid();
	return st;
}

static void release_stream(struct kref *ref)
{
	struct sko_stream *st = container_of(ref, struct sko_stream, ref);

	call_rcu(&st->free.rcu, queue_free);
}

void sko_stream_put(struct sko_stream *st)
{
	kref_put(&st->ref, release_stream);
}

static bool is_stream_of(const struct sko_stream *st, const struct sock *sk,
			 u32 channel_id)
{
	return st->sk == sk && st->channel_id == channel_id;
}

struct sko_stream *sko_stream_find(struct sock *sk, u32 channel_id)
{
	struct sko_net *sn = sko_net(sock_net(sk));
	struct sko_stream *st, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(sn->streams, st, on_socket, (unsigned long)sk)
		if (is_stream_of(st, sk, channel_id) &&
		    kref_get_unless_zero(&st->ref)) {
			found = st;
			break;
		}
	rcu_read_unlock();
	return found;
}

void sko_stream_tell_end(struct sko_stream *st)
{
	/* Pairs with the acquire load of who has the ring mapped. */
	smp_store_release(&sko_buffer_status(&st->buffer)->flags,
			  SOCKOPT_STATUS_F_ENDED);
	smp_store_release(&st->is_ended, true); /* pairs with sko_stream_is_ended() */
	sko_wake_all(st, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
}

/* sko_net.lock keeps close away, and with it what the feed needs. */
static void unsubscribe(struct sko_stream *st)
{
	struct sko_net *sn = sko_net(sock_net(st->sk));

	mutex_lock(&sn->lock);
	if (!sko_stream_is_closed(st))
		sko_feed_remove(st->feed, st);
	mutex_unlock(&sn->lock);
}

int sko_stream_stop(struct sock *sk, u32 channel_id)
{
	struct sko_stream *st = sko_stream_find(sk, channel_id);

	if (!st)
		return -ENOTCONN;
	unsubscribe(st);
	synchronize_rcu();
	sko_stream_tell_end(st);
	sko_stream_put(st);
	return 0;
}

/* A stream that has ended takes any filter, and has no use for it. */
int sko_stream_refilter(struct sko_stream *st, struct sko_filter *filter)
{
	struct sko_net *sn = sko_net(sock_net(st->sk));
	int ret = 0;

	mutex_lock(&sn->lock);
	if (sko_stream_is_closed(st))
		ret = -ENOTCONN;
	else if (st->is_subscribed)
		ret = sko_feed_refilter(st->feed, st, filter);
	else
		sko_filter_free(filter);
	mutex_unlock(&sn->lock);
	return ret;
}

/* See a) at the top. */
void sko_stream_close(struct sko_stream *st)
{
	struct sko_net *sn = sko_net(sock_net(st->sk));

	mutex_lock(&sn->lock);
	WRITE_ONCE(st->is_closed, true);
	sko_feed_remove(st->feed, st);
	hash_del_rcu(&st->on_socket);
	sn->stream_count--;
	mutex_unlock(&sn->lock);
	sko_wake_all(st, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	sko_stream_put(st);
}

/* sko_net.lock */
static int link_stream(struct sko_stream *st, struct sko_net *sn,
		       struct sko_channel *channel)
{
	struct sock *sk = st->sk;
	struct sko_stream *other;
	struct sko_feed *feed;
	int ret;

	hash_for_each_possible(sn->streams, other, on_socket, (unsigned long)sk)
		if (is_stream_of(other, sk, channel->id))
			return -EBUSY;
	feed = sko_feed_provide(sn, sock_net(sk), channel);
	if (IS_ERR(feed))
		return PTR_ERR(feed);
	sko_feed_get(feed);
	st->feed = feed;
	st->channel_id = channel->id;
	ret = sko_feed_add(feed, st);
	if (ret)
		return ret;
	hash_add_rcu(sn->streams, &st->on_socket, (unsigned long)sk);
	return 0;
}

/*
 * The file comes first, for making it may fail, while what is linked may be in
 * use at once and is undone by release() alone.
 */
struct file *sko_stream_open(struct sko_stream *st, struct sko_channel *channel)
{
	struct sko_net *sn = sko_net(sock_net(st->sk));
	struct file *file = sko_file_make(channel->name);
	int ret;

	if (IS_ERR(file))
		return file;
	mutex_lock(&sn->lock);
	ret = link_stream(st, sn, channel);
	mutex_unlock(&sn->lock);
	if (ret) {
		fput(file);
		return ERR_PTR(ret);
	}
	file->private_data = st;
	return file;
}

int __init sko_stream_init(void)
{
	cache = kmem_cache_create("sockopt_stream", sizeof(struct sko_stream),
				  0, SLAB_ACCOUNT, NULL);
	if (!cache)
		return -ENOMEM;
	sko_wq = alloc_workqueue("sockopt", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!sko_wq)
		kmem_cache_destroy(cache);
	return sko_wq ? 0 : -ENOMEM;
}

/* Grace periods queue the frees. */
void sko_stream_flush(void)
{
	rcu_barrier();
	flush_workqueue(sko_wq);
}

/* Feeds are freed the same way. */
void sko_stream_exit(void)
{
	sko_stream_flush();
	destroy_workqueue(sko_wq);
	kmem_cache_destroy(cache);
}

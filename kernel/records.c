// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECORDS: from the ring to the caller's buffer. Process context; sleeps.
 *
 * The tail moves on what the caller has acknowledged and on nothing else, for
 * after this returns the call may still fail: the kernel writes the length, and
 * a BPF program may deny it. So a call repeated with the same cursor brings the
 * same records.
 */
#include "option.h"
#include "stream.h"

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <net/sock.h>

/* A call in progress. */
struct pull {
	struct sko_stream *st;
	struct sockopt_records head;
	u8 __user *user;
	u32 room;		/* records that fit behind the head */
};

static int check(const struct sockopt_records *head)
{
	if (head->flags & ~SOCKOPT_RECORDS_F_DONTWAIT)
		return -EINVAL;
	if (head->count || head->slot_size || head->reserved[0] ||
	    head->reserved[1] || head->reserved[2])
		return -EINVAL;
	return 0;
}

/* reader held: only this moves the tail. */
static int acknowledge(struct sko_stream *st, u32 cursor)
{
	u64 tail, head;

	sockopt_ring_span(&st->ring, &tail, &head);
	if (cursor - (u32)tail > (u32)head - (u32)tail)
		return -EINVAL;
	sockopt_ring_release(&st->ring, cursor);
	return 0;
}

/* n slots from pos on: at most two runs. */
static int copy_slots(const struct sko_stream *st, u32 pos, u32 n,
		      u8 __user *user)
{
	size_t size = st->ring.slot_size;
	u32 slot = pos & st->ring.mask;
	u32 run = min(n, st->ring.mask + 1 - slot);
	int ret;

	ret = sko_buffer_to_user(&st->buffer, slot * size, user, run * size);
	if (!ret && n > run)
		ret = sko_buffer_to_user(&st->buffer, 0, user + run * size,
					 (n - run) * size);
	return ret;
}

/* reader held. Returns how many records were copied. */
static int copy_out(struct pull *pull)
{
	struct sockopt_records *head = &pull->head;
	struct sko_stream *st = pull->st;
	u32 from = head->cursor;
	u32 n = sockopt_ring_ready(&st->ring, from, pull->room);

	if (copy_slots(st, from, n, pull->user + head->size))
		return -EFAULT;
	head->cursor = from + n;
	head->count = n;
	head->slot_size = st->ring.slot_size;
	if (sko_struct_out(pull->user, head->size, head, sizeof(*head))) {
		head->cursor = from;
		return -EFAULT;
	}
	WRITE_ONCE(st->handed, head->cursor);
	return n;
}

/* Acknowledge and take what is there. -EAGAIN: nothing yet. */
static int take(struct pull *pull)
{
	struct sko_stream *st = pull->st;
	bool is_ended;
	int ret;

	if (mutex_lock_interruptible(&st->reader))
		return -ERESTARTSYS;
	/* First the end, then the ring: what was queued before the end is seen.
	 * (A publisher that is in the ring at that moment may add one more, which
	 * then counts as unread.)
	 */
	is_ended = sko_stream_is_ended(st);
	ret = sko_stream_is_closed(st) ? -ENOTCONN :
	      acknowledge(st, pull->head.cursor);
	if (!ret)
		ret = copy_out(pull);
	mutex_unlock(&st->reader);
	return ret || is_ended || !pull->room ? ret : -EAGAIN;
}

static bool has_news(const struct pull *pull)
{
	return sko_stream_has(pull->st, pull->head.cursor) ||
	       sko_stream_is_ended(pull->st);
}

/* As recv(2): O_NONBLOCK and SO_RCVTIMEO of the socket. */
static long timeout_of(const struct sock *sk, u32 flags)
{
	const struct socket *sock = sk->sk_socket;
	bool is_nonblocking = flags & SOCKOPT_RECORDS_F_DONTWAIT;

	if (sock && sock->file)
		is_nonblocking |= sock->file->f_flags & O_NONBLOCK;
	return sock_rcvtimeo(sk, is_nonblocking);
}

static int take_or_wait(struct pull *pull, const struct sock *sk)
{
	long timeout = timeout_of(sk, pull->head.flags);
	long left = timeout;
	int ret;

	while ((ret = take(pull)) == -EAGAIN && left) {
		left = wait_event_interruptible_timeout(pull->st->wait,
							has_news(pull), left);
		if (left < 0)
			return sock_intr_errno(timeout);
	}
	return ret;
}

/* The room of a buffer of len bytes, in records. Only the head: none. */
static int set_room(struct pull *pull, size_t len)
{
	const struct sockopt_ring *ring = &pull->st->ring;
	size_t behind = len - pull->head.size;

	pull->room = min_t(size_t, behind / ring->slot_size, ring->mask + 1);
	return behind && !pull->room ? -EINVAL : 0;
}

int sko_records_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct pull pull = { .user = user };
	int ret, size;

	size = sko_struct_in(&pull.head, sizeof(pull.head), sizeof(pull.head),
			     user, *len);
	if (size < 0)
		return size;
	ret = check(&pull.head);
	if (ret)
		return ret;
	pull.st = sko_stream_find(sk, id);
	if (!pull.st)
		return -ENOTCONN;
	ret = set_room(&pull, *len);
	if (!ret)
		ret = take_or_wait(&pull, sk);
	if (ret >= 0)
		*len = size + ret * pull.st->ring.slot_size;
	sko_stream_put(pull.st);
	return ret < 0 ? ret : 0;
}

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
#include "read.h"
#include "stream.h"

#include <linux/fs.h>
#include <linux/net.h>
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

/* reader held: nobody else moves the tail. */
static int acknowledge(struct sko_stream *st, u32 cursor)
{
	u64 tail, head;

	sockopt_ring_span(&st->ring, &tail, &head);
	if (cursor - (u32)tail > (u32)head - (u32)tail)
		return -EINVAL;
	sockopt_ring_release(&st->ring, cursor);
	return 0;
}

/* Written on success only: a signal may restart the call with the same buffer. */
static int head_out(const struct pull *pull, u32 count)
{
	struct sockopt_records head = pull->head;

	head.cursor += count;
	head.count = count;
	head.slot_size = pull->st->ring.slot_size;
	return sko_struct_out(pull->user, head.size, &head, sizeof(head));
}

/* reader held. Returns how many records were copied; with none, nothing is. */
static int copy_out(struct pull *pull)
{
	struct sko_stream *st = pull->st;
	u32 from = pull->head.cursor;
	u32 n = sockopt_ring_ready(&st->ring, from, pull->room);

	if (!n)
		return 0;
	if (sko_read_slots(st, from, n, pull->user + pull->head.size) ||
	    head_out(pull, n))
		return -EFAULT;
	sko_stream_hand(st, from + n);
	return n;
}

/* Acknowledge and take what is there. */
static int take(struct pull *pull)
{
	struct sko_stream *st = pull->st;
	int ret = sko_read_begin(st);

	if (ret)
		return ret;
	ret = acknowledge(st, pull->head.cursor);
	if (!ret) {
		sko_stream_hand(st, pull->head.cursor);
		ret = copy_out(pull);
	}
	sko_read_end(st);
	return ret;
}

/*
 * As take, with a head to go with it. -EAGAIN: nothing yet. The end is looked at
 * first: then all records are there.
 */
static int take_or_end(struct pull *pull)
{
	bool is_ended = sko_stream_is_ended(pull->st);
	int ret = take(pull);

	if (ret)
		return ret;
	return is_ended || !pull->room ? head_out(pull, 0) : -EAGAIN;
}

/* Also when another thread has acknowledged what this one waits for. */
static bool has_news(const struct pull *pull)
{
	struct sko_stream *st = pull->st;
	u32 cursor = pull->head.cursor;

	sko_wake_expect(st);
	return sko_stream_has(st, cursor) || sko_stream_is_ended(st) ||
	       sko_stream_is_closed(st) || sko_stream_is_mapped(st) ||
	       (s32)(READ_ONCE(*st->ring.u_tail) - cursor) > 0;
}

/* As recv(2): O_NONBLOCK and SO_RCVTIMEO of the socket. */
static long timeout_of(const struct sock *sk, u32 flags)
{
	const struct socket *sock = sk->sk_socket;
	bool is_nonblocking = flags & SOCKOPT_RECORDS_F_DONTWAIT;

	if (sock && sock->file && (sock->file->f_flags & O_NONBLOCK))
		is_nonblocking = true;
	return sock_rcvtimeo(sk, is_nonblocking);
}

static int take_or_wait(struct pull *pull, const struct sock *sk)
{
	long timeout = timeout_of(sk, pull->head.flags);
	long left = timeout;
	int ret;

	while ((ret = take_or_end(pull)) == -EAGAIN && left) {
		left = wait_event_interruptible_timeout(pull->st->wake.wait,
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

	size = sko_struct_in(&pull.head, sizeof(pull.head),
			     SOCKOPT_RECORDS_SIZE_1, user, *len);
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

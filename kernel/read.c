// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2) on the stream's file: whole records, which it acknowledges by returning
 * them. And what it shares with RECORDS. Process context; sleeps.
 */
#include "read.h"
#include "stream.h"

#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

int sko_read_begin(struct sko_stream *st)
{
	int ret = 0;

	if (mutex_lock_interruptible(&st->reader))
		return -ERESTARTSYS;
	if (sko_stream_is_closed(st))
		ret = -ENOTCONN;
	else if (sko_stream_is_mapped(st))
		ret = -EBUSY;
	if (ret)
		mutex_unlock(&st->reader);
	return ret;
}

void sko_read_end(struct sko_stream *st)
{
	mutex_unlock(&st->reader);
}

/* Of n slots from this one on, those before the ring's end: at most two runs. */
static u32 first_run(const struct sko_stream *st, u32 slot, u32 n)
{
	return min(n, st->ring.mask + 1 - slot);
}

int sko_read_slots(const struct sko_stream *st, u32 pos, u32 n, u8 __user *user)
{
	size_t size = st->ring.slot_size;
	u32 slot = pos & st->ring.mask;
	u32 run = first_run(st, slot, n);
	int ret;

	ret = sko_buffer_to_user(&st->buffer, slot * size, user, run * size);
	if (!ret && n > run)
		ret = sko_buffer_to_user(&st->buffer, 0, user + run * size,
					 (n - run) * size);
	return ret;
}

static int slots_to_iter(const struct sko_stream *st, u32 pos, u32 n,
			 struct iov_iter *to)
{
	size_t size = st->ring.slot_size;
	u32 slot = pos & st->ring.mask;
	u32 run = first_run(st, slot, n);
	int ret;

	ret = sko_buffer_to_iter(&st->buffer, slot * size, to, run * size);
	if (!ret && n > run)
		ret = sko_buffer_to_iter(&st->buffer, 0, to, (n - run) * size);
	return ret;
}

static u32 tail_of(const struct sko_stream *st)
{
	u64 tail, head;

	sockopt_ring_span(&st->ring, &tail, &head);
	return (u32)tail;
}

/* What is not acknowledged, also if RECORDS returned it. reader is held. */
static ssize_t copy_out(struct sko_stream *st, struct iov_iter *to, u32 room)
{
	u32 from = tail_of(st);
	u32 n = sockopt_ring_ready(&st->ring, from, room);

	if (slots_to_iter(st, from, n, to))
		return -EFAULT;
	sockopt_ring_release(&st->ring, from + n);
	sko_stream_hand(st, from + n);
	return (ssize_t)n * st->ring.slot_size;
}

/* -EAGAIN: nothing yet. The end is looked at first: then all records are there. */
static ssize_t take(struct sko_stream *st, struct iov_iter *to, u32 room)
{
	bool is_ended = sko_stream_is_ended(st);
	ssize_t ret = sko_read_begin(st);

	if (ret)
		return ret;
	ret = copy_out(st, to, room);
	sko_read_end(st);
	return ret || is_ended ? ret : -EAGAIN;
}

static bool has_news(struct sko_stream *st)
{
	sko_wake_expect(st);
	return sko_stream_has(st, tail_of(st)) || sko_stream_is_ended(st) ||
	       sko_stream_is_mapped(st);
}

/* One call for all the parts of readv: it does not wait for the second one. */
ssize_t sko_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct sko_stream *st = iocb->ki_filp->private_data;
	u32 room = min_t(size_t, iov_iter_count(to) / st->ring.slot_size,
			 st->ring.mask + 1);
	ssize_t ret;

	if (!room)
		return -EINVAL;
	while ((ret = take(st, to, room)) == -EAGAIN) {
		if (iocb->ki_filp->f_flags & O_NONBLOCK)
			break;
		if (wait_event_interruptible(st->wake.wait, has_news(st)))
			return -ERESTARTSYS;
	}
	return ret;
}

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

/* At most two runs. */
int sko_read_slots(const struct sko_stream *st, u32 pos, u32 n, u8 __user *user)
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

static u32 tail_of(const struct sko_stream *st)
{
	u64 tail, head;

	sockopt_ring_span(&st->ring, &tail, &head);
	return (u32)tail;
}

/* What is not acknowledged, also if RECORDS returned it. reader is held. */
static ssize_t copy_out(struct sko_stream *st, u8 __user *user, u32 room)
{
	u32 from = tail_of(st);
	u32 n = sockopt_ring_ready(&st->ring, from, room);

	if (sko_read_slots(st, from, n, user))
		return -EFAULT;
	sockopt_ring_release(&st->ring, from + n);
	sko_stream_hand(st, from + n);
	return (ssize_t)n * st->ring.slot_size;
}

/* -EAGAIN: nothing yet. The end is looked at first: then all records are there. */
static ssize_t take(struct sko_stream *st, u8 __user *user, u32 room)
{
	bool is_ended = sko_stream_is_ended(st);
	ssize_t ret = sko_read_begin(st);

	if (ret)
		return ret;
	ret = copy_out(st, user, room);
	sko_read_end(st);
	return ret || is_ended ? ret : -EAGAIN;
}

static bool has_news(struct sko_stream *st)
{
	sko_wake_expect(st);
	return sko_stream_has(st, tail_of(st)) || sko_stream_is_ended(st) ||
	       sko_stream_is_mapped(st);
}

ssize_t sko_read(struct file *file, char __user *user, size_t len, loff_t *unused)
{
	struct sko_stream *st = file->private_data;
	u32 slots = st->ring.mask + 1;
	u32 room = min_t(size_t, min_t(size_t, len, MAX_RW_COUNT) /
			 st->ring.slot_size, slots);
	ssize_t ret;

	if (!room)
		return -EINVAL;
	while ((ret = take(st, (u8 __user *)user, room)) == -EAGAIN) {
		if (file->f_flags & O_NONBLOCK)
			break;
		if (wait_event_interruptible(st->wake.wait, has_news(st)))
			return -ERESTARTSYS;
	}
	return ret;
}

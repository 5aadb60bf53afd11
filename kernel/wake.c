// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking. A wake-up costs as much as twenty records, so it is put off until there
 * are enough of them, or the first of them is old enough. The promise: no sleeper
 * sleeps longer than delay_us, and what the timer takes, after the oldest record
 * that it has not had.
 *
 * Who looks at what, and in which order:
 *
 *   publisher                            reader that goes to sleep
 *   commit (ring.h)                      enter the wait queue
 *   full barrier   [sko_wake_is_due]     write pos, arm the timer
 *   head beyond pos, or late? act        full barrier   [sko_wake_expect]
 *                                        enough in the ring? else sleep
 *
 * Either the reader sees the record, or its publisher sees pos. All that is
 * decided is decided under the lock, by whoever acts.
 *
 * pos is chosen so that nothing is missed:
 *
 * a) While the timer runs, what is less than enough will be told by it, so pos is
 *    'enough': base + records. While it does not, the first record must start it:
 *    pos is base + 1. (Without a delay: base + records.)
 * b) base is where the last wake-up, or the last reader that went to sleep, has
 *    seen the ring. A reader that was woken and takes only a part comes by expect,
 *    which sets base back to where it stands; one that takes all stands at base or
 *    behind it. So pos is never too far for a sleeper.
 * c) The head counts, not what was committed. A publisher that commits late, below
 *    base, was counted by a wake-up that could not show its record, nor those
 *    behind it: it acts, wherever pos is.
 */
#include "compat.h"
#include "stream.h"
#include "wake.h"

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/timekeeping.h>

static bool has_delay(const struct sko_wake *wake)
{
	return wake->delay_us != SOCKOPT_WAKE_DELAY_NONE;
}

/*
 * How many are enough from a position on: as many as asked for, or all that can
 * come, for what was returned and not acknowledged takes room.
 */
static u32 enough_from(const struct sko_stream *st, u32 at)
{
	u64 tail, head;

	sockopt_ring_span(&st->ring, &tail, &head);
	return min(READ_ONCE(st->wake.records),
		   (u32)tail + st->ring.mask + 1 - at);
}

/* ---- Deciding: under the lock ---- */

/*
 * Nanoseconds until a record is old enough; 0: it is. One that is being written
 * has all its time. The clock may be set: back, and the record seems to come from
 * the future; or it is late by what the clock was set, once.
 */
static u64 left_of(const struct sko_stream *st, u32 pos)
{
	u64 delay = (u64)st->wake.delay_us * NSEC_PER_USEC;
	s64 age;

	if (!sko_stream_has(st, pos))
		return delay;
	age = ktime_get_real_ns() - sockopt_ring_slot(&st->ring, pos)->time;
	if (age < 0 || age >= delay)
		return 0;
	return delay - age;
}

/* base moves to where the reader stands, if that is behind it. Returns the head. */
static u32 catch_up(struct sko_stream *st)
{
	u32 at = sko_stream_place(st);

	if (sko_is_before(st->wake.base, at))
		WRITE_ONCE(st->wake.base, at);
	return (u32)READ_ONCE(st->ring.head);
}

/* Start the timer for what is unread from base on. True: that is old already. */
static bool arm(struct sko_stream *st)
{
	struct sko_wake *wake = &st->wake;
	u64 left;

	if (!has_delay(wake) || wake->is_armed)
		return false;
	left = left_of(st, wake->base);
	if (!left)
		return true;
	wake->is_armed = true;
	hrtimer_start(&wake->timer, ns_to_ktime(left), HRTIMER_MODE_REL_SOFT);
	return false;
}

/* For a reader that leaves what is older than what the timer runs for. */
static bool arm_anew(struct sko_stream *st)
{
	if (st->wake.is_stale)
		st->wake.is_armed = false;
	st->wake.is_stale = false;
	return arm(st);
}

/* See a) at the top. */
static void set_pos(struct sko_stream *st)
{
	struct sko_wake *wake = &st->wake;
	bool is_first_awaited = has_delay(wake) && !wake->is_armed;

	WRITE_ONCE(wake->pos, wake->base + (is_first_awaited ?
					    1 : enough_from(st, wake->base)));
}

/* Is what came since base to be told now? If not, the timer runs for it. */
static bool is_enough_since(struct sko_stream *st, u32 head)
{
	struct sko_wake *wake = &st->wake;

	if (head == wake->base)
		return false;
	if (head - wake->base >= enough_from(st, wake->base))
		return true;
	if (!arm(st))
		return false;
	WRITE_ONCE(wake->due, head);
	return true;
}

/*
 * Should sleepers be woken now? Then what there is has been told. pos may go down
 * here, so the head is looked at again behind a barrier, as in sko_wake_expect(): the
 * publisher of a record that came meanwhile has seen the old pos.
 */
static bool decide(struct sko_stream *st)
{
	struct sko_wake *wake = &st->wake;
	bool is_due = xchg(&wake->is_late, false);
	u32 head;

	do {
		head = catch_up(st);
		is_due |= is_enough_since(st, head);
		if (is_due)
			WRITE_ONCE(wake->base, head);
		set_pos(st);
		smp_mb(); /* pairs with the one in sko_wake_is_due() */
	} while (!is_due && (u32)READ_ONCE(st->ring.head) != head);
	return is_due;
}

/* ---- Publishers ---- */

void sko_wake_later(struct sko_stream *st)
{
	irq_work_queue(&st->wake.work);
}

static void signal_async(struct sko_wake *wake, __poll_t events)
{
	if (READ_ONCE(wake->fasync))
		kill_fasync(&wake->fasync, SIGIO,
			    (events & EPOLLHUP) ? POLL_HUP : POLL_IN);
}

/* Of those that asked to be woken one at a time (EPOLLEXCLUSIVE): one. */
static void tell(struct sko_wake *wake)
{
	wake_up_interruptible_poll(&wake->wait, EPOLLIN | EPOLLRDNORM);
	signal_async(wake, EPOLLIN);
}

void sko_wake_all(struct sko_stream *st, __poll_t events)
{
	struct sko_wake *wake = &st->wake;

	__wake_up(&wake->wait, TASK_INTERRUPTIBLE, 0, poll_to_key(events));
	signal_async(wake, events);
}

/* Wherever locks may be taken: softirq, irq_work, process context. */
static void act(struct sko_stream *st, bool is_by_timer)
{
	struct sko_wake *wake = &st->wake;
	unsigned long flags;
	bool is_due;

	spin_lock_irqsave(&wake->lock, flags);
	if (is_by_timer)
		wake->is_armed = false;
	is_due = decide(st);
	spin_unlock_irqrestore(&wake->lock, flags);
	if (is_due)
		tell(wake);
}

void sko_wake_act(struct sko_stream *st)
{
	act(st, false);
}

static void act_worker(struct irq_work *work)
{
	act(container_of(work, struct sko_stream, wake.work), false);
}

/* decide() starts it again if what it was started for has been taken meanwhile. */
static enum hrtimer_restart act_timer(struct hrtimer *timer)
{
	act(container_of(timer, struct sko_stream, wake.timer), true);
	return HRTIMER_NORESTART;
}

/* ---- Readers ---- */

/*
 * base moves to where the reader stands. If that is back, the timer may run for a later
 * record than the oldest: it is started anew if that one is left. A due of long ago
 * must not come out ahead of the reader when positions have wrapped.
 */
static void step_to(struct sko_stream *st, u32 at)
{
	struct sko_wake *wake = &st->wake;

	if (sko_is_before(at, wake->base))
		wake->is_stale = true;
	if (wake->due - at > st->ring.mask + 1)
		WRITE_ONCE(wake->due, at);
	WRITE_ONCE(wake->base, at);
}

void sko_wake_expect(struct sko_stream *st)
{
	struct sko_wake *wake = &st->wake;
	unsigned long flags;
	u32 head;

	spin_lock_irqsave(&wake->lock, flags);
	step_to(st, sko_stream_place(st));
	head = (u32)READ_ONCE(st->ring.head);
	if (head == wake->base)
		wake->is_stale = false;
	else if (head - wake->base < enough_from(st, wake->base) && arm_anew(st))
		WRITE_ONCE(wake->due, head);
	set_pos(st);
	spin_unlock_irqrestore(&wake->lock, flags);
	smp_mb(); /* pairs with the one in sko_wake_is_due() */
}

/*
 * The last one that is needed is looked at first: mostly it is not there. If none is
 * needed, nothing can come before what was returned is acknowledged.
 */
bool sko_wake_is_enough(const struct sko_stream *st)
{
	u32 at = sko_stream_place(st);
	u32 enough = enough_from(st, at);

	if (sko_stream_has(st, at + enough - 1) &&
	    sockopt_ring_ready(&st->ring, at, enough) == enough)
		return true;
	return sko_is_before(at, READ_ONCE(st->wake.due)) && sko_stream_has(st, at);
}

void sko_wake_tune(struct sko_stream *st, u32 records, u32 delay_us)
{
	struct sko_wake *wake = &st->wake;
	unsigned long flags;

	spin_lock_irqsave(&wake->lock, flags);
	WRITE_ONCE(wake->records, records);
	WRITE_ONCE(wake->delay_us, delay_us);
	wake->is_armed = false; /* for as long as it was then */
	spin_unlock_irqrestore(&wake->lock, flags);
	sko_wake_expect(st);
	sko_wake_all(st, EPOLLIN | EPOLLRDNORM);
}

/* ---- Life ---- */

void sko_wake_init(struct sko_wake *wake, u32 records, u32 delay_us, u32 pos)
{
	init_waitqueue_head(&wake->wait);
	spin_lock_init(&wake->lock);
	init_irq_work(&wake->work, act_worker);
	hrtimer_setup(&wake->timer, act_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	wake->records = records;
	wake->delay_us = delay_us;
	wake->base = pos;
	wake->due = pos;
	wake->pos = pos + 1; /* too early is good: who acts finds out */
}

/* The irq_work may start the timer, so it is waited for first. */
void sko_wake_exit(struct sko_wake *wake)
{
	irq_work_sync(&wake->work);
	hrtimer_cancel(&wake->timer);
}

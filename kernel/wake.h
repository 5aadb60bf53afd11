/* SPDX-License-Identifier: GPL-2.0-only */
/* When the readers of a stream are woken: after so many records, or so long. */
#ifndef SKO_WAKE_H
#define SKO_WAKE_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct fasync_struct;
struct sko_stream;

/* Positions are the low 32 bits, as everywhere outside of the ring. */
struct sko_wake {
	u32 pos;		/* a publisher acts when the head is there */
	u32 base;		/* head at the last wake-up, or where a reader
				 * stood that is about to sleep; what came since
				 * counts for the next one
				 */
	wait_queue_head_t wait;
	struct fasync_struct *fasync;	/* who wants SIGIO */

	/* The rest, and writing the first two; not for publishers, but where they wake. */
	spinlock_t lock;
	u32 records;		/* this many are enough */
	u32 delay_us;		/* or the first of them is so old; or NONE */
	u32 due;		/* what is before this is old enough */
	bool is_armed;
	bool is_stale;		/* the timer runs for a later record than the oldest */
	bool is_late;		/* set by a publisher: see wake.c, c) */
	struct hrtimer timer;
	struct irq_work work;	/* acts where a publisher must not */
};

void sko_wake_init(struct sko_wake *wake, u32 records, u32 delay_us, u32 pos);

/* After a grace period behind the last publisher. May sleep. */
void sko_wake_exit(struct sko_wake *wake);

static inline bool sko_is_before(u32 a, u32 b)
{
	return (s32)(b - a) > 0;
}

/* ---- Publishers: after sko_wake_is_due() (stream.h), preemption off ---- */

/* From any context, before preemption is on ... */
void sko_wake_later(struct sko_stream *st);

/* ... or at once, from softirq, or from where locks may be taken. */
void sko_wake_act(struct sko_stream *st);

/* ---- Readers: process context ---- */

/*
 * Say that one is about to sleep: it is in the wait queue already, and looks at
 * the ring after this. A full barrier.
 */
void sko_wake_expect(struct sko_stream *st);

/* Is there enough for a sleeper to be woken? */
bool sko_wake_is_enough(const struct sko_stream *st);

/* Change when to wake; sleepers look again. */
void sko_wake_tune(struct sko_stream *st, u32 records, u32 delay_us);

/* Everybody, whatever there is. events: EPOLL*, for those in poll. */
void sko_wake_all(struct sko_stream *st, __poll_t events);

#endif /* SKO_WAKE_H */

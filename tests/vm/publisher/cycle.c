// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second channel that comes and goes: registered, in use for a moment while a timer
 * publishes, unregistered, again and again. What a program gets from it, by a text or in
 * a record, is the number of the cycle.
 */
#include "compat.h"
#include "publisher.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>

#define EVERY (50 * NSEC_PER_USEC)

static struct cycle {
	struct sko_channel *channel;
	struct net *net;
	struct hrtimer timer;
	u32 number;
	atomic_t inside;	/* handlers at work */
} now;

static DEFINE_MUTEX(now_lock);

/* It sleeps, so that unregister finds it inside now and then. */
static ssize_t answer(const struct sko_text *text)
{
	ssize_t len = 0;

	atomic_inc(&now.inside);
	usleep_range(20, 200);
	if (text->reply)
		len = scnprintf(text->reply, text->room, "%u", now.number);
	atomic_dec(&now.inside);
	return len;
}

static const struct sko_channel_ops ops = {
	.name = "cycled",
	.text = answer,
	.snaplen = sizeof(u32),
	.snaplen_max = sizeof(u32),
};

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	const struct sko_record rec = { .len = sizeof(now.number) };

	sko_publish(now.channel, now.net, &rec, &now.number);
	hrtimer_forward_now(timer, ns_to_ktime(EVERY));
	return HRTIMER_RESTART;
}

static void run(void)
{
	hrtimer_start(&now.timer, ns_to_ktime(EVERY), HRTIMER_MODE_REL_HARD);
	usleep_range(500, 1500);
	hrtimer_cancel(&now.timer);
}

/* 0 or -errno; -EBUSY: a handler was at work when none could be. */
static int cycle_once(void)
{
	now.channel = sko_channel_register(&ops);
	if (IS_ERR(now.channel))
		return PTR_ERR(now.channel);
	run();
	sko_channel_unregister(now.channel);
	if (atomic_read(&now.inside))
		return -EBUSY;
	now.number++;
	return 0;
}

int cycle(const struct order *order)
{
	unsigned int i;
	int ret = mutex_lock_interruptible(&now_lock);

	if (ret)
		return ret;
	now.net = order->net;
	hrtimer_setup(&now.timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	for (i = 0; !ret && i < order->count; i++)
		ret = signal_pending(current) ? -ERESTARTSYS : cycle_once();
	mutex_unlock(&now_lock);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that are numbered through, whoever publishes them: the payload of each
 * is its number, 64 times. From process context, from softirq, from a hard
 * interrupt, and from one that interrupts who publishes.
 */
#include "publisher.h"

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/string.h>

#define PAYLOAD_WORDS 64

/* What a timer is to publish. */
struct shot {
	struct hrtimer timer;
	struct completion done;
	const struct order *order;
	bool was_in_hardirq, was_in_softirq;
};

static atomic_t given = ATOMIC_INIT(0);

static void publish(const struct order *order)
{
	u32 number = atomic_fetch_inc(&given);
	u32 payload[PAYLOAD_WORDS];
	struct sko_record rec = {
		.type = order_type(order, number),
		.kind = SOCKOPT_KIND_BYTES,
		.offset = 7,
		.ifindex = 9,
		.len = sizeof(payload),
	};

	memset32(payload, number, PAYLOAD_WORDS);
	sko_publish(order->channel, order->net, &rec, payload);
}

unsigned int numbers_given(void)
{
	return atomic_read(&given);
}

int number_process(const struct order *order)
{
	unsigned int i;

	for (i = 0; i < order->count; i++) {
		publish(order);
		cond_resched();
	}
	return 0;
}

static enum hrtimer_restart shoot(struct hrtimer *timer)
{
	struct shot *shot = container_of(timer, struct shot, timer);
	unsigned int i;

	shot->was_in_hardirq = in_hardirq() && irqs_disabled();
	shot->was_in_softirq = in_serving_softirq() && !irqs_disabled();
	for (i = 0; i < shot->order->count; i++)
		publish(shot->order);
	complete(&shot->done);
	return HRTIMER_NORESTART;
}

static void shoot_once(struct shot *shot, enum hrtimer_mode mode)
{
	init_completion(&shot->done);
	hrtimer_init_on_stack(&shot->timer, CLOCK_MONOTONIC, mode);
	shot->timer.function = shoot;
	hrtimer_start(&shot->timer, ns_to_ktime(NSEC_PER_MSEC), mode);
	wait_for_completion(&shot->done);
	hrtimer_cancel(&shot->timer);
	destroy_hrtimer_on_stack(&shot->timer);
}

int number_softirq(const struct order *order)
{
	struct shot shot = { .order = order };

	shoot_once(&shot, HRTIMER_MODE_REL_SOFT);
	return shot.was_in_softirq ? 0 : -EDEADLK;
}

int number_irq(const struct order *order)
{
	struct shot shot = { .order = order };

	shoot_once(&shot, HRTIMER_MODE_REL_HARD);
	return shot.was_in_hardirq ? 0 : -EDEADLK;
}

/* An interrupt every now and then, which publishes two records. */
struct interruption {
	struct hrtimer timer;
	const struct order *order;
};

#define EVERY (50 * NSEC_PER_USEC)

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct interruption *by = container_of(timer, struct interruption, timer);

	publish(by->order);
	publish(by->order);
	hrtimer_forward_now(timer, ns_to_ktime(EVERY));
	return HRTIMER_RESTART;
}

/* On one processor, so that the interrupt finds a record half written now and then. */
int number_nested(const struct order *order)
{
	struct interruption by = { .order = order };
	int ret;

	migrate_disable();
	hrtimer_init_on_stack(&by.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	by.timer.function = interrupt;
	hrtimer_start(&by.timer, ns_to_ktime(EVERY), HRTIMER_MODE_REL_PINNED_HARD);
	ret = number_process(order);
	hrtimer_cancel(&by.timer);
	destroy_hrtimer_on_stack(&by.timer);
	migrate_enable();
	return ret;
}

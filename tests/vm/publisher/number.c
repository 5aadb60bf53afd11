// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that are numbered through, whoever publishes them: the payload of each
 * is its number, 64 times. From process context, from softirq, from a hard
 * interrupt, from an NMI, and from an interrupt of who publishes.
 */
#include "compat.h"
#include "nmi.h"
#include "publisher.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/socket.h>
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

/* The family says nothing where there are no IP packets. */
static struct sko_record record_of(const struct order *order, u32 number)
{
	return (struct sko_record){
		.type = order_type(order, number),
		.family = AF_INET6,
		.kind = SOCKOPT_KIND_BYTES,
		.offset = 7,
		.ifindex = 9,
		.len = PAYLOAD_WORDS * sizeof(u32),
	};
}

static void publish(const struct order *order)
{
	u32 number = atomic_fetch_inc(&given);
	struct sko_record rec = record_of(order, number);
	u32 payload[PAYLOAD_WORDS];

	memset32(payload, number, PAYLOAD_WORDS);
	sko_publish(order->channel, order->net, &rec, payload);
}

/* Every third one is given up when it is written. */
static void reserve(const struct order *order)
{
	u32 number = atomic_fetch_inc(&given);
	struct sko_record rec = record_of(order, number);
	u32 *payload = sko_reserve(order->channel, order->net, rec.type);

	if (!payload)
		return;
	memset32(payload, number, PAYLOAD_WORDS);
	if (number % 3 == 2)
		sko_abort(order->channel, payload);
	else
		sko_commit(order->channel, order->net, &rec, payload);
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
	hrtimer_setup_on_stack(&shot->timer, shoot, CLOCK_MONOTONIC, mode);
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
	void (*publish)(const struct order *order);
};

#define EVERY (50 * NSEC_PER_USEC)

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct interruption *by = container_of(timer, struct interruption, timer);

	by->publish(by->order);
	by->publish(by->order);
	hrtimer_forward_now(timer, ns_to_ktime(EVERY));
	return HRTIMER_RESTART;
}

/* On one processor, so that the interrupt finds a record half written now and then. */
static void nest(const struct order *order, void (*publish)(const struct order *order))
{
	struct interruption by = { .order = order, .publish = publish };
	unsigned int i;

	migrate_disable();
	hrtimer_setup_on_stack(&by.timer, interrupt, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&by.timer, ns_to_ktime(EVERY), HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < order->count; i++) {
		publish(order);
		cond_resched();
	}
	hrtimer_cancel(&by.timer);
	destroy_hrtimer_on_stack(&by.timer);
	migrate_enable();
}

int number_nested(const struct order *order)
{
	nest(order, publish);
	return 0;
}

int number_reserved(const struct order *order)
{
	nest(order, reserve);
	return 0;
}

/* ---- NMI: one that we send ourselves ---- */

static const struct order *shot_by_nmi;

static bool shoot_by_nmi(void)
{
	const struct order *order = READ_ONCE(shot_by_nmi);
	unsigned int i;

	if (!order)
		return false;
	for (i = 0; i < order->count; i++) {
		publish(order);
		reserve(order);
	}
	smp_store_release(&shot_by_nmi, NULL); /* pairs with send_nmi() */
	return true;
}

static int send_nmi(const struct order *order)
{
	unsigned int ms;

	WRITE_ONCE(shot_by_nmi, order);
	preempt_disable();
	nmi_send_self();
	preempt_enable();
	/* Pairs with shoot_by_nmi(). */
	for (ms = 0; ms < 5000 && smp_load_acquire(&shot_by_nmi); ms++)
		usleep_range(1000, 2000);
	return xchg(&shot_by_nmi, NULL) ? -ETIMEDOUT : 0;
}

int number_nmi(const struct order *order)
{
	int ret = nmi_register(shoot_by_nmi);

	if (ret)
		return ret;
	ret = send_nmi(order);
	nmi_unregister();
	return ret;
}

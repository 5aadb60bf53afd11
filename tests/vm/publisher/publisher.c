// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel for the tests, in a module of its own: publishes on command, from
 * process context or from a hard interrupt. Texts:
 *
 *   set "process N", "irq N"  publish N records in the caller's namespace; the
 *                             payload of each is its number, 64 times; its type
 *                             the low byte of its number
 *   set "refuse", "accept"    what start says from now on
 *   set "sleep"               sleeps until a signal comes
 *   get                       "N" records published so far
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

#include <sockopt/channel.h>

#define PAYLOAD_WORDS 64

/* What a timer in hard interrupt is to publish. */
struct shot {
	struct hrtimer timer;
	struct completion done;
	struct sko_channel *channel;
	struct net *net;
	unsigned int count;
	bool was_in_interrupt;
};

static struct sko_channel *registered;
static atomic_t published = ATOMIC_INIT(0);
static bool refuses;

static void publish(struct sko_channel *channel, struct net *net)
{
	u32 number = atomic_fetch_inc(&published);
	u32 payload[PAYLOAD_WORDS];
	struct sko_record rec = {
		.type = number & 255,
		.kind = SOCKOPT_KIND_BYTES,
		.offset = 7,
		.ifindex = 9,
		.len = sizeof(payload),
	};

	memset32(payload, number, PAYLOAD_WORDS);
	sko_publish(channel, net, &rec, payload);
}

static void publish_many(struct sko_channel *channel, struct net *net,
			 unsigned int count)
{
	while (count--) {
		publish(channel, net);
		cond_resched();
	}
}

static enum hrtimer_restart shoot(struct hrtimer *timer)
{
	struct shot *shot = container_of(timer, struct shot, timer);
	unsigned int i;

	shot->was_in_interrupt = in_hardirq() && irqs_disabled();
	for (i = 0; i < shot->count; i++)
		publish(shot->channel, shot->net);
	complete(&shot->done);
	return HRTIMER_NORESTART;
}

static int publish_in_interrupt(struct sko_channel *channel, struct net *net,
				unsigned int count)
{
	struct shot shot = { .channel = channel, .net = net, .count = count };

	init_completion(&shot.done);
	hrtimer_init_on_stack(&shot.timer, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_HARD);
	shot.timer.function = shoot;
	hrtimer_start(&shot.timer, ns_to_ktime(NSEC_PER_MSEC),
		      HRTIMER_MODE_REL_HARD);
	wait_for_completion(&shot.done);
	hrtimer_cancel(&shot.timer);
	destroy_hrtimer_on_stack(&shot.timer);
	return shot.was_in_interrupt ? 0 : -EDEADLK;
}

static int sleep_until_signal(void)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(nobody);

	return wait_event_interruptible(nobody, false);
}

static int command(const struct sko_text *text, const char *request)
{
	unsigned int count;

	if (sscanf(request, "process %u", &count) == 1) {
		publish_many(text->channel, text->net, count);
		return 0;
	}
	if (sscanf(request, "irq %u", &count) == 1)
		return publish_in_interrupt(text->channel, text->net, count);
	if (!strcmp(request, "sleep"))
		return sleep_until_signal();
	if (strcmp(request, "refuse") && strcmp(request, "accept"))
		return -EINVAL;
	refuses = !strcmp(request, "refuse");
	return 0;
}

static ssize_t handle(const struct sko_text *text)
{
	char request[32];

	if (!text->request)
		return scnprintf(text->reply, text->room, "%u",
				 atomic_read(&published));
	if (text->len >= sizeof(request))
		return -EINVAL;
	memcpy(request, text->request, text->len);
	request[text->len] = 0;
	return command(text, request);
}

static int start(struct sko_channel *channel, struct net *net, u8 family)
{
	return refuses ? -EUCLEAN : 0;
}

static const struct sko_channel_ops ops = {
	.name = "publisher",
	.text = handle,
	.start = start,
	.snaplen = 16,
	.snaplen_max = 1024,
};

static int __init publisher_init(void)
{
	registered = sko_channel_register(&ops);
	return PTR_ERR_OR_ZERO(registered);
}

static void __exit publisher_exit(void)
{
	sko_channel_unregister(registered);
}

module_init(publisher_init);
module_exit(publisher_exit);

MODULE_DESCRIPTION("A channel for the tests of sockopt");
MODULE_LICENSE("GPL");

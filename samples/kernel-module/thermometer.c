// SPDX-License-Identifier: GPL-2.0-only
/* A timer, in interrupt context, publishes readings; a text says how often. */
#include <linux/module.h>
#include <linux/timer.h>
#include <net/net_namespace.h>
#include <sockopt/channel.h>

#include "thermometer.h"

static struct sko_channel *channel;
static struct timer_list timer;
static unsigned int period = 1000;	/* milliseconds */

static void take_reading(struct timer_list *unused)
{
	static struct reading reading;
	const struct sko_record rec = { .len = sizeof(reading) };

	reading.millidegrees = 20000 + reading.number % 8 * 125;
	sko_publish(channel, &init_net, &rec, &reading);
	reading.number++;
	mod_timer(&timer, jiffies + msecs_to_jiffies(READ_ONCE(period)));
}

/* "250": a reading every 250 ms, after the next one. The answer is how often there is one. */
static ssize_t answer(const struct sko_text *text)
{
	char request[8] = "";
	unsigned int ms;

	if (text->reply && text->room < 32)
		return -ERANGE;
	if (text->request) {
		if (text->len >= sizeof(request))
			return -EINVAL;
		memcpy(request, text->request, text->len);
		if (kstrtouint(request, 10, &ms) || !ms)
			return -EINVAL;
		WRITE_ONCE(period, ms);
	}
	if (!text->reply)
		return 0;
	return scnprintf(text->reply, text->room, "every %u ms", READ_ONCE(period));
}

static const struct sko_channel_ops ops = {
	.name = "thermometer",
	.text = answer,
	.snaplen = sizeof(struct reading),
	.snaplen_max = sizeof(struct reading),
};

static int __init thermometer_init(void)
{
	channel = sko_channel_register(&ops);
	if (IS_ERR(channel))
		return PTR_ERR(channel);
	timer_setup(&timer, take_reading, 0);
	mod_timer(&timer, jiffies);
	return 0;
}

static void __exit thermometer_exit(void)
{
	timer_delete_sync(&timer);	/* first: nobody publishes any more */
	sko_channel_unregister(channel);
}

module_init(thermometer_init);
module_exit(thermometer_exit);
MODULE_DESCRIPTION("A sample of sockopt: a channel of its own");
MODULE_LICENSE("GPL");

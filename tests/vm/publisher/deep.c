// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drafts within drafts: a record is reserved in process context, while that is open one
 * in softirq, then one in a hard interrupt, then one in an NMI. Each is written, then the
 * deeper ones happen, then it must still be what was written.
 */
#include "nmi.h"
#include "publisher.h"

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/string.h>

#define WORDS 64
#define TYPE 1
#define PATIENCE 10000000	/* looks at what is to come */

static struct deep {
	const struct order *order;
	struct tasklet_struct tasklet;
	struct irq_work work;
	bool awaits_nmi, awaits_irq;	/* they are on their way */
	unsigned int levels;	/* that were as they had been written */
} deep;

/* Level 0 to 3, each with the next one in the middle. */
static void write_level(u32 level, void (*next)(void))
{
	const struct order *order = deep.order;
	struct sko_record rec = { .type = TYPE, .len = WORDS * sizeof(u32) };
	u32 *words = sko_reserve(order->channel, order->net, TYPE);

	if (!words)
		return;
	memset32(words, level, WORDS);
	if (next)
		next();
	deep.levels += words[0] == level && words[WORDS - 1] == level;
	sko_commit(order->channel, order->net, &rec, words);
}

static bool on_nmi(void)
{
	if (!READ_ONCE(deep.awaits_nmi))
		return false;
	write_level(3, NULL);
	WRITE_ONCE(deep.awaits_nmi, false);
	return true;
}

static void await(const bool *flag)
{
	unsigned int looks;

	for (looks = 0; looks < PATIENCE && READ_ONCE(*flag); looks++)
		cpu_relax();
}

static void go_to_nmi(void)
{
	WRITE_ONCE(deep.awaits_nmi, true);
	nmi_send_self();
	await(&deep.awaits_nmi);
}

static void on_interrupt(struct irq_work *work)
{
	write_level(2, go_to_nmi);
	WRITE_ONCE(deep.awaits_irq, false);
}

static void go_to_interrupt(void)
{
	WRITE_ONCE(deep.awaits_irq, true);
	irq_work_queue(&deep.work);
	await(&deep.awaits_irq);
}

static void on_softirq(struct tasklet_struct *tasklet)
{
	write_level(1, go_to_interrupt);
}

/* Enabling bottom halves runs the tasklet. */
static void go_to_softirq(void)
{
	local_bh_disable();
	tasklet_schedule(&deep.tasklet);
	local_bh_enable();
}

/* -EBADMSG: one of the four was not there, or not as it was written. */
int deep_once(const struct order *order)
{
	int ret = nmi_register(on_nmi);

	if (ret)
		return ret;
	deep.order = order;
	deep.levels = 0;
	tasklet_setup(&deep.tasklet, on_softirq);
	init_irq_work(&deep.work, on_interrupt);
	write_level(0, go_to_softirq);
	tasklet_kill(&deep.tasklet);
	irq_work_sync(&deep.work);
	nmi_unregister();
	return deep.levels == 4 ? 0 : -EBADMSG;
}

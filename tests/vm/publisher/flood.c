// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood: threads, each bound to a processor, publish as fast as they can. What
 * each record holds is in pattern.h.
 */
#include "publisher.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pattern.h"

#define THREADS_MAX 16
#define AT_ONCE 64	/* records of one tasklet */

struct flood;

struct worker {
	struct flood *flood;
	struct task_struct *task;
	u32 thread;
	u32 next;		/* number of its next record */
	struct tasklet_struct tasklet;
	struct completion fired;	/* the tasklet has run */
	u32 payload[PATTERN_WORDS];
};

struct flood {
	const struct order *order;
	bool in_softirq;
	struct completion done;	/* once for each worker */
	unsigned int count;
	struct worker workers[];
};

static void publish_one(struct worker *worker)
{
	const struct order *order = worker->flood->order;
	u32 number = worker->next++;
	struct sko_record rec = {
		.type = order_type(order, number),
		.kind = SOCKOPT_KIND_BYTES,
		.offset = worker->thread,
		.len = order->is_pool ? PATTERN_MAX :
					pattern_len(worker->thread, number),
	};

	pattern_fill(worker->payload, worker->thread, number, rec.len);
	sko_publish(order->channel, order->net, &rec, worker->payload);
}

static bool has_more(const struct worker *worker)
{
	return worker->next < worker->flood->order->count;
}

static void publish_some(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < AT_ONCE && has_more(worker); i++)
		publish_one(worker);
}

static void fire(struct tasklet_struct *tasklet)
{
	struct worker *worker = from_tasklet(worker, tasklet, tasklet);

	publish_some(worker);
	complete(&worker->fired);
}

/* Enabling bottom halves runs the tasklet, unless ksoftirqd is to. */
static void publish_some_in_softirq(struct worker *worker)
{
	local_bh_disable();
	tasklet_schedule(&worker->tasklet);
	local_bh_enable();
	wait_for_completion(&worker->fired);
}

/* kthread_stop() wants a thread that is still there. */
static void wait_for_stop(void)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * After each record others may have the processor: with a hundred subscribers to be woken
 * it takes milliseconds, and a machine that is emulated a hundred times that.
 */
static int work(void *arg)
{
	struct worker *worker = arg;

	while (has_more(worker) && !kthread_should_stop()) {
		if (worker->flood->in_softirq)
			publish_some_in_softirq(worker);
		else
			publish_one(worker);
		cond_resched();
	}
	complete(&worker->flood->done);
	wait_for_stop();
	return 0;
}

/* The n-th of the processors that are online, round and round. */
static unsigned int nth_processor(unsigned int n)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	for (n %= num_online_cpus(); n; n--)
		cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu;
}

static int add_worker(struct flood *flood)
{
	struct worker *worker = &flood->workers[flood->count];

	worker->flood = flood;
	worker->thread = flood->count;
	tasklet_setup(&worker->tasklet, fire);
	init_completion(&worker->fired);
	worker->task = kthread_create(work, worker, "flood/%u", worker->thread);
	if (IS_ERR(worker->task))
		return PTR_ERR(worker->task);
	kthread_bind(worker->task, nth_processor(worker->thread));
	flood->count++;
	return 0;
}

/* All are made before the first one starts. */
static int run(struct flood *flood)
{
	unsigned int i;
	int ret = 0;

	while (!ret && flood->count < flood->order->threads)
		ret = add_worker(flood);
	for (i = 0; !ret && i < flood->count; i++)
		wake_up_process(flood->workers[i].task);
	for (i = 0; !ret && i < flood->count; i++)
		ret = wait_for_completion_interruptible(&flood->done);
	for (i = 0; i < flood->count; i++) {
		kthread_stop(flood->workers[i].task);
		tasklet_kill(&flood->workers[i].tasklet);
	}
	return ret;
}

static int flood_by(const struct order *order, bool in_softirq)
{
	struct flood *flood;
	int ret;

	if (!order->threads || order->threads > THREADS_MAX)
		return -EINVAL;
	flood = kzalloc(struct_size(flood, workers, order->threads), GFP_KERNEL);
	if (!flood)
		return -ENOMEM;
	flood->order = order;
	flood->in_softirq = in_softirq;
	init_completion(&flood->done);
	ret = run(flood);
	kfree(flood);
	return ret;
}

int flood_process(const struct order *order)
{
	return flood_by(order, false);
}

int flood_softirq(const struct order *order)
{
	return flood_by(order, true);
}

int flood_pool(const struct order *order)
{
	struct order pool = *order;

	pool.is_pool = true;
	return flood_by(&pool, false);
}

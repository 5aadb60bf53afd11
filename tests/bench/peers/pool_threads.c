// SPDX-License-Identifier: GPL-2.0-only
/* Threads, each bound to a processor, that send as fast as they can. */
#include "pool.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timex.h>

struct run;

struct worker {
	struct run *run;
	struct task_struct *task;
	u32 thread;
	u32 failed;
	u64 start, end;		/* of the processor's counter */
	struct peer_pool_message message;
};

struct run {
	const struct peer_pool_order *order;
	struct completion go;	/* for all of them */
	struct completion done;	/* once for each */
	u32 count;
	struct worker workers[PEER_POOL_THREADS];
};

static void send_one(struct worker *worker, u32 number)
{
	peer_pool_number(&worker->message, number);
	if (worker->run->order->send(peer_pool_endpoint(worker->thread, number),
				     &worker->message))
		worker->failed++;
}

static int work(void *arg)
{
	struct worker *worker = arg;
	struct run *run = worker->run;
	u32 number;

	wait_for_completion(&run->go);
	worker->start = get_cycles();
	for (number = 0; number < run->order->count; number++) {
		send_one(worker, number);
		cond_resched();
	}
	worker->end = get_cycles();
	complete(&run->done);
	return 0;
}

static int add_worker(struct run *run)
{
	struct worker *worker = &run->workers[run->count];

	worker->run = run;
	worker->thread = run->count;
	peer_pool_fill(&worker->message, worker->thread);
	worker->task = kthread_create(work, worker, "pool/%u", worker->thread);
	if (IS_ERR(worker->task))
		return PTR_ERR(worker->task);
	get_task_struct(worker->task);
	kthread_bind(worker->task, worker->thread % num_online_cpus());
	run->count++;
	return 0;
}

static void let_them_work(struct run *run)
{
	u32 i;

	for (i = 0; i < run->count; i++)
		wake_up_process(run->workers[i].task);
	complete_all(&run->go);
	for (i = 0; i < run->count; i++)
		wait_for_completion(&run->done);
}

/* One that never began ends here; one that is done is waited for. */
static void end_workers(struct run *run)
{
	u32 i;

	for (i = 0; i < run->count; i++) {
		kthread_stop(run->workers[i].task);
		put_task_struct(run->workers[i].task);
	}
}

/* From the first one's start to the last one's end. */
static void sum_up(const struct run *run, struct peer_pool_result *result)
{
	u64 start = run->workers[0].start, end = 0;
	u32 i;

	result->failed = 0;
	for (i = 0; i < run->count; i++) {
		start = min(start, run->workers[i].start);
		end = max(end, run->workers[i].end);
		result->failed += run->workers[i].failed;
	}
	result->ticks = end - start;
}

int peer_pool_run(const struct peer_pool_order *order,
		  struct peer_pool_result *result)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);
	int ret = 0;

	if (!run)
		return -ENOMEM;
	run->order = order;
	init_completion(&run->go);
	init_completion(&run->done);
	while (!ret && run->count < order->threads)
		ret = add_worker(run);
	if (!ret)
		let_them_work(run);
	end_workers(run);
	sum_up(run, result);
	kfree(run);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * A worker: a process that does all that can be done to streams, in any order, on a
 * processor of its own, and gives some of them to another worker. What may fail then, may;
 * any other error fails the test. It tells what it did, and what came of its streams.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

#define WORKER_SEATS 4		/* sockets that it has */
#define WORKER_ACTIONS 11
#define WORKER_CHANNELS 2	/* that its sockets are divided among */

/* Of all its streams of one channel, at their end. */
struct worker_sums {
	uint64_t opened, taken, lost_full, lost_busy;	/* taken: delivered or pending */
};

/* In memory that whoever reads it shares. */
struct worker_tally {
	unsigned int done[WORKER_ACTIONS];
	struct worker_sums sums[WORKER_CHANNELS];
};

struct worker {
	int cpu;
	int link, others_link;		/* two unix sockets, each the other's end; it closes one */
	unsigned int seed, streams;	/* it ends when it has opened so many */
	unsigned int channels[WORKER_CHANNELS];
	struct worker_tally *tally;
};

/* Of actions, in the order of 'done'. */
extern const char *const worker_names[WORKER_ACTIONS];

/* For vm_fork(): arg is a struct worker. */
void worker_run(void *arg);

#endif /* WORKER_H */

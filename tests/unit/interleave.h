/* SPDX-License-Identifier: MIT */
/*
 * Runs a few functions as threads of one processor, a step at a time, in every order
 * that their steps can have, by depth-first search.
 *
 * Two orders that lead to the same state have the same future. So it is looked at
 * once, and counted as often as it is reached: 'orders' is exact. A state is all that
 * the scene shares, and for each thread what it has learned so far, in 128 bits of
 * hash; threads learn by learn() and choose() alone, and are deterministic.
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include <stddef.h>
#include <stdint.h>

#define THREADS_MAX 4

struct memory {
	const void *at;
	size_t size;		/* a multiple of 8 */
};

struct scene {
	int threads;
	int one_by_one;		/* run every order, merge nothing */
	void (*begin)(void);	/* before each run: all is as it was at first */
	void (*thread)(int id);
	void (*end)(void);	/* after each run: all threads are done */
	struct memory state[2];	/* what threads share or the checks remember */
};

struct outcome {
	double orders;		/* all that there are; exact below 2^53 */
	size_t states;		/* different ones, where there was a choice */
	size_t runs;
	char fault[4096];	/* "", or the first fault and the steps that led to it */
};

/* Search until there is no order left, or until the first fault. */
void interleave(const struct scene *scene, struct outcome *outcome);

/* ---- For the threads; outside of them, step and learn do nothing ---- */

/* Which thread runs; -1: none. */
int thread_id(void);

/* Others may run now. What follows until the next call is one step. */
void step(void);

/* Each of 0 .. n - 1, in runs of their own. */
uint32_t choose(uint32_t n);

/* What the step found or did: a name and a value. */
void learn(const char *what, uint64_t value);

/* The search ends with this fault. Does not return to a thread. */
void fault(const char *what);

#endif /* INTERLEAVE_H */

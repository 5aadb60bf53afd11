/* SPDX-License-Identifier: MIT */
/*
 * What things cost, in instructions, on a machine that counts them (jobs cost and
 * bench of boot.sh: a tick of the processor's counter is one instruction). Tests compare
 * costs with each other; the figures themselves are shown, and never asserted.
 */
#ifndef COST_H
#define COST_H

#include "publisher.h"

/* Now, with all instructions before it done. */
uint64_t cost_ticks(void);

/*
 * The median of many rounds, for each of 'count' things in a round: interrupts and
 * kernel threads are in a few rounds only.
 */
double cost_median(uint64_t (*round)(void *arg), void *arg, unsigned int count);

/* "# name: figure", beside the results. */
void cost_show(const char *name, double figure);

/* figure <= limit * base */
void cost_expect_ratio(const char *name, double figure, double base, double limit);

/* The suites. */
Suite *machine_suite(void);
Suite *subscribers_suite(void);
Suite *batch_suite(void);
Suite *wake_cost_suite(void);

#endif /* COST_H */

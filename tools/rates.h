/* SPDX-License-Identifier: MIT */
/*
 * Packets a second: of all, and by each subject; now, on average, at most, and how it
 * was. Whoever owns it says when an interval ends. Times are those of now_ms().
 */
#ifndef RATES_H
#define RATES_H

#include "census.h"

#include <stddef.h>
#include <stdint.h>

#include <sockopt/sockopt.h>

#define RATES_HISTORY 512	/* intervals that are remembered */

struct rates;

enum order {
	ORDER_RATE,
	ORDER_TOTAL,
	ORDER_NAME,
	ORDERS,
};

/* Of the whole. Rates are packets a second. */
struct sum {
	uint64_t total;
	double rate;		/* in the last whole interval */
	double average;		/* over all whole ones */
	double peak;		/* of them */
};

/* Of one key. Of several with the same place by order, the one with more goes first. */
struct row {
	struct key key;
	uint64_t total;
	double rate;
};

/* NULL: no memory. A copy is one of its own. */
struct rates *rates_open(uint64_t now);
struct rates *rates_copy(const struct rates *rates);
void rates_close(struct rates *rates);

void rates_add(struct rates *rates, const struct sockopt_icmp *icmp);

/* An interval ends now, and the next one begins. */
void rates_tick(struct rates *rates, uint64_t now);

/* As if it were opened now. */
void rates_clear(struct rates *rates, uint64_t now);

void rates_sum(const struct rates *rates, struct sum *sum);

/* The rate so many whole intervals ago; 0: the last one. Before the first: 0. */
double rates_ago(const struct rates *rates, size_t ago);

/* How many keys there are; the first max of them, in that order, go to rows. */
size_t rates_rows(const struct rates *rates, enum subject subject, enum order order,
		  struct row *rows, size_t max);

/* What all keys have that are not kept any more. 0: there are none. */
int rates_others(const struct rates *rates, enum subject subject, struct row *row);

#endif /* RATES_H */

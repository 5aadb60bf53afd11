/* SPDX-License-Identifier: MIT */
/*
 * How often each key came: a table that never grows.
 *
 * Keys come from the network, and whoever sends them may wish us to be slow or large.
 * So: a fixed number of entries; a hash with a secret (SipHash-1-3), so that nobody
 * can make chains long; and no work for a packet that depends on how full the table is.
 *
 * Who goes when it is full: an entry has a credit, one for each packet up to a bound.
 * A hand goes round as that of a clock, takes one from each entry that it passes, and
 * frees the first one that has none. Each step uses up what a packet has put there, so
 * there are no more steps than packets; and entries that keep getting packets stay,
 * while those of a flood of random keys make room for each other. The counts of those
 * that went are kept in 'others': sums always agree.
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "subject.h"

#include <stddef.h>
#include <stdint.h>

#define CENSUS_ENTRIES	4096
#define CENSUS_CHAINS	8192	/* a power of two */

struct tally {
	uint64_t total;
	uint64_t now;		/* of it, in the interval that is going on */
	uint64_t last;		/* in the last whole one */
};

struct entry {
	struct key key;
	struct tally tally;
	uint16_t next;		/* in its chain: index + 1, 0: none */
	uint16_t credit;
};

/* No pointers: a copy of the bytes is a census. */
struct census {
	uint64_t secret[2];
	size_t count;
	size_t hand;
	struct tally others;	/* entries that had to go */
	uint16_t chains[CENSUS_CHAINS];
	struct entry entries[CENSUS_ENTRIES];
};

/* Draw the secret; clear. */
void census_init(struct census *census);
void census_clear(struct census *census);

/* One packet with this key. */
void census_add(struct census *census, const struct key *key);

/* An interval has ended. */
void census_tick(struct census *census);

void tally_add(struct tally *tally);
void tally_tick(struct tally *tally);

#endif /* CENSUS_H */

/* SPDX-License-Identifier: MIT */
/*
 * A pool of endpoints: threads of the kernel send messages to them, and one program reads them
 * all, by netlink and by our ways. What is in a message, and who gets it, is in
 * peers/interface.h. Each way's reader checks the same of each: pool_read().
 */
#ifndef POOL_H
#define POOL_H

#include "bench.h"

#define POOL PEER_POOL_SIZE

struct pool_way {
	const char *name;
	const char *word;		/* who sends: see peers/pool_channel.c */
	void (*open)(const struct pool_way *way, uint32_t wake_records);
	int (*fd)(int endpoint);	/* of which poll and select say whether there are any */
	/* Reads what is there of one, up to a batch; how many. Does not wait. */
	unsigned int (*take)(int endpoint);
	uint64_t (*lost)(void);		/* NULL: readers are not told */
	uint32_t batch;			/* records of a call */
	bool selects;			/* takes from those that select names; else from all */
};

/* By files; each ends with one that has no name. */
extern const struct pool_way pool_ours[];
extern const struct pool_way pool_netlink[];

/* ---- pool.c ---- */

/* Fixtures: the peers' module of this name, anew; in the runner, gone. */
void pool_setup(void);
void pool_remove_after_all(void);

/* The i-th of all ways, NULL behind the last one; and how many there are. */
const struct pool_way *pool_way_of(int i);
const struct pool_way *pool_way_named(const char *name);
int pool_count_ways(void);

/* Opens all endpoints. wake_records: as in OPEN, for those that are ours. */
void pool_open(const struct pool_way *way, uint32_t wake_records);
/* The channel of the module. */
unsigned int pool_channel(void);

/*
 * Each of so many threads sends so many messages: the ticks that it took; *failed: messages
 * that were refused.
 */
uint64_t pool_send(const struct pool_way *way, unsigned int count, unsigned int threads,
		   unsigned int *failed);

/*
 * Reads from each endpoint once, or once from each that select names: how many. With a
 * descriptor that is not -1 it sleeps before, until somebody has something, or that one is
 * readable: then *pool_is_told.
 */
unsigned int pool_take(const struct pool_way *way, int told);
extern bool pool_is_told;

/* What readers are told that they did not get. */
uint64_t pool_lost(const struct pool_way *way);

/* ---- Messages ---- */

extern uint64_t pool_taken;				/* of all endpoints, ever */
extern uint32_t pool_next[POOL][PEER_POOL_THREADS];	/* the number that comes next */

/* Numbers begin anew. */
void pool_begin(void);
/* That some did not come. */
void pool_skip(uint32_t next, uint32_t number);
/* Byte for byte. */
void pool_compare(const struct peer_pool_message *message);

/*
 * It is whole, of this endpoint, and behind the one before it; and now and then all of it is
 * looked at.
 */
static inline void pool_read(int endpoint, const struct peer_pool_message *message)
{
	uint32_t *next = &pool_next[endpoint][message->thread % PEER_POOL_THREADS];

	VM_EXPECT(message->check == ~message->number);
	if (message->number != *next)
		pool_skip(*next, message->number);
	*next = message->number + POOL;
	if (!(++pool_taken % 64))
		pool_compare(message);
}

#endif /* POOL_H */

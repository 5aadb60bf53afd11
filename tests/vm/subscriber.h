/* SPDX-License-Identifier: MIT */
/*
 * A reader of a flood (publisher/flood.c) through the library, which knows every byte
 * that may come and counts for itself.
 */
#ifndef SUBSCRIBER_H
#define SUBSCRIBER_H

#include "publisher.h"

#define SUBSCRIBER_THREADS 2

struct subscriber {
	struct sockopt_stream *st;
	bool is_mapped;
	uint32_t next[SUBSCRIBER_THREADS];	/* the least number that may come now */
	uint64_t got;
	uint32_t lost;				/* as the last record told */
};

/* A stream of the publisher's channel, with room for the longest record. */
void subscriber_open(struct subscriber *sub, uint32_t slots, uint32_t wake_records,
		     bool is_mapped);
void subscriber_close(struct subscriber *sub);

/* Take what is there, at most so many; each is checked byte by byte. How many. */
unsigned int subscriber_take(struct subscriber *sub, unsigned int most);

/* The flood is over and all is taken: what it got and what is counted is all. */
void subscriber_expect_all(struct subscriber *sub, uint64_t published);

/* Publish in a process of its own: N records from each of two threads. */
pid_t subscriber_flood(char *command);

/* Has this process ended? It is still to be joined. */
bool subscriber_has_ended(pid_t pid);

#endif /* SUBSCRIBER_H */

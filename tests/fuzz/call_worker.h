/* SPDX-License-Identifier: MIT */
/*
 * Who runs programs. The machine is what a program works on: registers, which start empty.
 * Workers are threads, each with its memory for the buffers of calls; what a worker changes
 * of itself (its network namespace, its rights) it takes back behind each program.
 */
#ifndef CALL_WORKER_H
#define CALL_WORKER_H

#include "call_cover.h"
#include "call_program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTERS 4
#define ROOM ((size_t)128 << 10)	/* bytes of a buffer that are memory */

struct mapping {
	uint8_t *at;		/* of this register alone */
	size_t len;		/* 0: there is none */
};

struct machine {
	int sockets[REGISTERS];		/* -1: none */
	int streams[REGISTERS];
	uint32_t cursors[REGISTERS];	/* of the stream of a socket, for RECORDS */
	struct mapping maps[REGISTERS];
	int epoll;
	uint32_t publisher;		/* its channel's id */
	bool has_changed;		/* what belongs to all programs */
};

extern struct machine machine;

struct worker {
	unsigned int index;
	struct cover cover;
	uint8_t *room;		/* ROOM bytes, and behind them nothing */
	uint8_t *read_only;	/* as many */
	int poke;		/* a file, for writes to memory that may be gone */
	int fail_nth;
	int pair[2];		/* sockets, for a stream to be under way; -1: none yet */
	bool is_elsewhere;	/* in another network namespace */
	bool is_weak;		/* without rights */
};

/* What the whole run needs. False, with a message: it is not there. */
bool workers_start(void);

/* Runs a program, and takes back what it did; the workers' covers have what it reached. */
void workers_run(const struct program *program);

extern struct worker workers[THREADS];

/* How many calls there have been. */
unsigned long workers_calls(void);

/* What must not be: printed, and the end of the run. */
void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* CALL_WORKER_H */

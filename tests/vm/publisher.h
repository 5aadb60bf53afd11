/* SPDX-License-Identifier: MIT */
/*
 * The module tests/vm/publisher as its tests use it: one socket, one stream. Its
 * commands are in publisher/channel.c.
 */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include "vm.h"

struct publisher {
	struct sockopt_channel channel;
	struct sockopt_open opened;	/* as the kernel told it */
	struct vm_batch batch;
	uint32_t cursor;
	int sock;
	int stream;
};

extern struct publisher publisher;

/* A fixture: a new namespace, the module anew, its channel found. */
void publisher_setup(void);
/* In the runner and in each test: one that failed may have left it, or a process in it. */
void publisher_remove_after_all(void);

int publisher_insert(void);	/* 0 or -errno, as the next two */
int publisher_remove(void);
int publisher_command(const char *text);
void publisher_look_up(void);
/* A command that must succeed. */
void publisher_commanded(const char *text);
/* The same by CALL; the ticks that it replies. */
uint64_t publisher_measured(const char *text);

/* OPEN; the buffer holds 'room' records. */
void publisher_subscribe(uint32_t slots, uint32_t snaplen, uint32_t room);
void publisher_subscribe_types(const int *types, uint32_t room);	/* ends with -1 */
/* RECORDS: the count, or -errno. */
int publisher_take(uint32_t flags);
int publisher_take_now(void);

#endif /* PUBLISHER_H */

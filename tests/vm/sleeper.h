/* SPDX-License-Identifier: MIT */
/*
 * Sleepers: processes or threads of their own that make one call, which sleeps.
 * That they sleep is seen in /proc, never assumed.
 */
#ifndef SLEEPER_H
#define SLEEPER_H

#include "vm.h"

#include <pthread.h>

#define SLOTS 64
#define ID 0x6001

/* A stream of a new namespace, and the sender of its pings. */
extern struct vm_reader reader;
extern int pinger;

/* The fixture of every test. */
void sleeper_setup(void);

void ping(void);
int ping_seq(const struct sockopt_record *rec);

/* One call brings n pings, the first of which has this number. */
void take(int first, int n);

void expect_nothing(void);
int64_t now_us(void);

/* One call that sleeps, in memory that processes share. */
struct sleeper {
	int (*call)(struct sleeper *sleeper);
	int epfd;
	struct sockopt_stream *st;
	bool is_thread;
	pid_t pid;		/* of the process or thread; 0: not running yet */
	pthread_t thread;
	int result;		/* of the call */
	int first;		/* RECORDS: the first ping's number */
	int signals;		/* that its handler has had */
	bool is_done;
};

struct sleeper *new_sleeper(int (*call)(struct sleeper *sleeper), bool is_thread);
bool is_done(void *arg);
bool is_stopped(void *arg);

/* Unlike vm_wait_asleep() it says what the call returned instead. */
void expect_asleep(struct sleeper *sleeper);

/* How often it went to sleep so far: as often as before, it was not woken meanwhile. */
long naps(const struct sleeper *sleeper);

/* Start it and see it asleep. */
struct sleeper *put_to_sleep(struct sleeper *sleeper);

/* Wait for its end; what its call returned. */
int wake(struct sleeper *sleeper);

/* With a cursor of its own. */
int call_records(struct sleeper *sleeper);

int poll_for(int timeout);
int select_for(struct timeval *timeout);
int new_epoll(uint32_t flags);
int epoll_for(int epfd, int timeout);
void set_timeout(int ms);

/*
 * early_ms: how much too early is good. A test machine may be slow; the upper bound only tells
 * 'timed out' from 'stuck'.
 */
void expect_elapsed(int64_t start, int ms, int early_ms);

/* A process that sleeps in the call and has a handler for SIGUSR1. */
struct sleeper *sleep_with_handler(int (*call)(struct sleeper *sleeper), int flags);

void send_signal(const struct sleeper *sleeper);

#endif /* SLEEPER_H */

/* SPDX-License-Identifier: MIT */
/*
 * A neighbour: a process in a network namespace of its own, at the other end of a
 * cable. It waits until everything stands, then does what it is there for.
 */
#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

#include <sys/types.h>

struct neighbour {
	pid_t pid;
	int link;		/* to say 'go on' */
};

/* A shell command, as printf() makes it; fails the test unless it succeeds. */
void neighbour_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

void neighbour_start(struct neighbour *neighbour, void (*act)(void *arg), void *arg);
/* A cable: here its end is 'name', up; there it is veth0, down. */
void neighbour_connect(const struct neighbour *neighbour, const char *name);
/*
 * Let it act, and wait until it has: anything but success fails the test. Then its
 * namespace goes, and our end of the cable with it, a moment later.
 */
void neighbour_act(const struct neighbour *neighbour);

/*
 * For act(): send 'packet', which must be an echo request, and wait for its reply.
 * Then all that the request did to those it passed is done.
 */
void neighbour_ping(void);

#endif /* NEIGHBOUR_H */

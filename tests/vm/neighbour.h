/* SPDX-License-Identifier: MIT */
/*
 * A neighbour: a process in a network namespace of its own, at the other end of a
 * cable. It waits until everything stands, then does what it is there for; or the test
 * does it there, on a visit.
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

/* family: see vm_new_netns_of(). act: NULL if it just has to be there. */
void neighbour_start(struct neighbour *neighbour, int family, void (*act)(void *arg), void *arg);
/* A cable: here its end is 'name', up; there it is veth0, down. */
void neighbour_connect(const struct neighbour *neighbour, const char *name);
/*
 * Let it act, and wait until it has: anything but success fails the test. Then its
 * namespace goes, and our end of the cable with it, a moment later.
 */
void neighbour_act(const struct neighbour *neighbour);

/* We are in its namespace until vm_go_home() with what is returned. */
int neighbour_visit(const struct neighbour *neighbour);

/*
 * Where we are: an address, of /24 or /64, for an interface, which is up then. Of IPv6
 * this returns when it can be used, so the other end must be up.
 */
void neighbour_address(const char *name, const char *address);

/*
 * Where we are: send 'packet', which must be an echo request, and wait for its reply.
 * Then all that the request did to those it passed is done.
 */
void neighbour_ping(void);

/* The last two on a visit; the address is veth0's. */
void neighbour_settle(const struct neighbour *neighbour, const char *address);
void neighbour_ping_from(const struct neighbour *neighbour);

#endif /* NEIGHBOUR_H */

/* SPDX-License-Identifier: MIT */
/*
 * Whose socket an ICMP error hits: the socket by sock_diag(7) or /proc/net/icmp, the
 * process by /proc. A name is given only if the socket was there before the packet
 * came, and is the same one before and after the process was found, and so is that.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include <sockopt/sockopt.h>

struct process {
	pid_t pid;		/* the lowest one that has the socket */
	unsigned int others;	/* how many more have it */
	uint32_t inode;		/* of the socket */
	char command[64];	/* as /proc/PID/comm says, any bytes */
};

/* Sockets of this network namespace, and since when each is known. */
struct processes;

/* NULL: there can be no names here (no libmnl, no sock_diag); *why says so. */
struct processes *processes_open(const char **why);
void processes_close(struct processes *all);

/*
 * Look at which sockets there are, if it is time to. Returns in how many milliseconds
 * it will be time again.
 */
int processes_look(struct processes *all);

/* 1: found. 0: not ours, or not certain, or not ours to see. */
int processes_find(struct processes *all, const struct sockopt_record *rec,
		   const struct sockopt_icmp *icmp, struct process *process);

#endif /* PROCESS_H */

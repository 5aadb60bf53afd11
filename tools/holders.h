/* SPDX-License-Identifier: MIT */
/*
 * Which process has a socket open: what /proc/PID/fd says, of all processes that are
 * ours to see, read as a whole and no more often than it is cheap.
 */
#ifndef HOLDERS_H
#define HOLDERS_H

#include <stdint.h>
#include <sys/types.h>

struct holders;

struct holder {
	uint32_t inode;
	pid_t pid;
	int fd;
	unsigned int others;		/* processes that have it, too */
	unsigned long long start;	/* of the process, ticks since boot */
};

/* NULL: no memory. */
struct holders *holders_open(void);
void holders_close(struct holders *holders);

/*
 * 1: found; the one with the lowest PID. It was so when /proc was last read: ask
 * holder_is_there() before it is told.
 */
int holders_find(struct holders *holders, uint32_t inode, struct holder *holder);

/* The same process still has the same socket. */
int holder_is_there(const struct holder *holder);

/* The command's name. 0, or -1: the process has gone. */
int holder_command(const struct holder *holder, char *command, size_t size);

#endif /* HOLDERS_H */

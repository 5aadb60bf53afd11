/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side as uapi.h tells it, in this process: the linker sends the
 * library's socket, getsockopt, setsockopt and poll here (--wrap). Set 'fake'
 * up, call the library, look at 'fake' again.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <sys/socket.h>

#include <sockopt/sockopt.h>

#define FAKE_RECORDS 256

struct fake_kernel {
	/* How it behaves. Errors are errno values, 0: none. */
	int socket_error;
	int absent;		/* so many calls get ENOPROTOOPT */
	int abi;
	int open_error;		/* OPEN fails ... */
	int open_error_late;	/* ... fails with the fd already written */
	uint32_t slot_size;
	uint32_t start;		/* first position */
	int records_error;	/* the next RECORDS fails, after writing */
	size_t largest;		/* a larger RECORDS buffer: EFAULT, after writing */
	uint32_t lie_count;	/* RECORDS says so many, with no more bytes */
	uint32_t lie_slot_size;	/* RECORDS says this */
	uint16_t lie_caplen;	/* in each record */
	int has_ended;
	int poll_says;		/* revents; 0: timed out */
	int poll_error;
	int text_error;
	const char *text;	/* TEXT get and CALL answer this */

	/* What is in the ring: record number i is at position start + i. */
	uint32_t count;
	uint16_t flags[FAKE_RECORDS];

	/* What it saw. */
	int gets, sets, polls, records_calls;
	uint32_t acknowledged;	/* records before this number are freed */
	socklen_t records_len;	/* of the last RECORDS buffer */
	int option;		/* the last one */
	int stream_fd;		/* the last one made */
	struct sockopt_open open;
	struct sockopt_filter filter;
	struct sockopt_call call;
	struct sockopt_channel channel;
	char said[SOCKOPT_TEXT_MAX + 1];
	int stops;
};

extern struct fake_kernel fake;

/* A kernel that does everything right, with an empty ring. */
void fake_reset(void);

/* Put n more records into the ring. */
void fake_publish(uint32_t n);

/* Is this a descriptor of an open file? How many are there? */
int fake_is_open(int fd);
int fake_count_open(void);

#endif /* FAKE_KERNEL_H */

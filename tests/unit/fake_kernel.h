/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side as uapi.h tells it, in this process: the linker sends the
 * library's socket, getsockopt, setsockopt, poll, mmap and munmap here (--wrap).
 * Set 'fake' up, call the library, look at 'fake' again. One stream at a time.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <sys/socket.h>

#include <sockopt/sockopt.h>

#define FAKE_RECORDS 256

/* Until then the library asks again: then it believes that the module is absent. */
#define FAKE_TRIES 9

/* The longest value that TUNE can have. */
#define FAKE_VALUE_MAX                                              \
	(sizeof(struct sockopt_tune) + sizeof(struct sockopt_filter) + \
	 SOCKOPT_PROGRAM_MAX * sizeof(struct sockopt_instruction))

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
	uint32_t lie_len;	/* RECORDS says that it wrote so many bytes */
	uint16_t lie_caplen;	/* in each record */
	int lie_no_slots;	/* OPEN and the status page say: 0 slots */
	struct sockopt_status lie_status; /* the status page says what is not 0 here */
	int has_ended;
	int poll_says;		/* revents; 0: timed out */
	int poll_error;
	void (*meanwhile)(void); /* what happens while poll sleeps */
	int map_error;		/* the mmap that makes map_calls this fails: */
	int map_error_at;
	int tune_error;
	int text_error;
	const char *text;	/* TEXT get and CALL answer this */

	/*
	 * Who is asked first, if set, for every getsockopt: 0, -1 with errno set, or 1: it
	 * goes on as without.
	 */
	int (*answer)(int operation, void *buf, socklen_t *len);

	/* What is in the ring: record number i is at position start + i. */
	uint32_t count;
	uint16_t flags[FAKE_RECORDS];
	uint32_t lost;		/* found no room in the mapped ring */

	/* What it saw. */
	int gets, sets, polls, records_calls, map_calls, tunes;
	int maps;		/* mappings of the stream that are there */
	int poll_timeout;	/* of the last poll */
	uint32_t acknowledged;	/* records before this number are freed */
	socklen_t records_len;	/* of the last RECORDS buffer */
	int option;		/* the last one */
	int stream_fd;		/* the last one made */
	struct sockopt_open open; /* as asked */
	uint32_t slots;		/* of the last stream */
	struct sockopt_filter filter;
	unsigned char value[FAKE_VALUE_MAX]; /* of the last TUNE that succeeded */
	socklen_t value_len;
	struct sockopt_call call;
	struct sockopt_channel channel;
	char said[SOCKOPT_TEXT_MAX + 1];
	int stops;
};

extern struct fake_kernel fake;

/* A kernel that does everything right, with an empty ring. */
void fake_reset(void);

/* Put n more records into the ring. Mapped: as many as there is room for. */
void fake_publish(uint32_t n);

/* End of stream. */
void fake_end(void);

/* Records before this number were acknowledged, or released in the mapped ring. */
uint32_t fake_released(void);

/* Is this a descriptor of an open file? How many are there? */
int fake_is_open(int fd);
int fake_count_open(void);

#endif /* FAKE_KERNEL_H */

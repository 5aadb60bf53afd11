/* SPDX-License-Identifier: MIT */
/*
 * What the library's files share; included first by each of them. Not
 * installed, and nothing of it is exported by the shared library.
 */
#ifndef SOCKOPT_INTERNAL_H
#define SOCKOPT_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* SOCK_CLOEXEC, F_DUPFD_CLOEXEC with -std=c99 */
#endif

#include <sys/socket.h>

#include "sockopt/ring.h"
#include "sockopt/sockopt.h"

/*
 * The one place in the sources that names the version: programs that embed the
 * library have no generated header. A test compares it with configure.ac.
 */
#ifndef SOCKOPT_VERSION
#define SOCKOPT_VERSION "0.1.0"
#endif

/* The size of these structs in their first version, as those of uapi.h. */
#define SOCKOPT_ICMP_SIZE_1		136
#define SOCKOPT_ICMP_EXTENSION_SIZE_1	(16 + sizeof(void *))
#define SOCKOPT_ICMP_MPLS_SIZE_1	12
#define SOCKOPT_ICMP_INTERFACE_SIZE_1	100

struct sockopt {
	int fd;				/* the raw socket, ours */
	struct sockopt_info info;	/* as told at open */
};

/* The mapped ring. Each NULL as long as there is none. */
struct sockopt_map {
	struct sockopt_ring ring;	/* as far as a reader needs it */
	uint32_t *consumer;		/* ours: the consumer's page */
	unsigned char *shared;		/* ours: status page and slots */
	const struct sockopt_status *status;
};

struct sockopt_stream {
	int sock;		/* ours: a duplicate of the handle's socket */
	int fd;			/* ours: the kernel's stream */
	unsigned int channel;
	uint32_t slots;		/* records in the ring */
	uint32_t slot_size;	/* bytes from record to record */
	uint32_t cursor;	/* position of the batch's first record; mapped: of
				 * the first record that was not released */
	uint32_t after;		/* position behind its last one */
	uint32_t index;		/* first record in it that was not released */
	uint32_t count;		/* records in it */
	int is_pull_due;	/* a pull failed: poll may not show its records */
	size_t batch;		/* bytes of buffer to fetch at once */
	unsigned char *buffer;	/* ours: struct sockopt_records + records */
	struct sockopt_map map;
};

/*
 * The library's only getsockopt and setsockopt. *len in: bytes of buf, out:
 * bytes that the kernel wrote; unchanged on an error. Return 0 or -errno, and
 * -ESTALE for a channel whose option number would not be one of ours.
 */
int sockopt_internal_get(int fd, unsigned int channel, unsigned int operation,
			 void *buf, socklen_t *len);
int sockopt_internal_set(int fd, unsigned int channel, unsigned int operation,
			 const void *buf, socklen_t len);

/*
 * Take a struct that begins with its own size from a caller who may have been
 * compiled against an older or a newer header: dst, of size bytes, gets what
 * src has; what src lacks is zero. -E2BIG: src has something that we do not
 * know. -EINVAL: it has not even its size.
 */
int sockopt_internal_take(void *dst, size_t size, const void *src);

/*
 * The other way round: give src, of size bytes, to a caller's struct. dst has
 * its size set, gets what both know, and keeps its size. -EINVAL: it is shorter
 * than its first version, of min bytes.
 */
int sockopt_internal_give(void *dst, size_t min, const void *src, size_t size);

/*
 * filter.c: the value of an option whose struct, of head bytes, is followed by the
 * filter and the program of config. open: its first head bytes are left to the
 * caller. -EINVAL: a program without a filter, or the other way round.
 */
struct sockopt_value {
	unsigned char *bytes;
	socklen_t len;
	uint32_t filter_len;	/* bytes behind the head */
};

int sockopt_internal_value_open(struct sockopt_value *value, size_t head,
				const struct sockopt_config *config);
void sockopt_internal_value_close(struct sockopt_value *value);

/*
 * batch.c: the buffer of a stream whose slot_size and cursor are known, of batch
 * bytes (0: the default for this wake_records) but for one record at least.
 * -EPROTO: the kernel's slot size makes no sense. close acknowledges what was
 * released; without a buffer it does nothing.
 */
int sockopt_internal_batch_open(struct sockopt_stream *st, size_t batch,
				uint32_t wake_records);
void sockopt_internal_batch_close(struct sockopt_stream *st);

/* Acknowledge what was released, and let go of the batch. 0 or -errno. */
int sockopt_internal_batch_drop(struct sockopt_stream *st);

static inline int sockopt_internal_is_mapped(const struct sockopt_stream *st)
{
	return st->map.status != NULL;
}

/*
 * map.c: what next, release and wait are as long as the ring is mapped. An ended
 * one has all its records there.
 */
const struct sockopt_record *sockopt_internal_map_next(struct sockopt_stream *st);
void sockopt_internal_map_release(struct sockopt_stream *st);
int sockopt_internal_map_is_ended(const struct sockopt_stream *st);

#endif /* SOCKOPT_INTERNAL_H */

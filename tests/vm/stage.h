/* SPDX-License-Identifier: MIT */
/*
 * The stage: all that a test prepares before it becomes a hostile program, the 'caller',
 * by exec. Its sockets, a stream and the files that show the state are inherited; where
 * they are, and what holds there, is told on standard input. Nothing here needs Check, and
 * members have a fixed width, because the program may be one of 32 bits.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdint.h>

/* What a BPF program of the caller's cgroup makes of getsockopt and setsockopt. */
enum stage_bpf {
	STAGE_BPF_NONE,		/* there is none */
	STAGE_BPF_PASS,		/* all stays as it is */
	STAGE_BPF_SHRINK,	/* the length is one less */
	STAGE_BPF_REPLACE,	/* the first four bytes are STAGE_BPF_BYTES */
	STAGE_BPF_ZERO,		/* the length is 0, for the kernel: 'as it was' */
	STAGE_BPF_BYPASS,	/* it is -1, for setsockopt: 'done without the kernel' */
	STAGE_BPF_NEGATIVE,	/* it is INT_MIN */
	STAGE_BPF_BEYOND,	/* it is INT_MAX */
	STAGE_BPF_DENY,		/* the call is denied: EPERM */
	STAGE_BPF_RETVAL,	/* success becomes STAGE_BPF_ERROR */
	STAGE_BPF_KINDS
};

#define STAGE_BPF_BYTES 0xa5a5a5a5U
#define STAGE_BPF_ERROR 67	/* ENOLINK: nobody else says that */

/* Each shows a part of the state, read from its start. */
enum stage_file {
	STAGE_MESSAGE,		/* of /proc/net/sockopt, to be written too */
	STAGE_STREAMS,
	STAGE_STATS,
	STAGE_FDINFO,		/* of the stream */
	STAGE_FILES
};

#define STAGE_SLOTS 8
#define STAGE_PENDING 4		/* records in the stream */

struct stage {
	uint32_t bpf;		/* enum stage_bpf */
	uint32_t sparse;	/* of what is dense every n-th step */
	uint32_t has_right;	/* to what needs CAP_NET_RAW */
	uint32_t has_streams;	/* else busy and ended have none, and stream is -1 */
	uint32_t generations[3]; /* of the channels, by id */
	uint32_t slot_size;
	uint32_t cursor;	/* of the first record */
	int32_t bare;		/* a raw socket without a stream */
	int32_t busy;		/* one with a stream of icmp */
	int32_t ended;		/* one whose stream was stopped */
	int32_t stream;		/* of busy */
	int32_t sender;		/* a raw ICMP socket: what it sends to 127.0.0.1 is a record */
	int32_t scratch;	/* a UDP socket that no BPF program watches */
	int32_t files[STAGE_FILES];
};

#endif /* STAGE_H */

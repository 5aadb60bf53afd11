/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What programs and the peers' module have in common: names and numbers. */
#ifndef PEERS_INTERFACE_H
#define PEERS_INTERFACE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PEER_TEXT 24			/* bytes of every text */

/* An option that nothing else has, on any IPv4 socket: set and get do nothing. */
#define PEER_OPTION 0x7e00

/*
 * Netlink: a protocol, and types of message: one that is kept, one that is answered, one whose
 * sender then gets each ICMP packet that comes, and one that ends it.
 */
#define PEER_NETLINK 31
#define PEER_NETLINK_PUT 16
#define PEER_NETLINK_ASK 17
#define PEER_NETLINK_WATCH 18
#define PEER_NETLINK_UNWATCH 19

#define PEER_SNAPLEN 96

struct peer_packet {
	__u64 time;		/* ns since 1970 */
	__u32 ifindex;
	__u32 len;		/* bytes that the packet had */
	__u8 bytes[PEER_SNAPLEN];	/* the first of them */
};

/* Generic netlink: a family, its commands and its attribute. */
#define PEER_FAMILY "sko_peer"
#define PEER_FAMILY_VERSION 1
enum { PEER_CMD_UNSPEC, PEER_CMD_PUT, PEER_CMD_ASK };
enum { PEER_ATTR_UNSPEC, PEER_ATTR_TEXT };

/* A character device: read and write, and by ioctl. */
#define PEER_DEVICE "sko_peer"

struct peer_message {
	char text[PEER_TEXT];
};

#define PEER_IOC_NONE _IO('s', 0)
#define PEER_IOC_PUT _IOW('s', 1, struct peer_message)
#define PEER_IOC_GET _IOR('s', 2, struct peer_message)
#define PEER_IOC_CALL _IOWR('s', 3, struct peer_message)

/* Files: below /proc, /sys/kernel/sko_peer and /proc/sys/net/sko_peer. */
#define PEER_PROC "sko_peer"
#define PEER_SYSFS "sko_peer"
#define PEER_SYSCTL "net/sko_peer"

/*
 * The pool, a module of its own: threads of the kernel send messages to endpoints.
 * Each is a netlink socket with a port of its own, or a stream of the channel that wants
 * a type of its own: its number. A CALL "WORD COUNT THREADS" of the channel sends, and
 * replies "TICKS FAILED": what it took, and how many messages were refused.
 */
#define PEER_POOL "pool"	/* module and channel */
#define PEER_POOL_SIZE 100	/* endpoints */
#define PEER_POOL_THREADS 4	/* at most */
#define PEER_POOL_NETLINK 30	/* protocol */
#define PEER_POOL_MESSAGE 16	/* type of each message */
#define PEER_POOL_PORT 7000	/* of the first endpoint; the others behind it */

struct peer_pool_message {
	__u32 thread;
	__u32 number;		/* of this thread's, from 0 on */
	__u32 words[189];	/* of this thread's */
	__u32 check;		/* ~number: the end is of the same message */
};

/* Each thread begins elsewhere, and goes round. */
static inline __u32 peer_pool_endpoint(__u32 thread, __u32 number)
{
	return (thread * (PEER_POOL_SIZE / PEER_POOL_THREADS) + number) % PEER_POOL_SIZE;
}

/* The same in each message of a thread. */
static inline void peer_pool_fill(struct peer_pool_message *message, __u32 thread)
{
	__u32 i;

	message->thread = thread;
	for (i = 0; i < sizeof(message->words) / sizeof(__u32); i++)
		message->words[i] = (thread << 24 | i) * 0x9e3779b1u;
}

static inline void peer_pool_number(struct peer_pool_message *message, __u32 number)
{
	message->number = number;
	message->check = ~number;
}

#endif /* PEERS_INTERFACE_H */

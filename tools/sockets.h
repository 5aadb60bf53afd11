/* SPDX-License-Identifier: MIT */
/*
 * Sockets of this network namespace: all of them, and the one that has a flow.
 * sock_diag(7) for TCP, UDP and UDP-Lite, pings.c for ping.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdint.h>
#include <string.h>

struct sockets;

/* A flow as this host sent it; ports in host order, ping: its identifier as sport. */
struct flow {
	unsigned int family;
	unsigned int protocol;
	uint8_t src[16];
	uint8_t dst[16];
	uint16_t sport;
	uint16_t dport;
	uint32_t ifindex;	/* by which the error came */
};

struct socket_found {
	uint32_t inode;
	uint32_t age_ms;	/* it is known to be so old at least; 0: not known */
	int is_connected;	/* it sends to the flow's other end only */
};

/* Returns 0, or -errno. */
int sockets_open(struct sockets **sockets);
void sockets_close(struct sockets *sockets);

/* 1: there is one. 0: none, or none that is certain. -errno. */
int sockets_find(struct sockets *sockets, const struct flow *flow,
		 struct socket_found *found);

/*
 * Calls each once or more for every socket that is not listening, with its local port
 * (ping: its identifier). 0, or -errno.
 */
typedef void sockets_each(void *context, uint32_t inode, uint16_t port);
int sockets_list(struct sockets *sockets, sockets_each *each, void *context);

/* Addresses of 16 bytes: what a socket is bound to, or connected with, allows address. */
static inline int address_is_any_or(const uint8_t *bound, const uint8_t *address)
{
	static const uint8_t any[16];

	return !memcmp(bound, any, 16) || !memcmp(bound, address, 16);
}

#endif /* SOCKETS_H */

/* SPDX-License-Identifier: MIT */
/*
 * Ping sockets of this network namespace, as sockets.h has the others.
 */
#ifndef PINGS_H
#define PINGS_H

#include "sockets.h"

/* 1: exactly one can have sent the flow. 0: none, or several. -errno. */
int pings_find(const struct flow *flow, struct socket_found *found);

int pings_list(unsigned int family, sockets_each *each, void *context);

#endif /* PINGS_H */

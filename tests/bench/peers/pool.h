/* SPDX-License-Identifier: GPL-2.0-only */
/* The pool: see interface.h. Of ours it uses what any module may. */
#ifndef POOL_H
#define POOL_H

#include <linux/types.h>

#include "interface.h"

/* Process context, may sleep; 0 or -errno: the endpoint did not get it. */
typedef int peer_pool_send(u32 endpoint, const struct peer_pool_message *message);

peer_pool_send peer_pool_send_netlink;
peer_pool_send peer_pool_send_record;

/* In pairs. init returns 0 or -errno, and then leaves nothing. */
int peer_pool_netlink_init(void);
void peer_pool_netlink_exit(void);
int peer_pool_channel_init(void);
void peer_pool_channel_exit(void);

struct peer_pool_order {
	peer_pool_send *send;
	u32 count;	/* messages of each thread */
	u32 threads;	/* 1 to PEER_POOL_THREADS */
};

struct peer_pool_result {
	u64 ticks;	/* of the processor's counter, from the first message on */
	u32 failed;	/* messages */
};

/* Returns when all is sent: 0 or -errno. Process context. */
int peer_pool_run(const struct peer_pool_order *order, struct peer_pool_result *result);

#endif /* POOL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other ways between a program and the kernel, each as one writes it who
 * wants it short and fast: what a text of 24 bytes costs there is what ours is
 * compared with.
 */
#ifndef PEERS_H
#define PEERS_H

#include <linux/spinlock.h>
#include <linux/string.h>

#include "interface.h"

/* The last text of a way. Process context. */
struct peer_text {
	spinlock_t lock;	/* bytes */
	char bytes[PEER_TEXT];
};

#define PEER_TEXT_INIT(name) \
	{ .lock = __SPIN_LOCK_UNLOCKED((name).lock) }

static inline void peer_put(struct peer_text *text, const char *from)
{
	spin_lock(&text->lock);
	memcpy(text->bytes, from, PEER_TEXT);
	spin_unlock(&text->lock);
}

static inline void peer_get(struct peer_text *text, char *to)
{
	spin_lock(&text->lock);
	memcpy(to, text->bytes, PEER_TEXT);
	spin_unlock(&text->lock);
}

/* What a call answers: the text before. */
static inline void peer_swap(struct peer_text *text, const char *from, char *to)
{
	spin_lock(&text->lock);
	memcpy(to, text->bytes, PEER_TEXT);
	memcpy(text->bytes, from, PEER_TEXT);
	spin_unlock(&text->lock);
}

/* The ways, in pairs. init returns 0 or -errno, and then leaves nothing. */
int peer_empty_init(void);
void peer_empty_exit(void);
int peer_netlink_init(void);
void peer_netlink_exit(void);
int peer_genl_init(void);
void peer_genl_exit(void);
int peer_device_init(void);
void peer_device_exit(void);
int peer_proc_init(void);
void peer_proc_exit(void);
int peer_sysfs_init(void);
void peer_sysfs_exit(void);
int peer_sysctl_init(void);
void peer_sysctl_exit(void);

#endif /* PEERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For kernel modules: a channel of one's own. It may answer texts, publish
 * records, or both. The built-in channels have no other way, but that 'message'
 * adds a file in /proc and a switch of its own, and 'icmp' takes the steps of
 * sko_publish_skb() itself, to be done early with what nobody wants.
 *
 * Rule of lifetimes: the ops and everything they need must stay from
 * sko_channel_register() until sko_channel_unregister() has returned; then no
 * callback runs and none will. Programs that hold a stream don't pin the
 * channel's module: they see end of stream.
 */
#ifndef SOCKOPT_CHANNEL_H
#define SOCKOPT_CHANNEL_H

#include <linux/types.h>

#include "uapi.h"

struct net;
struct sk_buff;
struct sko_channel;

/*
 * What a program said, and where the answer goes. Valid during the handler.
 * The program is current, with its credentials and namespaces; its right to
 * speak (ops->text_capability) has been checked. Both texts may stand on the
 * stack: not for DMA, nor for a scatterlist; and who writes behind room corrupts it.
 */
struct sko_text {
	struct sko_channel *channel;
	struct net *net;	/* namespace of the socket */
	const char *request;	/* NULL: none was sent (TEXT, get) */
	size_t len;		/* its bytes, 1 to SOCKOPT_TEXT_MAX, no NUL */
	char *reply;		/* NULL: none is wanted (TEXT, set) */
	size_t room;		/* bytes that fit there */
};

struct sko_channel_ops {
	const char *name;	/* 1 to 31 of [a-z0-9._-], unique */

	/*
	 * Texts; NULL: the channel answers none. Process context, no locks
	 * held, may sleep (interruptibly: return -ERESTARTSYS on a signal), runs
	 * many times at once. Returns the reply's length, 0 if none is wanted,
	 * or -errno; -ERANGE, with nothing consumed, if it does not fit 'room'.
	 * Programs see -EOPNOTSUPP for -ENOPROTOOPT, which means that there is no
	 * module; the same holds for start.
	 */
	ssize_t (*text)(const struct sko_text *text);
	int text_capability;	/* capability, in the namespace's user namespace; 0:
				 * CAP_NET_ADMIN (so CAP_CHOWN cannot be asked)
				 */

	/*
	 * Records; snaplen_max 0: the channel publishes none. start and stop
	 * (each may be NULL) bracket the time in which somebody subscribes in a
	 * namespace: process context, may sleep, one at a time for each
	 * namespace. They run under locks of the core: they must not take the
	 * rtnl lock, nor register or unregister notifiers or pernet operations;
	 * netfilter hooks, timers and the like are fine. After stop has returned,
	 * late callers of sko_publish() in that namespace reach nobody; they need
	 * not be gone.
	 *
	 * is_ip: the records are IP packets, published by sko_publish_skb(), of
	 * AF_INET and AF_INET6. Then filters may look into them, and start and
	 * stop are called for each family that somebody wants. Else family is 0.
	 */
	int (*start)(struct sko_channel *channel, struct net *net, u8 family);
	void (*stop)(struct sko_channel *channel, struct net *net, u8 family);
	bool is_ip;
	bool reserves;		/* sko_reserve() will be called: then there is room
				 * for it, snaplen_max bytes for each processor and
				 * context; not with is_ip
				 */
	int open_capability;	/* as text_capability */
	u32 snaplen;		/* bytes of payload kept by default */
	u32 snaplen_max;	/* at most SOCKOPT_SNAPLEN_MAX */
};

/*
 * Make a channel; process context, may sleep. Returns it, or ERR_PTR: -EEXIST
 * (the name is taken), -EINVAL, -ENOSPC (no id is free), -ENOMEM. Programs may
 * call in before this returns: a start callback that needs the channel takes it
 * from its argument.
 */
struct sko_channel *sko_channel_register(const struct sko_channel_ops *ops);

/*
 * End it: no new caller gets in, those in a handler are waited for, streams see
 * end of stream and keep their queued records. Process context, may sleep; not
 * from within a callback. The caller must have ended its own calls of
 * sko_publish() before, and committed or aborted all that was reserved. NULL and
 * ERR_PTR are taken and ignored.
 */
void sko_channel_unregister(struct sko_channel *channel);

/* The channel's id, as programs see it. */
u32 sko_channel_id(const struct sko_channel *channel);

/* What a publisher says of a record; the core adds time and loss count. */
struct sko_record {
	u8 type;		/* what the types of struct sockopt_filter select */
	u16 flags;		/* as in struct sockopt_record, and so is its order */
	u32 len;		/* bytes of the whole payload */
	u32 ifindex;		/* the rest: as there */
	u8 family;
	u8 kind;
	u16 offset;
};

/*
 * Queue a record for every subscriber of the channel in a namespace. Never
 * sleeps, allocates, or fails: what a subscriber has no room for is counted in its
 * stream. It takes no lock, but in softirq, where it wakes readers itself, those of
 * their wait queues; from elsewhere (and on PREEMPT_RT always) an irq_work does that.
 * Process context, softirq, hard interrupt and NMI, any CPU, many at once. The caller
 * sees to it that net lives.
 *
 * The payload is copied, up to each subscriber's snap length: from data (rec->len
 * bytes), or from skb->data on, which is the network header of an IP packet.
 * sko_publish_skb() is for a packet on its way: under RCU, as netfilter's hooks and
 * all of the receive path are; not in an NMI.
 */
void sko_publish(struct sko_channel *channel, struct net *net,
		 const struct sko_record *rec, const void *data);
void sko_publish_skb(struct sko_channel *channel, struct net *net,
		     const struct sko_record *rec, const struct sk_buff *skb);

/*
 * sko_publish() in two steps, for a payload that is best written where it is then taken
 * from: no buffer of one's own on the stack, and no work for what nobody wants. In any
 * context, of a channel whose ops say 'reserves'.
 *
 * sko_reserve() returns room for snaplen_max bytes, aligned to 8, with whatever is in it;
 * or NULL: nobody in this namespace wants a record of this type (it is counted), and
 * there is nothing to do. Preemption is off from here until commit or abort returns, also
 * while commit copies to each subscriber: no sleep in between, and on PREEMPT_RT no
 * spinlock_t. What interrupts it may publish and reserve too, but one context has one at
 * a time (beyond four on a processor: NULL, with a warning).
 *
 * sko_commit() publishes: rec with the type that was reserved for, and a len of up to
 * snaplen_max, of which all bytes are written. sko_abort() drops it: it is not seen, nor
 * counted.
 *
 *	data = sko_reserve(channel, net, rec.type);
 *	if (data) {
 *		rec.len = write_reading(data);
 *		sko_commit(channel, net, &rec, data);
 *	}
 */
void *sko_reserve(struct sko_channel *channel, struct net *net, u8 type);
void sko_commit(struct sko_channel *channel, struct net *net,
		const struct sko_record *rec, void *data);
void sko_abort(struct sko_channel *channel, void *data);

#endif /* SOCKOPT_CHANNEL_H */

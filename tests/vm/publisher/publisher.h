/* SPDX-License-Identifier: GPL-2.0-only */
/* The test publisher: what a command asks for, and who carries it out. */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include <linux/types.h>

#include <sockopt/channel.h>

#define TYPE_BY_NUMBER (-1)	/* the low byte of the record's number */

/* Records to publish; valid until the function that carries it out returns. */
struct order {
	struct sko_channel *channel;
	struct net *net;
	unsigned int count;	/* records; of each thread */
	unsigned int threads;
	int type;		/* of all records, or TYPE_BY_NUMBER */
	bool is_pool;		/* of a flood: each record has PATTERN_MAX bytes */
	u64 *ticks;		/* out, of what measures */
};

static inline u8 order_type(const struct order *order, u32 number)
{
	return order->type == TYPE_BY_NUMBER ? number : order->type;
}

/* All: process context, may sleep; 0 or -errno. */

/*
 * number.c: records that are numbered through, from three contexts; and from process
 * context while an interrupt publishes in between, more than 'count' of them.
 */
int number_process(const struct order *order);
int number_softirq(const struct order *order);
int number_irq(const struct order *order);
int number_nested(const struct order *order);

/*
 * The same by reserve, of which every third number is aborted. And 'count' pairs of a
 * record that is published and one that is reserved, from an NMI.
 */
int number_reserved(const struct order *order);
int number_nmi(const struct order *order);
unsigned int numbers_given(void);

/*
 * flood.c: threads spread over the processors, as fast as they can. A signal ends
 * it early (-ERESTARTSYS). In the second each thread hands its records to a tasklet
 * on its processor, some at a time.
 */
int flood_process(const struct order *order);
int flood_softirq(const struct order *order);
int flood_pool(const struct order *order);

/* deep.c: four records, each reserved while the one before is open, in four contexts. */
int deep_once(const struct order *order);

/* misuse.c: registrations that must fail do. */
int misuse(const struct order *order);

/* register.c: a channel of its own comes and goes; what registering it got. */
int register_once(const struct order *order);

/* cycle.c: a channel of its own comes and goes so many times. */
int cycle(const struct order *order);

/*
 * measure.c: ICMP packets through PRE_ROUTING (none is received), and records of
 * our own channel. -EIO: a hook kept the packet.
 */
int measure_icmp(const struct order *order);
int measure_publish(const struct order *order);

#endif /* PUBLISHER_H */

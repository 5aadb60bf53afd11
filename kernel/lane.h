/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lanes: for each type of record the streams that want it, in one array. So a
 * record costs what its own subscribers cost, however many others there are.
 */
#ifndef SKO_LANE_H
#define SKO_LANE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "filter.h"

struct sko_stream;

/* One array, of all types that the same streams want. */
struct sko_lane {
	unsigned int count;		/* entries; acquire, release */
	unsigned int room;		/* that there could be; sko_net.lock, as below */
	unsigned int live;		/* entries that are not NULL */
	unsigned int shares;		/* types that point here */
	unsigned int picked;		/* and that the change at work is about */
	u64 turn;			/* of the last removal that came by */
	struct sko_lane *heir;		/* during a change: what replaces it */
	struct rcu_head rcu;
	struct sko_stream __rcu *streams[]; /* NULL: gone */
};

/* Read under RCU, changed under sko_net.lock. NULL: nobody wants the type. */
struct sko_lanes {
	struct sko_lane __rcu *of[SKO_TYPES];
	u64 turn;			/* removals so far */
};

/* Says which types a change is about. */
typedef bool sko_lane_pick(const void *arg, u8 type);

/* Put a stream on lanes that it is not on. -ENOMEM changes nothing. */
int sko_lanes_add(struct sko_lanes *lanes, struct sko_stream *st,
		  sko_lane_pick *pick, const void *arg);

/*
 * Take a stream off lanes that it is on. Without memory it stays there, and is
 * asked in vain.
 */
void sko_lanes_narrow(struct sko_lanes *lanes, struct sko_stream *st,
		      sko_lane_pick *pick, const void *arg);

/* Take a stream off all lanes. Does not fail. */
void sko_lanes_remove(struct sko_lanes *lanes, struct sko_stream *st);

#endif /* SKO_LANE_H */

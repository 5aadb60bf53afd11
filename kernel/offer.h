/* SPDX-License-Identifier: GPL-2.0-only */
/* Offering a record to all streams of a lane. */
#ifndef SKO_OFFER_H
#define SKO_OFFER_H

#include <sockopt/channel.h>

#include "lane.h"
#include "packet.h"

struct sk_buff;

/* Where the bytes of a record come from: one of the two. */
struct sko_payload {
	const void *data;		/* as many as the record has */
	const struct sk_buff *skb;	/* from its network header on */
};

/*
 * Put the record into the ring of each stream that wants it, or count it as lost there,
 * and wake. Any context, under RCU. What goes along are values, for registers.
 */
void sko_offer(const struct sko_lane *lane, enum sko_half half,
	       const struct sko_record *rec, struct sko_payload payload);

#endif /* SKO_OFFER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record on its way past the filters of many streams. What one of them had to
 * look up in the packet is there for the next.
 */
#ifndef SKO_PACKET_H
#define SKO_PACKET_H

#include <linux/socket.h>
#include <linux/types.h>

#include <sockopt/channel.h>

struct sk_buff;

/* Two sets of types, each counted from 0. */
enum sko_half {
	SKO_HALF_MAIN,		/* wanted by types */
	SKO_HALF_IP6,		/* IPv6 of a channel of IP packets: by types6 */
	SKO_HALVES
};

/* Of a channel of IP packets. */
static inline enum sko_half sko_half_of(u8 family)
{
	return family == AF_INET6 ? SKO_HALF_IP6 : SKO_HALF_MAIN;
}

/* Of IPv4 in the first bytes; the rest is 0. */
union sko_address {
	u8 bytes[16];
	u64 words[2];
};

struct sko_packet {
	const struct sko_record *rec;
	enum sko_half half;
	const struct sk_buff *skb;	/* NULL: the record is no packet */
	bool is_dissected;		/* what follows was looked up */

	/* What is missing or cut off is not there. */
	bool has_addresses, has_code, has_quoted, has_ports;
	u8 code;
	u8 quoted_protocol;
	u16 quoted_sport, quoted_dport;	/* of an echo: its identifier, 0 */
	union sko_address src, dst;
	union sko_address quoted_src, quoted_dst;
};

/* Only what is needed before the first look; the rest is dissect's. */
static inline void sko_packet_init(struct sko_packet *packet,
				   const struct sko_record *rec,
				   enum sko_half half,
				   const struct sk_buff *skb)
{
	packet->rec = rec;
	packet->half = half;
	packet->skb = skb;
	packet->is_dissected = false;
}

/* Look everything up, once. There is an skb. Any context, under RCU. */
void sko_packet_dissect(struct sko_packet *packet);

#endif /* SKO_PACKET_H */

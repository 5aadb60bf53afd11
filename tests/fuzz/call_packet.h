/* SPDX-License-Identifier: MIT */
/* ICMP packets of IPv4 and IPv6, from the IP header on; also cut off, or quoting others. */
#ifndef CALL_PACKET_H
#define CALL_PACKET_H

#include "call_rng.h"

#include <stddef.h>

/* One of those that packets come from and go to: 16 bytes, of IPv4 the first four. */
void packet_address(struct rng *rng, uint8_t *at);

/* Returns how many of the PACKET_MAX bytes it has. */
#define PACKET_MAX 256
size_t packet_generate(struct rng *rng, uint8_t *bytes);

/* Make the length and checksum of the IP header true: else the kernel drops it at once. */
void packet_seal(uint8_t *bytes, size_t len);

#endif /* CALL_PACKET_H */

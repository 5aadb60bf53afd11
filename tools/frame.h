/* SPDX-License-Identifier: MIT */
/*
 * A packet of a file, from its link header to a record as the kernel makes them.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <sockopt/sockopt.h>

/* The bytes of a packet that are here, and how many there were. */
struct frame {
	const uint8_t *data;
	size_t caplen;
	size_t len;
};

/* Link types that can be read, as DLT_* of libpcap. 0: this one cannot. */
int frame_knows(int link);

/*
 * Strips the link header, and what is behind the end of the IP packet. Returns its
 * family, or 0: it is no IP packet, or none that can be read.
 */
int frame_to_ip(struct frame *frame, int link);

/* Where the ICMP header starts, or 0: it is no ICMP packet, or a later fragment. */
size_t frame_icmp_offset(const struct frame *frame, int family);

#endif /* FRAME_H */

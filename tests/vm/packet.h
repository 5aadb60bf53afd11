/* SPDX-License-Identifier: MIT */
/*
 * Packets built byte by byte, of IPv4 or IPv6, and what the records of the channel
 * icmp must show of them.
 */
#ifndef PACKET_H
#define PACKET_H

#include "vm.h"

#define IP_LEN 20		/* IPv4 header without options */
#define IP6_LEN 40
#define SLOTS 64

struct packet {
	int family;
	uint8_t bytes[65535];
	size_t len;
	size_t offset;		/* of the ICMP header */
};

extern struct packet packet;

/*
 * An echo request of the addresses' family; icmp_len bytes behind the IP header, also
 * too few of them.
 */
void build(const char *from, const char *to, uint16_t id, size_t icmp_len);

/* After a change of the IPv4 header, or of what ICMP has: its checksum. */
void sum_header(void);
void sum_icmp(void);

/* With our IP header, not the kernel's, which sets IPv4's length and checksum. */
void send_packet(void);

/*
 * As it is, over loopback, of IPv4, past everything that makes or checks a packet. len: bytes
 * that the frame has behind its header, fewer or more than the packet.
 */
void send_frame(size_t len);

uint64_t now(void);

/* The record shows 'packet', as far as snaplen allows. */
void expect_packet(const struct vm_reader *reader, const struct sockopt_record *rec);

/* The one record that there is; it is acknowledged, and stays in the buffer. */
const struct sockopt_record *only(struct vm_reader *reader);

void expect_counts(const struct vm_reader *reader, uint64_t seen, uint64_t filtered,
		   uint64_t pending);

/* So many were wanted, whatever else was seen, and all of them were read. */
void expect_delivered(const struct vm_reader *reader, uint64_t delivered);

/*
 * Among whatever else comes: of this type, with this identifier or quoted port. The
 * buffer of the reader has room for one.
 */
const struct sockopt_record *find(struct vm_reader *reader, uint8_t type, uint16_t id,
				  struct sockopt_icmp *icmp);

void expect_address(const uint8_t *address, const char *expected);

/* What must come back is what vm_echo() sent: its payload is 0, 1, 2 ... */
void expect_reply(const struct sockopt_record *rec, size_t payload);

#endif /* PACKET_H */

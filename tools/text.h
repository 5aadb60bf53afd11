/* SPDX-License-Identifier: MIT */
/*
 * Parts of what people read: addresses, names, labels. Nothing of a packet is written
 * as it is, but for what these make of it.
 */
#ifndef TEXT_H
#define TEXT_H

#include "output.h"

#include <stdint.h>
#include <stdio.h>

#define ADDRESS_TEXT	46	/* bytes that an address and its NUL fit */
#define HOST_TEXT	256	/* and a host's name */
#define LABEL_TEXT	64	/* and a label */

/* IPv6 in the form of RFC 5952. Returns text. */
const char *text_address(char text[ADDRESS_TEXT], unsigned int family,
			 const uint8_t *address);

/*
 * The host's name, or the address if it has none, or is_name is 0. The last few are
 * kept. Returns text.
 */
const char *text_host(char text[HOST_TEXT], unsigned int family,
		      const uint8_t *address, int is_name);

/* tcp, udp, ...; NULL: it has no name here. */
const char *text_protocol(unsigned int protocol);

/*
 * What a packet is, in few words: "echo request", "frag needed mtu 1400". An error's
 * code says it all where it can: "port unreachable". Returns text.
 */
const char *text_label(char text[LABEL_TEXT], const struct sockopt_icmp *icmp);

/* An error that quotes a packet, or a redirect. */
int text_is_error(const struct sockopt_icmp *icmp);

/* The flow that an error quotes: 'tcp 10.0.0.1:1 > 10.0.0.2:80'. */
void text_flow(FILE *to, const struct sockopt_icmp *icmp, int has_names);

/* Bytes of others: what moves the cursor, or is no character of UTF-8, as \x1b. */
void text_escaped(FILE *to, const char *bytes, size_t len);

/* An interface's name, kept for a second; NULL: it has none (any more). */
const char *text_interface(uint32_t ifindex);

#endif /* TEXT_H */

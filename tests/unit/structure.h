/* SPDX-License-Identifier: MIT */
/*
 * Extension structures behind the quote of an error, made by hand.
 */
#ifndef STRUCTURE_H
#define STRUCTURE_H

#include "packet.h"

#define QUOTE_LEN 128		/* of these errors */

/*
 * Time exceeded about udp, with a quote that is filled up and a structure
 * without an object. Announced: the length attribute says so.
 */
struct packet extended(int family, int is_announced);

/* Where that structure stands in the packet. */
unsigned int structure_of(const struct packet *p);

/* Append an object to it. */
void add_object(struct packet *p, unsigned int class_num, unsigned int c_type,
		const void *data, unsigned int len);

/* Make the checksum of it, and the packet's length, right. */
void seal(struct packet *p);

/* How many objects of a record are handed out; *ret: what the last call said. */
unsigned int count_objects(const struct sockopt_record *rec, int *ret);

#endif /* STRUCTURE_H */

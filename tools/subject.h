/* SPDX-License-Identifier: MIT */
/*
 * What packets are counted by: their type, who sent them, and the flow that an error
 * hits. Each has a key of fixed size, and a name for people.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdint.h>

#include <sockopt/sockopt.h>

enum subject {
	BY_TYPE,
	BY_SOURCE,
	BY_FLOW,
	SUBJECTS,
};

#define SUBJECT_TEXT 160	/* bytes that a name and its NUL fit */

/* What a subject has no use for is 0. Ports are in network order: memcmp() sorts. */
struct key {
	uint8_t family;
	uint8_t number;		/* type, or protocol of the flow */
	uint8_t code;
	uint8_t is_known;	/* number and code, or the ports */
	uint8_t src[16];
	uint16_t sport;
	uint8_t dst[16];
	uint16_t dport;
};

SOCKOPT_ASSERT(sizeof(struct key) == 40);

/* 1; 0: this packet has none, as an echo has no flow. */
int subject_key(struct key *key, enum subject subject, const struct sockopt_icmp *icmp);

/* "frag needed", "echo request v6"; an address; "udp 10.0.0.1:1 > 10.0.0.2:53". */
const char *subject_name(char text[SUBJECT_TEXT], enum subject subject,
			 const struct key *key);

/* As memcmp(), which does for the others: types in the order of their names. */
int subject_compare_types(const struct key *one, const struct key *other);

#endif /* SUBJECT_H */

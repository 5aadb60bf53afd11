/* SPDX-License-Identifier: MIT */
/*
 * Places: network namespaces with a stream in each. A test stays one process and
 * changes its namespace; a socket keeps the one it was made in.
 */
#ifndef PLACE_H
#define PLACE_H

#include "vm.h"

extern int home;	/* namespace A, where every test starts */

/* A case of tests that start in A, with net.sockopt as after loading. */
TCase *place_case(Suite *suite, const char *name);

/* A namespace with its stream; both usable from anywhere. */
struct place {
	int namespace;
	int raw;
	int stream;
	struct sockopt_open args;
};

/* In the namespace where we are. */
struct place occupy(void);

void vacate(struct place *place);
void assert_seen(const struct place *place, uint64_t seen);

/* All records of a stream are ours, by the echo identifier that they carry. */
void assert_records_have_id(const struct place *place, int count, uint16_t id);

#endif /* PLACE_H */

/* SPDX-License-Identifier: MIT */
/*
 * The benchmark: what each way between a program and the kernel costs, in executed instructions, on a
 * machine that counts them (job bench of boot.sh; see ../vm/cost.h). A figure is shown,
 * never asserted; what is asserted is that the way did its work.
 */
#ifndef BENCH_H
#define BENCH_H

#include <check.h>

#include "../vm/cost.h"
#include "peers/interface.h"

/* "# bench: TABLE; ROW; COLUMN; FIGURE": read by tables.awk. */
void bench_figure(const char *table, const char *row, const char *column, double figure);

/* The suites, one a table. */
Suite *round_trip_suite(void);

/* ---- netlink.c ---- */

/* A message to a kernel socket, ready to be sent, with a text of PEER_TEXT bytes in it. */
struct bench_message {
	unsigned char bytes[128];
	size_t len;
	char *text;	/* in bytes */
};

/* A socket that is bound and connected to the kernel. */
int bench_netlink(int protocol);
/* The id of a family of generic netlink, by its name. */
int bench_family(int fd, const char *name);
/* A message of our own protocol, and one of a family with a command. */
void bench_message(struct bench_message *message, int type);
void bench_command(struct bench_message *message, int family, int command);

#endif /* BENCH_H */

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

/* Of n figures, which are sorted. */
double bench_median(double *figures, int n);

/*
 * Is this the figure whose instructions are to be seen one by one (the word SKO_PROFILE=ROW/COLUMN
 * of the kernel's command line, '_' for a blank)? Then between profile_begin() and profile_end()
 * it is done again and again, until the machine is stopped.
 */
bool bench_is_profiled(const char *row, const char *column);
void profile_begin(void);
void profile_end(void);

/* The suites, one a table. */
Suite *round_trip_suite(void);
Suite *bench_floor_suite(void);
Suite *bench_records_suite(void);
Suite *bench_slots_suite(void);
Suite *bench_losses_suite(void);
Suite *bench_arrivals_suite(void);
Suite *bench_sleepers_suite(void);
Suite *bench_subscribers_suite(void);
Suite *bench_memory_suite(void);
Suite *bench_pool_suite(void);
Suite *bench_pool_sleepers_suite(void);

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
/*
 * The parts of a message: its first 'len' bytes, then its attributes, as bytes that are zeros.
 * Where they are is returned.
 */
void *bench_begin(struct bench_message *message, int type, size_t len);
void *bench_attribute(struct bench_message *message, int type, size_t len);
/* Sends it, and the kernel says that all is well. */
void bench_ask(int fd, struct bench_message *message);
/* A message of our own protocol, and one of a family with a command. */
void bench_message(struct bench_message *message, int type);
void bench_command(struct bench_message *message, int family, int command);

#endif /* BENCH_H */

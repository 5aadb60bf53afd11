/* SPDX-License-Identifier: MIT */
/*
 * Packets that are numbered by their sender, so that a reader counts on its own:
 * in a namespace where nobody replies, a packet is a record.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "vm.h"

#define SLOT_SIZE 128		/* of the default snap length, 96 */

/* A sender of this namespace, and how many it has sent. */
extern int sender;
extern uint32_t sent;

/* The fixture of every test: a new namespace, and its sender. */
void sequence_setup(void);

/* Who sends stands in the identifier, the number in the payload. */
void send_number(int fd, uint16_t who, uint32_t number);

void send_more(uint32_t n);

/* And wait until this stream, open since before the first, has seen them all. */
void queue(const struct vm_reader *reader, uint32_t n);

uint32_t number_of(const struct sockopt_record *rec);

/* The batch holds n records from this position on, numbered from first. */
void expect_run(const struct vm_reader *reader, uint32_t pos, uint32_t first, uint32_t n);

/* One call brings exactly these. */
void take_run(struct vm_reader *reader, uint32_t first, uint32_t n);

struct sockopt_stats stats_of(int fd);

void expect_stats(const struct vm_reader *reader, uint64_t delivered, uint64_t pending,
		  uint64_t lost_full);

bool is_readable(int fd);

/* RECORDS with whatever header and length. */
int ask(const struct vm_reader *reader, void *buf, size_t size);

struct sockopt_records head_of(const struct vm_reader *reader);

#endif /* SEQUENCE_H */

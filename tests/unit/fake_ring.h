/* SPDX-License-Identifier: MIT */
/*
 * The fake kernel's mapped ring, laid out as 'The mapped ring' in uapi.h says, and
 * filled by the steps of ring.h, as the kernel does. The stream's file is a memory
 * file, and what is mapped of it is counted. The ring is there from the first mmap
 * until the consumer's page, or all of it, is unmapped: then it is made anew.
 */
#ifndef FAKE_RING_H
#define FAKE_RING_H

#include "fake_kernel.h"

/* A new stream's file, which the caller closes, or -1. */
int fake_ring_fd(void);

/* Put a record with this number in. 0: there is no room. 1 also without a ring. */
int fake_ring_publish(uint32_t number);

/* Say in the status page that the stream has ended. */
void fake_ring_end(void);

/* Is the consumer's page mapped? Then: the number of the record at the tail. */
int fake_ring_is_held(void);
uint32_t fake_ring_tail(void);

/* The bytes of the whole file, as the kernel has them; NULL: there is no ring. */
unsigned char *fake_ring_bytes(size_t *len);

/* Forget the ring and what was mapped. */
void fake_ring_forget(void);

/* fake_kernel.c: what a record with this number looks like. */
void fake_fill_record(struct sockopt_record *rec, uint32_t number);

#endif /* FAKE_RING_H */

/* SPDX-License-Identifier: MIT */
/* The mapped ring of a stream, by the rules of uapi.h and without the library. */
#ifndef MAPPING_H
#define MAPPING_H

#include "vm.h"

struct mapping {
	uint32_t *tail;				/* the consumer's page */
	const struct sockopt_status *status;	/* the status page */
	const uint8_t *slots;
	size_t shared_len;			/* bytes of status page and slots */
	uint32_t slot_size;
	uint32_t mask;				/* slots - 1 */
};

/* The pages of a ring, as a mapping of the stream's file counts them. */
size_t mapping_pages(const struct sockopt_open *open);

/* One mmap of so many pages from this page on: 0 or -errno; *at is NULL on an error. */
int mapping_try(int stream, size_t page, size_t count, int rights, int flags, void **at);

/* The consumer's page, to be written, or an error; the rest, which must succeed; both. */
int mapping_take_tail(struct mapping *map, int stream);
void mapping_add_slots(struct mapping *map, int stream, const struct sockopt_open *open);
void mapping_open(struct mapping *map, int stream, const struct sockopt_open *open);
void mapping_close(struct mapping *map);

/* The record at the tail, or NULL. */
const struct sockopt_record *mapping_next(const struct mapping *map);
void mapping_release(struct mapping *map);

/* The records at the tail are these (sequence.h); they are released. */
void mapping_release_run(struct mapping *map, uint32_t first, uint32_t n);

#endif /* MAPPING_H */

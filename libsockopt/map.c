/* SPDX-License-Identifier: MIT */
/*
 * The mapped ring: records are read where the kernel wrote them, and released by a
 * store. See 'The mapped ring' in uapi.h, and ring.h for the order of things.
 */
#include "internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Bytes of the status page and the slots' pages: maybe more than a 32-bit program has. */
static uint64_t shared_size(const struct sockopt_stream *st)
{
	uint64_t page = page_size();
	uint64_t slots = (uint64_t)st->slots * st->slot_size;

	return page + (slots + page - 1) / page * page;
}

static void *map_at(const struct sockopt_stream *st, size_t size, int rights,
		    size_t offset)
{
	void *at = mmap(NULL, size, rights, MAP_SHARED, st->fd, (off_t)offset);

	return at == MAP_FAILED ? NULL : at;
}

static int map_pages(struct sockopt_stream *st)
{
	struct sockopt_map *map = &st->map;
	size_t page = page_size();

	if (shared_size(st) > SIZE_MAX / 2)
		return -ENOMEM;
	map->consumer = map_at(st, page, PROT_READ | PROT_WRITE, 0);
	if (!map->consumer)
		return -errno;
	map->shared = map_at(st, (size_t)shared_size(st), PROT_READ, page);
	return map->shared ? 0 : -errno;
}

/* What is there is what OPEN told; what a reader needs of the ring, which has a slot. */
static int set_up(struct sockopt_stream *st)
{
	struct sockopt_map *map = &st->map;
	const struct sockopt_status *status =
		(const struct sockopt_status *)(const void *)map->shared;

	if (status->size < SOCKOPT_STATUS_SIZE_1 || !status->slots ||
	    status->slots != st->slots || status->slot_size != st->slot_size)
		return -EPROTO;
	map->ring.slots = map->shared + page_size();
	map->ring.u_tail = map->consumer;
	map->ring.mask = st->slots - 1;
	map->ring.slot_size = st->slot_size;
	map->status = status;
	st->cursor = *map->consumer;
	return 0;
}

int sockopt_stream_map(struct sockopt_stream *st)
{
	int ret;

	if (sockopt_internal_is_mapped(st))
		return -EBUSY;
	ret = sockopt_internal_batch_drop(st);
	st->is_pull_due = ret < 0;	/* else poll shows all that is there */
	if (!ret)
		ret = map_pages(st);
	if (!ret)
		ret = set_up(st);
	if (ret)
		sockopt_stream_unmap(st);
	return ret;
}

/* Takes a half-made mapping too. */
void sockopt_stream_unmap(struct sockopt_stream *st)
{
	struct sockopt_map *map = &st->map;

	if (map->shared)
		munmap(map->shared, (size_t)shared_size(st));
	if (map->consumer)
		munmap(map->consumer, page_size());
	if (map->status)
		st->after = st->cursor;
	map->status = NULL;
	map->shared = NULL;
	map->consumer = NULL;
}

/* As for a batch: the kernel's word is checked as far as our memory depends on it. */
static int fits(const struct sockopt_ring *ring, const struct sockopt_record *rec)
{
	return rec->caplen <= ring->slot_size - sizeof(*rec);
}

static void step(struct sockopt_stream *st)
{
	st->cursor++;
	sockopt_ring_release(&st->map.ring, st->cursor);
}

const struct sockopt_record *sockopt_internal_map_next(struct sockopt_stream *st)
{
	const struct sockopt_ring *ring = &st->map.ring;

	while (sockopt_ring_ready(ring, st->cursor, 1)) {
		const struct sockopt_record *rec = sockopt_ring_slot(ring,
								     st->cursor);

		if (!(rec->flags & SOCKOPT_RECORD_F_DISCARDED))
			return fits(ring, rec) ? rec : NULL;
		step(st);
	}
	return NULL;
}

void sockopt_internal_map_release(struct sockopt_stream *st)
{
	if (sockopt_internal_map_next(st))
		step(st);
}

int sockopt_internal_map_is_ended(const struct sockopt_stream *st)
{
	return !!(__atomic_load_n(&st->map.status->flags, __ATOMIC_ACQUIRE) &
		  SOCKOPT_STATUS_F_ENDED);
}

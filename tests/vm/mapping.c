/* SPDX-License-Identifier: MIT */
/* See mapping.h. */
#include "mapping.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sequence.h"

size_t mapping_pages(const struct sockopt_open *open)
{
	return 2 + ((size_t)open->slots * open->slot_size + VM_PAGE - 1) / VM_PAGE;
}

int mapping_try(int stream, size_t page, size_t count, int rights, int flags, void **at)
{
	*at = mmap(NULL, count * VM_PAGE, rights, flags, stream, (off_t)(page * VM_PAGE));
	if (*at != MAP_FAILED)
		return 0;
	*at = NULL;
	return -errno;
}

int mapping_take_tail(struct mapping *map, int stream)
{
	void *at;
	int ret = mapping_try(stream, 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, &at);

	memset(map, 0, sizeof(*map));
	map->tail = at;
	return ret;
}

void mapping_add_slots(struct mapping *map, int stream, const struct sockopt_open *open)
{
	size_t count = mapping_pages(open) - 1;
	void *at;

	ck_assert_int_eq(mapping_try(stream, 1, count, PROT_READ, MAP_SHARED, &at), 0);
	map->status = at;
	map->slots = (const uint8_t *)at + VM_PAGE;
	map->shared_len = count * VM_PAGE;
	map->slot_size = open->slot_size;
	map->mask = open->slots - 1;
}

void mapping_open(struct mapping *map, int stream, const struct sockopt_open *open)
{
	ck_assert_int_eq(mapping_take_tail(map, stream), 0);
	mapping_add_slots(map, stream, open);
}

void mapping_close(struct mapping *map)
{
	ck_assert_int_eq(munmap(map->tail, VM_PAGE), 0);
	if (map->status)
		ck_assert_int_eq(munmap((void *)(uintptr_t)map->status, map->shared_len), 0);
	memset(map, 0, sizeof(*map));
}

const struct sockopt_record *mapping_next(const struct mapping *map)
{
	uint32_t pos = *map->tail;
	const struct sockopt_record *rec =
		(const void *)(map->slots + (size_t)(pos & map->mask) * map->slot_size);

	return __atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE) == pos + 1 ? rec : NULL;
}

void mapping_release(struct mapping *map)
{
	__atomic_store_n(map->tail, *map->tail + 1, __ATOMIC_RELEASE);
}

void mapping_release_run(struct mapping *map, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = mapping_next(map);

		ck_assert_ptr_nonnull(rec);
		ck_assert_uint_eq(number_of(rec), first + i);
		mapping_release(map);
	}
}

/* SPDX-License-Identifier: MIT */
/* See fake_ring.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* memfd_create with -std=c99 */
#endif

#include "fake_ring.h"

#include <errno.h>
#include <sockopt/ring.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPS_MAX 4

/* Names that the linker gives: --wrap. */
void *__wrap_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset);
void *__real_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t len);
int __real_munmap(void *at, size_t len);

/* The kernel's own mapping of the whole file; NULL: no ring. */
static unsigned char *memory;
static struct sockopt_ring ring;

/* What the library has mapped. */
static struct map {
	void *at;		/* NULL: nothing */
	size_t pages;
	int is_tail;
} maps[MAPS_MAX];

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t pages_of(size_t bytes)
{
	return (bytes + page_size() - 1) / page_size();
}

/* The consumer's page, the status page, the slots. */
static size_t pages_of_all(void)
{
	return 2 + pages_of((size_t)fake.slots * fake.slot_size);
}

int fake_ring_fd(void)
{
	fake_ring_forget();
	return memfd_create("stream", MFD_CLOEXEC);
}

/* ---- The kernel's side -------------------------------------------------- */

static struct sockopt_status *status(void)
{
	return (struct sockopt_status *)(void *)(memory + page_size());
}

static uint32_t lie_or(uint32_t lie, uint32_t truth)
{
	return lie ? lie : truth;
}

static void fill_status(void)
{
	const struct sockopt_status *lie = &fake.lie_status;

	memset(status(), 0, page_size());
	status()->size = lie_or(lie->size, sizeof(*lie));
	status()->flags = fake.has_ended ? SOCKOPT_STATUS_F_ENDED : 0;
	status()->slots = fake.lie_no_slots ? 0 : lie_or(lie->slots, fake.slots);
	status()->slot_size = lie_or(lie->slot_size, fake.slot_size);
	status()->start = fake.start;
}

int fake_ring_publish(uint32_t number)
{
	struct sockopt_record *rec, made;
	uint32_t pos;

	if (!memory)
		return 1;
	rec = sockopt_ring_reserve(&ring, &pos);
	if (!rec)
		return 0;
	fake_fill_record(&made, number);
	made.seq = rec->seq;
	made.lost = rec->lost;
	*rec = made;
	sockopt_ring_commit(rec, pos);
	return 1;
}

/* With the records that were not acknowledged yet. */
static void fill_slots(void)
{
	uint64_t start = (uint64_t)fake.start + fake.acknowledged;
	uint32_t number;

	sockopt_ring_init(&ring, memory + 2 * page_size(), (uint32_t *)(void *)memory,
			  fake.slots, fake.slot_size, start);
	for (number = fake.acknowledged; number < fake.count; number++)
		fake_ring_publish(number);
}

/* 0 or errno. */
static int make(int fd)
{
	size_t len = pages_of_all() * page_size();
	void *at;

	if (memory)
		return 0;
	if (ftruncate(fd, (off_t)len))
		return errno;
	at = __real_mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return errno;
	memory = at;
	fill_status();
	fill_slots();
	return 0;
}

static void unmake(void)
{
	if (memory)
		__real_munmap(memory, pages_of_all() * page_size());
	memory = NULL;
}

void fake_ring_end(void)
{
	if (memory)
		__atomic_fetch_or(&status()->flags, SOCKOPT_STATUS_F_ENDED,
				  __ATOMIC_RELEASE);
}

uint32_t fake_ring_tail(void)
{
	return __atomic_load_n(ring.u_tail, __ATOMIC_ACQUIRE) - fake.start;
}

int fake_ring_is_held(void)
{
	int i, n = 0;

	for (i = 0; i < MAPS_MAX; i++)
		n += maps[i].at && maps[i].is_tail;
	return n > 0;
}

unsigned char *fake_ring_bytes(size_t *len)
{
	*len = memory ? pages_of_all() * page_size() : 0;
	return memory;
}

void fake_ring_forget(void)
{
	unmake();
	memset(maps, 0, sizeof(maps));
	fake.maps = 0;
}

/* ---- mmap and munmap ---------------------------------------------------- */

/* 0, or the errno that the kernel has for it. */
static int check(size_t len, int rights, int flags, off_t offset)
{
	size_t first = (size_t)offset / page_size();

	if (!(flags & MAP_SHARED) || first + pages_of(len) > pages_of_all())
		return EINVAL;
	if (rights & PROT_EXEC)
		return EPERM;
	if (!first)
		return pages_of(len) > 1 ? EINVAL : 0;
	return rights & PROT_WRITE ? EPERM : 0;
}

static struct map *find(const void *at)
{
	int i;

	for (i = 0; i < MAPS_MAX; i++)
		if (maps[i].at == at)
			return &maps[i];
	return NULL;
}

static void *fail_map(int err)
{
	errno = err;
	return MAP_FAILED;
}

static void *map_stream(size_t len, int rights, int flags, int fd, off_t offset)
{
	struct map *map = find(NULL);
	int err = check(len, rights, flags, offset);
	void *at;

	if (++fake.map_calls == fake.map_error_at)
		return fail_map(fake.map_error);
	if (!err)
		err = map ? make(fd) : ENOMEM;
	if (err)
		return fail_map(err);
	at = __real_mmap(NULL, len, rights, flags, fd, offset);
	if (at == MAP_FAILED)
		return at;
	map->at = at;
	map->pages = pages_of(len);
	map->is_tail = !offset;
	fake.maps++;
	return at;
}

void *__wrap_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset)
{
	if (fd < 0 || fd != fake.stream_fd)
		return __real_mmap(at, len, rights, flags, fd, offset);
	return map_stream(len, rights, flags, fd, offset);
}

/* The tail is the kernel's again. */
static void let_go(struct map *map)
{
	uint32_t tail = fake_ring_tail();

	map->at = NULL;
	fake.maps--;
	if (map->is_tail)
		fake.acknowledged = tail;
	if (map->is_tail || !fake.maps)
		unmake();
}

/* What is not unmapped whole, and nothing beside it, stays and still counts. */
int __wrap_munmap(void *at, size_t len)
{
	struct map *map = at ? find(at) : NULL;

	if (!map)
		return __real_munmap(at, len);
	if (map->pages != pages_of(len)) {
		errno = EINVAL;
		return -1;
	}
	let_go(map);
	return __real_munmap(at, len);
}

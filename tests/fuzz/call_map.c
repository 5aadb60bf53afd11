/* SPDX-License-Identifier: MIT */
/*
 * See call_run.h. Mappings of streams: each register has a place of its own in memory, so
 * that what is there when a thread writes is a mapping of a stream, or nothing.
 */
#include "call_run.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sockopt/uapi.h>

#define PAGE 4096UL
#define PAGES_MAX 64U
#define PLACE 0x100000000000UL	/* where the C library maps nothing */
#define APART 0x1000000UL

static struct mapping *map_at(uint32_t number)
{
	return &machine.maps[number % REGISTERS];
}

/* numbers: stream, register, first page, pages, protection, with 16 for a private one */
long run_map(struct worker *worker, const struct call *call)
{
	struct mapping *map = map_at(call->numbers[1]);
	size_t len = PAGE * (call->numbers[3] % PAGES_MAX);
	int flags = call->numbers[4] & 16 ? MAP_PRIVATE : MAP_SHARED;
	void *at;

	(void)worker;
	at = mmap(map->at, len, (int)(call->numbers[4] & 7), flags | MAP_FIXED,
		  stream_at(call->numbers[0]), (off_t)(PAGE * call->numbers[2]));
	if (at == MAP_FAILED)
		return -1;
	__atomic_store_n(&map->len, len, __ATOMIC_RELAXED);
	return 0;
}

/* numbers: mapping, first page, pages */
long run_unmap(struct worker *worker, const struct call *call)
{
	const struct mapping *map = map_at(call->numbers[0]);

	(void)worker;
	return munmap(map->at + PAGE * (call->numbers[1] % PAGES_MAX),
		      PAGE * (call->numbers[2] % PAGES_MAX));
}

/* numbers: mapping, protection, pages */
long run_protect(struct worker *worker, const struct call *call)
{
	(void)worker;
	return mprotect(map_at(call->numbers[0])->at, PAGE * (call->numbers[2] % PAGES_MAX),
			(int)(call->numbers[1] & 7));
}

/* In place: to elsewhere it would be lost to us. numbers: mapping, pages before, after */
long run_remap(struct worker *worker, const struct call *call)
{
	void *at = mremap(map_at(call->numbers[0])->at,
			  PAGE * (call->numbers[1] % PAGES_MAX),
			  PAGE * (call->numbers[2] % PAGES_MAX), 0);

	(void)worker;
	return at == MAP_FAILED ? -1 : 0;
}

/* The kernel copies for us: it says EFAULT where our own access would be the end. */
static bool copy(int file, const void *from, void *to)
{
	return pwrite(file, from, sizeof(uint32_t), 0) == sizeof(uint32_t) &&
	       pread(file, to, sizeof(uint32_t), 0) == sizeof(uint32_t);
}

/* numbers: mapping, word, number, 0: which is added to what is there */
long run_poke(struct worker *worker, const struct call *call)
{
	uint8_t *at = map_at(call->numbers[0])->at + 4 * (call->numbers[1] % 1024);
	uint32_t value = 0;

	if (!call->numbers[3] && !copy(worker->poke, at, &value))
		return -1;
	value += call->numbers[2];
	return copy(worker->poke, &value, at) ? 0 : -1;
}

/* A child has all mappings and descriptors too, and goes at once. */
long run_fork(struct worker *worker, const struct call *call)
{
	pid_t pid = fork();

	(void)worker, (void)call;
	if (!pid)
		_exit(0);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return pid;
}

void maps_clear(void)
{
	unsigned int i;

	for (i = 0; i < REGISTERS; i++) {
		machine.maps[i].at = (uint8_t *)(PLACE + i * APART);
		munmap(machine.maps[i].at, PAGE * PAGES_MAX);
		machine.maps[i].len = 0;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * mmap of a stream: every part of it and more, with every right and in every way; and the
 * ways round mmap, by which a mapping that is there becomes another one.
 */
#include "caller.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 3			/* of a ring of eight slots of 128 bytes */

static bool is_allowed(size_t page, size_t count, int rights, int flags)
{
	int type = flags & MAP_TYPE;

	if ((type != MAP_SHARED && type != MAP_SHARED_VALIDATE) || rights & PROT_EXEC ||
	    page >= PAGES || !count || count > PAGES - page)
		return false;
	return page ? !(rights & PROT_WRITE) : count == 1;
}

/* Those that are nonsense for any file have errors of their own. */
static void try_map(size_t page, size_t len, int rights, int flags)
{
	size_t count = len / PAGE + (len % PAGE != 0);
	void *at = mmap(NULL, len, rights, flags, stage.stream, (off_t)(page * PAGE));

	if (!is_allowed(page, count, rights, flags))
		refused("mmap", page, at == MAP_FAILED ? -1 : 0, EINVAL, EPERM, ENOMEM, EOVERFLOW,
			0);
	else if (at == MAP_FAILED)
		failure("mmap of page %zu: %s", page, strerror(errno));
	if (at == MAP_FAILED)
		return;
	munmap(at, len);
	unharmed("mmap", page);
}

static void try_maps(void)
{
	static const size_t pages[] = { 0, 1, 2, 3, 4, 63, 0x7ffff };
	static const size_t lengths[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE,
					  4 * PAGE, 1 << 20, SIZE_MAX - PAGE, SIZE_MAX };
	static const int flags[] = { 0, MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE,
				     MAP_SHARED | MAP_POPULATE, MAP_SHARED | MAP_NORESERVE,
				     MAP_PRIVATE | MAP_POPULATE };
	unsigned int step, i;

	for (step = 0; step < COUNT(pages) * COUNT(lengths) * COUNT(flags) * 8; step += sparse) {
		i = step / 8;
		try_map(pages[i % COUNT(pages)], lengths[i / COUNT(pages) % COUNT(lengths)],
			(int)(step % 8), flags[i / COUNT(pages) / COUNT(lengths)]);
	}
}

static uint8_t *map_tail(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, stage.stream, 0);
}

/* The kernel takes away what was there before it asks. */
static void try_other_pages(void)
{
	size_t page;

	for (page = 1; page < PAGES + 2; page++)
		refused("remap_file_pages", page,
			syscall(SYS_remap_file_pages, map_tail(), PAGE, 0, page, 0), EPERM,
			EINVAL, 0);
}

static void try_more(void)
{
	uint8_t *tail = map_tail();

	state_learn(STATE_ALL);
	refused("mremap", PAGE, syscall(SYS_mremap, tail, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0),
		EFAULT, EINVAL, 0);
	refused("mremap", 0, syscall(SYS_mremap, tail, 0, PAGE, MREMAP_MAYMOVE, 0), EFAULT,
		EINVAL, 0);
	refused("mprotect", 0, mprotect(tail, PAGE, PROT_READ | PROT_EXEC), EACCES, 0);
	refused("read", PAGE, read(stage.stream, value_memory.writable, PAGE), EBUSY, 0);
	munmap(tail, PAGE);
	state_learn(STATE_ALL);
}

/* What may be read only stays so. */
static void try_rights(void)
{
	uint8_t *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, stage.stream, PAGE);
	int rights;

	for (rights = 0; rights < 8; rights++)
		if (rights & (PROT_WRITE | PROT_EXEC))
			refused("mprotect", (unsigned long)rights, mprotect(at, 2 * PAGE, rights),
				EACCES, 0);
	munmap(at, 2 * PAGE);
}

void map_sweep(void)
{
	try_maps();
	try_other_pages();
	try_more();
	try_rights();
}

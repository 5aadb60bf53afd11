/* SPDX-License-Identifier: MIT */
/* Memory for values and their lengths; see caller.h. */
#include "caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct memory value_memory, length_memory;

/* What lies above the end of a program's part of the addresses, or in no part at all. */
void *const memory_nowhere[] = {
	NULL,
	(void *)1,
	(void *)(PAGE - 1),
	(void *)(UINTPTR_MAX),
	(void *)(UINTPTR_MAX - 3),
	(void *)(UINTPTR_MAX - PAGE + 1),
#if UINTPTR_MAX > UINT32_MAX
	(void *)0x7ffffffff000,		/* the first byte that is no program's */
	(void *)0x800000000000,		/* no address */
	(void *)0xffff7fffffffffff,
	(void *)0xffff800000000000,	/* the kernel's: its part, */
	(void *)0xffff888000000000,	/* all memory, */
	(void *)0xffffc90000000000,	/* vmalloc, */
	(void *)0xffffffff81000000,	/* text, */
	(void *)0xffffffffc0000000,	/* modules, */
	(void *)0xffffffffff600000,	/* and the page that all may read */
#else
	(void *)0xffffe000,
#endif
};
const size_t memory_nowhere_count = COUNT(memory_nowhere);

static void *expect_map(void *at)
{
	if (at == MAP_FAILED) {
		perror("caller: mmap");
		exit(2);
	}
	return at;
}

/* Between two pages that nobody may touch. */
static uint8_t *reserve(size_t size)
{
	return (uint8_t *)expect_map(mmap(NULL, size + 2 * PAGE, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) + PAGE;
}

/* What is shared is mapped a second time when it is moved but for no byte of it. */
static void make(struct memory *memory, size_t size)
{
	memory->size = size;
	memory->writable = expect_map(mmap(reserve(size), size, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	memset(memory->writable, POISON, size);
	memory->readable = expect_map(mremap(memory->writable, 0, size,
					     MREMAP_MAYMOVE | MREMAP_FIXED, reserve(size)));
	if (mprotect(memory->readable, size, PROT_READ))
		expect_map(MAP_FAILED);
}

void memory_make(void)
{
	make(&value_memory, ROOM);
	make(&length_memory, PAGE);
}

bool memory_is_poison(const uint8_t *start, const uint8_t *end)
{
	static uint8_t poison[PAGE];

	if (!poison[0])
		memset(poison, POISON, sizeof(poison));
	for (; end - start > PAGE; start += PAGE)
		if (memcmp(start, poison, PAGE))
			return false;
	return !memcmp(start, poison, (size_t)(end - start));
}

/* SPDX-License-Identifier: MIT */
/*
 * See call_cover.h. A way is a place and the one before it: programs are kept for new ways,
 * for a place can be come to by many.
 */
#include "call_cover.h"

#include <fcntl.h>
#include <linux/kcov.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define KCOV "/sys/kernel/debug/kcov"
#define TEXT "/sys/module/sockopt/sections/.text"

#define TRACE_MAX ((size_t)64 << 10)	/* places that a program comes to */
#define PLACES_MAX (1U << 20)		/* bytes of the module's text */
#define WAYS (1U << 18)

static uint8_t places[PLACES_MAX], ways[WAYS];
static unsigned int places_count;

bool cover_start(struct cover *cover)
{
	int fd = open(KCOV, O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, TRACE_MAX)) {
		perror(KCOV);
		return false;
	}
	memory = mmap(NULL, TRACE_MAX * sizeof(unsigned long), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		perror(KCOV);
		return false;
	}
	cover->pcs = memory;
	return true;
}

void cover_clear(struct cover *cover)
{
	__atomic_store_n(&cover->pcs[0], 0, __ATOMIC_RELAXED);
}

static unsigned long text_start(void)
{
	static unsigned long start;
	FILE *file;

	if (start)
		return start;
	file = fopen(TEXT, "re");
	if (!file || fscanf(file, "%lx", &start) != 1 || !start) {
		fprintf(stderr, TEXT ": the module's place is not told\n");
		exit(2);
	}
	fclose(file);
	return start;
}

/* Was it new? */
static bool set(uint8_t *flag)
{
	bool is_new = !*flag;

	*flag = 1;
	return is_new;
}

bool cover_take(const struct cover *cover)
{
	unsigned long n = __atomic_load_n(&cover->pcs[0], __ATOMIC_RELAXED), i;
	unsigned long before = 0, start = text_start();
	bool is_new = false;

	for (i = 1; i <= n && i < TRACE_MAX; i++) {
		unsigned long place = cover->pcs[i] - start;

		if (place >= PLACES_MAX)
			continue;
		places_count += set(&places[place]);
		is_new |= set(&ways[(place ^ before * 31) % WAYS]);
		before = place;
	}
	return is_new;
}

unsigned int cover_count(void)
{
	return places_count;
}

void cover_print(FILE *to)
{
	unsigned int place;

	for (place = 0; place < PLACES_MAX; place++)
		if (places[place])
			fprintf(to, "pc %x\n", place);
}

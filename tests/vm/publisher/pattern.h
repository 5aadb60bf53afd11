/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a record of a flood holds: a function of its thread and number, so that a
 * reader knows every byte. Compiled into the module and into the tests.
 */
#ifndef PATTERN_H
#define PATTERN_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define PATTERN_WORDS 192
#define PATTERN_MIN 8			/* thread and number */
#define PATTERN_MAX (4 * PATTERN_WORDS)

/* Bytes of a record: PATTERN_MIN to PATTERN_MAX, each of them now and then. */
static inline uint32_t pattern_len(uint32_t thread, uint32_t number)
{
	return PATTERN_MIN + (number * 37 + thread * 11) % (PATTERN_MAX - PATTERN_MIN + 1);
}

/* Fills whole words; len bytes of them count. */
static inline void pattern_fill(uint32_t *words, uint32_t thread, uint32_t number,
				uint32_t len)
{
	uint32_t seed = number * 2654435761u ^ thread << 28;
	uint32_t count = (len + 3) / 4;
	uint32_t i;

	words[0] = thread;
	words[1] = number;
	for (i = 2; i < count; i++)
		words[i] = seed + i * 0x01010107u;
}

#endif /* PATTERN_H */

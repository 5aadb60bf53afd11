/* SPDX-License-Identifier: MIT */
/* See call_corpus.h. */
#include "call_corpus.h"

#define PROGRAMS_MAX 1024

static struct program programs[PROGRAMS_MAX];
static unsigned int count;

void corpus_add(struct rng *rng, const struct program *program)
{
	unsigned int at = count < PROGRAMS_MAX ? count++ : rng_below(rng, PROGRAMS_MAX);

	programs[at] = *program;
}

/* The later ones came to what is harder to come to: every other time one of them. */
const struct program *corpus_pick(struct rng *rng)
{
	uint32_t late = count / 4;

	if (!count)
		return NULL;
	if (late && rng_percent(rng, 50))
		return &programs[count - 1 - rng_below(rng, late)];
	return &programs[rng_below(rng, count)];
}

unsigned int corpus_count(void)
{
	return count;
}

/* SPDX-License-Identifier: MIT */
/* Numbers that look like chance, and are the same ones for the same seed. */
#ifndef CALL_RNG_H
#define CALL_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* index: of one seed there is a sequence for each. */
void rng_seed(struct rng *rng, uint64_t seed, uint64_t index);

uint32_t rng_next(struct rng *rng);

/* Less than limit, which is not 0. */
uint32_t rng_below(struct rng *rng, uint32_t limit);

/* True so many times of a hundred. */
bool rng_percent(struct rng *rng, uint32_t percent);

/* As numbers in system calls are wrong: small, beside a power of two, or any. */
uint32_t rng_number(struct rng *rng);

#endif /* CALL_RNG_H */

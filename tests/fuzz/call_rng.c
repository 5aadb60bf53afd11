/* SPDX-License-Identifier: MIT */
/* See call_rng.h. The generator is splitmix64. */
#include "call_rng.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

void rng_seed(struct rng *rng, uint64_t seed, uint64_t index)
{
	rng->state = mix(seed) ^ mix(~index);
}

uint32_t rng_next(struct rng *rng)
{
	rng->state += 0x9e3779b97f4a7c15;
	return (uint32_t)(mix(rng->state) >> 32);
}

uint32_t rng_below(struct rng *rng, uint32_t limit)
{
	return (uint32_t)((uint64_t)rng_next(rng) * limit >> 32);
}

bool rng_percent(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

uint32_t rng_number(struct rng *rng)
{
	uint32_t power = 1U << rng_below(rng, 32);

	switch (rng_below(rng, 4)) {
	case 0:
		return rng_below(rng, 16);
	case 1:
		return power + rng_below(rng, 3) - 1;
	case 2:
		return 0 - rng_below(rng, 16);
	default:
		return rng_next(rng);
	}
}

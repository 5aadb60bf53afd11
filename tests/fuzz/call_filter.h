/* SPDX-License-Identifier: MIT */
/* A filter with the BPF program behind it, as OPEN and TUNE take it. */
#ifndef CALL_FILTER_H
#define CALL_FILTER_H

#include "call_rng.h"

#include <stddef.h>

#define FILTER_MAX 512

/* Returns its bytes. */
size_t filter_generate(struct rng *rng, uint8_t *bytes);

/* Changes a member or an instruction, or makes lengths true. */
void filter_mutate(struct rng *rng, uint8_t *bytes, size_t len);

#endif /* CALL_FILTER_H */

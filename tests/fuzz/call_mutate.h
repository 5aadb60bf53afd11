/* SPDX-License-Identifier: MIT */
/* New programs: made from nothing, or from others. */
#ifndef CALL_MUTATE_H
#define CALL_MUTATE_H

#include "call_program.h"
#include "call_rng.h"

void program_generate(struct rng *rng, struct program *program);

/* other: a program to take calls from. */
void program_mutate(struct rng *rng, struct program *program, const struct program *other);

#endif /* CALL_MUTATE_H */

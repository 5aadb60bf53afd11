/* SPDX-License-Identifier: MIT */
/* Programs that came to something new: others are made of them. */
#ifndef CALL_CORPUS_H
#define CALL_CORPUS_H

#include "call_program.h"
#include "call_rng.h"

/* Keeps a copy; if there are many, in the place of another one. */
void corpus_add(struct rng *rng, const struct program *program);

/* NULL: there is none yet. */
const struct program *corpus_pick(struct rng *rng);

unsigned int corpus_count(void);

#endif /* CALL_CORPUS_H */

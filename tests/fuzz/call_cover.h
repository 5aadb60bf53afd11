/* SPDX-License-Identifier: MIT */
/* Which places of the module a thread has come to, by KCOV; and all that any has. */
#ifndef CALL_COVER_H
#define CALL_COVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A thread's own. */
struct cover {
	unsigned long *pcs;	/* their count, then the places in order */
};

/* By the thread itself, from now on. False, with a message: no KCOV here. */
bool cover_start(struct cover *cover);

/* Forget what was reached; add it to all that was. True: some way was a new one. */
void cover_clear(struct cover *cover);
bool cover_take(const struct cover *cover);

unsigned int cover_count(void);

/* A line 'pc OFFSET' for each place, in hexadecimal, from the start of the module's text. */
void cover_print(FILE *to);

#endif /* CALL_COVER_H */

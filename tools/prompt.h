/* SPDX-License-Identifier: MIT */
/*
 * A line that is being typed.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <stddef.h>

#define PROMPT_TEXT 4096	/* bytes that it and its NUL fit */

struct prompt {
	char text[PROMPT_TEXT];
	size_t len;
};

enum prompt_state {
	PROMPT_GOES_ON,
	PROMPT_ENTERED,
	PROMPT_LEFT,		/* without a result */
};

/* Begins with text, or with nothing if that is too long to be edited. */
void prompt_open(struct prompt *prompt, const char *text);

/* A key of terminal_key(). */
enum prompt_state prompt_key(struct prompt *prompt, int key);

#endif /* PROMPT_H */

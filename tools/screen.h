/* SPDX-License-Identifier: MIT */
/*
 * What 'sockopt top' shows: a head, the tables, and a line for keys.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include "prompt.h"
#include "rates.h"
#include "source.h"

#include <time.h>

/* What is shown: at one time, so that all of it agrees. */
struct picture {
	const struct rates *rates;
	struct counts counts;	/* since rates began */
	time_t time;
};

/* And how. */
struct view {
	enum order order;
	enum subject alone;	/* this table alone; SUBJECTS: all of them */
	uint64_t delay_ms;
	const char *interface;	/* NULL: any */
	const char *expression;
	int is_errors;
	int is_frozen;
	int is_helped;
	const char *message;	/* instead of the keys; "": none */
	const struct prompt *prompt;	/* instead of both; NULL: none */
};

/* At any size of the terminal; if that is too small, it says so. */
void screen_draw(const struct picture *picture, const struct view *view);

#endif /* SCREEN_H */

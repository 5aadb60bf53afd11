/* SPDX-License-Identifier: MIT */
/*
 * A table on the screen: its head, and as many rows as there is room for.
 */
#ifndef PANEL_H
#define PANEL_H

#include "rates.h"

#define NUMBER_TEXT 16		/* bytes that a number and its NUL fit */

/* In cells; a height of 2 has one row. */
struct area {
	int y;
	int x;
	int height;
	int width;
};

/*
 * Rows stand in the order asked for. Below them, if there is anything to be told by it,
 * is one for all keys that are not kept any more. Share: of all packets.
 */
void panel_draw(const struct area *area, const struct rates *rates,
		enum subject subject, enum order order);

/* Short, at most 6 cells: 3.4, 12000, 1.5M; a whole number without a point. */
const char *number_text(char text[NUMBER_TEXT], double number, int is_whole);

#endif /* PANEL_H */

/* SPDX-License-Identifier: MIT */
/*
 * The terminal as a grid of cells, by ncurses. What is put beyond its edges is cut; what
 * could move the cursor is shown as '?'.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

enum look {
	LOOK_PLAIN,
	LOOK_BOLD,
	LOOK_BAR,		/* the head of a table */
	LOOK_ALARM,
	LOOK_GRAPH,
};

/* Keys beyond those of ASCII. */
enum key_code {
	KEY_IS_NONE = -1,
	KEY_IS_OTHER = 256,	/* one that we have no use for */
	KEY_IS_RESIZED,		/* no key: the terminal has another size */
	KEY_IS_ENTER,
	KEY_IS_ERASE,		/* the character before the cursor */
	KEY_IS_ESCAPE,
};

/*
 * Returns EXIT_SUCCESS, or what the program should exit with: why was said. Close brings
 * back what was there before; also at exit, and twice.
 */
int terminal_open(void);
void terminal_close(void);

void terminal_size(int *height, int *width);

/* Begin with empty cells; show what was put. Scratch: as if nothing was there before. */
void terminal_begin(void);
void terminal_show(void);
void terminal_scratch(void);

/* Text in the first width cells from there; what does not fit is marked at its end. */
void terminal_put(int y, int x, int width, enum look look, const char *text);

/* A bar of a graph, level 0 to 8. */
void terminal_bar(int y, int x, int level);

/* Show the cursor there from now on, or y -1: nowhere. */
void terminal_cursor(int y, int x);

/* A key that was typed, never waits. */
int terminal_key(void);

#endif /* TERMINAL_H */

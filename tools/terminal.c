/* SPDX-License-Identifier: MIT */
/*
 * Cells, looks and keys, as ncurses has them: nobody else needs to know it.
 */
#include "terminal.h"

#include "tool.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#define ESCAPE_MS 25		/* what a terminal sends for one key comes together */

enum color {
	COLOR_OF_ALARM = 1,
	COLOR_OF_GRAPH,
};

static SCREEN *screen;		/* ours; NULL: closed */
static int is_utf8;
static int is_color;

/* ---- Open and close ------------------------------------------------------ */

/* Without positions there are no cells. */
static int is_good_enough(void)
{
	const char *position = tigetstr("cup");

	return position && position != (char *)-1;
}

static int complain_terminal(const char *what)
{
	const char *name = getenv("TERM");

	if (!name || !*name)
		warnx("the environment variable TERM is not set: it names the terminal");
	else
		warnx("the terminal '%s' (TERM) %s; try TERM=vt100", name, what);
	return EXIT_FAILURE;
}

static void set_colors(void)
{
	const char *no_color = getenv("NO_COLOR");

	is_color = (!no_color || !*no_color) && has_colors() && start_color() == OK;
	if (!is_color)
		return;
	use_default_colors();
	init_pair(COLOR_OF_ALARM, COLOR_RED, -1);
	init_pair(COLOR_OF_GRAPH, COLOR_CYAN, -1);
}

static void set_modes(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
}

int terminal_open(void)
{
	setlocale(LC_CTYPE, "");
	is_utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return complain_terminal("is not known here");
	if (!is_good_enough()) {
		terminal_close();
		return complain_terminal("cannot move its cursor");
	}
	if (atexit(terminal_close)) {
		terminal_close();
		warnx("out of memory");
		return EXIT_FAILURE;
	}
	set_colors();
	set_modes();
	return EXIT_SUCCESS;
}

void terminal_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

/* ---- Cells ----------------------------------------------------------------- */

void terminal_size(int *height, int *width)
{
	getmaxyx(stdscr, *height, *width);
}

void terminal_begin(void)
{
	erase();
}

void terminal_show(void)
{
	refresh();
}

void terminal_scratch(void)
{
	clearok(stdscr, TRUE);
}

static void set_look(enum look look)
{
	attr_t attributes = A_NORMAL;
	short color = 0;

	if (look == LOOK_BAR)
		attributes = A_REVERSE;
	else if (look == LOOK_BOLD || look == LOOK_ALARM)
		attributes = A_BOLD;
	if (is_color && look == LOOK_ALARM)
		color = COLOR_OF_ALARM;
	else if (is_color && look == LOOK_GRAPH)
		color = COLOR_OF_GRAPH;
	attr_set(attributes, color, NULL);
}

static void put_char(char c)
{
	addch(c >= ' ' && c <= '~' ? (chtype)c : '?');
}

void terminal_put(int y, int x, int width, enum look look, const char *text)
{
	size_t len = strlen(text), room, i;
	int height, all;

	terminal_size(&height, &all);
	if (width > all - x)
		width = all - x;
	if (y < 0 || y >= height || x < 0 || width <= 0)
		return;
	room = (size_t)width;
	move(y, x);
	set_look(look);
	for (i = 0; i < len && i < (len > room ? room - 1 : room); i++)
		put_char(text[i]);
	if (len > room)
		addstr(is_utf8 ? "\xe2\x80\xa6" : "~");	/* an ellipsis */
	for (; look == LOOK_BAR && i < room; i++)
		addch(' ');
}

/* U+2581 to U+2588. */
void terminal_bar(int y, int x, int level)
{
	static const char ascii[] = " .:-=+*#@";
	char block[4] = { '\xe2', '\x96', 0, 0 };

	if (level < 0 || level > 8)
		return;
	set_look(LOOK_GRAPH);
	block[2] = (char)(unsigned char)(0x80 + level);
	if (!is_utf8 || !level)
		mvaddch(y, x, (chtype)ascii[level]);
	else
		mvaddstr(y, x, block);
}

void terminal_cursor(int y, int x)
{
	int height, width;

	terminal_size(&height, &width);
	curs_set(y >= 0);
	if (y >= 0 && y < height)
		move(y, x < width ? x : width - 1);
}

/* ---- Keys -------------------------------------------------------------------- */

int terminal_key(void)
{
	int key = getch();

	switch (key) {
	case ERR:
		return KEY_IS_NONE;
	case KEY_RESIZE:
		return KEY_IS_RESIZED;
	case '\r':
	case '\n':
	case KEY_ENTER:
		return KEY_IS_ENTER;
	case '\b':
	case 0x7f:
	case KEY_BACKSPACE:
		return KEY_IS_ERASE;
	case 0x1b:
		return KEY_IS_ESCAPE;
	default:
		return key >= 0 && key < 0x80 ? key : KEY_IS_OTHER;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Where things stand: three or four lines of head, tables, and a line of keys. Tables are
 * above each other, or on a wide terminal the first two side by side.
 */
#include "screen.h"

#include "panel.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEIGHT_MIN	10
#define WIDTH_MIN	40
#define HEIGHT_GRAPH	14	/* lower ones have no line for the graph */
#define WIDTH_LONG	64	/* narrower ones have shorter words */
#define WIDTH_BESIDE	132	/* two tables side by side */

#define SCREEN_TEXT	(PROMPT_TEXT + 64)

struct size {
	int height;
	int width;
};

/* ---- Head -------------------------------------------------------------------- */

static void draw_rates(const struct picture *picture, const struct size *size)
{
	char text[128], clock[16] = "", rate[NUMBER_TEXT], average[NUMBER_TEXT],
	     peak[NUMBER_TEXT];
	int is_long = size->width >= WIDTH_LONG;
	struct tm tm;
	struct sum sum;

	rates_sum(picture->rates, &sum);
	if (localtime_r(&picture->time, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), is_long ?
		 "%s  %s packets/s  average %s  peak %s" : "%s %s/s avg %s peak %s", clock,
		 number_text(rate, sum.rate, 0), number_text(average, sum.average, 0),
		 number_text(peak, sum.peak, 0));
	terminal_put(0, 0, size->width, LOOK_BOLD, text);
}

static void draw_frozen(const struct view *view, const struct size *size)
{
	static const char text[] = " FROZEN ";
	int width = (int)strlen(text);

	if (view->is_frozen)
		terminal_put(0, size->width - width, width, LOOK_BAR, text);
}

/* Lost ones stand first: whatever is cut, it is not they. */
static void draw_counts(const struct picture *picture, const struct view *view,
			const struct size *size)
{
	static const char *const orders[ORDERS] = { "rate", "total", "name" };
	const struct counts *counts = &picture->counts;
	char text[128];
	int at;

	snprintf(text, sizeof(text), "%" PRIu64 " lost", counts->lost);
	terminal_put(1, 0, size->width, counts->lost ? LOOK_ALARM : LOOK_PLAIN, text);
	at = (int)strlen(text);
	snprintf(text, sizeof(text), ", %" PRIu64 " seen, %" PRIu64 " filtered",
		 counts->seen, counts->filtered);
	terminal_put(1, at, size->width - at, LOOK_PLAIN, text);
	at += (int)strlen(text);
	snprintf(text, sizeof(text), "  by %s, every %g s", orders[view->order],
		 (double)view->delay_ms / 1000);
	if (at + (int)strlen(text) <= size->width)
		terminal_put(1, size->width - (int)strlen(text), size->width, LOOK_PLAIN,
			     text);
}

static void draw_filter(const struct view *view, const struct size *size)
{
	char text[SCREEN_TEXT];

	snprintf(text, sizeof(text), "%s%s%s%s%s",
		 view->is_errors ? "errors" : "all packets",
		 view->interface ? " of " : "", view->interface ? view->interface : "",
		 *view->expression ? ", filter: " : "", view->expression);
	terminal_put(2, 0, size->width, LOOK_PLAIN, text);
}

/* Of as many intervals as there are columns, the newest one at the right. */
static void draw_graph(const struct picture *picture, const struct size *size, int y)
{
	double most = 0, rate;
	int x, level;

	for (x = 0; x < size->width; x++) {
		rate = rates_ago(picture->rates, (size_t)x);
		most = rate > most ? rate : most;
	}
	for (x = 0; x < size->width && most > 0; x++) {
		rate = rates_ago(picture->rates, (size_t)x);
		level = (int)(rate / most * 8);
		if (rate > 0 && !level)
			level = 1;	/* few is not none */
		terminal_bar(y, size->width - 1 - x, level);
	}
}

/* Returns how many lines it took. */
static int draw_head(const struct picture *picture, const struct view *view,
		     const struct size *size)
{
	draw_rates(picture, size);
	draw_frozen(view, size);
	draw_counts(picture, view, size);
	draw_filter(view, size);
	if (size->height < HEIGHT_GRAPH)
		return 3;
	draw_graph(picture, size, 3);
	return 4;
}

/* ---- Tables ------------------------------------------------------------------ */

/* Cuts an area off the top of another one. */
static struct area cut(struct area *from, int height)
{
	struct area part = *from;

	part.height = height;
	from->y += height;
	from->height -= height;
	return part;
}

static void draw_beside(const struct area *area, const struct rates *rates,
			enum order order)
{
	struct area left = *area, right = *area;

	left.width = (area->width - 1) / 2;
	right.x = left.width + 1;
	right.width = area->width - right.x;
	panel_draw(&left, rates, BY_TYPE, order);
	panel_draw(&right, rates, BY_SOURCE, order);
}

static void draw_tables(const struct picture *picture, const struct view *view,
			struct area *area)
{
	const struct rates *rates = picture->rates;
	struct area part;

	if (view->alone < SUBJECTS) {
		panel_draw(area, rates, view->alone, view->order);
		return;
	}
	if (area->width >= WIDTH_BESIDE) {
		part = cut(area, area->height / 2);
		draw_beside(&part, rates, view->order);
	} else {
		part = cut(area, area->height / 3);
		panel_draw(&part, rates, BY_TYPE, view->order);
		part = cut(area, area->height / 2);
		panel_draw(&part, rates, BY_SOURCE, view->order);
	}
	panel_draw(area, rates, BY_FLOW, view->order);
}

/* ---- The last line ------------------------------------------------------------- */

/* The end of what was typed is always seen. */
static void draw_prompt(const struct prompt *prompt, const struct size *size)
{
	static const char title[] = "filter: ";
	int width = (int)strlen(title), room = size->width - width - 1, y = size->height - 1;
	size_t skip = prompt->len > (size_t)room ? prompt->len - (size_t)room : 0;

	terminal_put(y, 0, width, LOOK_BOLD, title);
	terminal_put(y, width, room, LOOK_PLAIN, prompt->text + skip);
	terminal_cursor(y, width + (int)(prompt->len - skip));
}

static void draw_foot(const struct view *view, const struct size *size)
{
	static const char keys[] = "h help  q quit  p freeze  s sort  Tab table  "
		"f filter  e errors  c clear";

	if (view->prompt) {
		draw_prompt(view->prompt, size);
		return;
	}
	terminal_cursor(-1, 0);
	terminal_put(size->height - 1, 0, size->width,
		     *view->message ? LOOK_ALARM : LOOK_PLAIN,
		     *view->message ? view->message : keys);
}

/* ---- Screen ---------------------------------------------------------------------- */

/* No more than fits the smallest screen. */
static void draw_help(const struct size *size)
{
	static const char *const lines[] = {
		"q      quit",
		"p      freeze, and go on (or space)",
		"s      sort by rate, total, name",
		"Tab    one table, the next, all (or t)",
		"f      type another filter; empty: all",
		"e      errors only, or all packets",
		"c      begin to count anew",
		"+ -    longer, shorter delay",
		"h      this help (or ?)",
	};
	int y;

	for (y = 0; y < (int)(sizeof(lines) / sizeof(lines[0])); y++)
		terminal_put(y, 0, size->width, LOOK_PLAIN, lines[y]);
	terminal_cursor(-1, 0);
	terminal_put(size->height - 1, 0, size->width, LOOK_BOLD, "Any key: back");
}

static void draw_all(const struct picture *picture, const struct view *view,
		     const struct size *size)
{
	int head = draw_head(picture, view, size);
	struct area area = { head, 0, size->height - head - 1, size->width };

	draw_tables(picture, view, &area);
	draw_foot(view, size);
}

void screen_draw(const struct picture *picture, const struct view *view)
{
	struct size size;

	terminal_size(&size.height, &size.width);
	terminal_begin();
	if (size.height < HEIGHT_MIN || size.width < WIDTH_MIN)
		terminal_put(0, 0, size.width, LOOK_PLAIN, "Too small: 40x10 is the least");
	else if (view->is_helped)
		draw_help(&size);
	else
		draw_all(picture, view, &size);
	terminal_show();
}

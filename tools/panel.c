/* SPDX-License-Identifier: MIT */
/*
 * Numbers stand in front of names: they have the same place at every width, and what is
 * cut is the end of a name.
 */
#include "panel.h"

#include "terminal.h"

#include <stdio.h>

#define PANEL_TEXT	256	/* bytes that a row fits */
#define PANEL_ROWS	512	/* more are on no screen */

const char *number_text(char text[NUMBER_TEXT], double number, int is_whole)
{
	static const char units[] = "kMGTPE";
	size_t i = 0;

	if (number < 99999.5) {
		snprintf(text, NUMBER_TEXT, is_whole || number >= 999.95 ? "%.0f" : "%.1f",
			 number);
		return text;
	}
	for (number /= 1000; number >= 999.95 && units[i + 1]; i++)
		number /= 1000;
	snprintf(text, NUMBER_TEXT, "%.1f%c", number, units[i]);
	return text;
}

static const char *share_text(char text[NUMBER_TEXT], uint64_t part, uint64_t all)
{
	double share = all ? (double)part * 100 / (double)all : 0;

	snprintf(text, NUMBER_TEXT, share >= 99.95 ? "%.0f%%" : "%.1f%%", share);
	return text;
}

/* How many there are is told where not all are seen. */
static void draw_head(const struct area *area, enum subject subject, size_t shown,
		      size_t all)
{
	static const char *const titles[SUBJECTS] = { "type", "source", "flow hit" };
	char text[PANEL_TEXT], some[48] = "";

	if (shown < all)
		snprintf(some, sizeof(some), " (%zu of %zu)", shown, all);
	snprintf(text, sizeof(text), "%6s %6s %6s  %s%s", "pkts/s", "total", "share",
		 titles[subject], some);
	terminal_put(area->y, area->x, area->width, LOOK_BAR, text);
}

static void draw_row(const struct area *area, int y, const struct row *row,
		     uint64_t all, const char *name)
{
	char text[PANEL_TEXT], rate[NUMBER_TEXT], total[NUMBER_TEXT], share[NUMBER_TEXT];

	snprintf(text, sizeof(text), "%6s %6s %6s  %s", number_text(rate, row->rate, 0),
		 number_text(total, (double)row->total, 1),
		 share_text(share, row->total, all), name);
	terminal_put(y, area->x, area->width, LOOK_PLAIN, text);
}

/* What is left of the room when others have their row, if they need one. */
static size_t room_for_rows(const struct area *area, int has_others)
{
	size_t room = area->height > 1 ? (size_t)area->height - 1 : 0;

	if (room > PANEL_ROWS)
		room = PANEL_ROWS;
	return has_others && room > 1 ? room - 1 : room;
}

void panel_draw(const struct area *area, const struct rates *rates,
		enum subject subject, enum order order)
{
	static struct row rows[PANEL_ROWS];
	char name[SUBJECT_TEXT];
	struct row others;
	int has_others = rates_others(rates, subject, &others);
	size_t room = room_for_rows(area, has_others), all, shown, i;
	struct sum sum;
	int y = area->y;

	rates_sum(rates, &sum);
	all = rates_rows(rates, subject, order, rows, room);
	shown = all < room ? all : room;
	draw_head(area, subject, shown, all);
	for (i = 0; i < shown; i++)
		draw_row(area, ++y, &rows[i], sum.total,
			 subject_name(name, subject, &rows[i].key));
	if (has_others && y + 1 < area->y + area->height)
		draw_row(area, y + 1, &others, sum.total, "(others)");
}

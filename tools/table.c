/* SPDX-License-Identifier: MIT */
/*
 * Tables. Cells are kept until all are there, for the longest one says how wide its
 * column is.
 */
#include "table.h"

#include "text.h"
#include "tool.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define GAP 2			/* spaces between two columns */

struct table {
	const struct column *columns;
	size_t n;		/* columns */
	char **cells;		/* row by row */
	size_t count;
	size_t room;
};

static void *or_end(void *memory)
{
	if (!memory)
		errx(EXIT_FAILURE, "out of memory");
	return memory;
}

struct table *table_open(const struct column *columns, size_t n)
{
	struct table *table = or_end(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->n = n;
	return table;
}

/* Takes the cell. */
static void keep(struct table *table, char *cell)
{
	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = or_end(realloc(table->cells, table->room *
					      sizeof(*table->cells)));
	}
	table->cells[table->count++] = cell;
}

void table_put(struct table *table, const char *cell)
{
	char *escaped = NULL;
	size_t len;
	FILE *memory = or_end(open_memstream(&escaped, &len));

	text_escaped(memory, cell, strlen(cell));
	if (fclose(memory))
		errx(EXIT_FAILURE, "out of memory");
	keep(table, escaped);
}

void table_put_number(struct table *table, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	table_put(table, digits);
}

/* On the screen: UTF-8 has bytes that only continue a character. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = width_of(table->columns[column].name), i;

	for (i = column; i < table->count; i += table->n)
		if (width_of(table->cells[i]) > width)
			width = width_of(table->cells[i]);
	return width;
}

static void pad(FILE *to, size_t n)
{
	while (n--)
		fputc(' ', to);
}

/* Nothing follows the last cell of a row, so that no line ends with spaces. */
static void write_cell(FILE *to, const struct table *table, size_t column,
		       size_t width, const char *text)
{
	size_t left = width - width_of(text);

	if (table->columns[column].is_number)
		pad(to, left);
	fputs(text, to);
	if (column + 1 == table->n)
		fputc('\n', to);
	else
		pad(to, GAP + (table->columns[column].is_number ? 0 : left));
}

static void write_title(FILE *to, const struct table *table, size_t column,
			size_t width)
{
	char title[64];
	size_t i;

	snprintf(title, sizeof(title), "%s", table->columns[column].name);
	for (i = 0; title[i]; i++)
		title[i] = (char)toupper((unsigned char)title[i]);
	write_cell(to, table, column, width, title);
}

void table_write(const struct table *table, FILE *to)
{
	size_t *widths = or_end(calloc(table->n, sizeof(*widths))), i;

	for (i = 0; i < table->n; i++)
		widths[i] = column_width(table, i);
	for (i = 0; i < table->n; i++)
		write_title(to, table, i, widths[i]);
	for (i = 0; i < table->count; i++)
		write_cell(to, table, i % table->n, widths[i % table->n],
			   table->cells[i]);
	free(widths);
}

void table_close(struct table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

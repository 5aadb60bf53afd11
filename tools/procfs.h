/* SPDX-License-Identifier: MIT */
/*
 * The tables in /proc/net/sockopt: a line of names, then rows of words. Columns are
 * found by name, so that those of a later module do no harm.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include "table.h"

#define PROCFS "/proc/net/sockopt"

struct rows {
	const struct column *columns;	/* as asked for */
	size_t width;			/* columns */
	size_t n;			/* rows */
	char **words;			/* row by row, in the order of columns */
	char *text;			/* what they point into */
};

/*
 * Read DIRECTORY/NAME, for a command. The columns must live as long as the rows.
 * Returns 0, or EXIT_FAILURE: a message was written, and there is nothing to free.
 */
int rows_read(struct rows *rows, const char *command, const char *directory,
	      const char *name, const struct column *columns, size_t width);

const char *rows_word(const struct rows *rows, size_t row, size_t column);

/* Of a column that is a number. */
uint64_t rows_number(const struct rows *rows, size_t row, size_t column);

void rows_free(struct rows *rows);

#endif /* PROCFS_H */

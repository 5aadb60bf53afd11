/* SPDX-License-Identifier: MIT */
/*
 * A table of text: columns as wide as what stands in them, numbers to the right.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct column {
	const char *name;	/* as /proc/net/sockopt and JSON have it */
	int is_number;
};

struct table;

/* The columns must live as long as the table. Ends the program if there is no memory. */
struct table *table_open(const struct column *columns, size_t n);

/* The next cell, row by row; copied. What could move the cursor is shown as \x1b. */
void table_put(struct table *table, const char *cell);
void table_put_number(struct table *table, uint64_t number);

/* The header, in capitals, and all rows. */
void table_write(const struct table *table, FILE *to);

void table_close(struct table *table);

#endif /* TABLE_H */

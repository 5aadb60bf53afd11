/* SPDX-License-Identifier: MIT */
/*
 * /proc/net/sockopt/stats, and how it is shown.
 */
#ifndef STATS_H
#define STATS_H

#include "format.h"
#include "procfs.h"

enum stats_column {
	STATS_CHANNEL,
	STATS_STREAMS,
	STATS_OPENED,
	STATS_SEEN,
	STATS_DELIVERED,
	STATS_PENDING,
	STATS_LOST_FULL,
	STATS_LOST_BUSY,
	STATS_LOST_CLOSED,
	STATS_COLUMNS,
};

extern const struct column stats_columns[STATS_COLUMNS];

/* What the file in a directory says, to standard output. Returns an exit status. */
int stats_show(const char *directory, enum format format);

/*
 * The text of OpenMetrics 1.0, for rows of stats_columns. version: of the module;
 * NULL: it is not known.
 */
void metrics_write(FILE *to, const struct rows *rows, const char *version);

#endif /* STATS_H */

/* SPDX-License-Identifier: MIT */
/*
 * sockopt stats: the sums of each channel in this network namespace.
 */
#include "stats.h"

#include "object.h"
#include "tool.h"

#include <string.h>

static const char usage[] =
	"usage: sockopt stats [OPTION]\n"
	"Shows for each channel how many records it had, and what became of them.\n"
	"\n"
	"      --json                 a JSON object a line\n"
	"      --openmetrics          as Prometheus and others collect it\n"
	"  -h, --help\n";

const struct column stats_columns[STATS_COLUMNS] = {
	{ "channel", 0 },
	{ "streams", 1 },
	{ "opened", 1 },
	{ "seen", 1 },
	{ "delivered", 1 },
	{ "pending", 1 },
	{ "lost_full", 1 },
	{ "lost_busy", 1 },
	{ "lost_closed", 1 },
};

static int write_table(const struct rows *rows)
{
	struct table *table = table_open(stats_columns, STATS_COLUMNS);
	size_t i;

	for (i = 0; i < rows->n * rows->width; i++)
		table_put(table, rows->words[i]);
	table_write(table, stdout);
	table_close(table);
	return end_output();
}

#if HAVE_JANSSON

static int write_json(const struct rows *rows)
{
	json_t *object;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		object = json_object();
		object_set_row(object, rows, i);
		object_put(object);
	}
	return end_output();
}

#endif /* HAVE_JANSSON */

/* The socket would tell it, too, but needs a right; who reads statistics needs none. */
static int write_metrics(const struct rows *rows)
{
	FILE *file = fopen("/sys/module/sockopt/version", "re");
	char version[64] = "";

	if (file) {
		if (!fgets(version, sizeof(version), file))
			version[0] = '\0';
		version[strcspn(version, "\n")] = '\0';
		fclose(file);
	}
	metrics_write(stdout, rows, version[0] ? version : NULL);
	return end_output();
}

static int write_as(enum format format, const struct rows *rows)
{
	switch (format) {
#if HAVE_JANSSON
	case FORMAT_JSON:
		return write_json(rows);
#endif
	case FORMAT_OPENMETRICS:
		return write_metrics(rows);
	default:
		return write_table(rows);
	}
}

int stats_show(const char *directory, enum format format)
{
	struct rows rows;
	int ret = rows_read(&rows, "stats", directory, "stats", stats_columns,
			    STATS_COLUMNS);

	if (ret)
		return ret;
	ret = write_as(format, &rows);
	rows_free(&rows);
	return ret;
}

int cmd_stats(int argc, char **argv)
{
	enum format format;
	int ret = format_parse(&format, FORMAT_OPENMETRICS, usage, argc, argv);

	return ret == FORMAT_GO_ON ? stats_show(PROCFS, format) : ret;
}

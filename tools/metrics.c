/* SPDX-License-Identifier: MIT */
/*
 * Statistics as OpenMetrics 1.0. The names are promised in sockopt(8).
 */
#include "stats.h"

/*
 * What belongs together stands together: a family of metrics, then all its samples.
 * That of a counter has no '_total' in its own name, its samples have. sockopt_info is
 * a gauge, as programs have them, and not of type 'info': node_exporter refuses a file
 * that has a type which the format before OpenMetrics did not know.
 */
static const struct family {
	const char *name;
	const char *help;
	int is_counter;
	struct sample {
		enum stats_column column; /* 0: no sample */
		const char *cause;	/* NULL: has no such label */
	} samples[3];
} families[] = {
	{ "sockopt_channel_streams", "Streams that are open now.", 0,
	  { { STATS_STREAMS, NULL } } },
	{ "sockopt_channel_streams_opened", "Streams that were opened so far.", 1,
	  { { STATS_OPENED, NULL } } },
	{ "sockopt_channel_records_seen", "Records that the channel had.", 1,
	  { { STATS_SEEN, NULL } } },
	{ "sockopt_channel_records_delivered",
	  "Records that programs have taken, over all streams.", 1,
	  { { STATS_DELIVERED, NULL } } },
	{ "sockopt_channel_records_pending",
	  "Records that are in a ring now, over all streams.", 0,
	  { { STATS_PENDING, NULL } } },
	{ "sockopt_channel_records_lost",
	  "Records that did not reach a program, over all streams, by cause.", 1,
	  { { STATS_LOST_FULL, "full" }, { STATS_LOST_BUSY, "busy" },
	    { STATS_LOST_CLOSED, "closed" } } },
};

/* As a label's value. */
static void write_value(FILE *to, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", to);
			continue;
		}
		if (*value == '\\' || *value == '"')
			fputc('\\', to);
		fputc(*value, to);
	}
}

static void write_head(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void write_sample(FILE *to, const struct family *family,
			 const struct sample *sample, const struct rows *rows,
			 size_t row)
{
	fprintf(to, "%s%s{channel=\"", family->name,
		family->is_counter ? "_total" : "");
	write_value(to, rows_word(rows, row, STATS_CHANNEL));
	fputc('"', to);
	if (sample->cause)
		fprintf(to, ",cause=\"%s\"", sample->cause);
	fprintf(to, "} %s\n", rows_word(rows, row, sample->column));
}

static void write_family(FILE *to, const struct family *family,
			 const struct rows *rows)
{
	size_t row, i;

	write_head(to, family->name, family->is_counter ? "counter" : "gauge",
		   family->help);
	for (row = 0; row < rows->n; row++)
		for (i = 0; i < 3 && family->samples[i].column; i++)
			write_sample(to, family, &family->samples[i], rows, row);
}

void metrics_write(FILE *to, const struct rows *rows, const char *version)
{
	size_t i;

	if (version) {
		write_head(to, "sockopt_info", "gauge", "The kernel module; always 1.");
		fputs("sockopt_info{version=\"", to);
		write_value(to, version);
		fputs("\"} 1\n", to);
	}
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		write_family(to, &families[i], rows);
	fputs("# EOF\n", to);
}

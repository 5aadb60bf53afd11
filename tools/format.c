/* SPDX-License-Identifier: MIT */
/*
 * Options of lists.
 */
#include "format.h"

#include "tool.h"

#include <getopt.h>
#include <stdio.h>

static const struct option json_alone[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, FORMAT_JSON },
	{ NULL, 0, NULL, 0 },
};

static const struct option both[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, FORMAT_JSON },
	{ "openmetrics", no_argument, NULL, FORMAT_OPENMETRICS },
	{ NULL, 0, NULL, 0 },
};

static int write_help(const char *usage)
{
	fputs(usage, stdout);
	return end_output();
}

/* Twice the same is no contradiction. */
static int set_format(enum format *format, enum format asked)
{
	if (*format != FORMAT_TABLE && *format != asked)
		return -1;
	*format = asked;
	return 0;
}

int format_parse(enum format *format, enum format last, const char *usage, int argc,
		 char **argv)
{
	const struct option *options = last == FORMAT_JSON ? json_alone : both;
	int option, is_helped = 0;

	*format = FORMAT_TABLE;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == '?')
			return usage_hint(argv[0]);
		if (option == 'h')
			is_helped = 1;
		else if (set_format(format, (enum format)option))
			return usage_error(argv[0], "--json or --openmetrics, not both");
	}
	if (optind < argc)
		return usage_error(argv[0], "'%s' is one word too many", argv[optind]);
	if (is_helped)
		return write_help(usage);
#if !HAVE_JANSSON
	if (*format == FORMAT_JSON)
		return complain_missing("--json", "jansson");
#endif
	return FORMAT_GO_ON;
}

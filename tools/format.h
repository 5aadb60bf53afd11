/* SPDX-License-Identifier: MIT */
/*
 * The options of commands that list something: how it is written.
 */
#ifndef FORMAT_H
#define FORMAT_H

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
	FORMAT_OPENMETRICS,
};

#define FORMAT_GO_ON (-1)

/*
 * Takes a command's whole line. Returns FORMAT_GO_ON, or the exit status: help was
 * asked for, the line is wrong, or the build has no JSON. last: the last format that the
 * command knows.
 */
int format_parse(enum format *format, enum format last, const char *usage, int argc,
		 char **argv);

#endif /* FORMAT_H */

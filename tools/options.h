/* SPDX-License-Identifier: MIT */
/*
 * The command line of sockopt icmp.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "filter.h"
#include "output.h"

#include <stdint.h>

/* What is not given is zero, but for the style, which looks at the terminal. */
struct options {
	struct wish wish;
	struct style style;
	struct rotation rotation;
	const char *read_path;
	const char *write_path;
	const char *user_name;
	uint64_t count;		/* 0: no end */
	uint64_t duration_ms;	/* 0: no end */
	uint64_t snaplen;	/* 0: by the output */
	uint64_t slots;		/* 0: by the snap length */
	int is_json;
	int is_quiet;
	int is_helped;
	int has_no_process;
};

/* Fills options. EXIT_SUCCESS, or EXIT_USAGE: why was said. */
int options_parse(struct options *options, int argc, char **argv);

/* Writes the help to standard output. EXIT_SUCCESS, or EXIT_FAILURE. */
int options_help(void);

#endif /* OPTIONS_H */

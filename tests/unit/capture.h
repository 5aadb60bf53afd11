/* SPDX-License-Identifier: MIT */
/*
 * A command of sockopt(8) in this process: what it writes, and how it ends.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "../../tools/tool.h"

#include <stddef.h>

/* Of the last run. */
extern char written[65536];	/* standard output */
extern size_t written_len;
extern char complained[65536];	/* standard error */

/* words: "sockopt NAME", then the arguments, split at spaces. Returns the exit status. */
int run_command(command_fn *command, const char *words);

/* The same, with these bytes as standard input. */
int run_with_input(command_fn *command, const char *words, const char *input,
		   size_t len);

/* Anything that writes. */
int run_captured(int (*run)(const void *what), const void *what);

#endif /* CAPTURE_H */

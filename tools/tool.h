/* SPDX-License-Identifier: MIT */
/*
 * What the commands of sockopt(8) share: how they are called, how they complain,
 * and numbers on the command line.
 */
#ifndef TOOL_H
#define TOOL_H

#include <err.h>
#include <stdint.h>
#include <stdlib.h>

#define EXIT_USAGE 2		/* the command line is wrong: nothing was done */

/*
 * argv[0] is "sockopt NAME", as getopt_long() shows it. Returns the program's exit
 * status: EXIT_SUCCESS, EXIT_FAILURE (a message was written), EXIT_USAGE.
 */
typedef int command_fn(int argc, char **argv);

command_fn cmd_call, cmd_channels, cmd_doctor, cmd_icmp, cmd_recv, cmd_send,
	   cmd_stats, cmd_streams, cmd_top;

/*
 * Behind getopt's own message, or after one of its own: says where help is. Returns
 * EXIT_USAGE.
 */
int usage_hint(const char *argv0);

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int usage_error(const char *argv0, const char *format, ...);

/* Says what an error of the library (-errno) means. Returns EXIT_FAILURE. */
int complain(int err, const char *what);

/* The build lacks a library. Returns EXIT_FAILURE. */
int complain_missing(const char *what, const char *library);

/*
 * Everything that was written to standard output has got there. Or EXIT_FAILURE: why was
 * said, once.
 */
int end_output(void);

/* A whole number from min to max. 0, or -1 and nothing is stored. */
int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

/* The same, with one of the suffixes k, M, G (powers of 1000). */
int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *size);

/* How many records a ring holds. */
int parse_slots(const char *text, uint64_t *slots);

/* Seconds with a decimal point, as milliseconds, from 1 to max of them. */
int parse_seconds(const char *text, uint64_t max_ms, uint64_t *ms);

/* Milliseconds of a clock that never jumps. */
uint64_t now_ms(void);

#endif /* TOOL_H */

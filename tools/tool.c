/* SPDX-License-Identifier: MIT */
/*
 * Complaints, and numbers on the command line.
 */
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sockopt/sockopt.h>

int usage_hint(const char *argv0)
{
	fprintf(stderr, "Type '%s --help' for what there is.\n", argv0);
	return EXIT_USAGE;
}

int usage_error(const char *argv0, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", argv0);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return usage_hint(argv0);
}

int complain(int err, const char *what)
{
	warnx("%s: %s", what, sockopt_strerror(err));
	return EXIT_FAILURE;
}

int complain_missing(const char *what, const char *library)
{
	warnx("%s: this sockopt was built without %s", what, library);
	return EXIT_FAILURE;
}

int end_output(void)
{
	static int is_said;

	if (!ferror(stdout) && !fflush(stdout))
		return EXIT_SUCCESS;
	if (!is_said)
		warn("standard output");
	is_said = 1;
	return EXIT_FAILURE;
}

/* strtoull() takes signs and white space, we take digits. */
static int take_digits(const char *text, uint64_t *number, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*rest = end;
	return errno ? -1 : 0;
}

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	const char *rest;
	uint64_t n;

	if (take_digits(text, &n, &rest) || *rest || n < min || n > max)
		return -1;
	*number = n;
	return 0;
}

static int take_suffix(const char *suffix, uint64_t *factor)
{
	static const char names[] = "kMG";
	const char *at;

	*factor = 1;
	if (!*suffix)
		return 0;
	at = strchr(names, *suffix);
	if (!at || suffix[1])
		return -1;
	for (; at >= names; at--)
		*factor *= 1000;
	return 0;
}

int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *size)
{
	const char *rest;
	uint64_t n, factor;

	if (take_digits(text, &n, &rest) || take_suffix(rest, &factor) ||
	    n > max / factor || n * factor < min)
		return -1;
	*size = n * factor;
	return 0;
}

int parse_slots(const char *text, uint64_t *slots)
{
	uint64_t n;

	if (parse_number(text, SOCKOPT_SLOTS_MIN, SOCKOPT_SLOTS_MAX, &n) || n & (n - 1))
		return -1;
	*slots = n;
	return 0;
}

int parse_seconds(const char *text, uint64_t max_ms, uint64_t *ms)
{
	double seconds;
	char *end;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -1;
	seconds = strtod(text, &end);
	if (end == text || *end || !(seconds * 1000 >= 1) ||
	    seconds * 1000 > (double)max_ms)
		return -1;
	*ms = (uint64_t)(seconds * 1000 + 0.5);
	return 0;
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

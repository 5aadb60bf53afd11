/* SPDX-License-Identifier: MIT */
/*
 * Texts of findings hold what files say, which may be anything: nothing but printable
 * ASCII gets in here.
 */
#include "finding.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Half of a diagnosis would be a wrong one. */
static void *need(void *memory)
{
	if (!memory)
		err(EXIT_FAILURE, "doctor");
	return memory;
}

static char *print(const char *format, va_list args)
{
	char *text, *c;

	if (vasprintf(&text, format, args) < 0)
		err(EXIT_FAILURE, "doctor");
	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

void findings_add(struct findings *findings, enum status status, const char *check,
		  const char *format, ...)
{
	struct finding *one;
	va_list args;

	findings->all = need(realloc(findings->all,
				     (findings->count + 1) * sizeof(*findings->all)));
	one = &findings->all[findings->count++];
	one->status = status;
	one->check = check;
	one->advice = NULL;
	va_start(args, format);
	one->found = print(format, args);
	va_end(args);
}

void findings_advise(struct findings *findings, const char *format, ...)
{
	struct finding *last = &findings->all[findings->count - 1];
	char *line, *both;
	va_list args;

	va_start(args, format);
	line = print(format, args);
	va_end(args);
	if (!last->advice) {
		last->advice = line;
		return;
	}
	if (asprintf(&both, "%s\n%s", last->advice, line) < 0)
		err(EXIT_FAILURE, "doctor");
	free(last->advice);
	free(line);
	last->advice = both;
}

int findings_fail(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->all[i].status == STATUS_FAIL)
			return 1;
	return 0;
}

const struct finding *findings_of(const struct findings *findings, const char *check)
{
	size_t i;

	for (i = findings->count; i > 0; i--)
		if (!strcmp(findings->all[i - 1].check, check))
			return &findings->all[i - 1];
	return NULL;
}

void findings_free(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		free(findings->all[i].found);
		free(findings->all[i].advice);
	}
	free(findings->all);
	memset(findings, 0, sizeof(*findings));
}

/* SPDX-License-Identifier: MIT */
/*
 * What 'sockopt doctor' found, in the order in which it was found.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stddef.h>

enum status {
	STATUS_OK,
	STATUS_NOTE,		/* worth knowing, in nobody's way */
	STATUS_FAIL,		/* stands in the way */
};

struct finding {
	enum status status;
	const char *check;	/* what was looked at: a word of sockopt(8) */
	char *found;		/* printable ASCII, as is advice, which has lines too */
	char *advice;		/* NULL: none */
};

struct findings {
	struct finding *all;
	size_t count;
};

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void findings_add(struct findings *findings, enum status status, const char *check,
		  const char *format, ...);

/* One more line of advice for the last one. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void findings_advise(struct findings *findings, const char *format, ...);

/* Something stands in the way. */
int findings_fail(const struct findings *findings);

/* The last finding of a check, or NULL. */
const struct finding *findings_of(const struct findings *findings, const char *check);

void findings_free(struct findings *findings);

#endif /* FINDING_H */

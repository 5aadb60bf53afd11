/* SPDX-License-Identifier: MIT */
/* Sets of errnos; see caller.h. */
#include "caller.h"

#include <stdio.h>
#include <string.h>

#define LIMIT ((int)(32 * COUNT(((struct errors *)0)->bits)))

void errors_add(struct errors *errors, int error)
{
	errors->bits[error / 32] |= 1U << (error % 32);
}

void errors_merge(struct errors *errors, const struct errors *more)
{
	size_t i;

	for (i = 0; i < COUNT(errors->bits); i++)
		errors->bits[i] |= more->bits[i];
}

bool errors_has(const struct errors *errors, int error)
{
	return error >= 0 && error < LIMIT && errors->bits[error / 32] >> (error % 32) & 1;
}

bool errors_none(const struct errors *errors)
{
	static const struct errors none;

	return !memcmp(errors, &none, sizeof(none));
}

const char *errors_text(const struct errors *errors)
{
	static char text[256];
	size_t len = 0;
	int error;

	text[0] = 0;
	for (error = 0; error < LIMIT && len < sizeof(text) - 40; error++)
		if (errors_has(errors, error))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? " or " : "", strerror(error));
	return len ? text : "success";
}

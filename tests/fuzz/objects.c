/* SPDX-License-Identifier: MIT */
#include "objects.h"

#include "fuzz.h"

#if HAVE_JANSSON

#include <jansson.h>
#include <string.h>

static int is_object(const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	int ret = json_is_object(json);

	json_decref(json);
	return ret;
}

int are_objects(const char *text, size_t len)
{
	const char *end;

	for (; len; len -= (size_t)(end + 1 - text), text = end + 1) {
		end = memchr(text, '\n', len);
		if (!end || !is_plain(text, (size_t)(end - text), "\x7f") ||
		    !is_object(text, (size_t)(end - text)))
			return 0;
	}
	return 1;
}

#else

/* Then there is nothing but a complaint, on standard error. */
int are_objects(const char *text, size_t len)
{
	(void)text;
	return !len;
}

#endif /* HAVE_JANSSON */

/* SPDX-License-Identifier: MIT */
/*
 * JSON objects.
 */
#include "object.h"

#if HAVE_JANSSON

#include "tool.h"

#include <stdio.h>
#include <string.h>

void object_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		errx(EXIT_FAILURE, "out of memory");
}

void object_set_number(json_t *object, const char *key, uint64_t number)
{
	object_set(object, key, json_integer((json_int_t)number));
}

void object_set_bool(json_t *object, const char *key, int value)
{
	object_set(object, key, json_boolean(value));
}

void object_set_word(json_t *object, const char *key, const char *word)
{
	object_set(object, key, word ? json_string(word) : json_null());
}

void object_set_bytes(json_t *object, const char *key, const char *bytes)
{
	json_t *value = bytes ? json_string(bytes) : json_null();
	char *text, *c;

	if (bytes && !value) {
		text = strdup(bytes);
		for (c = text; text && *c; c++)
			if (*c & 0x80)
				*c = '?';
		value = text ? json_string(text) : NULL;
		free(text);
	}
	object_set(object, key, value);
}

void object_set_row(json_t *object, const struct rows *rows, size_t row)
{
	size_t i;

	for (i = 0; i < rows->width; i++) {
		if (rows->columns[i].is_number)
			object_set_number(object, rows->columns[i].name,
					  rows_number(rows, row, i));
		else
			object_set_bytes(object, rows->columns[i].name,
					 rows_word(rows, row, i));
	}
}

/* json_dumpf() is -1 also when there is no memory: then standard output is well. */
void object_put(json_t *object)
{
	int ret = json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(object);
	if (ret && !ferror(stdout))
		errx(EXIT_FAILURE, "out of memory");
	putchar('\n');
}

#else

/* A file must declare something. */
typedef int object_is_not_there;

#endif /* HAVE_JANSSON */

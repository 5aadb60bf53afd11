/* SPDX-License-Identifier: MIT */
/*
 * JSON objects, one a line. Memory that is not there ends the program: half an object
 * would be a lie.
 */
#ifndef OBJECT_H
#define OBJECT_H

#if HAVE_JANSSON

#include "procfs.h"

#include <jansson.h>
#include <stdint.h>

/* Takes the value. */
void object_set(json_t *object, const char *key, json_t *value);

void object_set_number(json_t *object, const char *key, uint64_t number);
void object_set_bool(json_t *object, const char *key, int value);

/* UTF-8; NULL is null. */
void object_set_word(json_t *object, const char *key, const char *word);

/* Bytes of others, or NULL. They need not be UTF-8: what is not is shown as '?'. */
void object_set_bytes(json_t *object, const char *key, const char *bytes);

/* A row of a table in /proc: its columns are the keys. */
void object_set_row(json_t *object, const struct rows *rows, size_t row);

/* To standard output, as a line. Takes the object. */
void object_put(json_t *object);

#endif /* HAVE_JANSSON */

#endif /* OBJECT_H */

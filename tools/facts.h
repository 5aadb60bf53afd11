/* SPDX-License-Identifier: MIT */
/*
 * Small files of this machine, below a root directory: "" is the machine itself, tests
 * have others. No file is trusted to be short, to be text, or to be a file.
 */
#ifndef FACTS_H
#define FACTS_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

/* Where the file of that name is. Returns path. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
const char *facts_path(const char *root, char path[PATH_MAX], const char *format, ...);

int facts_exist(const char *root, const char *name);

/* NULL: it cannot be opened. */
FILE *facts_open(const char *root, const char *name);

/* Its first bytes, without white space at the end. -1: it cannot be read. */
int facts_read(const char *root, const char *name, char *text, size_t size);

/* 0, or -1: it cannot be read, or is no number. */
int facts_number(const char *root, const char *name, uint64_t *number);

/* What stands behind key in the first line that begins with it. 0, or -1: none does. */
int facts_value(const char *root, const char *name, const char *key, char *value,
		size_t size);

#endif /* FACTS_H */

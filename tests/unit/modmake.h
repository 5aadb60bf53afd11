/* SPDX-License-Identifier: MIT */
/* Makes files of kernel modules: as little of them as has a .modinfo. */
#ifndef MODMAKE_H
#define MODMAKE_H

#include <stddef.h>

#define MODMAKE_MAX	1024

#define MODMAKE_SIGNATURE "~Module signature appended~\n"

struct modmake {
	unsigned char bytes[MODMAKE_MAX];
	size_t size;
};

/* lines: size bytes, a NUL behind each. */
void modmake(struct modmake *made, int is_64, int is_big, const char *lines, size_t size);

/* Bytes behind all that is there. */
void modmake_append(struct modmake *made, const char *text);

#endif /* MODMAKE_H */

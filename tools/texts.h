/* SPDX-License-Identifier: MIT */
/*
 * What a channel says, on a terminal.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <stddef.h>
#include <stdio.h>

/*
 * Lines and tabs as they are, other control characters as \x1b, and a newline at the
 * end if there is none.
 */
void texts_show(FILE *to, const char *text, size_t len);

#endif /* TEXTS_H */

/* SPDX-License-Identifier: MIT */
/* A machine made of files, in a directory that is gone when the tests have ended. */
#ifndef TREE_H
#define TREE_H

#include <stddef.h>

/* Around all tests of a case, in the process that forks them. */
void tree_begin(void);
void tree_end(void);

/* An empty one for this test. Returns its root. */
const char *tree_make(void);

/* A file, with the directories that lead to it. */
void tree_put(const char *name, const char *text);
void tree_put_bytes(const char *name, const void *bytes, size_t size);
void tree_link(const char *name, const char *target);
void tree_pipe(const char *name);
void tree_remove(const char *name);

#endif /* TREE_H */

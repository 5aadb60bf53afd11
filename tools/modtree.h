/* SPDX-License-Identifier: MIT */
/*
 * Where the file of our module is, below /lib/modules.
 */
#ifndef MODTREE_H
#define MODTREE_H

#include <limits.h>
#include <stddef.h>

/*
 * The file for a kernel: the one that modprobe takes, or else the first one that lies
 * there. path is without root. 1: modprobe knows it, 0: it does not, -1: there is none.
 */
int modtree_find(const char *root, const char *release, char path[PATH_MAX]);

/* Another kernel for which there is one. 0, or -1. */
int modtree_other(const char *root, const char *release, char *other, size_t size);

/* Another kernel whose headers are there. 0, or -1. */
int modtree_headers(const char *root, const char *release, char *other, size_t size);

/* A module can be built for this kernel. */
int modtree_has_headers(const char *root, const char *release);

#endif /* MODTREE_H */

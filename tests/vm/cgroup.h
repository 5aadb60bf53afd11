/* SPDX-License-Identifier: MIT */
/*
 * Memory cgroups of a test's own: 'sko', where it is, and 'other'. Files are named from
 * where both are.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include "vm.h"

/* A fixture of every test. */
void cgroup_setup(void);
void cgroup_teardown(void);

void cgroup_put(const char *file, const char *text);

/* The number behind a name; behind "\n": the first one of the file. */
long long cgroup_number(const char *file, const char *name);

#endif /* CGROUP_H */

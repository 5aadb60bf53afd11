/* SPDX-License-Identifier: MIT */
/*
 * The kernel's injector of faults, for one thread: of its allocations, and its copies from
 * and to the program, the nth one fails.
 */
#ifndef INJECT_H
#define INJECT_H

#include "vm.h"

/*
 * Whether pages count, beside what is taken from caches, and copies. When a cache takes
 * one is chance; without them a call has as many as the time before.
 */
enum inject_kind { INJECT_WITHOUT_PAGES, INJECT_ALL };
void inject_setup(enum inject_kind kind);

/* From here on; n 0: none. */
void inject_at(unsigned int n);

/* Has it failed? None does from here on. */
bool inject_end(void);

#endif /* INJECT_H */

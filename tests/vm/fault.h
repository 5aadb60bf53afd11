/* SPDX-License-Identifier: MIT */
/*
 * Faults on purpose: of all allocations that the kernel makes for a call, and all its copies
 * from and to the program, one fails; each of them in turn. Needs a kernel that injects
 * faults: ./run debug.
 */
#ifndef FAULT_H
#define FAULT_H

#include "vm.h"

/* A call that is made again and again. Whatever fails in it, it must succeed or say so. */
struct fault_call {
	const char *name;	/* of the operation, for the figures */
	void (*before)(void *arg);
	int (*make)(void *arg);	/* 0 or more, or -errno: -ENOMEM, -EFAULT */
	void (*arm)(unsigned int nth);	/* the nth of a part of it; NULL: of all */
	void (*after)(void *arg, int ret); /* checks the outcome, and undoes it */
	int also;		/* another errno that may mean: no memory */
#define FAULT_ANY (-1)		/* each, of a call that goes through all the kernel */
	bool may_be_done;	/* when it says EFAULT: see 'Errors' in uapi.h */
	bool spares_pages;	/* of many one is as the other: none of them fails */
};

/* A case of tests with faults; their sum is shown at its end. before: as in vm_case(). */
TCase *fault_case(Suite *suite, const char *name, SFun before);

/*
 * Make the call without a fault; then with the first allocation or copy failing, then with
 * the second one, until there is none that could fail. All that twice: without allocations
 * of pages, then with them, if they are not to be spared. A call that failed has left
 * descriptors, texts, streams and sums as they were. before and after may be NULL.
 */
void fault_sweep(const struct fault_call *call, void *arg);

/* The suites. */
Suite *fault_suite(void);
Suite *fault_open_suite(void);
Suite *fault_tune_suite(void);
Suite *fault_read_suite(void);
Suite *fault_file_suite(void);
Suite *fault_proc_suite(void);
Suite *fault_module_suite(void);
Suite *fault_library_suite(void);

#endif /* FAULT_H */

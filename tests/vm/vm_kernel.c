/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* Check knows no tests that are left out: guest-tap.sh makes one of its next line. */
void vm_skip(const char *why)
{
	printf("# skip: %s\n", why);
	fflush(stdout);
}

bool vm_kernel_is_before(unsigned int major, unsigned int minor)
{
	unsigned int has_major = 0, has_minor = 0;
	struct utsname name;

	ck_assert_int_eq(uname(&name), 0);
	ck_assert_int_eq(sscanf(name.release, "%u.%u", &has_major, &has_minor), 2);
	return has_major < major || (has_major == major && has_minor < minor);
}

bool vm_is_realtime(void)
{
	struct utsname name;

	ck_assert_int_eq(uname(&name), 0);
	return strstr(name.version, "PREEMPT_RT");
}

bool vm_is_charged(void)
{
	return !vm_kernel_is_before(5, 11);
}

/* s390x copies by an instruction that does up to a page, and all of it again after a fault. */
bool vm_copies_anew(void)
{
#if defined(__s390x__)
	return true;
#else
	return false;
#endif
}

/*
 * Seen once on s390x, never elsewhere: an 'illegal operation' at a good instruction of the module
 * that had just been loaded, while another processor was in the one before it, at the same place.
 * What QEMU 7.2 runs there is its translation of what had stood there.
 */
bool vm_runs_old_code(void)
{
#if defined(__s390x__)
	return true;
#else
	return false;
#endif
}

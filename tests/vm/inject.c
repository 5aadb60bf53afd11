/* SPDX-License-Identifier: MIT */
/* See inject.h, and 'fail-nth' in the kernel's fault-injection.rst. */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int nth_fd = -1;

static void set(const char *path, const char *value)
{
	int len = vm_write(path, value, strlen(value));

	ck_assert_msg(len == (int)strlen(value), "%s: %s", path, strerror(-len));
}

/* By default it spares what may sleep, and single pages; and tells of each fault. */
void inject_setup(enum inject_kind kind)
{
	set("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	set("/sys/kernel/debug/failslab/verbose", "0");
	set("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	set("/sys/kernel/debug/fail_page_alloc/min-order", kind == INJECT_ALL ? "0" : "99");
	set("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	set("/sys/kernel/debug/fail_usercopy/verbose", "0");
	if (nth_fd < 0)
		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	ck_assert_msg(nth_fd >= 0, "fail-nth: %s", strerror(errno));
}

void inject_at(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	VM_EXPECT(write(nth_fd, text, (size_t)len) == len);
}

/* Reading and writing that number are copies too: where the next one was to fail, it is that. */
bool inject_end(void)
{
	char left[16] = "";
	ssize_t len = pread(nth_fd, left, sizeof(left) - 1, 0);

	if (write(nth_fd, "0", 1) != 1)
		inject_at(0);
	return len > 0 && !atoi(left);
}

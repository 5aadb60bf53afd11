/* SPDX-License-Identifier: MIT */
/* See cgroup.h. Tests are processes: each has a mount of its own, and leaves nothing. */
#include "cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char mounted[] = "/tmp/sko-cgroup-XXXXXX";

void cgroup_put(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", mounted, file);
	ck_assert_msg(vm_write(path, text, strlen(text)) == (int)strlen(text), "%s: %s", path,
		      strerror(errno));
}

long long cgroup_number(const char *file, const char *name)
{
	char path[128], buf[8192] = "\n";
	const char *at;

	snprintf(path, sizeof(path), "%s/%s", mounted, file);
	ck_assert_int_gt(vm_read(path, buf + 1, sizeof(buf) - 1), 0);
	at = strstr(buf, name);
	ck_assert_msg(at != NULL, "no %s in %s", name, path);
	return atoll(at + strlen(name));
}

static void make(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", mounted, name);
	ck_assert(!mkdir(path, 0755) || errno == EEXIST);
}

static void unmake(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", mounted, name);
	rmdir(path);
}

void cgroup_setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(mounted));
	ck_assert_int_eq(mount("none", mounted, "cgroup2", 0, NULL), 0);
	cgroup_put("cgroup.subtree_control", "+memory");
	make("sko");
	make("other");
	cgroup_put("sko/cgroup.procs", "0");
}

void cgroup_teardown(void)
{
	cgroup_put("cgroup.procs", "0");
	unmake("sko");
	unmake("other");
	umount(mounted);
	rmdir(mounted);
}

/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int vm_module_file(const char *name)
{
	const char *dir = getenv("SKO_MODULES");
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.ko", dir ? dir : "/lib/modules", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

int vm_insert_file(int fd)
{
	return syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
}

int vm_insert(const char *name)
{
	int fd = vm_module_file(name), ret = vm_insert_file(fd);

	close(fd);
	return ret;
}

int vm_remove(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int vm_insmod(void)
{
	return vm_insert("sockopt");
}

int vm_rmmod(void)
{
	return vm_remove("sockopt");
}

static bool is_removed(void *arg)
{
	int ret = vm_rmmod();

	(void)arg;
	ck_assert_msg(!ret || ret == -EAGAIN || ret == -EBUSY, "rmmod: %s", strerror(-ret));
	return !ret;
}

void vm_wait_rmmod(void)
{
	vm_wait(is_removed, NULL, "rmmod");
}

bool vm_is_loaded(void)
{
	return !access("/sys/module/sockopt", F_OK);
}

void vm_reload(void)
{
	vm_wait_rmmod();
	ck_assert(!vm_is_loaded());
	ck_assert_int_eq(vm_insmod(), 0);
	ck_assert(vm_is_loaded());
}

static void start_loaded(void)
{
	if (!vm_is_loaded())
		ck_assert_int_eq(vm_insmod(), 0);
	vm_sysctls_reset();
	vm_wait_rings_gone();
}

/* In the runner itself, also after a test that failed. */
static void leave_loaded(void)
{
	if (!vm_is_loaded())
		vm_insmod();
	vm_limits_restore();
}

TCase *vm_loaded_case(Suite *suite, const char *name)
{
	TCase *tc = vm_case(suite, name, 60, start_loaded);

	tcase_add_unchecked_fixture(tc, NULL, leave_loaded);
	return tc;
}

#define EXPEDITED "/sys/kernel/rcu_expedited"

static char hurried[4];

/* Nothing asserts: a fixture of the runner that fails fails all. */
void vm_hurry(void)
{
	vm_read(EXPEDITED, hurried, sizeof(hurried));
	vm_write(EXPEDITED, "1", 1);
}

void vm_hurry_no_more(void)
{
	vm_write(EXPEDITED, hurried, 1);
}

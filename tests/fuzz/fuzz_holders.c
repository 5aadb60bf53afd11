/* SPDX-License-Identifier: MIT */
/*
 * /proc: directories of processes, where their descriptors lead, what they are called, and
 * whether we have any right left. Any of it may change while it is read.
 */
#include "fake_files.h"
#include "fuzz.h"
#include "holders.h"
#include "tool.h"
#include "user.h"

#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct input *rest;

/* ---- Rights: all steps work ------------------------------------------------ */

#define USER_ID 1000

int __wrap_initgroups(const char *user, gid_t group);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_prctl(int option, ...);
long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);
uid_t __wrap_getuid(void);
uid_t __wrap_geteuid(void);
gid_t __wrap_getgid(void);
gid_t __wrap_getegid(void);

int __wrap_initgroups(const char *user, gid_t group)
{
	(void)user;
	(void)group;
	return 0;
}

int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	HOLDS(real == USER_ID && effective == USER_ID && saved == USER_ID);
	return 0;
}

int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	HOLDS(real == USER_ID && effective == USER_ID && saved == USER_ID);
	return 0;
}

int __wrap_prctl(int option, ...)
{
	(void)option;
	return 0;
}

/* libFuzzer has its own use for it. */
long __wrap_syscall(long number, ...)
{
	long args[6];
	va_list list;
	int i;

	if (number == SYS_capset)
		return 0;
	va_start(list, number);
	for (i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	return __real_syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

uid_t __wrap_getuid(void)
{
	return USER_ID;
}

uid_t __wrap_geteuid(void)
{
	return USER_ID;
}

gid_t __wrap_getgid(void)
{
	return USER_ID;
}

gid_t __wrap_getegid(void)
{
	return USER_ID;
}

/* ---- Clock ----------------------------------------------------------------- */

uint64_t __wrap_now_ms(void);

uint64_t __wrap_now_ms(void)
{
	static uint64_t now;

	return now += 10000;
}

/* ---- What is asked --------------------------------------------------------- */

/* A name that fits, whatever the room. */
static void command(const struct holder *holder)
{
	size_t size = 1 + take8(rest);
	char *name = malloc(size);

	HOLDS(name);
	if (!holder_command(holder, name, size))
		HOLDS(memchr(name, 0, size));
	free(name);
}

static void find(struct input first)
{
	struct holders *holders = holders_open();
	uint32_t inode = take32(rest);
	struct holder holder;
	int i;

	HOLDS(holders);
	fake_files_begin(first, rest);
	for (i = 0; i < 3; i++) {
		if (!holders_find(holders, inode, &holder))
			continue;
		HOLDS(holder.inode == inode && holder.pid > 0);
		holder_is_there(&holder);
		command(&holder);
	}
	fake_files_end();
	holders_close(holders);
}

/* Both sets are there, and empty; or else it does not go on. */
static void drop(struct input first)
{
	static const struct user user = { "nobody", USER_ID, USER_ID };
	int ret;

	fake_files_begin(first, rest);
	capture_begin();
	ret = user_become(&user);
	capture_end();
	fake_files_end();
	HOLDS(ret == (err_out.len ? EXIT_FAILURE : EXIT_SUCCESS));
	if (!ret)
		HOLDS(memmem(first.data, first.len, "CapPrm:", 7) &&
		      memmem(first.data, first.len, "CapEff:", 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size }, first;
	unsigned int which = take8(&in);

	rest = &in;
	first = take_part(&in, take16(&in));
	if (which & 1)
		drop(first);
	else
		find(first);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Becoming another user: user_become() is a list of steps, each of which must work.
 */
#include "user.h"

#include "tool.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int user_find(struct user *user, const char *name)
{
	struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (!entry) {
		if (errno && errno != ENOENT)
			warn("-Z %s", name);
		else
			warnx("-Z: there is no user '%s'", name);
		return EXIT_USAGE;
	}
	user->name = name;
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	return EXIT_SUCCESS;
}

/* Whoever is root by number has them by none of the steps before. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	return (int)syscall(SYS_capset, &header, none);
}

/* Bits of a capability set of /proc/self/status, -1: they cannot be read. */
static int has_capabilities(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long set, sum = 0;
	int has_permitted = 0, has_effective = 0;
	char line[256];

	if (!status)
		return -1;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "CapPrm: %llx", &set) == 1) {
			sum |= set;
			has_permitted = 1;
		} else if (sscanf(line, "CapEff: %llx", &set) == 1) {
			sum |= set;
			has_effective = 1;
		}
	fclose(status);
	return has_permitted && has_effective ? sum != 0 : -1;
}

static int cannot(const char *what, const struct user *user)
{
	warn("-Z %s: %s", user->name, what);
	return EXIT_FAILURE;
}

int user_become(const struct user *user)
{
	if (initgroups(user->name, user->gid))
		return cannot("groups", user);
	if (setresgid(user->gid, user->gid, user->gid))
		return cannot("group", user);
	if (setresuid(user->uid, user->uid, user->uid))
		return cannot("user", user);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return cannot("no_new_privs", user);
	if (drop_capabilities())
		return cannot("capabilities", user);
	if (getuid() != user->uid || geteuid() != user->uid ||
	    getgid() != user->gid || getegid() != user->gid ||
	    has_capabilities()) {
		warnx("-Z %s: privileges are still there, or /proc is not", user->name);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

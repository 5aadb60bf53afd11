/* SPDX-License-Identifier: MIT */
/*
 * Becoming another user, for good.
 */
#ifndef USER_H
#define USER_H

#include <sys/types.h>

struct user {
	const char *name;
	uid_t uid;
	gid_t gid;
};

/* EXIT_SUCCESS, or EXIT_USAGE: there is no such user, which was said. */
int user_find(struct user *user, const char *name);

/*
 * Takes its groups and IDs, gives up every capability and the way to get one back, and
 * makes sure of it. EXIT_SUCCESS, or EXIT_FAILURE: why was said; then end the program.
 */
int user_become(const struct user *user);

#endif /* USER_H */

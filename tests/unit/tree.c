/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[256];
static char root[sizeof(top) + 8];

void tree_begin(void)
{
	const char *where = getenv("TMPDIR");

	snprintf(top, sizeof(top), "%s/check_doctor.XXXXXX", where ? where : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	(void)stat;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void tree_end(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *tree_make(void)
{
	snprintf(root, sizeof(root), "%s/root", top);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(mkdir(root, 0700), 0);
	return root;
}

/* Directories that are there already are fine. */
static const char *place(char path[PATH_MAX], const char *name)
{
	char *slash;

	snprintf(path, PATH_MAX, "%s%s", root, name);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	unlink(path);
	return path;
}

void tree_put_bytes(const char *name, const void *bytes, size_t size)
{
	char path[PATH_MAX];
	FILE *file = fopen(place(path, name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

void tree_put(const char *name, const char *text)
{
	tree_put_bytes(name, text, strlen(text));
}

void tree_link(const char *name, const char *target)
{
	char path[PATH_MAX];

	ck_assert_int_eq(symlink(target, place(path, name)), 0);
}

void tree_pipe(const char *name)
{
	char path[PATH_MAX];

	ck_assert_int_eq(mkfifo(place(path, name), 0600), 0);
}

void tree_remove(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	ck_assert_int_eq(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

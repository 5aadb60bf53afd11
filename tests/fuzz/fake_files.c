/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* memfd_create with -std=c99 */
#endif

#include "fake_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IS_ABSENT	0x80	/* of the byte that says how long the file is */
#define ENTRIES_MAX	64	/* of a directory */
#define FAKE_FD		1000000	/* of a directory: nobody has so many */

int __wrap_open(const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *dir);
int __wrap_closedir(DIR *dir);
int __wrap_dirfd(DIR *dir);
ssize_t __wrap_readlinkat(int dir, const char *path, char *target, size_t size);

/* As the linker names the others; libFuzzer itself is wrapped, too. */
int __real_open(const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *dir);
int __real_closedir(DIR *dir);
int __real_dirfd(DIR *dir);
ssize_t __real_readlinkat(int dir, const char *path, char *target, size_t size);

static struct input first, *rest;	/* NULL: the files are real */
static int is_first;
static int opened;		/* directories that are open */

void fake_files_begin(struct input file, struct input *input)
{
	first = file;
	rest = input;
	is_first = 1;
	opened = 0;
}

void fake_files_end(void)
{
	rest = NULL;
	HOLDS(!opened);
}

/* ---- Files ----------------------------------------------------------------- */

static int fail(int err)
{
	errno = err;
	return -1;
}

/* 0, or -1: there is none. */
static int take_file(struct input *file)
{
	unsigned int how;

	if (is_first) {
		is_first = 0;
		*file = first;
		return 0;
	}
	how = take8(rest);
	if (how & IS_ABSENT || !rest->len)
		return fail(how & 1 ? EACCES : ENOENT);
	*file = take_part(rest, how);
	return 0;
}

/* Nobody makes a file here, so there is no third argument. */
int __wrap_open(const char *path, int flags, ...)
{
	struct input file;
	int fd;

	if (!rest)
		return __real_open(path, flags);
	if (take_file(&file))
		return -1;
	fd = memfd_create("file", MFD_CLOEXEC);
	HOLDS(fd >= 0 && write(fd, file.data, file.len) == (ssize_t)file.len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	struct input file;
	FILE *stream;

	if (!rest)
		return __real_fopen(path, mode);
	if (take_file(&file))
		return NULL;
	stream = file.len ? fmemopen((void *)(uintptr_t)file.data, file.len, "r") :
			    tmpfile();
	HOLDS(stream);
	return stream;
}

/* ---- Directories ----------------------------------------------------------- */

/* There is one directory of a kind, and how many of its entries were read. */
static struct fake_dir {
	int entries;
} dirs[4];

DIR *__wrap_opendir(const char *path)
{
	if (!rest)
		return __real_opendir(path);
	if (!rest->len || opened == (int)(sizeof(dirs) / sizeof(dirs[0]))) {
		errno = ENOENT;
		return NULL;
	}
	dirs[opened].entries = 0;
	return (DIR *)(void *)&dirs[opened++];
}

/* A name ends with a NUL, and is not empty. */
struct dirent *__wrap_readdir(DIR *dir)
{
	struct fake_dir *fake = (void *)dir;
	static struct dirent entry;
	struct input name;

	if (!rest)
		return __real_readdir(dir);
	name = take_until(rest, 0);
	if (!name.len || fake->entries++ == ENTRIES_MAX)
		return NULL;
	if (name.len >= sizeof(entry.d_name))
		name.len = sizeof(entry.d_name) - 1;
	memcpy(entry.d_name, name.data, name.len);
	entry.d_name[name.len] = '\0';
	return &entry;
}

int __wrap_closedir(DIR *dir)
{
	if (!rest)
		return __real_closedir(dir);
	opened--;
	return 0;
}

int __wrap_dirfd(DIR *dir)
{
	return rest ? FAKE_FD : __real_dirfd(dir);
}

/* As long as it is, or as there is room; no NUL. */
ssize_t __wrap_readlinkat(int dir, const char *path, char *target, size_t size)
{
	struct input link;

	if (!rest)
		return __real_readlinkat(dir, path, target, size);
	link = take_until(rest, 0);
	if (!link.len)
		return fail(EINVAL);
	if (link.len > size)
		link.len = size;
	memcpy(target, link.data, link.len);
	return (ssize_t)link.len;
}

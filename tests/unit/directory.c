/* SPDX-License-Identifier: MIT */
/* A directory of our own, with two files at most. */
#include "directory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char made[] = "/tmp/sockopt-XXXXXX";

const char *directory;

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", made, name);
	return path;
}

void set_up_directory(void)
{
	memset(made + strlen(made) - 6, 'X', 6);
	directory = mkdtemp(made);
	ck_assert(directory != NULL);
}

void tear_down_directory(void)
{
	unlink(path_of("stats"));
	unlink(path_of("streams"));
	rmdir(made);
	directory = NULL;
}

void has_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert(file != NULL);
	ck_assert(fputs(text, file) >= 0);
	ck_assert_int_eq(fclose(file), 0);
}

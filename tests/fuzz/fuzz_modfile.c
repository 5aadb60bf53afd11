/* SPDX-License-Identifier: MIT */
/* The file of a kernel module, which anybody may have put where ours should be. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* memfd_create with -std=c99 */
#endif

#include "fuzz.h"
#include "modfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void expect_text(const char text[MODFILE_TEXT])
{
	HOLDS(memchr(text, 0, MODFILE_TEXT));
}

/* The kernel that it says it is for is the one that it is for. */
static void expect_release(const struct modfile *file)
{
	char release[MODFILE_TEXT];

	memcpy(release, file->vermagic, sizeof(release));
	release[strcspn(release, " ")] = '\0';
	HOLDS(modfile_is_for(file, release));
	release[0] ^= 1;
	HOLDS(!modfile_is_for(file, release));
}

static void expect_sane(const struct modfile *file)
{
	expect_text(file->vermagic);
	expect_text(file->version);
	expect_text(file->srcversion);
	HOLDS(file->is_module == (file->vermagic[0] != '\0'));
	HOLDS(!file->is_compressed || !file->is_module);
	expect_release(file);
}

/* From a file it is the same. */
static void read_file(const uint8_t *data, size_t size, const struct modfile *expected)
{
	int fd = memfd_create("module", MFD_CLOEXEC);
	struct modfile file;
	char path[64];

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	HOLDS(!modfile_read(&file, path));
	HOLDS(!memcmp(&file, expected, sizeof(file)));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = exact(data, size);
	struct modfile file, other;

	memset(&other, 0xff, sizeof(other));
	modfile_parse(&file, bytes, size);
	modfile_parse(&other, bytes, size);
	HOLDS(!memcmp(&file, &other, sizeof(file)));
	expect_sane(&file);
	read_file(data, size, &file);
	free(bytes);
	return 0;
}

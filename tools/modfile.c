/* SPDX-License-Identifier: MIT */
/*
 * A module is an ELF file whose section .modinfo holds lines "key=value", each with a NUL
 * behind; a signature stands behind all of it and ends with a magic line. Every number of
 * the file is looked at before it is believed: what lies outside reads as 0.
 */
#include "modfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_OF_FILE	(64 << 20)

static const char signature[] = "~Module signature appended~\n";

struct elf {
	const unsigned char *bytes;
	uint64_t size;
	int is_64;
	int is_big;		/* big endian */
};

struct part {
	uint64_t at;
	uint64_t size;
};

/* ---- Numbers ----------------------------------------------------------- */

static int is_inside(const struct elf *elf, uint64_t at, uint64_t size)
{
	return at <= elf->size && size <= elf->size - at;
}

static uint64_t number(const struct elf *elf, uint64_t at, unsigned int width)
{
	uint64_t sum = 0;
	unsigned int i;

	if (!is_inside(elf, at, width))
		return 0;
	for (i = 0; i < width; i++)
		sum = sum << 8 | elf->bytes[at + (elf->is_big ? i : width - 1 - i)];
	return sum;
}

/* A member that is a word: 8 bytes of a 64-bit file, 4 of another one. */
static uint64_t word(const struct elf *elf, uint64_t at)
{
	return number(elf, at, elf->is_64 ? 8 : 4);
}

/* ---- Sections ---------------------------------------------------------- */

static int elf_open(struct elf *elf, const unsigned char *bytes, size_t size)
{
	elf->bytes = bytes;
	elf->size = size;
	if (size < 16 || memcmp(bytes, "\177ELF", 4))
		return -1;
	elf->is_64 = bytes[4] == 2;
	elf->is_big = bytes[5] == 2;
	return 0;
}

static uint64_t header_len(const struct elf *elf)
{
	return elf->is_64 ? 64 : 40;
}

/* As the kernel has it, headers of another length are none. */
static uint64_t header_of(const struct elf *elf, uint64_t index)
{
	uint64_t table = word(elf, elf->is_64 ? 40 : 32);
	uint64_t step = number(elf, elf->is_64 ? 58 : 46, 2);

	if (!is_inside(elf, table, 0) || step != header_len(elf))
		return UINT64_MAX;
	return table + index * step;
}

static struct part section(const struct elf *elf, uint64_t header)
{
	struct part part = { 0, 0 }, none = { 0, 0 };

	if (!is_inside(elf, header, header_len(elf)))
		return none;
	part.at = word(elf, header + (elf->is_64 ? 24 : 16));
	part.size = word(elf, header + (elf->is_64 ? 32 : 20));
	if (!is_inside(elf, part.at, part.size))
		return none;
	return part;
}

static int is_named(const struct elf *elf, struct part names, uint64_t header,
		    const char *name)
{
	uint64_t at = number(elf, header, 4);
	size_t len = strlen(name) + 1;

	return at < names.size && len <= names.size - at &&
	       !memcmp(elf->bytes + names.at + at, name, len);
}

static struct part find_section(const struct elf *elf, const char *name)
{
	uint64_t count = number(elf, elf->is_64 ? 60 : 48, 2), i, header;
	struct part names = section(elf, header_of(elf, number(elf, elf->is_64 ? 62 : 50,
							       2)));
	struct part none = { 0, 0 };

	for (i = 0; i < count; i++) {
		header = header_of(elf, i);
		if (!is_inside(elf, header, header_len(elf)))
			break;
		if (is_named(elf, names, header, name))
			return section(elf, header);
	}
	return none;
}

/* ---- Lines ------------------------------------------------------------- */

/* A line without a NUL behind it was cut, and is none. */
static void take(struct modfile *file, const char *line)
{
	static const struct {
		const char *key;
		size_t offset;
	} wanted[] = {
		{ "vermagic=", offsetof(struct modfile, vermagic) },
		{ "version=", offsetof(struct modfile, version) },
		{ "srcversion=", offsetof(struct modfile, srcversion) },
	};
	size_t i, len, kept;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		len = strlen(wanted[i].key);
		if (strncmp(line, wanted[i].key, len))
			continue;
		kept = strnlen(line + len, MODFILE_TEXT - 1);
		memcpy((char *)file + wanted[i].offset, line + len, kept);
		((char *)file)[wanted[i].offset + kept] = '\0';
	}
}

static void take_lines(struct modfile *file, const char *lines, size_t size)
{
	const char *end;

	for (; size; size -= (size_t)(end + 1 - lines), lines = end + 1) {
		end = memchr(lines, '\0', size);
		if (!end)
			return;
		take(file, lines);
	}
}

static int has_magic(const unsigned char *bytes, size_t size, const char *magic,
		     size_t len)
{
	return size >= len && !memcmp(bytes, magic, len);
}

static int is_compressed(const unsigned char *bytes, size_t size)
{
	return has_magic(bytes, size, "\x1f\x8b", 2) ||		/* gzip */
	       has_magic(bytes, size, "\xfd" "7zXZ", 5) ||
	       has_magic(bytes, size, "\x28\xb5\x2f\xfd", 4);	/* zstd */
}

void modfile_parse(struct modfile *file, const unsigned char *bytes, size_t size)
{
	size_t len = sizeof(signature) - 1;
	struct part lines;
	struct elf elf;

	memset(file, 0, sizeof(*file));
	file->is_compressed = is_compressed(bytes, size);
	if (elf_open(&elf, bytes, size))
		return;
	lines = find_section(&elf, ".modinfo");
	take_lines(file, (const char *)bytes + lines.at, (size_t)lines.size);
	file->is_module = file->vermagic[0] != '\0';
	file->is_signed = size >= len && has_magic(bytes + size - len, len, signature, len);
}

int modfile_is_for(const struct modfile *file, const char *release)
{
	size_t len = strcspn(file->vermagic, " ");

	return len == strlen(release) && !strncmp(file->vermagic, release, len);
}

/* ---- Files ------------------------------------------------------------- */

static int read_all(int fd, unsigned char *bytes, size_t *size)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < *size && n > 0) {
		n = read(fd, bytes + done, *size - done);
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	*size = done;
	return 0;
}

static int read_fd(struct modfile *file, int fd)
{
	unsigned char *bytes;
	struct stat stat;
	size_t size;
	int ret;

	if (fstat(fd, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -EINVAL;
	if (stat.st_size > SIZE_MAX_OF_FILE)
		return -EFBIG;
	size = (size_t)stat.st_size;
	bytes = malloc(size + 1);
	if (!bytes)
		return -ENOMEM;
	ret = read_all(fd, bytes, &size);
	if (!ret)
		modfile_parse(file, bytes, size);
	free(bytes);
	return ret;
}

int modfile_read(struct modfile *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ret;

	memset(file, 0, sizeof(*file));
	if (fd < 0)
		return -errno;
	ret = read_fd(file, fd);
	close(fd);
	return ret;
}

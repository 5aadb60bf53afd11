/* SPDX-License-Identifier: MIT */
#include "modmake.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

/* Three sections: none, .modinfo, and the names of these. */
static const char names[] = "\0.modinfo\0.shstrtab";
#define NAME_MODINFO	1
#define NAME_NAMES	10

struct maker {
	unsigned char *bytes;
	int is_64;
	int is_big;
};

static void put(const struct maker *m, size_t at, uint64_t number, unsigned int width)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		m->bytes[at + (m->is_big ? width - 1 - i : i)] =
			(unsigned char)(number >> 8 * i);
}

static void put_header(const struct maker *m, size_t table)
{
	memcpy(m->bytes, "\177ELF", 4);
	m->bytes[4] = m->is_64 ? 2 : 1;
	m->bytes[5] = m->is_big ? 2 : 1;
	put(m, m->is_64 ? 40 : 32, table, m->is_64 ? 8 : 4);
	put(m, m->is_64 ? 58 : 46, m->is_64 ? 64 : 40, 2);
	put(m, m->is_64 ? 60 : 48, 3, 2);
	put(m, m->is_64 ? 62 : 50, 2, 2);
}

static void put_section(const struct maker *m, size_t at, unsigned int name, size_t start,
			size_t size)
{
	put(m, at, name, 4);
	put(m, at + (m->is_64 ? 24 : 16), start, m->is_64 ? 8 : 4);
	put(m, at + (m->is_64 ? 32 : 20), size, m->is_64 ? 8 : 4);
}

void modmake(struct modmake *made, int is_64, int is_big, const char *lines, size_t size)
{
	struct maker m = { made->bytes, is_64, is_big };
	size_t step = is_64 ? 64 : 40, start = 64, end = start + size;
	size_t table = end + sizeof(names);

	ck_assert_uint_le(table + 3 * step, MODMAKE_MAX - 64);
	memset(made, 0, sizeof(*made));
	put_header(&m, table);
	memcpy(made->bytes + start, lines, size);
	memcpy(made->bytes + end, names, sizeof(names));
	put_section(&m, table + step, NAME_MODINFO, start, size);
	put_section(&m, table + 2 * step, NAME_NAMES, end, sizeof(names));
	made->size = table + 3 * step;
}

void modmake_append(struct modmake *made, const char *text)
{
	memcpy(made->bytes + made->size, text, strlen(text));
	made->size += strlen(text);
}

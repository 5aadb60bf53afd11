/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *file, int line, const char *what)
{
	capture_end();
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* ---- The input ------------------------------------------------------------- */

struct input take_part(struct input *in, size_t len)
{
	struct input part = { in->data, len < in->len ? len : in->len };

	in->data += part.len;
	in->len -= part.len;
	return part;
}

struct input take_until(struct input *in, uint8_t byte)
{
	const uint8_t *end = in->len ? memchr(in->data, byte, in->len) : NULL;
	struct input part = take_part(in, end ? (size_t)(end - in->data) : in->len);

	take_part(in, 1);
	return part;
}

void take_bytes(struct input *in, void *to, size_t len)
{
	struct input part = take_part(in, len);

	memset(to, 0, len);
	if (part.len)
		memcpy(to, part.data, part.len);
}

uint32_t take32(struct input *in)
{
	uint8_t bytes[4];

	take_bytes(in, bytes, sizeof(bytes));
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

unsigned int take16(struct input *in)
{
	uint8_t bytes[2];

	take_bytes(in, bytes, sizeof(bytes));
	return bytes[0] | (unsigned int)bytes[1] << 8;
}

unsigned int take8(struct input *in)
{
	uint8_t byte;

	take_bytes(in, &byte, 1);
	return byte;
}

/* ---- Memory and text ------------------------------------------------------- */

static void *or_end(void *memory)
{
	HOLDS(memory != NULL);
	return memory;
}

void *exact(const void *bytes, size_t len)
{
	void *copy = or_end(malloc(len ? len : 1));

	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

char *string_of(struct input part)
{
	return or_end(strndup((const char *)part.data, part.len));
}

struct sockopt_record *record_of(struct input in)
{
	struct sockopt_record *rec;
	size_t most = sizeof(*rec) + UINT16_MAX;

	if (in.len < sizeof(*rec))
		return NULL;
	if (in.len > most)
		in.len = most;
	rec = exact(in.data, in.len);
	rec->caplen = (uint16_t)(in.len - sizeof(*rec));
	return rec;
}

int is_plain(const char *text, size_t len, const char *others)
{
	for (; len; text++, len--)
		if ((*text < ' ' || *text > '~') && (!*text || !strchr(others, *text)))
			return 0;
	return 1;
}

/* How many bytes the first one says that the character has; 0: it is no first one. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

/* RFC 3629: neither longer than it need be, nor a surrogate, nor too large. */
static int is_character(uint32_t c, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (c < least[len] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	return c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f) || c >= 0xa0;
}

int is_text(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t size, i;
	uint32_t c;

	for (; len; at += size, len -= size) {
		size = length_of(*at);
		if (!size || size > len)
			return 0;
		c = size == 1 ? *at : *at & (0x7fU >> size);
		for (i = 1; i < size; i++) {
			if ((at[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (at[i] & 0x3f);
		}
		if (!is_character(c, size))
			return 0;
	}
	return 1;
}

size_t without_colors(char *text, size_t len)
{
	char *from = text, *to = text, *end = text + len;

	while (from < end) {
		if (*from != '\033') {
			*to++ = *from++;
			continue;
		}
		HOLDS(from[1] == '[');
		for (from += 2; *from != 'm'; from++)
			HOLDS(from < end && strchr("0123456789;", *from));
		from++;
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* ---- What is written ------------------------------------------------------- */

struct written out, err_out;
static FILE *real_stdout, *real_stderr;

void capture_begin(void)
{
	free(out.text);
	free(err_out.text);
	real_stdout = stdout;
	real_stderr = stderr;
	stdout = or_end(open_memstream(&out.text, &out.len));
	stderr = or_end(open_memstream(&err_out.text, &err_out.len));
}

/* Does nothing if it was not begun. */
void capture_end(void)
{
	if (!real_stdout)
		return;
	fclose(stdout);
	fclose(stderr);
	stdout = real_stdout;
	stderr = real_stderr;
	real_stdout = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * The tables in /proc/net/sockopt. A file is read whole before it is looked at: the
 * kernel makes it at the first read, as one picture.
 */
#include "procfs.h"

#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <sockopt/sockopt.h>

#define CHUNK 65536

/* ---- Messages ---------------------------------------------------------- */

/* Without the module there is no such directory. */
static int cannot_open(const char *command, const char *directory, const char *path,
		       int err)
{
	if (err == ENOENT && access("/proc/self/net", F_OK))
		warnx("%s: /proc is not mounted: mount -t proc proc /proc", command);
	else if (err == ENOENT && access(directory, F_OK))
		return complain(-ENOPROTOOPT, command);
	else if (err == EACCES || err == EPERM)
		warnx("%s: no right to read %s: run as root", command, path);
	else
		warnx("%s: %s: %s", command, path, strerror(err));
	return EXIT_FAILURE;
}

/* The table is not what we know: another release. */
static int is_strange(const char *command, const char *path, const char *what,
		      const char *which)
{
	warnx("%s: %s has no %s%s: update the kernel module and this program to one release",
	      command, path, what, which);
	return EXIT_FAILURE;
}

/* ---- Reading ----------------------------------------------------------- */

/* All of it, with a NUL behind. NULL: errno says why. To be freed. */
static char *read_all(FILE *file)
{
	size_t room = CHUNK, len = 0, n;
	char *text = malloc(room), *more;

	while (text && (n = fread(text + len, 1, room - len - 1, file)) > 0) {
		len += n;
		if (room - len > 1)
			continue;
		room *= 2;
		more = realloc(text, room);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

static char *read_path(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	int err;

	if (!file)
		return NULL;
	errno = 0;
	text = read_all(file);
	err = errno;
	if (text && ferror(file)) {
		free(text);
		text = NULL;
	}
	fclose(file);
	errno = err;
	return text;
}

/* ---- Columns ----------------------------------------------------------- */

/* Which word of a line a column is. -1: none. Changes nothing. */
static int place_of(const char *line, const char *name)
{
	size_t len = strlen(name), n;
	int place;

	for (place = 0; *(line += strspn(line, " ")); place++, line += n) {
		n = strcspn(line, " ");
		if (n == len && !memcmp(line, name, len))
			return place;
	}
	return -1;
}

/* The word at a place of a line. NULL: the line is too short. */
static char *word_at(char *line, int place)
{
	line += strspn(line, " ");
	while (place-- && *line) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return *line ? line : NULL;
}

static void cut_line(char *line)
{
	char *c;

	for (c = line; *c; c++)
		if (*c == ' ')
			*c = '\0';
}

static int is_good_word(const char *word, const struct column *column)
{
	size_t len = strcspn(word, " ");

	return !column->is_number || strspn(word, "0123456789") == len;
}

/* Words point into the line, which is cut when all are found. */
static int take_line(struct rows *rows, char *line, const int *places)
{
	char **words = rows->words + rows->n * rows->width;
	size_t i;

	for (i = 0; i < rows->width; i++) {
		words[i] = word_at(line, places[i]);
		if (!words[i] || !is_good_word(words[i], &rows->columns[i]))
			return -1;
	}
	cut_line(line);
	rows->n++;
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* NULL, or the column that is missing. */
static const char *find_places(const struct rows *rows, const char *header, int *places)
{
	size_t i;

	for (i = 0; i < rows->width; i++) {
		places[i] = place_of(header, rows->columns[i].name);
		if (places[i] < 0)
			return rows->columns[i].name;
	}
	return NULL;
}

static int take_text(struct rows *rows, const char *command, const char *path)
{
	int *places = calloc(rows->width, sizeof(*places)), ret = 0;
	char *rest = rows->text, *line = strsep(&rest, "\n");
	const char *missing;

	rows->words = calloc(count_lines(rest ? rest : "") * rows->width,
			     sizeof(*rows->words));
	if (!places || !rows->words)
		errx(EXIT_FAILURE, "out of memory");
	missing = find_places(rows, line, places);
	if (missing)
		ret = is_strange(command, path, "column ", missing);
	while (!ret && (line = strsep(&rest, "\n")) != NULL)
		if (*line && take_line(rows, line, places))
			ret = is_strange(command, path, "meaning", "");
	free(places);
	return ret;
}

int rows_read(struct rows *rows, const char *command, const char *directory,
	      const char *name, const struct column *columns, size_t width)
{
	char path[PATH_MAX];
	int ret;

	memset(rows, 0, sizeof(*rows));
	rows->columns = columns;
	rows->width = width;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	rows->text = read_path(path);
	if (!rows->text)
		return cannot_open(command, directory, path, errno);
	ret = take_text(rows, command, path);
	if (ret)
		rows_free(rows);
	return ret;
}

const char *rows_word(const struct rows *rows, size_t row, size_t column)
{
	return rows->words[row * rows->width + column];
}

uint64_t rows_number(const struct rows *rows, size_t row, size_t column)
{
	return strtoull(rows_word(rows, row, column), NULL, 10);
}

void rows_free(struct rows *rows)
{
	free(rows->words);
	free(rows->text);
	memset(rows, 0, sizeof(*rows));
}

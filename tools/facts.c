/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *facts_path(const char *root, char path[PATH_MAX], const char *format, ...)
{
	size_t len;
	va_list args;

	snprintf(path, PATH_MAX, "%s", root);
	len = strlen(path);
	va_start(args, format);
	vsnprintf(path + len, PATH_MAX - len, format, args);
	va_end(args);
	return path;
}

int facts_exist(const char *root, const char *name)
{
	char path[PATH_MAX];

	return !access(facts_path(root, path, "%s", name), F_OK);
}

/* A pipe that somebody left there must not hold us. */
FILE *facts_open(const char *root, const char *name)
{
	char path[PATH_MAX];
	FILE *file;
	int fd = open(facts_path(root, path, "%s", name),
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

int facts_read(const char *root, const char *name, char *text, size_t size)
{
	FILE *file = facts_open(root, name);
	size_t len;
	int ret;

	text[0] = '\0';
	if (!file)
		return -1;
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	ret = ferror(file) ? -1 : 0;
	fclose(file);
	trim(text);
	return ret;
}

int facts_number(const char *root, const char *name, uint64_t *number)
{
	char text[32], *end;

	if (facts_read(root, name, text, sizeof(text)) ||
	    !isdigit((unsigned char)text[0]))
		return -1;
	*number = strtoull(text, &end, 10);
	return *end ? -1 : 0;
}

int facts_value(const char *root, const char *name, const char *key, char *value,
		size_t size)
{
	FILE *file = facts_open(root, name);
	char line[512];
	int ret = -1;

	value[0] = '\0';
	while (file && ret && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key))) {
			trim(line);
			snprintf(value, size, "%s", line + strlen(key) +
				 strspn(line + strlen(key), " \t"));
			ret = 0;
		}
	if (file)
		fclose(file);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * What modprobe and the kernel are told of the module: not to load it.
 */
#include "doctor.h"

#include "facts.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const directories[] = {
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};
#define DIRECTORIES	(sizeof(directories) / sizeof(directories[0]))

/* The first word of text, which is cut behind it. Returns the rest. */
static char *split(char *text, char **word)
{
	char *rest;

	*word = text + strspn(text, " \t");
	rest = *word + strcspn(*word, " \t\n");
	if (*rest)
		*rest++ = '\0';
	return rest;
}

static void say_blocked(struct doctor *d, const char *place, const char *command)
{
	findings_add(&d->findings, STATUS_FAIL, "modprobe",
		     "%s says 'install sockopt %.*s'", place, (int)strcspn(command, "\n"),
		     command);
	findings_advise(&d->findings, "If that should not be: take the line out.");
}

static void say_blacklisted(struct doctor *d, const char *place)
{
	findings_add(&d->findings, STATUS_NOTE, "modprobe", "%s has sockopt on its blacklist",
		     place);
	findings_advise(&d->findings, "It is not loaded at boot, 'modprobe sockopt' loads it. "
			"If that should not be: take it off.");
}

/* Who loads it by a command of his own, does. */
static int is_loading(const char *command)
{
	return strstr(command, "modprobe") || strstr(command, "insmod");
}

static void look_at_line(struct doctor *d, const char *place, char *line)
{
	char *word, *module, *rest = split(line, &word);

	rest = split(rest, &module);
	if (strcmp(module, "sockopt"))
		return;
	if (!strcmp(word, "blacklist"))
		say_blacklisted(d, place);
	else if (!strcmp(word, "install") && !is_loading(rest))
		say_blocked(d, place, rest);
}

/* It goes on in the next line: then the backslash that says so is cut off. */
static int is_continued(char *line)
{
	size_t len = strcspn(line, "\n");

	if (!len || line[len - 1] != '\\')
		return 0;
	line[len - 1] = '\0';
	return 1;
}

/* Half of a line might say what the whole one does not. */
static char *append(char *line, const char *part)
{
	size_t len = line ? strlen(line) : 0, part_size = strlen(part) + 1;
	char *both = realloc(line, len + part_size);

	if (!both)
		err(EXIT_FAILURE, "doctor");
	memcpy(both + len, part, part_size);
	return both;
}

/* With nothing between its parts, as modprobe has it. To be freed; NULL: the file ends. */
static char *read_line(FILE *file)
{
	char *part = NULL, *line = NULL;
	int is_open = 1;
	size_t size = 0;

	while (is_open && getline(&part, &size, file) > 0) {
		is_open = is_continued(part);
		line = append(line, part);
	}
	free(part);
	return line;
}

static void look_at_file(struct doctor *d, const char *place)
{
	FILE *file = facts_open(d->root, place);
	char *line;

	while (file && (line = read_line(file)) != NULL) {
		look_at_line(d, place, line);
		free(line);
	}
	if (file)
		fclose(file);
}

static int is_configuration(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".conf");
}

/* A file hides those of the same name in later directories. */
static int is_hidden(const struct doctor *d, size_t directory, const char *name)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < directory; i++)
		if (facts_exist(d->root, facts_path("", path, "%s/%s", directories[i],
						    name)))
			return 1;
	return 0;
}

static void look_at_directory(struct doctor *d, size_t directory)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir = opendir(facts_path(d->root, path, "%s", directories[directory]));

	while (dir && (entry = readdir(dir)) != NULL)
		if (is_configuration(entry->d_name) &&
		    !is_hidden(d, directory, entry->d_name))
			look_at_file(d, facts_path("", path, "%s/%s",
						   directories[directory],
						   entry->d_name));
	if (dir)
		closedir(dir);
}

/* A list of names with commas, behind 'key=' on the kernel's command line. */
static int is_in_list(const char *list)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ", \n");
		if (len == strlen("sockopt") && !strncmp(list, "sockopt", len))
			return 1;
		if (list[len] != ',')
			return 0;
	}
}

static int is_on_command_line(const char *line, const char *key)
{
	const char *at = line;
	size_t len = strlen(key);

	while ((at = strstr(at, key)) != NULL) {
		if ((at == line || at[-1] == ' ') && is_in_list(at + len))
			return 1;
		at += len;
	}
	return 0;
}

static void look_at_command_line(struct doctor *d)
{
	char line[4096];

	facts_read(d->root, "/proc/cmdline", line, sizeof(line));
	if (is_on_command_line(line, "module_blacklist=")) {
		findings_add(&d->findings, STATUS_FAIL, "modprobe",
			     "the kernel was booted with module_blacklist=sockopt");
		findings_advise(&d->findings, "Take that off the kernel's command line, and "
				"reboot.");
	}
	if (is_on_command_line(line, "modprobe.blacklist="))
		say_blacklisted(d, "the kernel's command line");
}

void check_modprobe(struct doctor *d)
{
	size_t i;

	if (!is_to_load(d))
		return;
	for (i = 0; i < DIRECTORIES; i++)
		look_at_directory(d, i);
	look_at_command_line(d);
}

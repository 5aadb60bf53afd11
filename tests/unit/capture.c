/* SPDX-License-Identifier: MIT */
/* Files in the place of the standard streams, as long as a command runs. */
#include "capture.h"

#include <check.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS 16

char written[65536], complained[65536];
size_t written_len;

struct place {
	int fd;			/* of the standard stream */
	int kept;		/* where it led to */
	FILE *file;
};

static void lead_away(struct place *place, int fd)
{
	place->fd = fd;
	place->kept = dup(fd);
	place->file = tmpfile();
	ck_assert(place->kept >= 0 && place->file != NULL);
	ck_assert_int_eq(dup2(fileno(place->file), fd), fd);
}

static size_t lead_back(struct place *place, char *text, size_t size)
{
	size_t len;

	fflush(place->fd == STDOUT_FILENO ? stdout : stderr);
	ck_assert_int_eq(dup2(place->kept, place->fd), place->fd);
	close(place->kept);
	rewind(place->file);
	len = fread(text, 1, size - 1, place->file);
	text[len] = '\0';
	fclose(place->file);
	return len;
}

int run_captured(int (*run)(const void *what), const void *what)
{
	struct place out, err;
	int ret;

	fflush(stdout);
	lead_away(&out, STDOUT_FILENO);
	lead_away(&err, STDERR_FILENO);
	ret = run(what);
	written_len = lead_back(&out, written, sizeof(written));
	lead_back(&err, complained, sizeof(complained));
	return ret;
}

struct line {
	command_fn *command;
	const char *words;
};

/* The first word has a space: "sockopt NAME". */
static int run_line(const void *what)
{
	const struct line *line = what;
	char words[1024], *rest = words, *argv[WORDS] = { words };
	int argc = 1;

	ck_assert(strlen(line->words) < sizeof(words));
	snprintf(words, sizeof(words), "%s", line->words);
	strsep(&rest, " ");
	if (rest)
		rest[-1] = ' ';
	strsep(&rest, " ");
	while (rest && argc < WORDS - 1)
		argv[argc++] = strsep(&rest, " ");
	optind = 0;
	return line->command(argc, argv);
}

int run_command(command_fn *command, const char *words)
{
	return run_with_input(command, words, "", 0);
}

int run_with_input(command_fn *command, const char *words, const char *input,
		   size_t len)
{
	struct line line = { command, words };
	FILE *file = tmpfile();
	int kept = dup(STDIN_FILENO), ret;

	ck_assert(file != NULL);
	ck_assert(fwrite(input, 1, len, file) == len && !fflush(file));
	rewind(file);
	dup2(fileno(file), STDIN_FILENO);
	ret = run_captured(run_line, &line);
	dup2(kept, STDIN_FILENO);
	close(kept);
	fclose(file);
	return ret;
}

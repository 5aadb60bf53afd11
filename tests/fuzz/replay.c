/* SPDX-License-Identifier: MIT */
/*
 * In the place of libFuzzer: replay FILE|DIRECTORY... runs the target once with each file, in
 * this process, and says with which one it ended.
 */
#include "fuzz.h"

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_MAX_OF_INPUT	(1 << 20)
#define SECONDS_MAX		20	/* of one input */

static char running[PATH_MAX];		/* "": none */
static unsigned int count;

/* Without stdio, which may be in any state. */
static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

static void say_which(void)
{
	if (!running[0])
		return;
	say("\nwith: ");
	say(running);
	say("\n");
}

static void on_signal(int sig)
{
	say_which();
	if (sig == SIGALRM)
		say("it takes too long\n");
	_exit(1);
}

/* A target that calls exit() ends the other files, too. */
static void on_exit_within(void)
{
	if (!running[0])
		return;
	say_which();
	_exit(1);
}

static void run_file(const char *path)
{
	static uint8_t bytes[SIZE_MAX_OF_INPUT];
	FILE *file = fopen(path, "re");
	size_t len;
	uint8_t *input;

	if (!file)
		err(EXIT_FAILURE, "%s", path);
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	input = exact(bytes, len);
	snprintf(running, sizeof(running), "%s", path);
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(input, len);
	alarm(0);
	running[0] = '\0';
	free(input);
	count++;
}

static void run(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[PATH_MAX];

	if (!dir) {
		run_file(path);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
			run_file(name);
		}
	closedir(dir);
}

int main(int argc, char **argv)
{
	int i;

	__sanitizer_set_death_callback(say_which);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	atexit(on_exit_within);
	for (i = 1; i < argc; i++)
		run(argv[i]);
	printf("%u inputs\n", count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}

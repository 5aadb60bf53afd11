/* SPDX-License-Identifier: MIT */
/*
 * callfuzz: programs of system calls that know the structs of uapi.h, run for as long as is
 * wanted. Those that come to a new place of the module, as KCOV tells, are kept, and most of
 * the later ones are made of them. With --runs nothing is kept, for what a program comes to is
 * also a matter of time; so the same seed gives the same programs.
 *
 * What the machine may not survive is in the log before: of a program its index, and of one
 * that is kept that it is. That is enough to make them all again, which --last does.
 */
#include "call_corpus.h"
#include "call_cover.h"
#include "call_mutate.h"
#include "call_worker.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_SECONDS 5
#define MUTATED 75		/* percent of the programs */

static struct wishes {
	uint64_t seed;
	unsigned long seconds, runs, last;
	FILE *replay, *log;
} wishes;

static struct state {
	unsigned long executed;
	uint64_t sum;		/* of all programs' text */
	time_t start, told;
} state;

/* ---- What is said ---- */

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void tell(void)
{
	printf("# executed %lu programs, %lu calls, %u PCs, %u kept\n", state.executed,
	       workers_calls(), cover_count(), corpus_count());
	fflush(stdout);
	state.told = now();
}

/* It is out before this returns. */
static void log_line(const char *what, uint64_t number)
{
	if (!wishes.log)
		return;
	fprintf(wishes.log, "%s %llu\n", what, (unsigned long long)number);
	fflush(wishes.log);
	tcdrain(fileno(wishes.log));
}

static void add_to_sum(const struct program *program)
{
	char *text, *at;
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	program_print(memory, program);
	fclose(memory);
	for (at = text; *at; at++)
		state.sum = (state.sum ^ (uint8_t)*at) * 0x100000001b3;
	free(text);
}

/* ---- Programs ---- */

/* True: it came to something new. */
static bool run(const struct program *program)
{
	bool is_new = false;
	unsigned int i;

	log_line("run", program->index);
	workers_run(program);
	for (i = 0; i < THREADS; i++)
		is_new |= cover_take(&workers[i].cover);
	state.executed++;
	if (now() - state.told >= PROGRESS_SECONDS)
		tell();
	return is_new;
}

/* The same one for the same seed, index and corpus. */
static void make(struct rng *rng, struct program *program, unsigned long index)
{
	const struct program *kept;

	rng_seed(rng, wishes.seed, index);
	kept = corpus_pick(rng);
	if (kept && rng_percent(rng, MUTATED)) {
		*program = *kept;
		program_mutate(rng, program, corpus_pick(rng));
	} else {
		program_generate(rng, program);
	}
	program->index = index;
}

static bool is_over(void)
{
	if (wishes.runs)
		return state.executed >= wishes.runs;
	return now() - state.start >= (time_t)wishes.seconds;
}

static void fuzz(void)
{
	static struct program program;
	struct rng rng;

	log_line("seed", wishes.seed);
	while (!is_over()) {
		make(&rng, &program, state.executed);
		if (wishes.runs)
			add_to_sum(&program);
		if (run(&program) && !wishes.runs) {
			corpus_add(&rng, &program);
			log_line("kept", program.index);
		}
	}
}

/* ---- Programs of before ---- */

/* All programs of the file, again and again. */
static int replay(void)
{
	static struct program program;
	int ret;

	do {
		rewind(wishes.replay);
		while ((ret = program_parse(wishes.replay, &program)) > 0)
			run(&program);
		if (ret < 0 || !state.executed) {
			fprintf(stderr, "callfuzz: this is no file of programs\n");
			return 2;
		}
	} while (!is_over());
	return 0;
}

/* How many programs a log has. */
static unsigned long count_runs(FILE *file)
{
	unsigned long index, count = 0;
	char line[80];

	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "run %lu", &index) == 1)
			count = index + 1;
	rewind(file);
	return count;
}

/* Makes them all again, of what the log says, and prints the last ones. */
static int print_last(FILE *file)
{
	unsigned long count = count_runs(file), index;
	static struct program program;
	char line[80];
	struct rng rng;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "seed %" SCNu64, &wishes.seed) == 1)
			continue;
		if (sscanf(line, "run %lu", &index) == 1) {
			make(&rng, &program, index);
			if (index + wishes.last >= count)
				program_print(stdout, &program);
		} else if (!strncmp(line, "kept ", 5)) {
			corpus_add(&rng, &program);
		}
	}
	return count ? 0 : 2;
}

/* ---- The command line ---- */

static void usage(void)
{
	fprintf(stderr, "usage: callfuzz [--seed N] [--log FILE] [--replay FILE] --seconds S | --runs R\n"
			"       callfuzz --last N --replay LOG\n");
	exit(2);
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file) {
		perror(path);
		exit(2);
	}
	return file;
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "runs", required_argument, NULL, 'n' },
		{ "log", required_argument, NULL, 'l' },
		{ "replay", required_argument, NULL, 'r' },
		{ "last", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (option) {
		case 's':
			wishes.seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			wishes.seconds = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			wishes.runs = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			wishes.log = open_file(optarg, "we");
			break;
		case 'r':
			wishes.replay = open_file(optarg, "re");
			break;
		case 'p':
			wishes.last = strtoul(optarg, NULL, 0);
			break;
		default:
			usage();
		}
	if (optind != argc || (wishes.last ? !wishes.replay : !wishes.seconds && !wishes.runs))
		usage();
}

int main(int argc, char **argv)
{
	int status = 0;

	options(argc, argv);
	if (wishes.last)
		return print_last(wishes.replay);
	if (!workers_start())
		return 2;
	state.start = now();
	if (wishes.replay)
		status = replay();
	else
		fuzz();
	tell();
	printf("# programs %016llx\n", (unsigned long long)state.sum);
	if (wishes.log)
		cover_print(wishes.log);
	return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * caller SWEEP: makes the calls of a sweep on the stage that standard input tells of.
 * Prints what must not be, and last 'calls: N'. Exit 0: all was as it must be. SKO_SPARSE=N
 * in the environment takes every N-th step of what is dense.
 */
#include "op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAILURES_SHOWN 8

struct stage stage;
uint32_t *calls;
unsigned int sparse;

static const struct {
	const char *name;
	void (*run)(void);
} sweeps[] = {
	{ "lengths", lengths_sweep }, { "members", members_sweep },
	{ "buffers", buffers_sweep }, { "texts", texts_sweep },
	{ "numbers", numbers_sweep }, { "sockets", sockets_sweep },
	{ "flips", flips_sweep }, { "stream", stream_sweep },
	{ "map", map_sweep }, { "faults", faults_sweep },
};

static unsigned int failures;

void failure(const char *format, ...)
{
	va_list args;

	if (failures++ >= FAILURES_SHOWN)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

bool has_failed(void)
{
	return failures;
}

bool is_taken(unsigned int step)
{
	return step % sparse == 0;
}

static void take_stage(void)
{
	const char *value = getenv("SKO_SPARSE");

	if (read(STDIN_FILENO, &stage, sizeof(stage)) != sizeof(stage))
		exit(2);
	sparse = stage.sparse;
	if (value && atoi(value) > 1)
		sparse *= (unsigned int)atoi(value);
	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (calls == MAP_FAILED)
		exit(2);
	memory_make();
	state_tail = stage.cursor;
	state_learn(STATE_ALL);
}

/* No filter that was refused is at work: what is acknowledged is replaced by others. */
static void expect_records(void)
{
	struct call *call = call_new(&op_records);

	call_set_word(call, offsetof(struct sockopt_records, cursor), state_tail + 1);
	call_make(call);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < COUNT(sweeps); i++)
		if (!strcmp(argv[1], sweeps[i].name))
			break;
	if (argc != 2 || i == COUNT(sweeps))
		return 2;
	take_stage();
	sweeps[i].run();
	expect_records();
	if (failures > FAILURES_SHOWN)
		printf("and %u more\n", failures - FAILURES_SHOWN);
	printf("calls: %u\n", *calls);
	return has_failed();
}

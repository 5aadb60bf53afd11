/* SPDX-License-Identifier: MIT */
/* See call_program.h. */
#include "call_program.h"
#include "call_ops.h"

#include <inttypes.h>
#include <string.h>

#define LINE_MAX_LEN (2 * DATA_MAX + 256)

/* ---- To text ---- */

static unsigned int zeros_at(const struct call *call, unsigned int at)
{
	unsigned int n = 0;

	while (at + n < call->len && !call->data[at + n])
		n++;
	return n;
}

static void print_data(FILE *to, const struct call *call)
{
	unsigned int at = 0, zeros;

	if (!call->len)
		fputc('-', to);
	while (at < call->len) {
		zeros = zeros_at(call, at);
		if (zeros > 2)
			fprintf(to, "(%u)", zeros);
		else
			zeros = (unsigned int)fprintf(to, "%02x", call->data[at]) / 2;
		at += zeros;
	}
}

void program_print(FILE *to, const struct program *program)
{
	unsigned int i, j;

	fprintf(to, "program %lu %u\n", program->index, program->rounds);
	for (i = 0; i < program->count; i++) {
		const struct call *call = &program->calls[i];

		fprintf(to, "%s %u %u", call->op->name, call->thread, call->fail);
		for (j = 0; j < NUMBERS; j++)
			fprintf(to, " %" PRIx32, call->numbers[j]);
		fputc(' ', to);
		print_data(to, call);
		fputc('\n', to);
	}
	fprintf(to, "end\n");
}

/* ---- From text ---- */

/* Puts a byte, so many times. */
static int put(struct call *call, unsigned int byte, unsigned int n)
{
	if (n > (unsigned int)(DATA_MAX - call->len))
		return -1;
	memset(call->data + call->len, (int)byte, n);
	call->len = (uint16_t)(call->len + n);
	return 0;
}

static int parse_data(struct call *call, const char *text)
{
	unsigned int n;
	int used, ret = 0;

	if (!strcmp(text, "-"))
		return 0;
	while (*text && !ret) {
		used = 0;
		if (sscanf(text, "(%u)%n", &n, &used) == 1 && used)
			ret = put(call, 0, n);
		else if (sscanf(text, "%2x%n", &n, &used) == 1 && used == 2)
			ret = put(call, n, 1);
		else
			ret = -1;
		text += used;
	}
	return ret;
}

static int parse_call(struct call *call, const char *line)
{
	char name[32], data[LINE_MAX_LEN];
	unsigned int thread, fail;
	uint32_t *n = call->numbers;

	memset(call, 0, sizeof(*call));
	if (sscanf(line, "%31s %u %u %" SCNx32 " %" SCNx32 " %" SCNx32 " %" SCNx32 " %" SCNx32
		   " %s", name, &thread, &fail, &n[0], &n[1], &n[2], &n[3], &n[4], data) != 9)
		return -1;
	call->op = op_named(name);
	if (!call->op || thread > THREADS || fail > UINT8_MAX)
		return -1;
	call->thread = (uint8_t)thread;
	call->fail = (uint8_t)fail;
	return parse_data(call, data);
}

static int parse_calls(FILE *from, struct program *program)
{
	char line[LINE_MAX_LEN];

	for (program->count = 0; fgets(line, sizeof(line), from); program->count++) {
		if (!strcmp(line, "end\n"))
			return 1;
		if (program->count == CALLS_MAX ||
		    parse_call(&program->calls[program->count], line))
			break;
	}
	return -1;
}

int program_parse(FILE *from, struct program *program)
{
	char line[80];

	if (!fgets(line, sizeof(line), from))
		return 0;
	if (sscanf(line, "program %lu %u", &program->index, &program->rounds) != 2)
		return -1;
	return parse_calls(from, program);
}

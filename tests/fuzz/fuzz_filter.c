/* SPDX-License-Identifier: MIT */
/*
 * Structs of callers who were compiled against other versions: a configuration, a filter
 * behind it, a program behind that; each in memory of exactly its size. What reaches the
 * kernel is what the caller has, and nothing where the caller's struct is refused.
 */
#include "fake_kernel.h"
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a configuration without pointers, with that of a filter, and of a program. */
#define CONFIG_NUMBERS	offsetof(struct sockopt_config, filter)
#define CONFIG_FILTER	offsetof(struct sockopt_config, program)
#define CONFIG_PROGRAM	sizeof(struct sockopt_config)

#define STRUCT_MAX	4096	/* more is no struct of ours */

static struct sockopt *so;

/* What a struct of this size has in memory: more than its size is not read. */
static size_t there(uint32_t size)
{
	return size < 4 || size > STRUCT_MAX ? 4 : size;
}

static void *take_struct(struct input *in, uint32_t size)
{
	uint8_t *made = malloc(there(size));

	HOLDS(made);
	take_bytes(in, made, there(size));
	memcpy(made, &size, 4);
	return made;
}

/* What uapi.h says of a struct whose known part has so many bytes. */
static int verdict(const uint8_t *theirs, uint32_t size, size_t known)
{
	size_t i;

	if (size < 4)
		return -EINVAL;
	if (size > STRUCT_MAX)
		return -E2BIG;
	for (i = known; i < size; i++)
		if (theirs[i])
			return -E2BIG;
	return 0;
}

/* The caller's filter as the kernel should see it. */
static struct sockopt_filter known_filter(const uint8_t *theirs, uint32_t size)
{
	struct sockopt_filter filter;

	memset(&filter, 0, sizeof(filter));
	memcpy(&filter, theirs, size < sizeof(filter) ? size : sizeof(filter));
	filter.size = sizeof(filter);
	return filter;
}

/* ---- The three of them ----------------------------------------------------- */

struct caller {
	struct sockopt_config *config;	/* of config_size bytes, as the others */
	uint32_t config_size;
	uint8_t *filter;		/* NULL: none */
	uint32_t filter_size;
	void *program;			/* NULL: none */
	size_t program_len;		/* bytes */
	int expected;			/* of a call with all that */
};

/* All before that offset. */
static int is_there(const struct caller *caller, size_t end)
{
	return there(caller->config_size) >= end;
}

/* Memory for a batch is the caller's to ask for: not too much here. */
static void point(struct caller *caller)
{
	if (is_there(caller, offsetof(struct sockopt_config, generation)))
		caller->config->batch &= 0xffff;
	if (is_there(caller, CONFIG_FILTER))
		caller->config->filter = (void *)caller->filter;
	if (is_there(caller, CONFIG_PROGRAM))
		caller->config->program = caller->program;
}

/* No version ended within a pointer. */
static uint32_t take_config_size(struct input *in)
{
	uint32_t size = take16(in) % (STRUCT_MAX + 64);

	return size > CONFIG_NUMBERS && size < CONFIG_PROGRAM ? CONFIG_FILTER : size;
}

static void take_filter(struct input *in, struct caller *caller)
{
	struct sockopt_filter known;

	caller->filter_size = take16(in) % (STRUCT_MAX + 64);
	caller->filter = take_struct(in, caller->filter_size);
	if (verdict(caller->filter, caller->filter_size, sizeof(known)))
		return;
	known = known_filter(caller->filter, caller->filter_size);
	caller->program_len = known.program_len > SOCKOPT_PROGRAM_MAX ? 0 :
			      known.program_len * sizeof(struct sockopt_instruction);
}

static int expected_of_filter(const struct caller *caller, int has_program)
{
	struct sockopt_filter known;
	int ret = verdict(caller->filter, caller->filter_size, sizeof(known));

	if (ret)
		return ret;
	known = known_filter(caller->filter, caller->filter_size);
	return known.program_len > SOCKOPT_PROGRAM_MAX ||
	       !known.program_len != !has_program ? -EINVAL : 0;
}

static int expected_of(const struct caller *caller)
{
	const uint8_t *bytes = (const uint8_t *)caller->config;
	struct sockopt_config known;
	int ret = verdict(bytes, caller->config_size, sizeof(known));

	if (ret)
		return ret;
	memset(&known, 0, sizeof(known));
	memcpy(&known, bytes, caller->config_size < sizeof(known) ? caller->config_size :
	       sizeof(known));
	if (known.reserved || (known.program && !known.filter))
		return -EINVAL;
	return known.filter ? expected_of_filter(caller, known.program != NULL) : 0;
}

static void caller_make(struct input *in, struct caller *caller)
{
	unsigned int has = take8(in);

	memset(caller, 0, sizeof(*caller));
	caller->config_size = take_config_size(in);
	caller->config = take_struct(in, caller->config_size);
	if (has & 1)
		take_filter(in, caller);
	if (has & 2) {
		caller->program = malloc(caller->program_len);
		HOLDS(caller->program);
		take_bytes(in, caller->program, caller->program_len);
	}
	point(caller);
	caller->expected = expected_of(caller);
}

static void caller_free(struct caller *caller)
{
	free(caller->config);
	free(caller->filter);
	free(caller->program);
}

/* ---- What the kernel saw --------------------------------------------------- */

static void expect_filter(const struct caller *caller, const void *filter)
{
	struct sockopt_filter known = known_filter(caller->filter, caller->filter_size);

	HOLDS(!memcmp(filter, &known, sizeof(known)));
}

static void open_stream(const struct caller *caller)
{
	struct sockopt_stream *st;
	int gets = fake.gets, ret = sockopt_stream_open(&st, so, 9, caller->config);

	if (caller->expected) {
		HOLDS(ret == caller->expected && !st && fake.gets == gets);
		return;
	}
	HOLDS(!ret && st);
	HOLDS(!fake.open.filter_len || fake.open.filter_len ==
	      sizeof(struct sockopt_filter) + caller->program_len);
	if (fake.open.filter_len)
		expect_filter(caller, &fake.filter);
	sockopt_stream_close(st);
}

/* Only the filter and the wake-up can be changed, and one of them has to be. */
static void tune(const struct caller *caller)
{
	struct sockopt_stream *st;
	struct sockopt_tune head;
	int ret;

	HOLDS(!sockopt_stream_open(&st, so, 9, NULL));
	ret = sockopt_stream_tune(st, caller->config);
	HOLDS(fake.tunes == !ret);
	HOLDS(!caller->expected || ret == caller->expected || ret == -EINVAL);
	if (!ret) {
		memcpy(&head, fake.value, sizeof(head));
		HOLDS(fake.value_len == sizeof(head) + head.filter_len);
		HOLDS(!(head.flags & SOCKOPT_TUNE_F_FILTER) == !head.filter_len);
	}
	if (!ret && head.filter_len) {
		expect_filter(caller, fake.value + sizeof(head));
		HOLDS(!caller->program_len ||
		      !memcmp(fake.value + sizeof(head) + sizeof(struct sockopt_filter),
			      caller->program, caller->program_len));
	}
	sockopt_stream_close(st);
}

/* ---- Types ----------------------------------------------------------------- */

static void add_types(struct input *in)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	uint8_t type = (uint8_t)take8(in);

	sockopt_filter_add(&filter, type);
	sockopt_filter_add6(&filter, type);
	HOLDS(filter.types[type / 32] == 1U << type % 32);
	HOLDS(filter.types6[type / 32] == 1U << type % 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct caller caller;

	fake_reset();
	HOLDS(!sockopt_open(&so));
	add_types(&in);
	caller_make(&in, &caller);
	open_stream(&caller);
	tune(&caller);
	caller_free(&caller);
	sockopt_close(so);
	return 0;
}

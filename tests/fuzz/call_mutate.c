/* SPDX-License-Identifier: MIT */
/* See call_mutate.h. */
#include "call_mutate.h"
#include "call_filter.h"
#include "call_ops.h"
#include "call_packet.h"
#include "call_worker.h"

#include <stdio.h>
#include <string.h>

#include <sockopt/uapi.h>

/* Percent of the numbers that have their usual value: in a new call, and in a changed one. */
#define USUAL 92
#define USUAL_CHANGED 40

#define FAILS_MAX 24
#define ROUNDS_MAX 6
#define OFTEN 40	/* rounds of what meets by chance only */

/* ---- Registers ---- */

/* Those that calls before this one fill: a bit for each, by kind; and the last OPEN of them. */
struct filled {
	unsigned int bits[NUMBER_NEW_MAP + 1];
	const struct call *open;
};

static bool makes(const struct number *number)
{
	return number->kind >= NUMBER_NEW_SOCKET;
}

static void note(struct filled *filled, const struct call *call)
{
	unsigned int i;

	for (i = 0; i < NUMBERS; i++) {
		const struct number *number = &call->op->numbers[i];

		if (makes(number))
			filled->bits[number->kind - NUMBER_NEW_SOCKET + NUMBER_SOCKET] |=
				1U << call->numbers[i] % REGISTERS;
	}
	if (call->op->operation == SOCKOPT_OPEN)
		filled->open = call;
}

static struct filled filled_before(const struct program *program, unsigned int count)
{
	struct filled filled = { .bits = { 0 } };
	unsigned int i;

	for (i = 0; i < count; i++)
		note(&filled, &program->calls[i]);
	return filled;
}

/* Mostly one that is filled: else the call has nothing to work on. */
static uint32_t pick_register(struct rng *rng, unsigned int filled)
{
	uint32_t number = rng_below(rng, rng_percent(rng, 70) ? 2 : REGISTERS), tries;

	if (rng_percent(rng, 5))
		return number;
	for (tries = 0; filled && !(filled & 1U << number) && tries < 16; tries++)
		number = rng_below(rng, REGISTERS);
	return number;
}

static uint32_t pick_number(struct rng *rng, const struct number *number,
			    const struct filled *filled, uint32_t usual)
{
	if (number->kind == NUMBER_NONE)
		return 0;
	if (number->kind == NUMBER_CHOICE)
		return pick_value(rng, number->values, number->count, usual);
	return pick_register(rng, makes(number) ? 0 : filled->bits[number->kind]);
}

/* ---- Data ---- */

static uint8_t *behind_layout(struct call *call)
{
	return call->data + (call->op->layout ? call->op->layout->size : 0);
}

static size_t text_generate(struct rng *rng, uint8_t *at)
{
	size_t len = 1 + rng_below(rng, rng_percent(rng, 80) ? 8 : 200), i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(1 + rng_below(rng, rng_percent(rng, 95) ? 126 : 255));
	if (rng_percent(rng, 5))
		at[rng_below(rng, (uint32_t)len)] = 0;
	return len;
}

static size_t tail_generate(struct rng *rng, uint8_t tail, uint8_t *at)
{
	switch (tail) {
	case TAIL_TEXT:
		return text_generate(rng, at);
	case TAIL_FILTER:
		return rng_percent(rng, 65) ? filter_generate(rng, at) : 0;
	case TAIL_PACKET:
		return packet_generate(rng, at);
	default:
		return 0;
	}
}

static void data_generate(struct rng *rng, struct call *call)
{
	const struct layout *layout = call->op->layout;
	size_t tail = tail_generate(rng, call->op->tail, behind_layout(call));

	call->len = (uint16_t)tail;
	if (!layout)
		return;
	call->len = (uint16_t)(call->len + layout->size);
	layout_generate(rng, layout, call->data);
	layout_settle(rng, layout, call->data, tail);
}

static bool has_filter(const struct call *call)
{
	return call->op->tail == TAIL_FILTER &&
	       call->len >= call->op->layout->size + sizeof(struct sockopt_filter);
}

static void data_mutate(struct rng *rng, struct call *call)
{
	const struct layout *layout = call->op->layout;
	uint32_t bit;

	if (has_filter(call) && rng_percent(rng, 50)) {
		filter_mutate(rng, call->data + layout->size, (size_t)call->len - layout->size);
	} else if (layout && call->len >= layout->size && rng_percent(rng, 80)) {
		layout_mutate(rng, layout, call->data);
	} else if (call->len && rng_percent(rng, 60)) {
		bit = rng_below(rng, 8U * call->len);
		call->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	} else {
		data_generate(rng, call);
	}
}

/* ---- Calls ---- */

static const struct op *pick_op(struct rng *rng)
{
	uint32_t sum = 0, at;
	unsigned int i;

	for (i = 0; i < ops_count; i++)
		sum += ops[i].weight;
	at = rng_below(rng, sum);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return &ops[i];
}

static void call_generate(struct rng *rng, struct call *call, const struct op *op,
			  const struct filled *filled)
{
	unsigned int i;

	memset(call, 0, sizeof(*call));
	call->op = op;
	for (i = 0; i < NUMBERS; i++)
		call->numbers[i] = pick_number(rng, &op->numbers[i], filled, USUAL);
	if (op->needs_stream && filled->open && rng_percent(rng, 85))
		memcpy(call->numbers, filled->open->numbers, 2 * sizeof(call->numbers[0]));
	data_generate(rng, call);
	if (rng_percent(rng, 4))
		call->fail = (uint8_t)(1 + rng_below(rng, FAILS_MAX));
}

static void call_mutate(struct rng *rng, struct call *call, const struct filled *filled)
{
	uint32_t i = rng_below(rng, NUMBERS);

	if (call->len && rng_percent(rng, 60))
		data_mutate(rng, call);
	else if (rng_percent(rng, 10))
		call->fail = (uint8_t)rng_below(rng, FAILS_MAX);
	else if (call->op->numbers[i].kind == NUMBER_CHOICE && rng_percent(rng, 15))
		call->numbers[i] += rng_below(rng, 17) - 8;
	else
		call->numbers[i] = pick_number(rng, &call->op->numbers[i], filled,
					       USUAL_CHANGED);
}

static void insert(struct rng *rng, struct program *program, unsigned int at,
		   const struct op *op)
{
	struct filled filled = filled_before(program, at);
	struct call *call = &program->calls[at];

	if (program->count == CALLS_MAX)
		return;
	memmove(call + 1, call, (program->count - at) * sizeof(*call));
	program->count++;
	call_generate(rng, call, op, &filled);
}

static void erase(struct program *program, unsigned int at)
{
	struct call *call = &program->calls[at];

	program->count--;
	memmove(call, call + 1, (program->count - at) * sizeof(*call));
}

/* ---- Programs ---- */

/* From somewhere on all calls go to threads. */
static void spread(struct rng *rng, struct program *program)
{
	unsigned int i = 1 + rng_below(rng, program->count);

	for (; i < program->count; i++)
		program->calls[i].thread = (uint8_t)(1 + rng_below(rng, THREADS));
	program->rounds = 1 + rng_below(rng, ROUNDS_MAX);
}

/*
 * What belongs together, in an order that chance would take long to find. Behind each '|' is
 * what one more thread does, again and again: streams that come and go at once. The others: a
 * ring that begins anew; one that is mapped; filters that change while packets come and when
 * the stream has ended; who waits. Names of call_ops.c, up to CALLS_MAX in all.
 */
static const char *const orders[] = {
	"socket open packet packet packet records packet packet packet records packet packet "
	"packet records packet packet packet records",
	"socket open packet packet packet read packet packet packet read packet packet packet "
	"read packet packet packet read",
	"socket open map packet packet poke packet poke packet poke packet unmap packet read",
	"socket open packet tune packet tune packet stop tune packet tune records packet tune",
	"socket open epoll packet epoll_wait records poll packet epoll_wait read stop poll",
	"socket socket open open | close_stream open stop | close_stream open tune | packet",
	"socket open | close_stream open packet stop | open tune packet close_stream | read",
	"socket open open | records packet | stop tune packet | close_stream open packet",
};

static const struct op *op_of_order(const char *name)
{
	const struct op *op = op_named(name);

	if (!op)
		finding("an order has '%s', which is no operation", name);
	return op;
}

static void follow(struct rng *rng, struct program *program, const char *order)
{
	uint8_t thread = 0;
	char name[16];
	int used;

	for (; sscanf(order, "%15s%n", name, &used) == 1; order += used) {
		if (!strcmp(name, "|")) {
			thread++;
			continue;
		}
		insert(rng, program, program->count, op_of_order(name));
		program->calls[program->count - 1].thread = thread;
	}
	if (thread)
		program->rounds = 1 + rng_below(rng, OFTEN);
}

static void wander(struct rng *rng, struct program *program)
{
	unsigned int count = 3 + rng_below(rng, 14);

	insert(rng, program, 0, op_named("socket"));
	if (rng_percent(rng, 75))
		insert(rng, program, 1, op_named("open"));
	while (program->count < count)
		insert(rng, program, program->count, pick_op(rng));
	if (rng_percent(rng, 25))
		spread(rng, program);
}

void program_generate(struct rng *rng, struct program *program)
{
	program->count = 0;
	program->rounds = 1;
	if (rng_percent(rng, 50))
		follow(rng, program, orders[rng_below(rng, sizeof(orders) / sizeof(orders[0]))]);
	else
		wander(rng, program);
}

/* The calls of the other one, from somewhere on, behind ours up to somewhere. */
static void splice(struct rng *rng, struct program *program, const struct program *other)
{
	unsigned int from = rng_below(rng, other->count), n = other->count - from;

	program->count = 1 + rng_below(rng, program->count);
	if (n > CALLS_MAX - program->count)
		n = CALLS_MAX - program->count;
	memcpy(&program->calls[program->count], &other->calls[from],
	       n * sizeof(struct call));
	program->count += n;
}

static void mutate_once(struct rng *rng, struct program *program, const struct program *other)
{
	unsigned int at = rng_below(rng, program->count);
	struct filled filled = filled_before(program, at);
	uint32_t what = rng_below(rng, 100);

	if (what < 40)
		call_mutate(rng, &program->calls[at], &filled);
	else if (what < 75)
		insert(rng, program, at + 1, pick_op(rng));
	else if (what < 85 && program->count > 1)
		erase(program, at);
	else if (what < 92)
		splice(rng, program, other);
	else
		spread(rng, program);
}

void program_mutate(struct rng *rng, struct program *program, const struct program *other)
{
	uint32_t times = 1 + rng_below(rng, 4);

	while (times--)
		mutate_once(rng, program, other);
}

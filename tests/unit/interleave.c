/* SPDX-License-Identifier: MIT */
/* See interleave.h. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE		/* it takes a jump to another stack for an error */

#include "interleave.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define DEPTH_MAX 256
#define STACK_SIZE 65536

struct key {
	uint64_t a, b;
};

/* A thread has a stack of its own; base is its lowest frame, where it starts anew. */
struct thread {
	jmp_buf base;
	jmp_buf at;		/* where it gave way */
	struct key learned;
	int is_done;
};

/* A choice: between threads, or one of choose(). */
struct node {
	uint32_t options;
	uint32_t chosen;
	int is_state;
	struct key key;		/* of the state */
	double orders;		/* behind the options before this one */
};

struct event {
	int thread;
	const char *what;
	uint64_t value;
};

static struct thread threads[THREADS_MAX];
static char stacks[THREADS_MAX][STACK_SIZE];
static jmp_buf search;		/* where a run goes when it ends */
static int current;
static int is_starting;

static const struct scene *scene;
static struct outcome *outcome;

static struct node path[DEPTH_MAX];
static size_t depth;		/* of the run */
static size_t known;		/* nodes of path that the run follows */
static double behind;		/* orders behind the point where the run ended */

static struct event events[DEPTH_MAX * 2];
static size_t event_count;

static void die(const char *why)
{
	fprintf(stderr, "interleave: %s\n", why);
	exit(2);
}

/* ---- The states that were seen: key to orders, open addressing ---- */

struct seen {
	struct key key;
	double orders;		/* 0: free */
};

static struct seen *table;
static size_t table_size;

static struct seen *table_slot(struct key key)
{
	size_t i = key.a & (table_size - 1);

	while (table[i].orders > 0 &&
	       (table[i].key.a != key.a || table[i].key.b != key.b))
		i = (i + 1) & (table_size - 1);
	return &table[i];
}

static void table_resize(size_t size)
{
	struct seen *old = table;
	size_t i, old_size = table_size;

	table = calloc(size, sizeof(*table));
	if (!table)
		die("no memory");
	table_size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].orders > 0)
			*table_slot(old[i].key) = old[i];
	free(old);
}

static void table_put(struct key key, double orders)
{
	struct seen *slot;

	if (++outcome->states * 2 > table_size)
		table_resize(table_size * 2);
	slot = table_slot(key);
	slot->key = key;
	slot->orders = orders;
}

static void table_free(void)
{
	free(table);
	table = NULL;
	table_size = 0;
}

/* ---- Keys ---- */

static void mix(struct key *key, uint64_t value)
{
	key->a = (key->a ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	key->a ^= key->a >> 29;
	key->b = (key->b + value) * UINT64_C(0xd6e8feb86659fd93);
	key->b ^= key->b >> 32;
}

static void mix_memory(struct key *key, const struct memory *memory)
{
	const char *at = memory->at;
	size_t i;

	for (i = 0; i + 8 <= memory->size; i += 8) {
		uint64_t value;

		memcpy(&value, at + i, 8);
		mix(key, value);
	}
}

static struct key state_key(void)
{
	struct key key = { 1, 2 };
	int i;

	for (i = 0; i < scene->threads; i++) {
		mix(&key, threads[i].learned.a);
		mix(&key, threads[i].learned.b);
	}
	mix_memory(&key, &scene->state[0]);
	mix_memory(&key, &scene->state[1]);
	return key;
}

/* ---- One run ---- */

static void give_way(jmp_buf from, jmp_buf to)
{
	if (!_setjmp(from))
		_longjmp(to, 1);
}

static void end_run(double orders)
{
	behind = orders;
	_longjmp(search, 1);
}

/* A choice that the path knows already, or a new one. */
static uint32_t branch(uint32_t options, int is_state)
{
	struct node *node = &path[depth];

	if (depth++ < known)
		return node->chosen;
	if (known == DEPTH_MAX)
		die("a run has too many steps");
	*node = (struct node){ .options = options, .is_state = is_state };
	if (is_state && !scene->one_by_one) {
		node->key = state_key();
		if (table_slot(node->key)->orders > 0)
			end_run(table_slot(node->key)->orders);
	}
	known++;
	return 0;
}

/* Who makes the next step. Does not return when nobody is left. */
static int next_thread(void)
{
	int ready[THREADS_MAX];
	uint32_t n = 0;
	int i;

	for (i = 0; i < scene->threads; i++)
		if (!threads[i].is_done)
			ready[n++] = i;
	if (!n)
		end_run(1);
	return ready[n > 1 ? branch(n, 1) : 0];
}

/* The lowest frame of each thread: it never returns, so each run enters it again. */
static void thread_main(void)
{
	if (!_setjmp(threads[current].base))
		_longjmp(search, 1);
	scene->thread(current);
	threads[current].is_done = 1;
	if (is_starting)
		_longjmp(search, 1);
	current = next_thread();
	_longjmp(threads[current].at, 1);
}

static void make_threads(void)
{
	static ucontext_t context;

	for (current = 0; current < scene->threads; current++) {
		getcontext(&context);
		context.uc_stack.ss_sp = stacks[current];
		context.uc_stack.ss_size = STACK_SIZE;
		makecontext(&context, thread_main, 0);
		if (!_setjmp(search))
			setcontext(&context);
	}
	current = -1;
}

/* Each thread comes to its first step. */
static void start_threads(void)
{
	is_starting = 1;
	for (current = 0; current < scene->threads; current++) {
		threads[current].is_done = 0;
		threads[current].learned = (struct key){ 3, 4 };
		give_way(search, threads[current].base);
	}
	is_starting = 0;
}

static void run(void)
{
	depth = 0;
	event_count = 0;
	outcome->runs++;
	scene->begin();
	start_threads();
	if (!_setjmp(search)) {
		current = next_thread();
		_longjmp(threads[current].at, 1);
	}
	current = -1;
}

/* ---- The search ---- */

/* To the next option of the last choice that has one. Returns 0: all were taken. */
static int go_back(void)
{
	for (; known; known--) {
		struct node *node = &path[known - 1];

		node->orders += behind;
		if (++node->chosen < node->options)
			return 1;
		behind = node->orders;
		if (node->is_state && !scene->one_by_one)
			table_put(node->key, node->orders);
	}
	return 0;
}

static int all_are_done(void)
{
	int i;

	for (i = 0; i < scene->threads; i++)
		if (!threads[i].is_done)
			return 0;
	return 1;
}

void interleave(const struct scene *s, struct outcome *o)
{
	scene = s;
	outcome = o;
	memset(outcome, 0, sizeof(*outcome));
	known = 0;
	table_resize(1024);
	make_threads();
	do {
		run();
		if (all_are_done())
			scene->end();
	} while (!outcome->fault[0] && go_back());
	outcome->orders = behind;
	table_free();
}

/* ---- For the threads ---- */

int thread_id(void)
{
	return current;
}

void step(void)
{
	int from = current;

	if (from < 0)
		return;
	if (is_starting) {
		give_way(threads[from].at, search);
		return;
	}
	current = next_thread();
	if (current != from)
		give_way(threads[from].at, threads[current].at);
}

uint32_t choose(uint32_t n)
{
	uint32_t chosen = branch(n, 0);

	learn("choose", chosen);
	return chosen;
}

void learn(const char *what, uint64_t value)
{
	if (current < 0)
		return;
	mix(&threads[current].learned, value);
	if (event_count < sizeof(events) / sizeof(events[0]))
		events[event_count++] = (struct event){ current, what, value };
}

void fault(const char *what)
{
	char *text = outcome->fault;
	size_t i, n, size = sizeof(outcome->fault);

	if (text[0])
		return;
	n = (size_t)snprintf(text, size, "%s", what);
	for (i = 0; i < event_count && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%d: %s %#llx", i ? ", " : "; ",
				      events[i].thread, events[i].what,
				      (unsigned long long)events[i].value);
	if (current >= 0)
		end_run(1);
}

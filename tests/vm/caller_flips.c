/* SPDX-License-Identifier: MIT */
/*
 * Flips: a second thread changes a word of the value, or the length, while the call reads
 * it. What is read twice is then two things, and a call that was checked as one is done as
 * the other. What comes must be what one of both would have brought alone.
 */
#include "op.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS (64 / sparse + 1)	/* calls during which the other thread was at work, */
#define ROUNDS_MAX (4 * ROUNDS)		/* of so many, if it is kept from it */
#define PATIENCE 10000			/* such sets, until it was at work in one */
#define HUGE_WORD 0xfffffff0U
#define MEMBER(type, name) offsetof(struct sockopt_##type, name)
#define FILTER_MEMBER(type, name) (sizeof(struct sockopt_##type) + MEMBER(filter, name))

/* A word of the value; its other value. 'set': a word that makes both wrong, or no harm. */
static const struct flip {
	const struct op *op;
	size_t at;
	uint32_t other;
	size_t set_at;
	uint32_t set;
} words[] = {
	{ &op_info, 0, HUGE_WORD, 0, 48 },
	{ &op_channel, 0, 65, 0, 64 },
	{ &op_channel, MEMBER(channel, name), 0x6c6c6c6c, 0, 64 },
	{ &op_channel, MEMBER(channel, flags), 1, 0, 64 },
	{ &op_call, 0, HUGE_WORD, 0, 24 },
	/* a room that is too large, unless the size is that of all memory */
	{ &op_call, 0, HUGE_WORD, MEMBER(call, reply_room), 5000 },
	{ &op_call, MEMBER(call, request_len), 0x7fffffff, 0, 24 },
	{ &op_call, MEMBER(call, request_len), 0, 0, 24 },
	{ &op_call, MEMBER(call, request_len), 1, 0, 24 },
	{ &op_call, MEMBER(call, reply_room), 0xffffffff, 0, 24 },
	{ &op_call, MEMBER(call, reply_room), 0, 0, 24 },
	{ &op_call, MEMBER(call, generation), 1 << 30, 0, 24 },
	{ &op_call, sizeof(struct sockopt_call), 0, 0, 24 },
	{ &op_text_set, 0, 0, 4, 0x20202020 },
	{ &op_open, 0, 4096, 0, 48 },
	{ &op_open, MEMBER(open, fd), 0, 0, 48 },
	{ &op_open, MEMBER(open, slots), 0x80000000, 0, 48 },
	{ &op_open, MEMBER(open, snaplen), 65536, 0, 48 },
	{ &op_open, MEMBER(open, wake_records), 3, 0, 48 },
	{ &op_open_filter, MEMBER(open, filter_len), 0xffffffff, 0, 48 },
	{ &op_open_filter, MEMBER(open, filter_len), 0, 0, 48 },
	{ &op_open_filter, FILTER_MEMBER(open, size), 0xffffffff, 0, 48 },
	{ &op_open_filter, FILTER_MEMBER(open, family), 0x21002102, 0, 48 },
	{ &op_open_program, FILTER_MEMBER(open, program_len), 4096, 0, 48 },
	{ &op_tune, 0, 4096, 0, 24 },
	{ &op_tune, MEMBER(tune, flags), 3, 0, 24 },
	{ &op_tune, MEMBER(tune, wake_records), STAGE_SLOTS + 1, 0, 24 },
	{ &op_tune_filter, MEMBER(tune, filter_len), 0xffffffff, 0, 24 },
	{ &op_tune_program, FILTER_MEMBER(tune, program_len), 4096, 0, 24 },
	{ &op_stop, 0, HUGE_WORD, 0, 8 },
	{ &op_stop, MEMBER(stop, flags), 1, 0, 8 },
	{ &op_records, 0, 4096, 0, 32 },
	{ &op_records, 0, 33, 0, 32 },
	{ &op_records, MEMBER(records, cursor), 0, 0, 32 },
	{ &op_records, MEMBER(records, count), 1, 0, 32 },
	{ &op_stats, 0, HUGE_WORD, 0, 64 },
	{ &op_stats, MEMBER(stats, flags), 1, 0, 64 },
};

/* Of each get: two lengths, or its own and another one. */
#define OWN 1
static const struct {
	int one, other;
} lengths[] = {
	{ OWN, -1 }, { OWN, 0 }, { OWN, 4 }, { OWN, 1 << 20 }, { 4, -1 }, { 0, INT_MIN },
};

/* ---- The other thread ---- */

static struct {
	uint32_t *word;
	uint32_t values[2];
	unsigned int turns;
	int is_over;
} flipper;

static void turn(unsigned int i)
{
	__atomic_store_n(flipper.word, flipper.values[i & 1], __ATOMIC_RELAXED);
}

static void *run(void *unused)
{
	unsigned int i = 0, pause;

	while (!__atomic_load_n(&flipper.is_over, __ATOMIC_ACQUIRE)) {
		turn(++i);
		__atomic_store_n(&flipper.turns, i, __ATOMIC_RELAXED);
		for (pause = i % 61; pause; pause--)
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
	return unused;
}

/* It is at work when this returns. */
static pthread_t start(void *word, uint32_t one, uint32_t other)
{
	pthread_t thread;

	flipper.word = word;
	flipper.values[0] = one;
	flipper.values[1] = other;
	__atomic_store_n(&flipper.turns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&flipper.is_over, 0, __ATOMIC_RELEASE);
	if (pthread_create(&thread, NULL, run, NULL))
		failure("no second thread");
	while (!__atomic_load_n(&flipper.turns, __ATOMIC_RELAXED))
		sched_yield();
	return thread;
}

static void stop(pthread_t thread)
{
	__atomic_store_n(&flipper.is_over, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

/* ---- What may come ---- */

struct either {
	struct errors errors;
	bool may_succeed;
	bool is_changing;	/* the state, by one of them */
};

static void judge_one(struct call *call, struct either *either)
{
	struct verdict verdict;

	call_judge(call, &verdict);
	errors_merge(&either->errors, &verdict.errors);
	either->may_succeed |= errors_none(&verdict.errors);
	either->is_changing |= verdict.is_handled && call->op->settle;
}

static void check_result(const struct call *call, const struct either *either, int ret)
{
	if (ret < 0 ? !errors_has(&either->errors, -ret) : !either->may_succeed)
		failure("%s, flipped: %s; neither %s%s", call->op->name,
			ret < 0 ? strerror(-ret) : "success", errors_text(&either->errors),
			either->may_succeed ? " nor success" : "");
}

/* The lowest descriptor was free; what it is now can only be what OPEN made of it. */
static void check_descriptors(const struct call *call, int next)
{
	if (state_next_fd() == next)
		return;
	if (call->op->operation != SOCKOPT_OPEN)
		failure("%s, flipped: a descriptor was left", call->op->name);
	close(next);
	if (state_next_fd() != next)
		failure("%s, flipped: two descriptors were left", call->op->name);
}

/* A text that was looked at before it was read could hold what it must not. */
static void check_state(const struct call *call, const struct either *either)
{
	const char *wrong;

	if (state_has_nul())
		failure("%s, flipped: a text with a NUL", call->op->name);
	if (!either->is_changing && !state_is_unchanged(&wrong))
		failure("%s, flipped: %s changed", call->op->name, wrong);
	state_learn(STATE_ALL);
}

static void check_around(const struct call *call)
{
	const uint8_t *end = value_memory.writable + value_memory.size;

	if (!memory_is_poison(end - call->room - PAGE, end - call->room))
		failure("%s, flipped: a byte before the value", call->op->name);
}

/* True: the other thread has turned the word meanwhile. */
static bool try_once(const struct call *call, const struct either *either, unsigned int i)
{
	int next = state_next_fd(), ret;
	uint8_t *at = call_put(call);
	void *length = call_put_length(call);
	unsigned int turns;

	turn(i);
	turns = __atomic_load_n(&flipper.turns, __ATOMIC_RELAXED);
	ret = call_enter(call, at, length);
	turns -= __atomic_load_n(&flipper.turns, __ATOMIC_RELAXED);
	check_result(call, either, ret);
	check_around(call);
	check_descriptors(call, next);
	check_state(call, either);
	return turns;
}

static unsigned int met;	/* calls during which the other thread was at work */

static void repeat(const struct call *call, const struct either *either)
{
	unsigned int i, enough = met + ROUNDS;

	for (i = 0; i < ROUNDS_MAX && met < enough; i++)
		met += try_once(call, either, i);
}

/* ---- The flips ---- */

/* One of the calls may have put it on. */
static void take_filter_off(void)
{
	if (stage.has_right && op_take_filter_off())
		failure("the filter cannot be taken off");
	state_learn(STATE_ALL);
}

static void try_word(const struct flip *flip)
{
	struct call *call = call_new(flip->op);
	struct either either = { .may_succeed = false };
	uint32_t one;
	pthread_t thread;

	call->room = (call->room + 7) / 8 * 8;	/* words are where they belong */
	call_set_word(call, flip->set_at, flip->set);
	memcpy(&one, call->bytes + flip->at, sizeof(one));
	judge_one(call, &either);
	call_set_word(call, flip->at, flip->other);
	judge_one(call, &either);
	thread = start(call_put(call) + flip->at, one, flip->other);
	repeat(call, &either);
	stop(thread);
	memset(call_put(call), POISON, call->room);
	if (flip->op == &op_tune_filter || flip->op == &op_tune_program)
		take_filter_off();
}

static void try_length(const struct op *op, int one, int other)
{
	struct call *call = call_new(op);
	struct either either = { .may_succeed = false };
	pthread_t thread;

	if (one != OWN)
		call->len = one;
	one = call->len;
	judge_one(call, &either);
	call->len = other;
	judge_one(call, &either);
	if (bpf_is_there())
		errors_add(&either.errors, EFAULT);	/* it is read a third time */
	thread = start(call_put_length(call), (uint32_t)one, (uint32_t)other);
	repeat(call, &either);
	stop(thread);
	memset(call_put(call), POISON, call->room);
	memset(call_put_length(call), POISON, sizeof(call->len));
}

void flips_sweep(void)
{
	size_t i, j;

	for (i = 0; i < COUNT(words); i++)
		try_word(&words[i]);
	for (i = 0; i < op_count; i++)
		for (j = 0; j < COUNT(lengths) && !ops[i]->is_set; j++)
			try_length(ops[i], lengths[j].one, lengths[j].other);
	for (i = 0; i < PATIENCE && !met; i++)
		try_word(&words[0]);
	if (!met)
		failure("the other thread was at work during no call");
}

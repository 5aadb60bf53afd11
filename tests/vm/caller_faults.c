/* SPDX-License-Identifier: MIT */
/*
 * Faults: the second part of a value is not there when the kernel comes to it. While it
 * waits, another thread changes a word of the first part, which has been read already, and
 * then brings the rest. What is read again, however much later, is another thing; so
 * everything must come as if the word had not changed. Needs root.
 */
#include "op.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two pages, the second of which is missing, and one that nobody may touch. */
static struct {
	uint8_t *second;
	uint8_t content[PAGE];	/* of the second */
	int fault;		/* tells who touches it */
	unsigned int met;	/* so often it was touched */
	uint8_t *word;
	uint32_t other;
} stall;

/* ---- The other thread ---- */

static void *run(void *unused)
{
	struct uffdio_copy copy = { .dst = (uintptr_t)stall.second,
				    .src = (uintptr_t)stall.content, .len = PAGE };
	struct uffd_msg msg;

	while (read(stall.fault, &msg, sizeof(msg)) == sizeof(msg)) {
		memcpy(stall.word, &stall.other, sizeof(stall.other));
		__atomic_fetch_add(&stall.met, 1, __ATOMIC_RELAXED);
		copy.copy = 0;
		if (ioctl(stall.fault, UFFDIO_COPY, &copy))
			failure("no page was brought: %s", strerror(errno));
	}
	return unused;
}

/* It ends with the program. */
static void begin(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register where = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	uint8_t *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;

	stall.second = pages + PAGE;
	stall.fault = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	where.range.start = (uintptr_t)stall.second;
	where.range.len = PAGE;
	if (mprotect(pages + 2 * PAGE, PAGE, PROT_NONE) ||
	    ioctl(stall.fault, UFFDIO_API, &api) ||
	    ioctl(stall.fault, UFFDIO_REGISTER, &where) ||
	    pthread_create(&thread, NULL, run, NULL))
		failure("userfaultfd: %s", strerror(errno));
}

/* ---- One call ---- */

/* The first 'split' bytes are there; the address of them all. */
static uint8_t *put(const struct call *call, size_t split)
{
	uint8_t *at = stall.second - split;

	if (madvise(stall.second, PAGE, MADV_DONTNEED))
		failure("the second part stays: %s", strerror(errno));
	memset(stall.content, POISON, PAGE);
	memcpy(at, call->bytes, split);
	memcpy(stall.content, call->bytes + split, call->room - split);
	return at;
}

static const char *check(const struct call *call, const struct verdict *verdict, int ret,
			 const uint8_t *at)
{
	const char *wrong = NULL;

	if (ret < 0 ? !errors_has(&verdict->errors, -ret) : !errors_none(&verdict->errors))
		return ret ? strerror(-ret) : "success";
	if (!ret && !call->op->is_set)
		wrong = call->op->answer(call, at);
	if (!wrong && verdict->is_handled && call->op->settle)
		wrong = call->op->settle(&verdict->value, at);
	if (verdict->is_handled)
		state_learn(call->op->changes);
	return wrong;
}

/* True: the other thread changed the word while the call waited. */
static bool try_word(const struct op *op, size_t at, size_t split, uint32_t other)
{
	struct call *call = call_new(op);
	int next = state_next_fd(), ret;
	struct verdict verdict;
	unsigned int met;
	const char *wrong;
	uint8_t *value;

	call_judge(call, &verdict);
	value = put(call, split);
	stall.word = value + at;
	stall.other = other;
	met = __atomic_load_n(&stall.met, __ATOMIC_RELAXED);
	ret = call_enter(call, value, call_put_length(call));
	met = __atomic_load_n(&stall.met, __ATOMIC_RELAXED) - met;
	wrong = check(call, &verdict, ret, value);
	if (!wrong && state_next_fd() != next)
		wrong = "a descriptor was left";
	if (wrong || !state_is_unchanged(&wrong))
		failure("%s, word at %zu changed when %zu bytes were read: %s", op->name, at, split,
			wrong);
	return met;
}

static unsigned int try_both(const struct op *op, size_t at, size_t split)
{
	return try_word(op, at, split, 0) + try_word(op, at, split, 0xfffffff0);
}

/* ---- The sweep ---- */

/* Of what one copy reads: the piece that is missing in part is read again as a whole. */
#define BEHIND 12

/*
 * Each word as soon as it was read; and all of the struct when that was, which of a get is
 * a copy of its own.
 */
static void try_op(const struct op *op)
{
	size_t size = call_new(op)->size, at;
	size_t behind = op->is_set ? BEHIND : sizeof(uint32_t);
	unsigned int tries = 0, met = 0;

	for (at = 0; at + BEHIND < size; at += 4, tries++)
		met += try_both(op, at, at + BEHIND);
	for (at = 0; op->head < size && at + behind <= op->head; at += 4, tries++)
		met += try_both(op, at, op->head);
	if (tries && !met)
		failure("%s: no call waited for the part that was missing", op->name);
}

void faults_sweep(void)
{
	size_t i;

	begin();
	for (i = 0; i < op_count; i++)
		if (call_new(ops[i])->room < PAGE)
			try_op(ops[i]);
}

/* SPDX-License-Identifier: MIT */
/* See call_worker.h. One phase of a program follows the other; in each, some workers work. */
#include "call_worker.h"
#include "call_run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 30		/* then calls are interrupted, again and again ... */
#define PATIENCE_MAX 2000	/* ... so many times */

struct machine machine;
struct worker workers[THREADS];

/* What the workers are to do. */
static struct job {
	const struct program *program;
	void (*phase)(struct worker *worker, const struct program *program);
	unsigned int busy;	/* workers that have not begun yet */
} job;

static struct hand {
	pthread_t thread;
	sem_t go, done;
	unsigned long calls;
} hands[THREADS];

static int first_free;		/* descriptor that a program may have */

void finding(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("finding: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(1);
}

/* ---- Phases ---- */

static bool fail_nth(const struct worker *worker, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	return pwrite(worker->fail_nth, text, strlen(text), 0) > 0;
}

/*
 * Faults hit whatever the thread asks of the kernel, so they must not meet a signal: it would
 * come back to a broken frame. What is left of one may hit the call that takes it back: then
 * the second one does.
 */
static void run_with_fault(struct worker *worker, const struct call *call)
{
	sigset_t interrupt;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &interrupt, NULL);
	if (!fail_nth(worker, call->fail))
		finding("no faults can be injected");
	call->op->run(worker, call);
	if (!fail_nth(worker, 0) && !fail_nth(worker, 0))
		finding("a fault cannot be taken back");
	pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

static void run_one(struct worker *worker, const struct call *call)
{
	if (call->fail && !call->op->waits)
		run_with_fault(worker, call);
	else
		call->op->run(worker, call);
	hands[worker->index].calls++;
}

static void run_calls(struct worker *worker, const struct program *program, unsigned int thread)
{
	unsigned int i;

	for (i = 0; i < program->count; i++)
		if (program->calls[i].thread == thread)
			run_one(worker, &program->calls[i]);
}

static void in_order(struct worker *worker, const struct program *program)
{
	run_calls(worker, program, 0);
}

/* All begin together, as far as the processors let them. */
static void at_once(struct worker *worker, const struct program *program)
{
	unsigned int round;

	__atomic_fetch_sub(&job.busy, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&job.busy, __ATOMIC_ACQUIRE))
		sched_yield();
	for (round = 0; round < program->rounds; round++)
		run_calls(worker, program, worker->index + 1);
}

static void close_all(void)
{
	maps_clear();
	syscall(SYS_close_range, first_free, ~0U, 0);
}

/* By the first worker, so that what a close comes to counts as reached. */
static void end(struct worker *worker, const struct program *program)
{
	(void)program;
	worker_restore(worker);
	if (worker->index)
		return;
	close_all();
	if (machine.has_changed) {
		system_restore();
		publisher_restore();
	}
}

/* ---- Threads ---- */

/* Interrupts those that are still at work; they cannot all be waited for for ever. */
static void await(struct hand *hand)
{
	struct timespec until;
	unsigned int tries;

	for (tries = 0; tries < PATIENCE_MAX; tries++) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += PATIENCE_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		if (!sem_timedwait(&hand->done, &until))
			return;
		pthread_kill(hand->thread, SIGUSR1);
	}
	finding("a call does not end");
}

static void run_phase(void (*phase)(struct worker *, const struct program *), unsigned int count)
{
	unsigned int i;

	job.phase = phase;
	job.busy = count;
	for (i = 0; i < count; i++)
		sem_post(&hands[i].go);
	for (i = 0; i < count; i++)
		await(&hands[i]);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		continue;
}

static bool prepare(struct worker *worker)
{
	worker->fail_nth = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	if (worker->fail_nth < 0)
		perror("/proc/thread-self/fail-nth");
	return worker->fail_nth >= 0 && cover_start(&worker->cover);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct hand *hand = &hands[worker->index];

	if (!prepare(worker))
		_exit(2);
	for (;;) {
		sem_post(&hand->done);
		wait_for(&hand->go);
		job.phase(worker, job.program);
	}
	return NULL;
}

/* ---- The run ---- */

/* len bytes that nothing follows. */
static uint8_t *allocate(size_t len)
{
	uint8_t *at = mmap(NULL, len + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at, len, PROT_READ | PROT_WRITE))
		return NULL;
	return at;
}

static bool start(unsigned int index)
{
	struct worker *worker = &workers[index];

	worker->index = index;
	worker->room = allocate(ROOM);
	worker->read_only = allocate(ROOM);
	worker->poke = memfd_create("poke", MFD_CLOEXEC);
	if (!worker->room || !worker->read_only || worker->poke < 0 ||
	    sem_init(&hands[index].go, 0, 0) || sem_init(&hands[index].done, 0, 0) ||
	    pthread_create(&hands[index].thread, NULL, work, worker)) {
		perror("worker");
		return false;
	}
	wait_for(&hands[index].done);
	return true;
}

/* Interrupts. */
static void on_signal(int number)
{
	(void)number;
}

bool workers_start(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	unsigned int i;

	sigaction(SIGUSR1, &action, NULL);
	signal(SIGIO, SIG_IGN);
	if (!system_start() || !publisher_start() || !send_start())
		return false;
	for (i = 0; i < THREADS; i++)
		if (!start(i))
			return false;
	first_free = dup(STDIN_FILENO);
	return !close(first_free);
}

static void reset(void)
{
	unsigned int i;

	for (i = 0; i < REGISTERS; i++) {
		machine.sockets[i] = -1;
		machine.streams[i] = -1;
		machine.cursors[i] = 0;
	}
	maps_clear();
	machine.has_changed = false;
	machine.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < THREADS; i++) {
		workers[i].pair[0] = -1;
		cover_clear(&workers[i].cover);
	}
}

static bool has_threads(const struct program *program)
{
	unsigned int i;

	for (i = 0; i < program->count; i++)
		if (program->calls[i].thread)
			return true;
	return false;
}

void workers_run(const struct program *program)
{
	unsigned int count = has_threads(program) ? THREADS : 1;

	reset();
	job.program = program;
	run_phase(in_order, 1);
	if (count > 1)
		run_phase(at_once, count);
	run_phase(end, count);
}

unsigned long workers_calls(void)
{
	return hands[0].calls + hands[1].calls + hands[2].calls;
}

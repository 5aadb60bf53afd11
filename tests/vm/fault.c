/* SPDX-License-Identifier: MIT */
/* See fault.h. */
#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "access.h"
#include "inject.h"

#define CALM 3	/* calls in a row that met no fault end a sweep: the number may differ */

/* ---- What a call that fails must not change ---- */

struct state {
	int fd;			/* the next one */
	char message[VM_FILE_MAX];
	char stats[4096];
	char streams[4096];
};

/* Empty where there is none. */
static void read_file(const char *path, char *buf, size_t size)
{
	int len = vm_read(path, buf, size);

	ck_assert_msg(len >= 0 || len == -ENOENT, "%s: %s", path, strerror(-len));
	if (len < 0)
		*buf = 0;
}

static void look(struct state *state)
{
	state->fd = next_fd();
	read_file(VM_MESSAGE, state->message, sizeof(state->message));
	read_file(VM_STATS, state->stats, sizeof(state->stats));
	read_file(VM_STREAMS, state->streams, sizeof(state->streams));
}

static void expect_unchanged(const struct state *before)
{
	static struct state now;

	look(&now);
	ck_assert_int_eq(now.fd, before->fd);
	ck_assert_str_eq(now.message, before->message);
	ck_assert_str_eq(now.stats, before->stats);
	ck_assert_str_eq(now.streams, before->streams);
}

/* ---- Sums of a case, over the processes of its tests ---- */

static struct sums {
	unsigned int faults;
	unsigned int operations;
} *sums;

/* In the runner itself. */
static void begin_sums(void)
{
	memset(sums, 0, sizeof(*sums));
}

static void show_sums(void)
{
	printf("# faults injected: %u in %u operations\n", sums->faults, sums->operations);
	fflush(stdout);
}

/* On one processor packets over loopback stay in order. */
static void setup(void)
{
	vm_move_to(0);
}

TCase *fault_case(Suite *suite, const char *name, SFun before)
{
	TCase *tc = vm_case(suite, name, 60, before);

	if (!sums)
		sums = mmap(NULL, sizeof(*sums), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tcase_add_unchecked_fixture(tc, begin_sums, show_sums);
	tcase_add_unchecked_fixture(tc, vm_hurry, vm_hurry_no_more);
	tcase_add_checked_fixture(tc, setup, NULL);
	return tc;
}

/* ---- The sweep ---- */

/* How many calls in which something failed were refused, how many went well. */
struct tally {
	unsigned int refused;
	unsigned int done;
};

static void expect_outcome(const struct fault_call *call, unsigned int nth, int ret,
			   bool is_injected)
{
	if (ret >= 0)
		return;
	ck_assert_msg(is_injected, "%s, without a fault (%u): %s", call->name, nth,
		      strerror(-ret));
	ck_assert_msg(ret == -ENOMEM || ret == -EFAULT || ret == -call->also ||
		      call->also == FAULT_ANY,
		      "%s, fault %u: %s", call->name, nth, strerror(-ret));
}

/* Once, with this fault. Was it there? */
static bool make_with(const struct fault_call *call, void *arg, unsigned int nth,
		      struct tally *tally)
{
	static struct state before;
	bool is_injected;
	int ret;

	if (call->before)
		call->before(arg);
	look(&before);
	if (call->arm)
		call->arm(nth);
	else
		inject_at(nth);
	ret = call->make(arg);
	is_injected = inject_end() && nth;
	expect_outcome(call, nth, ret, is_injected);
	if (ret < 0 && !(call->may_be_done && ret == -EFAULT))
		expect_unchanged(&before);
	if (call->after)
		call->after(arg, ret);
	tally->refused += is_injected && ret < 0;
	tally->done += is_injected && ret >= 0;
	return is_injected;
}

static void sweep(const struct fault_call *call, void *arg, enum inject_kind kind,
		  struct tally *tally)
{
	unsigned int nth, calm = 0;

	inject_setup(kind);
	for (nth = 1; calm < CALM; nth++)
		calm = make_with(call, arg, nth, tally) ? 0 : calm + 1;
}

static void show_tally(const char *name, const struct tally *tally)
{
	printf("# faults in %s: %u, of which %u made it fail\n", name,
	       tally->refused + tally->done, tally->refused);
	fflush(stdout);
	ck_assert_msg(tally->refused + tally->done > 0, "%s has met no fault", name);
	sums->faults += tally->refused + tally->done;
	sums->operations++;
}

void fault_sweep(const struct fault_call *call, void *arg)
{
	struct tally tally = { 0 };

	inject_setup(INJECT_ALL);
	make_with(call, arg, 0, &tally);
	sweep(call, arg, INJECT_WITHOUT_PAGES, &tally);
	sweep(call, arg, call->spares_pages ? INJECT_WITHOUT_PAGES : INJECT_ALL, &tally);
	show_tally(call->name, &tally);
}

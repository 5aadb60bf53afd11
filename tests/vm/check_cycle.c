/* SPDX-License-Identifier: MIT */
/*
 * Proves that a channel may come and go a thousand times while programs call it, hold
 * streams of it and sleep on them, and it publishes: nobody gets anything of another
 * channel than it asked for, streams end, unregister waits for handlers, and the memory
 * comes back.
 */
#include "publisher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CYCLES 1000
#define CALLERS 3

/* What the callers have done, in memory that all share. */
static struct tally {
	int is_over;
	unsigned int calls, streams, records, stale, ended;
} *tally;

static void add(unsigned int *count, unsigned int n)
{
	__atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}

static int look_up(int raw, struct sockopt_channel *channel)
{
	socklen_t len = sizeof(*channel);

	memset(channel, 0, sizeof(*channel));
	channel->size = sizeof(*channel);
	strcpy(channel->name, "cycled");
	return vm_get(raw, CORE, SOCKOPT_CHANNEL, channel, &len);
}

/* The cycle that the channel says it is of, or -errno. */
static int ask(int raw, const struct sockopt_channel *channel)
{
	struct {
		struct sockopt_call call;
		char text[16];
	} both = { .call = { .size = sizeof(both.call), .generation = channel->generation,
			     .request_len = 1, .reply_room = 15 }, .text = "?" };
	socklen_t len = sizeof(both);
	int ret = vm_get(raw, channel->id, SOCKOPT_CALL, &both, &len);

	if (ret)
		return ret;
	both.text[both.call.reply_len] = 0;
	return atoi(both.text);
}

static void expect_stale(int ret)
{
	VM_EXPECT(ret == -ESTALE);
	add(&tally->stale, 1);
}

/* All records until the end of stream are of this cycle, if one is known. */
static void read_to_the_end(int raw, const struct sockopt_channel *channel,
			    const struct sockopt_open *args, int cycle)
{
	static struct vm_batch batch;	/* of the process */
	struct sockopt_records *head;
	uint32_t cursor = args->cursor, number, i;
	int ret;

	if (!batch.head)
		vm_batch_init(&batch, args->slot_size, 32);
	head = batch.head;
	do {
		socklen_t len = (socklen_t)batch.size;

		memset(head, 0, sizeof(*head));
		head->size = sizeof(*head);
		head->cursor = cursor;
		ret = vm_get(raw, channel->id, SOCKOPT_RECORDS, head, &len);
		VM_EXPECT(!ret);
		cursor = head->cursor;
		for (i = 0; i < head->count; i++) {
			memcpy(&number, sockopt_record_data(vm_record(&batch, i)), 4);
			cycle = cycle < 0 ? (int)number : cycle;
			VM_EXPECT((int)number == cycle);
		}
		add(&tally->records, head->count);
	} while (head->count);
	add(&tally->ended, 1);
}

static void use(int raw, const struct sockopt_channel *channel)
{
	struct sockopt_open args = vm_open_args();
	int cycle = ask(raw, channel), fd;

	if (cycle < 0) {
		expect_stale(cycle);
		return;
	}
	add(&tally->calls, 1);
	args.slots = 16;
	args.generation = channel->generation;
	fd = vm_open(raw, channel->id, &args);
	if (fd < 0) {
		expect_stale(fd);
		return;
	}
	add(&tally->streams, 1);
	read_to_the_end(raw, channel, &args, cycle);
	expect_stale(ask(raw, channel));
	close(fd);
}

static void call_all_the_time(void *unused)
{
	struct sockopt_channel channel;
	int raw = vm_raw(), ret;

	(void)unused;
	while (!__atomic_load_n(&tally->is_over, __ATOMIC_ACQUIRE)) {
		ret = look_up(raw, &channel);
		VM_EXPECT(!ret || ret == -ENOENT);
		if (!ret)
			use(raw, &channel);
	}
}

/* So many cycles, with callers; then everything that they had is given back. */
static void cycle(int count)
{
	pid_t callers[CALLERS];
	int i;

	__atomic_store_n(&tally->is_over, 0, __ATOMIC_RELEASE);
	for (i = 0; i < CALLERS; i++)
		callers[i] = vm_fork(call_all_the_time, NULL);
	for (i = 0; i < count / 100; i++) {
		publisher_commanded("cycle 100");
		printf("# cycles: %d\n", 100 * (i + 1));
		fflush(stdout);
	}
	__atomic_store_n(&tally->is_over, 1, __ATOMIC_RELEASE);
	for (i = 0; i < CALLERS; i++)
		vm_join(callers[i]);
	vm_wait_rings_gone();
}

/*
 * The first hundred fill the kernel's caches. Half a KiB a cycle would be a leak; what is
 * freed behind a grace period takes seconds.
 */
START_TEST(a_channel_comes_and_goes_a_thousand_times_under_callers_and_traffic)
{
	struct sockopt_channel channel;
	long before;

	tally = mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(tally, MAP_FAILED);
	cycle(100);
	before = vm_kernel_kb();
	cycle(CYCLES);
	printf("# %u calls, %u streams, %u records, %u stale\n", tally->calls,
	       tally->streams, tally->records, tally->stale);
	fflush(stdout);
	ck_assert_int_eq(look_up(publisher.sock, &channel), -ENOENT);
	ck_assert_uint_gt(tally->calls, CYCLES / 4);
	ck_assert_uint_gt(tally->streams, CYCLES / 10);
	ck_assert_uint_gt(tally->records, CYCLES);
	ck_assert_uint_gt(tally->stale, CYCLES / 10);
	ck_assert_uint_eq(tally->ended, tally->streams);
	vm_wait_kernel_kb(before + CYCLES / 2);
}
END_TEST

/* The same module, loaded again, is another channel. */
START_TEST(a_channel_that_comes_again_has_another_generation_and_id)
{
	const struct sockopt_channel before = publisher.channel;

	ck_assert_int_eq(publisher_remove(), 0);
	ck_assert_int_eq(publisher_insert(), 0);
	publisher_look_up();
	ck_assert_uint_ne(publisher.channel.generation, before.generation);
	ck_assert_uint_ne(publisher.channel.id, before.id);
}
END_TEST

Suite *cycle_suite(void)
{
	Suite *suite = suite_create("cycle");
	TCase *tc = vm_case(suite, "cycle", 400, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_test(tc, a_channel_that_comes_again_has_another_generation_and_id);
	tcase_add_test(tc,
		a_channel_comes_and_goes_a_thousand_times_under_callers_and_traffic);
	return suite;
}

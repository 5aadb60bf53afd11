/* SPDX-License-Identifier: MIT */
/*
 * Proves that all that can be done to streams, done at once on two processors while records
 * come and the module is asked to go, gives no odd error and leaves exact sums, and nothing
 * else.
 */
#include "publisher.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define STREAMS 120	/* that each opens */

static struct turmoil {
	atomic_bool is_over;
	unsigned int sent, refused;	/* packets; attempts to unload */
	unsigned int channels[WORKER_CHANNELS];
	struct worker_tally workers[WORKERS];
} *turmoil;

/* ---- Those around ---- */

static void ping_until_over(void *unused)
{
	int sender = vm_sender();

	(void)unused;
	while (!atomic_load(&turmoil->is_over)) {
		vm_echo(sender, VM_LO, 3, (uint16_t)turmoil->sent, 8, 0);
		if (++turmoil->sent % 16 == 0)
			poll(NULL, 0, 1);
	}
}

/* From process context, softirq, hard interrupt, and from one within the other. */
static void publish_until_over(void *unused)
{
	static const char *const orders[] = { "process 50 8", "softirq 20 8", "irq 20 8",
					      "nested 50 8" };
	unsigned int n;

	(void)unused;
	for (n = 0; !atomic_load(&turmoil->is_over); n++)
		publisher_commanded(orders[n % VM_COUNT(orders)]);
}

static void unload_until_over(void *unused)
{
	(void)unused;
	while (!atomic_load(&turmoil->is_over)) {
		ck_assert_int_eq(vm_rmmod(), -EAGAIN);
		turmoil->refused++;
		poll(NULL, 0, 1);
	}
}

/* ---- The sums ---- */

/* Subscribes to all of a channel from the beginning, and reads nothing of it. */
struct witness {
	unsigned int channel;
	const char *name;
	struct sockopt_open args;
	int raw, fd;
};

static void start_witness(struct witness *witness)
{
	witness->raw = vm_raw();
	witness->args = vm_open_args();
	witness->args.slots = 2;
	witness->fd = vm_open(witness->raw, witness->channel, &witness->args);
	ck_assert_int_ge(witness->fd, 0);
}

static struct sockopt_stats end_witness(const struct witness *witness)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stop(witness->raw, witness->channel), 0);
	ck_assert_int_eq(vm_stats(witness->raw, witness->channel, &stats), 0);
	close(witness->fd);
	close(witness->raw);
	return stats;
}

static bool is_settled(void *name)
{
	return !vm_stat(name, "pending");
}

static void expect_stat(const char *channel, const char *column, uint64_t wanted)
{
	ck_assert_msg(vm_stat(channel, column) == (long long)wanted, "%s of %s: %lld, not %llu",
		      column, channel, vm_stat(channel, column), (unsigned long long)wanted);
}

static void add(struct worker_sums *sum, const struct worker_sums *sums)
{
	sum->opened += sums->opened;
	sum->taken += sums->taken;
	sum->lost_full += sums->lost_full;
	sum->lost_busy += sums->lost_busy;
}

/* /proc says what those say who had streams; seen is what was published. */
static void expect_sums(const struct witness *witness, uint64_t published)
{
	struct sockopt_stats stats = end_witness(witness);
	struct worker_sums sum = { 1, stats.pending, stats.lost_full, stats.lost_busy };
	char *name = (char *)(uintptr_t)witness->name;
	int i, k;

	for (i = 0; i < WORKERS; i++)
		for (k = 0; k < WORKER_CHANNELS; k++)
			if (turmoil->channels[k] == witness->channel)
				add(&sum, &turmoil->workers[i].sums[k]);
	vm_wait(is_settled, name, "the counts of closed streams");
	expect_stat(name, "streams", 0);
	expect_stat(name, "opened", sum.opened);
	expect_stat(name, "seen", published);
	ck_assert_uint_eq(stats.seen, published);
	expect_stat(name, "lost_full", sum.lost_full);
	expect_stat(name, "lost_busy", sum.lost_busy);
	ck_assert_uint_eq((uint64_t)(vm_stat(name, "delivered") + vm_stat(name, "lost_closed")),
			  sum.taken);
	printf("# %s: %llu published, %llu streams opened, %llu taken, %llu + %llu lost\n", name,
	       (unsigned long long)published, (unsigned long long)sum.opened,
	       (unsigned long long)sum.taken, (unsigned long long)sum.lost_full,
	       (unsigned long long)sum.lost_busy);
}

static void print_actions(void)
{
	unsigned int i;

	printf("# times done:");
	for (i = 0; i < WORKER_ACTIONS; i++) {
		unsigned int done = turmoil->workers[0].done[i] + turmoil->workers[1].done[i];

		ck_assert_uint_gt(done, 0);
		printf(" %s %u", worker_names[i], done);
	}
	printf("; refused to unload %u\n", turmoil->refused);
	fflush(stdout);
}

/* ---- The turmoil ---- */

static void start_workers(pid_t *children)
{
	static struct worker workers[WORKERS];
	int pair[2], i;

	vm_pair(pair);
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .cpu = i, .link = pair[i], .others_link = pair[!i],
					      .seed = 1 + (unsigned)i, .streams = STREAMS,
					      .tally = &turmoil->workers[i] };
		memcpy(workers[i].channels, turmoil->channels, sizeof(workers[i].channels));
		children[i] = vm_fork(worker_run, &workers[i]);
	}
	close(pair[0]);
	close(pair[1]);
}

/* It takes its time; Check's own deadline is the one that counts. */
static void wait_for(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* Two workers, and those around until they have ended. */
static void rage(void (*const around[])(void *unused))
{
	pid_t others[4], workers[WORKERS];
	int count = 0, i;

	for (; around[count]; count++)
		others[count] = vm_fork(around[count], NULL);
	start_workers(workers);
	for (i = 0; i < WORKERS; i++)
		wait_for(workers[i]);
	atomic_store(&turmoil->is_over, true);
	for (i = 0; i < count; i++)
		vm_join(others[i]);
	print_actions();
}

static void setup(unsigned int first, unsigned int second)
{
	vm_new_netns_quiet();
	turmoil = mmap(NULL, sizeof(*turmoil), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(turmoil, MAP_FAILED);
	turmoil->channels[0] = first;
	turmoil->channels[1] = second;
}

static void expect_nothing_left(void)
{
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_rings_gone();
}

/* Nothing but calls and streams keeps the module, and with the last of them it can go. */
START_TEST(all_that_is_done_to_streams_of_icmp_at_once_leaves_exact_sums)
{
	static void (*const around[])(void *) = { ping_until_over, unload_until_over, NULL };
	struct witness witness = { .channel = ICMP, .name = "icmp" };

	setup(ICMP, ICMP);
	start_witness(&witness);
	rage(around);
	ck_assert_uint_gt(turmoil->refused, 0);
	vm_wait_seen(witness.raw, turmoil->sent);
	expect_sums(&witness, turmoil->sent);
	expect_nothing_left();
	vm_reload();
}
END_TEST

static uint64_t numbers_given(void)
{
	char text[16] = { 0 };
	socklen_t len = sizeof(text) - 1;

	ck_assert_int_eq(vm_get(publisher.sock, publisher.channel.id, SOCKOPT_TEXT, text, &len), 0);
	return strtoull(text, NULL, 10);
}

START_TEST(all_that_is_done_to_streams_of_two_channels_at_once_leaves_exact_sums)
{
	static void (*const around[])(void *) = { ping_until_over, publish_until_over,
						  unload_until_over, NULL };
	struct witness icmp = { .channel = ICMP, .name = "icmp" }, other = { .name = "publisher" };

	publisher_setup();
	setup(ICMP, publisher.channel.id);
	close(publisher.sock);
	publisher.sock = vm_raw();
	other.channel = publisher.channel.id;
	start_witness(&icmp);
	start_witness(&other);
	rage(around);
	vm_wait_seen(icmp.raw, turmoil->sent);
	expect_sums(&icmp, turmoil->sent);
	expect_sums(&other, numbers_given());
	expect_nothing_left();
	publisher_remove_after_all();
}
END_TEST

Suite *turmoil_suite(void)
{
	Suite *suite = suite_create("turmoil");
	TCase *tc = vm_loaded_case(suite, "turmoil");

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_test(tc, all_that_is_done_to_streams_of_icmp_at_once_leaves_exact_sums);
	tcase_add_test(tc, all_that_is_done_to_streams_of_two_channels_at_once_leaves_exact_sums);
	return suite;
}

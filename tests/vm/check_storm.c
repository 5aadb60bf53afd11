/* SPDX-License-Identifier: MIT */
/*
 * Proves that streams that two processors open and close at once leave exact sums.
 */
#include "vm.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a process found in all its streams, when they had ended. */
struct sums {
	unsigned long long delivered, pending, lost_full, lost_busy;
};

#define OPENS 500
#define AT_ONCE 5

struct opener {
	int cpu;
	struct sums *sums;
	int pair[2];
};

/*
 * After STOP, a publisher that found the stream before may still be in it, with
 * preemption off: having run on every processor, we know that none is.
 */
static void wait_for_publishers(int home)
{
	int cpu, count = (int)sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < count; cpu++)
		if (cpu != home)
			vm_move_to(cpu);
	vm_move_to(home);
}

static void add_stats(int raw, struct sums *sums)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(raw, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.flags, SOCKOPT_STATS_F_ENDED);
	ck_assert_uint_eq(stats.seen, stats.filtered + stats.delivered + stats.pending +
					      stats.lost_full + stats.lost_busy);
	ck_assert_uint_le(stats.pending, 4);
	sums->delivered += stats.delivered;
	sums->pending += stats.pending;
	sums->lost_full += stats.lost_full;
	sums->lost_busy += stats.lost_busy;
}

/* Two calls: the second one acknowledges what the first one brought. */
static void read_some(int raw, const struct sockopt_open *args)
{
	uint32_t cursor = args->cursor;
	struct vm_batch batch;
	int i, ret;

	vm_batch_init(&batch, args->slot_size, 2);
	for (i = 0; i < 2; i++) {
		ret = vm_records(raw, &batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT);
		ck_assert_msg(ret > 0 || ret == -EAGAIN, "RECORDS: %d", ret);
	}
	vm_batch_free(&batch);
}

static void run_stream(int raw, int sender, struct sockopt_open *args, bool is_read)
{
	vm_stream(raw, 4, args);
	vm_echo(sender, VM_LO, 5, 1, 8, 0);
	vm_echo(sender, VM_LO, 5, 2, 8, 0);
	if (is_read)
		read_some(raw, args);
	vm_echo(sender, VM_LO, 5, 3, 8, 0);
}

/* A few streams at a time, for to move costs more than to open. */
static void open_and_close(void *arg)
{
	const struct opener *opener = arg;
	struct sockopt_open args[AT_ONCE];
	int raws[AT_ONCE], sender = vm_sender(), i, k;

	vm_move_to(opener->cpu);
	for (k = 0; k < AT_ONCE; k++)
		raws[k] = vm_raw();
	for (i = 0; i < OPENS; i += AT_ONCE) {
		for (k = 0; k < AT_ONCE; k++)
			run_stream(raws[k], sender, &args[k], k % 2);
		for (k = 0; k < AT_ONCE; k++)
			ck_assert_int_eq(vm_stop(raws[k], ICMP), 0);
		wait_for_publishers(opener->cpu);
		for (k = 0; k < AT_ONCE; k++) {
			add_stats(raws[k], opener->sums);
			close(args[k].fd);
		}
	}
	vm_pass(opener->pair[1], NULL, 0);
}

/* From a module just loaded, so that the namespace's counters start at zero. */
static void assert_sums(const struct sums *a, const struct sums *b)
{
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 2 * OPENS);
	ck_assert_uint_eq((uint64_t)vm_stat("icmp", "delivered"), a->delivered + b->delivered);
	ck_assert_uint_eq((uint64_t)vm_stat("icmp", "lost_full"), a->lost_full + b->lost_full);
	ck_assert_uint_eq((uint64_t)vm_stat("icmp", "lost_busy"), a->lost_busy + b->lost_busy);
	ck_assert_uint_eq((uint64_t)vm_stat("icmp", "lost_closed"), a->pending + b->pending);
	ck_assert_uint_gt(a->delivered, 0);
	ck_assert_uint_gt(a->lost_full, 0);
	ck_assert_uint_gt(a->pending, 0);
}

START_TEST(streams_opened_and_closed_on_two_cpus_under_traffic_leave_exact_sums)
{
	struct sums *sums =
		mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct opener openers[2] = { { .cpu = 0, .sums = &sums[0] },
				     { .cpu = 1, .sums = &sums[1] } };
	pid_t children[2];
	int i;

	ck_assert_int_ge(sysconf(_SC_NPROCESSORS_ONLN), 2);
	vm_reload();
	for (i = 0; i < 2; i++) {
		vm_pair(openers[i].pair);
		children[i] = vm_fork(open_and_close, &openers[i]);
		close(openers[i].pair[1]);
	}
	for (i = 0; i < 2; i++) {
		vm_receive(openers[i].pair[0], NULL, 0);
		vm_join(children[i]);
	}
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_settled();
	assert_sums(&sums[0], &sums[1]);
	vm_wait_rings_gone();
}
END_TEST

Suite *storm_suite(void)
{
	Suite *suite = suite_create("storm");
	TCase *tc = vm_loaded_case(suite, "storms");

	tcase_add_test(tc, streams_opened_and_closed_on_two_cpus_under_traffic_leave_exact_sums);
	return suite;
}

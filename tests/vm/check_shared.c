/* SPDX-License-Identifier: MIT */
/*
 * Proves that a socket and its stream that two threads and a process use at once, each for
 * something else, are one socket and one stream at most; and that a mapping alone keeps
 * the stream, and the module with it.
 */
#include "mapping.h"
#include "sequence.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OPENS 60	/* by each thread that opens, at least */

/* What all who use the socket share. */
static struct shared {
	atomic_bool is_over;
	atomic_int streams;		/* that are open */
	atomic_uint cursor;		/* where the last one began */
	atomic_uint opened, refused, mapped, tuned, stopped, taken;
} *shared;

static int raw;

static void unexpected(int ret, const char *what)
{
	ck_abort_msg("%s: %s", what, strerror(-ret));
}

/* ---- Open, map, close ---- */

static void map_once(int fd, const struct sockopt_open *args)
{
	struct mapping map;
	int ret = mapping_take_tail(&map, fd);

	if (ret && ret != -EBUSY)
		unexpected(ret, "mmap");
	if (ret)
		return;
	mapping_add_slots(&map, fd, args);
	while (mapping_next(&map))
		mapping_release(&map);
	mapping_close(&map);
	atomic_fetch_add(&shared->mapped, 1);
}

/* Between OPEN and close nobody else opens. */
static bool open_once(void)
{
	struct sockopt_open args = vm_open_args();
	int fd;

	args.slots = 8;
	fd = vm_open(raw, ICMP, &args);
	if (fd < 0 && fd != -EBUSY)
		unexpected(fd, "OPEN");
	if (fd < 0) {
		atomic_fetch_add(&shared->refused, 1);
		sched_yield();
		return false;
	}
	VM_EXPECT(atomic_fetch_add(&shared->streams, 1) == 0);
	atomic_store(&shared->cursor, args.cursor);
	atomic_fetch_add(&shared->opened, 1);
	map_once(fd, &args);
	VM_EXPECT(atomic_fetch_sub(&shared->streams, 1) == 1);
	close(fd);
	return true;
}

/* All that the others can do has been done; once true, it stays so. */
static bool is_all_done(void)
{
	return atomic_load(&shared->refused) && atomic_load(&shared->mapped) &&
	       atomic_load(&shared->tuned) && atomic_load(&shared->stopped);
}

static void *open_for_a_while(void *cpu)
{
	int opened = 0;

	vm_move_to(*(int *)cpu);
	while (opened < OPENS || !is_all_done())
		opened += open_once();
	return NULL;
}

/* ---- Tune, stop, read ---- */

/* A filter, or a wake-up; to give IPv6 up waits for publishers, as STOP does. */
static void tune_once(unsigned int n)
{
	static const int types[] = { ECHO_REPLY, -1 };
	struct sockopt_filter filter = n % 1024 != 1 ? vm_filter_all() : vm_filter_types(types);
	int ret;

	if (n % 4)
		filter.types[0] = n;
	ret = n % 2 ? vm_tune_filter(raw, ICMP, &filter, NULL) :
		      vm_tune_wake(raw, ICMP, 1 + n % 8, n % 1000);
	if (ret && ret != -ENOTCONN)
		unexpected(ret, "TUNE");
	if (!ret)
		atomic_fetch_add(&shared->tuned, 1);
}

static void stop_once(void)
{
	int ret = vm_stop(raw, ICMP);

	if (ret && ret != -ENOTCONN)
		unexpected(ret, "STOP");
	if (!ret)
		atomic_fetch_add(&shared->stopped, 1);
}

static void take_once(struct vm_batch *batch)
{
	struct sockopt_stats stats;
	uint32_t cursor = atomic_load(&shared->cursor);
	int ret = vm_stats(raw, ICMP, &stats);

	if (ret && ret != -ENOTCONN)
		unexpected(ret, "STATS");
	VM_EXPECT(ret || stats.seen == stats.filtered + stats.delivered + stats.pending +
				       stats.lost_full + stats.lost_busy);
	ret = vm_records(raw, batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT);
	if (ret < 0 && ret != -ENOTCONN && ret != -EAGAIN && ret != -EBUSY && ret != -EINVAL)
		unexpected(ret, "RECORDS");
	if (ret > 0)
		atomic_fetch_add(&shared->taken, (unsigned int)ret);
}

static void meddle(void *unused)
{
	struct vm_batch batch;
	unsigned int n;

	(void)unused;
	vm_batch_init(&batch, SLOT_SIZE, 8);
	for (n = 0; !atomic_load(&shared->is_over); n++) {
		tune_once(n);
		take_once(&batch);
		if (n % 256 == 128)
			stop_once();
	}
	vm_batch_free(&batch);
}

/* ---- All at once ---- */

static void setup(void)
{
	sequence_setup();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	raw = vm_raw();
}

static void *meddle_in_thread(void *unused)
{
	meddle(unused);
	return NULL;
}

/* Two that open, on two processors; a thread and a process that meddle, and packets. */
START_TEST(a_socket_that_threads_and_a_child_use_at_once_has_one_stream_at_most)
{
	static int cpus[] = { 0, 1 };
	pid_t child = vm_fork(meddle, NULL), pinger = vm_fork(vm_ping_for_ever, NULL);
	pthread_t openers[2], meddler;
	int i;

	ck_assert_int_eq(pthread_create(&meddler, NULL, meddle_in_thread, NULL), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&openers[i], NULL, open_for_a_while, &cpus[i]), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(openers[i], NULL), 0);
	atomic_store(&shared->is_over, true);
	ck_assert_int_eq(pthread_join(meddler, NULL), 0);
	vm_join(child);
	vm_kill(pinger);
	printf("# one socket: opened %u times, refused %u, mapped %u, tuned %u, stopped %u, "
	       "%u records taken\n", shared->opened, shared->refused, shared->mapped,
	       shared->tuned, shared->stopped, shared->taken);
	fflush(stdout);
	ck_assert_int_eq(vm_stat("icmp", "opened"), shared->opened);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_rings_gone();
}
END_TEST

/* ---- Nothing but a mapping ---- */

#define ROUNDS 100
#define RUN 32

START_TEST(a_mapping_alone_keeps_stream_and_module_while_packets_come)
{
	struct vm_reader reader;
	struct mapping map;
	uint32_t round;

	vm_reader_open(&reader, 64, 0, 1);
	mapping_open(&map, reader.stream, &reader.open);
	close(reader.stream);
	for (round = 0; round < ROUNDS; round++) {
		ck_assert_int_eq(vm_rmmod(), -EAGAIN);
		queue(&reader, RUN);
		mapping_release_run(&map, round * RUN, RUN);
		ck_assert_ptr_null(mapping_next(&map));
	}
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(vm_stat("icmp", "delivered"), ROUNDS * RUN);
	ck_assert_uint_eq(map.status->flags, 0);
	mapping_close(&map);
	ck_assert_int_eq(vm_stream_count(), 0);
	printf("# unloads refused for a mapping: %d, while %d packets came\n", ROUNDS,
	       ROUNDS * RUN);
	fflush(stdout);
	vm_reload();
}
END_TEST

Suite *shared_suite(void)
{
	Suite *suite = suite_create("shared");
	TCase *tc = vm_loaded_case(suite, "shared");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_socket_that_threads_and_a_child_use_at_once_has_one_stream_at_most);
	tcase_add_test(tc, a_mapping_alone_keeps_stream_and_module_while_packets_come);
	return suite;
}

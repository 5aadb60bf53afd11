/* SPDX-License-Identifier: MIT */
/*
 * Proves what a stream costs in memory, and who pays: the memory cgroup of who
 * opened it. And that a program which watches ICMP stays small under a flood.
 */
#include "cgroup.h"
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 1000
#define SLOTS 64
#define SLOTS_BYTES (SLOTS * 128)
#define NOISE (16 << 10)	/* of a thousand streams: 16 bytes each */

static const char uncharged[] = "before Linux 5.11 rings are not charged";

/* ---- What is charged ---- */

static long long charged(void)
{
	return cgroup_number("sko/memory.current", "\n");
}

/* Of that, what the kernel has for itself: not what the test's own process has. */
static long long charged_kernel(void)
{
	return cgroup_number("sko/memory.stat", "\nkernel ");
}

/*
 * The figure when nothing is on its way any more: the kernel sums it up every two
 * seconds only, so it must have stood for longer, but for what looking at it takes.
 */
static long long settled(void)
{
	long long figure = charged_kernel();
	int still, tries;

	for (still = 0, tries = 0; still < 50; still++, tries++) {
		long long now;

		ck_assert_int_lt(tries, 600);
		poll(NULL, 0, 50);
		now = charged_kernel();
		if (now < figure - NOISE || now > figure + NOISE) {
			figure = now;
			still = 0;
		}
	}
	return figure;
}

static void setup(void)
{
	const struct rlimit files = { 2 * MANY + 100, 2 * MANY + 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	cgroup_setup();
	vm_new_netns();
}

/* ---- What a stream costs ---- */

static int sockets[MANY], streams[MANY];

static void open_sockets(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		sockets[i] = vm_raw();
}

static void open_streams(void)
{
	struct sockopt_open args;
	int i;

	for (i = 0; i < MANY; i++)
		streams[i] = vm_stream(sockets[i], SLOTS, &args);
}

static void close_streams(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		close(streams[i]);
	vm_wait_rings_gone();
}

/*
 * The first thousand fill the kernel's caches; what is measured is the second. A kernel that
 * watches its memory has more of it for each object, and for each page that is mapped: the
 * limits are those of kernels that users have.
 */
START_TEST(a_stream_costs_its_slots_two_pages_and_at_most_1_kib)
{
	VM_SKIP_IF(!vm_is_charged(), uncharged);
	long long limit = vm_is_realtime() ? 1280 : 1024; /* its locks are bigger */
	long long before, each;

	open_sockets();
	open_streams();
	close_streams();
	before = settled();
	open_streams();
	each = (settled() - before) / MANY;
	printf("# bytes of a stream beside its slots and two pages: %lld\n",
	       each - SLOTS_BYTES - 2 * VM_PAGE);
	fflush(stdout);
	ck_assert_int_ge(each, SLOTS_BYTES + 2 * VM_PAGE);
	if (!vm_keeps_freed())
		ck_assert_int_le(each, SLOTS_BYTES + 2 * VM_PAGE + limit);
}
END_TEST

START_TEST(a_thousand_streams_of_64_slots_take_less_than_20_mib_of_the_machine)
{
	long available, taken;

	open_sockets();
	open_streams();
	close_streams();
	available = vm_available_kb();
	open_streams();
	taken = available - vm_available_kb();
	printf("# KiB that a thousand streams take: %ld\n", taken);
	fflush(stdout);
	ck_assert_int_ge(taken, MANY * (SLOTS_BYTES + 2 * VM_PAGE) / 1024 / 2);
	if (!vm_keeps_freed())
		ck_assert_int_lt(taken, 20 * 1024);
}
END_TEST

/* ---- Who pays ---- */

static int open_big(int raw)
{
	struct sockopt_open args = vm_open_args();

	args.slots = SOCKOPT_SLOTS_MAX;
	return vm_open(raw, ICMP, &args);
}

START_TEST(a_ring_is_charged_to_who_opened_it_and_given_back)
{
	VM_SKIP_IF(!vm_is_charged(), uncharged);
	long long before = settled(), with;
	int fd = open_big(vm_raw());

	ck_assert_int_ge(fd, 0);
	with = settled();
	ck_assert_int_ge(with - before, SOCKOPT_SLOTS_MAX * 128LL);
	close(fd);
	vm_wait_rings_gone();
	ck_assert_int_ge(with - settled(), SOCKOPT_SLOTS_MAX * 128LL);
}
END_TEST

/* Every page of it, so that the mapping has it. */
static void touch(const struct mapping *map)
{
	volatile uint8_t byte;
	size_t at;

	for (at = 0; at < map->shared_len - VM_PAGE; at += VM_PAGE)
		byte = map->slots[at];
	(void)byte;
}

/* Who maps it and fills it is of another cgroup. */
static void use_elsewhere(void *arg)
{
	const struct sockopt_open *args = arg;
	struct mapping map;

	cgroup_put("other/cgroup.procs", "0");
	mapping_open(&map, args->fd, args);
	vm_ping_self(2000, 1);
	touch(&map);
	ck_assert_int_lt(cgroup_number("other/memory.current", "\n"), 4 << 20);
	mapping_close(&map);
}

START_TEST(who_maps_and_fills_a_ring_of_another_cgroup_pays_nothing)
{
	VM_SKIP_IF(!vm_is_charged(), uncharged);
	struct sockopt_open args = vm_open_args();
	long long before = settled();

	args.slots = SOCKOPT_SLOTS_MAX;
	ck_assert_int_ge(vm_open(vm_raw(), ICMP, &args), 0);
	vm_join(vm_fork(use_elsewhere, &args));
	ck_assert_int_ge(settled() - before, SOCKOPT_SLOTS_MAX * 128LL);
}
END_TEST

static void wait_for_end(void *unused)
{
	(void)unused;
	pause();
}

/*
 * Nobody is killed for it: not who asks, nor somebody else of the cgroup, who is asleep: for
 * who needs memory just then the cgroup is full.
 */
START_TEST(a_ring_beyond_the_cgroups_limit_is_enomem_and_leaves_nothing)
{
	VM_SKIP_IF(!vm_is_charged(), uncharged);
	pid_t bystander = vm_fork(wait_for_end, NULL);
	struct sockopt_open args;
	char limit[32];
	int raw = vm_raw();

	vm_wait_asleep(bystander);
	snprintf(limit, sizeof(limit), "%lld", charged() + (4 << 20));
	cgroup_put("sko/memory.max", limit);
	ck_assert_int_eq(open_big(raw), -ENOMEM);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_rings_gone();
	vm_stream(raw, SLOTS, &args);
	cgroup_put("sko/memory.max", "max");
	ck_assert_int_eq(cgroup_number("sko/memory.events", "\noom_kill "), 0);
	ck_assert_int_gt(cgroup_number("sko/memory.events", "\nmax "), 0);
	vm_kill(bystander);
}
END_TEST

/* ---- A program that watches ---- */

static void watch(void *unused)
{
	const char *dir = getenv("SKO_BIN");
	char path[128];
	int null = open("/dev/null", O_WRONLY);

	(void)unused;
	dup2(null, STDOUT_FILENO);
	snprintf(path, sizeof(path), "%s/icmp-watch", dir ? dir : "/bin");
	execl(path, path, NULL);
	_exit(1);
}

static bool has_a_stream(void *unused)
{
	(void)unused;
	return vm_stream_count() == 1;
}

static bool is_all_taken(void *unused)
{
	(void)unused;
	return vm_stat("icmp", "seen") == 40000 && vm_stat("icmp", "pending") < 64;
}

/* Counted page by page; status is behind by up to 64 of them. */
static long resident_kb(pid_t pid)
{
	char path[64], buf[4096];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	ck_assert_int_gt(vm_read(path, buf, sizeof(buf)), 0);
	at = strstr(buf, "\nRss:");
	ck_assert_ptr_nonnull(at);
	return atol(at + 5);
}

static void watch_it(pid_t watcher, long *most)
{
	long now = resident_kb(watcher);

	*most = now > *most ? now : *most;
}

START_TEST(icmp_watch_stays_below_2_mib_under_a_flood)
{
	long most = 0;
	pid_t watcher;
	int i;

	vm_new_netns();
	watcher = vm_fork(watch, NULL);
	vm_wait(has_a_stream, NULL, "icmp-watch to subscribe");
	for (i = 0; i < 20; i++) {
		vm_ping_self(1000, 1);
		watch_it(watcher, &most);
	}
	vm_wait(is_all_taken, NULL, "icmp-watch to take all");
	ck_assert_int_gt(vm_stat("icmp", "delivered"), 512);
	watch_it(watcher, &most);
	printf("# KiB that icmp-watch has resident at most: %ld\n", most);
	fflush(stdout);
	ck_assert_int_gt(most, 100);
	ck_assert_int_lt(most, 2048);
	vm_kill(watcher);
}
END_TEST

Suite *memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = vm_case(suite, "memory", 110, NULL);

	tcase_add_checked_fixture(tc, setup, cgroup_teardown);
	tcase_add_test(tc, a_stream_costs_its_slots_two_pages_and_at_most_1_kib);
	tcase_add_test(tc, a_thousand_streams_of_64_slots_take_less_than_20_mib_of_the_machine);
	tcase_add_test(tc, a_ring_is_charged_to_who_opened_it_and_given_back);
	tcase_add_test(tc, who_maps_and_fills_a_ring_of_another_cgroup_pays_nothing);
	tcase_add_test(tc, a_ring_beyond_the_cgroups_limit_is_enomem_and_leaves_nothing);
	tc = vm_case(suite, "program", 60, NULL);
	tcase_add_test(tc, icmp_watch_stays_below_2_mib_under_a_flood);
	return suite;
}

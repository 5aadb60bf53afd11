/* SPDX-License-Identifier: MIT */
/*
 * Proves that the module may come and go a thousand times while programs of several network
 * namespaces call it: each call finds all of the module or none of it, and the kernel has
 * its memory back.
 */
#include "vm.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CYCLES 1000
#define CALLERS 4

static struct storm {
	atomic_bool is_over;
	atomic_uint rounds[CALLERS];
	atomic_uint with_module, without_module;
	unsigned int refused;		/* attempts to unload */
} *storm;

/* ---- Callers ---- */

static void expect(int ret, int wanted, int also, const char *what)
{
	if (ret < 0 && ret != -ENOPROTOOPT && ret != wanted && ret != also)
		ck_abort_msg("%s: %s", what, strerror(-ret));
}

/* With or without the module, or while it comes or goes. */
static void call_all(int raw)
{
	struct sockopt_info info = { .size = sizeof(info) };
	struct sockopt_channel channel = { .size = sizeof(channel), .name = "icmp" };
	struct sockopt_stats stats;
	socklen_t len = sizeof(info);
	char buf[SOCKOPT_TEXT_MAX];
	int ret = vm_get(raw, CORE, SOCKOPT_INFO, &info, &len);

	expect(ret, 0, 0, "INFO");
	VM_EXPECT(ret || info.abi == SOCKOPT_ABI);
	atomic_fetch_add(ret ? &storm->without_module : &storm->with_module, 1);
	len = sizeof(channel);
	ret = vm_get(raw, CORE, SOCKOPT_CHANNEL, &channel, &len);
	expect(ret, 0, 0, "CHANNEL");
	VM_EXPECT(ret || channel.id == ICMP);
	expect(vm_text_set(raw, "storm", 5), 0, 0, "TEXT set");
	expect(vm_text_get(raw, buf, sizeof(buf)), 0, 0, "TEXT get");
	expect(vm_stats(raw, ICMP, &stats), -ENOTCONN, 0, "STATS");
	expect(vm_tune_wake(raw, ICMP, 1, 0), -ENOTCONN, 0, "TUNE");
	expect(vm_stop(raw, ICMP), -ENOTCONN, 0, "STOP");
}

static void open_once(int raw)
{
	struct sockopt_open args = vm_open_args();
	int fd;

	args.slots = 2;
	fd = vm_open(raw, ICMP, &args);
	expect(fd, 0, 0, "OPEN");
	expect(vm_take_now(raw, &args), -ENOTCONN, -EAGAIN, "RECORDS");
	if (fd >= 0) {
		VM_EXPECT(!vm_stop(raw, ICMP));
		close(fd);
	}
}

/* Files may go between open and read: EIO then, or EINVAL, or nothing is read. */
static void read_all(void)
{
	const char *const paths[] = { VM_STREAMS, VM_STATS, VM_MESSAGE, VM_SYSCTL "/streams_max" };
	char buf[8192];
	size_t i;
	int ret;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ret = vm_read(paths[i], buf, sizeof(buf));
		if (ret < 0 && ret != -ENOENT && ret != -EIO && ret != -EINVAL)
			ck_abort_msg("%s: %s", paths[i], strerror(-ret));
	}
}

/*
 * 0: A, 1: B, the others: a namespace of their own. Between rounds each is out of
 * the module for a while, and streams, which each unload waits for, are few: or it
 * would hardly ever find nobody inside.
 */
static void blow(void *arg)
{
	int number = *(int *)arg, raw, round;

	if (number == 1)
		vm_enter("B");
	else if (number > 1)
		vm_new_netns();
	raw = vm_raw();
	for (round = number; !atomic_load(&storm->is_over); round++) {
		call_all(raw);
		if (round % 16 == 0)
			read_all();
		if (round % 64 == 0)
			open_once(raw);
		atomic_fetch_add(&storm->rounds[number], 1);
		poll(NULL, 0, 3);
	}
}

static bool is_everybody_on(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < CALLERS; i++)
		if (!atomic_load(&storm->rounds[i]))
			return false;
	return true;
}

/* ---- The module ---- */

static void reload(void)
{
	if (vm_rmmod()) {
		storm->refused++;
		vm_wait_rmmod();
	}
	ck_assert_int_eq(vm_insmod(), 0);
}

/* So many times, with callers, who then have gone, too. */
static void cycle(int count)
{
	int numbers[CALLERS], i;
	pid_t children[CALLERS];

	memset(storm, 0, sizeof(*storm));
	for (i = 0; i < CALLERS; i++) {
		numbers[i] = i;
		children[i] = vm_fork(blow, &numbers[i]);
	}
	vm_wait(is_everybody_on, NULL, "callers to start");
	for (i = 1; i <= count; i++) {
		reload();
		if (i % 50 == 0 || i == count)
			printf("# loads survived: %d\n", i);
		fflush(stdout);
	}
	atomic_store(&storm->is_over, true);
	for (i = 0; i < CALLERS; i++)
		vm_join(children[i]);
}

/* ---- Tests ---- */

static void setup(void)
{
	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	ck_assert_ptr_ne(storm, MAP_FAILED);
}

/* What the kernel keeps of files in /proc that have gone, and could do without. */
static void forget_names(void)
{
	ck_assert_int_eq(vm_write("/proc/sys/vm/drop_caches", "2", 1), 1);
}

/*
 * The first loads fill the kernel's caches. A kernel that watches is slow, and has fewer
 * of the others.
 */
START_TEST(the_module_comes_and_goes_a_thousand_times_under_callers_of_four_namespaces)
{
	int count = (int)(CYCLES / vm_patience());
	long before;

	cycle(count / 20);
	vm_wait_rings_gone();
	forget_names();
	before = vm_kernel_kb();
	cycle(count);
	vm_wait_rings_gone();
	forget_names();
	printf("# %d loads: %u calls found the module, %u did not; %u unloads refused first\n",
	       count, storm->with_module, storm->without_module, storm->refused);
	printf("# the kernel's memory: %ld kB before, %ld kB after\n", before, vm_kernel_kb());
	fflush(stdout);
	ck_assert_uint_ge(storm->with_module, (unsigned int)count / 2);
	ck_assert_uint_ge(storm->without_module, (unsigned int)count / 2);
	vm_wait_kernel_kb(before + count / 2);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

Suite *reload_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tc = vm_loaded_case(suite, "reload");

	tcase_set_timeout(tc, 600);
	tcase_add_unchecked_fixture(tc, vm_hurry, vm_hurry_no_more);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc,
		the_module_comes_and_goes_a_thousand_times_under_callers_of_four_namespaces);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that what else one does with a stream's file fails without a trace: mappings,
 * also those that a fork inherits, poll, epoll, signals, and what /proc tells.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mapping.h"
#include "sequence.h"

static struct vm_reader reader;

static void setup(void)
{
	sequence_setup();
	vm_reader_open(&reader, SOCKOPT_SLOTS_DEFAULT, 0, 1);
}

/* One that comes now, and is then the only one. */
static void expect_next_record(void)
{
	queue(&reader, 1);
	take_run(&reader, sent - 1, 1);
	vm_expect_nothing(&reader);
}

static void read_info(char *info, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", reader.stream);
	ck_assert_int_gt(vm_read(path, info, size), 0);
}

static int mappings(void)
{
	static const char name[] = "\nsockopt-mapped:\t";
	char info[2048], *at;

	read_info(info, sizeof(info));
	at = strstr(info, name);
	ck_assert_ptr_nonnull(at);
	return atoi(at + strlen(name));
}

/* ---- mmap ---- */

static void *mapped;

static int map_tail(void *unused)
{
	(void)unused;
	return mapping_try(reader.stream, 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, &mapped);
}

static void check_tail(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_eq(mappings(), !ret);
	if (!ret) {
		ck_assert_uint_eq(*(uint32_t *)mapped, reader.cursor);
		ck_assert_int_eq(vm_reader_take(&reader), -EBUSY);
		ck_assert_int_eq(munmap(mapped, VM_PAGE), 0);
		ck_assert_int_eq(mappings(), 0);
	}
	expect_next_record();
}

static int map_slots(void *unused)
{
	(void)unused;
	return mapping_try(reader.stream, 1, mapping_pages(&reader.open) - 1, PROT_READ,
			   MAP_SHARED, &mapped);
}

static void check_slots(void *unused, int ret)
{
	size_t len = (mapping_pages(&reader.open) - 1) * VM_PAGE;

	(void)unused;
	ck_assert_int_eq(mappings(), 0);
	if (!ret) {
		ck_assert_uint_eq(((struct sockopt_status *)mapped)->slots, reader.open.slots);
		ck_assert_int_eq(munmap(mapped, len), 0);
	}
	expect_next_record();
}

/* A child that has the mapping too. */
static int try_to_fork(void *unused)
{
	pid_t pid = fork();

	(void)unused;
	if (!pid)
		_exit(0);
	return pid < 0 ? -errno : pid;
}

static void check_forked(void *unused, int ret)
{
	int status;

	(void)unused;
	if (ret > 0)
		ck_assert_int_eq(waitpid(ret, &status, 0), ret);
	ck_assert_int_eq(mappings(), 1);
}

static const struct fault_call maps[] = {
	{ .name = "mmap of the consumer's page", .make = map_tail, .after = check_tail },
	{ .name = "mmap of the slots", .make = map_slots, .after = check_slots },
};

START_TEST(a_mapping_that_failed_is_not_there)
{
	fault_sweep(&maps[_i], NULL);
}
END_TEST

START_TEST(a_fork_that_failed_leaves_one_mapping)
{
	const struct fault_call forked = {
		.name = "fork with a mapping", .make = try_to_fork, .after = check_forked,
	};

	ck_assert_int_eq(map_tail(NULL), 0);
	fault_sweep(&forked, NULL);
	ck_assert_int_eq(munmap(mapped, VM_PAGE), 0);
	ck_assert_int_eq(mappings(), 0);
	expect_next_record();
}
END_TEST

/* ---- Sleepers ---- */

#define MANY 64		/* more than the kernel has room for at hand */

static struct pollfd many[MANY];
static int epfd;

static int poll_many(void *unused)
{
	int ret = poll(many, MANY, 1);

	(void)unused;
	return ret < 0 ? -errno : ret;
}

static void check_polled(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_le(ret, 0);
	expect_next_record();
}

START_TEST(a_poll_that_failed_leaves_no_sleeper)
{
	const struct fault_call polled = {
		.name = "poll", .make = poll_many, .after = check_polled,
	};
	int i;

	for (i = 0; i < MANY; i++)
		many[i] = (struct pollfd){ .fd = dup(reader.stream), .events = POLLIN };
	fault_sweep(&polled, NULL);
}
END_TEST

static int add_to_epoll(void *unused)
{
	struct epoll_event event = { .events = EPOLLIN };

	(void)unused;
	return epoll_ctl(epfd, EPOLL_CTL_ADD, reader.stream, &event) ? -errno : 0;
}

/* It is not there, so it can be added; it is there once, so it tells once. */
static void check_added(void *unused, int ret)
{
	struct epoll_event events[2];

	ck_assert_int_eq(add_to_epoll(unused), ret ? 0 : -EEXIST);
	queue(&reader, 1);
	ck_assert_int_eq(epoll_wait(epfd, events, VM_COUNT(events), 1000), 1);
	take_run(&reader, sent - 1, 1);
	ck_assert_int_eq(epoll_wait(epfd, events, VM_COUNT(events), 0), 0);
	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_DEL, reader.stream, NULL), 0);
}

START_TEST(a_stream_that_could_not_be_added_to_epoll_is_not_in_it)
{
	const struct fault_call added = {
		.name = "epoll_ctl", .make = add_to_epoll, .after = check_added,
	};

	epfd = epoll_create1(EPOLL_CLOEXEC);
	fault_sweep(&added, NULL);
}
END_TEST

/* ---- Signals ---- */

static int set_flags(int flags)
{
	return fcntl(reader.stream, F_SETFL, flags) ? -errno : 0;
}

static int ask_for_signals(void *unused)
{
	(void)unused;
	return set_flags(O_ASYNC);
}

/* One record: how many signals does it bring? */
static int signals_of_a_record(void)
{
	const struct timespec none = { 0 };
	sigset_t set;
	int n = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	expect_next_record();
	while (sigtimedwait(&set, NULL, &none) > 0)
		n++;
	return n;
}

static void check_signals(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_eq(!(fcntl(reader.stream, F_GETFL) & O_ASYNC), ret < 0);
	ck_assert_int_eq(signals_of_a_record(), ret < 0 ? 0 : 1);
	ck_assert_int_eq(set_flags(0), 0);
	ck_assert_int_eq(signals_of_a_record(), 0);
}

START_TEST(signals_that_could_not_be_asked_for_do_not_come)
{
	const struct fault_call asked = {
		.name = "O_ASYNC", .make = ask_for_signals, .after = check_signals,
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(fcntl(reader.stream, F_SETSIG, SIGRTMIN), 0);
	ck_assert_int_eq(fcntl(reader.stream, F_SETOWN, getpid()), 0);
	fault_sweep(&asked, NULL);
}
END_TEST

/* ---- /proc ---- */

static char info_path[64], info[2048], info_wanted[2048];

static int read_fdinfo(void *unused)
{
	(void)unused;
	return vm_read(info_path, info, sizeof(info));
}

static void check_fdinfo(void *unused, int ret)
{
	(void)unused;
	if (ret >= 0)
		ck_assert_str_eq(info, info_wanted);
}

START_TEST(what_proc_tells_of_a_descriptor_is_all_or_an_error)
{
	const struct fault_call told = {
		.name = "fdinfo", .make = read_fdinfo, .after = check_fdinfo,
	};

	snprintf(info_path, sizeof(info_path), "/proc/%d/fdinfo/%d", getpid(), reader.stream);
	queue(&reader, 3);
	read_info(info_wanted, sizeof(info_wanted));
	fault_sweep(&told, NULL);
}
END_TEST

Suite *fault_file_suite(void)
{
	Suite *suite = suite_create("fault_file");
	TCase *tc = fault_case(suite, "file", setup);

	tcase_add_loop_test(tc, a_mapping_that_failed_is_not_there, 0, VM_COUNT(maps));
	tcase_add_test(tc, a_fork_that_failed_leaves_one_mapping);
	tcase_add_test(tc, a_poll_that_failed_leaves_no_sleeper);
	tcase_add_test(tc, a_stream_that_could_not_be_added_to_epoll_is_not_in_it);
	tcase_add_test(tc, signals_that_could_not_be_asked_for_do_not_come);
	tcase_add_test(tc, what_proc_tells_of_a_descriptor_is_all_or_an_error);
	return suite;
}

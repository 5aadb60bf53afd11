/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <linux/membarrier.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 5000

double vm_patience(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");

	return multiplier ? atof(multiplier) : 1;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void vm_wait(bool (*is_true)(void *arg), void *arg, const char *what)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int64_t end = now_ms() + (int64_t)(DEADLINE_MS * vm_patience());

	while (!is_true(arg)) {
		ck_assert_msg(now_ms() < end, "in vain: %s", what);
		nanosleep(&pause, NULL);
	}
}

struct awaited {
	int fd;
	uint64_t number;
};

static bool has_seen(void *arg)
{
	const struct awaited *awaited = arg;
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(awaited->fd, ICMP, &stats), 0);
	return stats.seen >= awaited->number;
}

static bool has_queued(void *arg)
{
	const struct awaited *awaited = arg;
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(awaited->fd, ICMP, &stats), 0);
	return stats.pending >= awaited->number;
}

/*
 * STATS counts a record from when its slot is reserved, a moment before it can be
 * read. Publishers run under RCU, and this call waits for all that do.
 */
static void let_publishers_finish(void)
{
	ck_assert_int_eq((int)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
}

void vm_wait_seen(int fd, uint64_t seen)
{
	struct awaited awaited = { fd, seen };

	vm_wait(has_seen, &awaited, "packets seen");
	let_publishers_finish();
}

void vm_wait_queued(int fd, uint64_t pending)
{
	struct awaited awaited = { fd, pending };

	vm_wait(has_queued, &awaited, "records queued");
	let_publishers_finish();
}

int vm_stream_count(void)
{
	char buf[65536];
	int lines = 0;
	char *at;

	ck_assert_int_gt(vm_read(VM_STREAMS, buf, sizeof(buf)), 0);
	for (at = strchr(buf, '\n'); at; at = strchr(at + 1, '\n'))
		lines++;
	return lines - 1;
}

static bool is_stream_count(void *arg)
{
	return vm_stream_count() == *(int *)arg;
}

void vm_wait_stream_count(int count)
{
	vm_wait(is_stream_count, &count, "number of streams");
}

/* Who is about to sleep says S already; its processor has yet to be left, and the nap counted. */
bool vm_is_asleep(pid_t pid)
{
	char path[64], buf[512], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (vm_read(path, buf, sizeof(buf)) <= 0)
		return false;
	at = strrchr(buf, ')');
	if (!at || at[2] != 'S')
		return false;
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	return vm_read(path, buf, sizeof(buf)) <= 0 || strncmp(buf, "running", 7) != 0;
}

static bool is_asleep(void *arg)
{
	return vm_is_asleep(*(pid_t *)arg);
}

void vm_wait_asleep(pid_t pid)
{
	vm_wait(is_asleep, &pid, "a process to be asleep");
}

static bool is_settled(void *arg)
{
	(void)arg;
	return !vm_stat("icmp", "pending");
}

void vm_wait_settled(void)
{
	vm_wait(is_settled, NULL, "the counts of closed streams");
}

short vm_events(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pollfd, 1, timeout), 0);
	return pollfd.revents;
}

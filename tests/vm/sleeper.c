/* SPDX-License-Identifier: MIT */
/* See sleeper.h. */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct vm_reader reader;
int pinger;
static uint16_t sent; /* pings */

void sleeper_setup(void)
{
	vm_new_netns_quiet();
	pinger = vm_sender();
	sent = 0;
	vm_reader_open(&reader, SLOTS, 0, 4);
}

void ping(void)
{
	vm_echo(pinger, VM_LO, ID, sent++, 0, 0);
}

int ping_seq(const struct sockopt_record *rec)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.id, ID);
	return icmp.seq;
}

void take(int first, int n)
{
	int i;

	ck_assert_int_eq(vm_reader_take(&reader), n);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(ping_seq(vm_record(&reader.batch, (unsigned int)i)), first + i);
}

void expect_nothing(void)
{
	ck_assert_int_eq(vm_reader_take(&reader), -EAGAIN);
}

int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct sleeper *new_sleeper(int (*call)(struct sleeper *sleeper), bool is_thread)
{
	struct sleeper *sleeper = mmap(NULL, sizeof(*sleeper), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(sleeper, MAP_FAILED);
	sleeper->call = call;
	sleeper->is_thread = is_thread;
	return sleeper;
}

static void run(void *arg)
{
	struct sleeper *sleeper = arg;

	__atomic_store_n(&sleeper->pid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	sleeper->result = sleeper->call(sleeper);
	__atomic_store_n(&sleeper->is_done, true, __ATOMIC_RELEASE);
}

static void *run_thread(void *arg)
{
	run(arg);
	return NULL;
}

bool is_done(void *arg)
{
	return __atomic_load_n(&((struct sleeper *)arg)->is_done, __ATOMIC_ACQUIRE);
}

static bool is_running(void *arg)
{
	return __atomic_load_n(&((struct sleeper *)arg)->pid, __ATOMIC_ACQUIRE) != 0;
}

static bool is_in_state(const struct sleeper *sleeper, char state)
{
	char path[64], buf[512], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", sleeper->pid);
	if (vm_read(path, buf, sizeof(buf)) <= 0)
		return false;
	at = strrchr(buf, ')');
	return at && at[2] == state;
}

static bool is_asleep_or_done(void *arg)
{
	return vm_is_asleep(((struct sleeper *)arg)->pid) || is_done(arg);
}

bool is_stopped(void *arg)
{
	return is_in_state(arg, 'T');
}

void expect_asleep(struct sleeper *sleeper)
{
	vm_wait(is_asleep_or_done, sleeper, "a sleeper to be asleep");
	ck_assert_msg(!is_done(sleeper), "did not sleep, result %d", sleeper->result);
}

long naps(const struct sleeper *sleeper)
{
	static const char name[] = "\nvoluntary_ctxt_switches:";
	char path[64], buf[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", sleeper->pid);
	ck_assert_int_gt(vm_read(path, buf, sizeof(buf)), 0);
	at = strstr(buf, name);
	ck_assert_ptr_nonnull(at);
	return atol(at + strlen(name));
}

struct sleeper *put_to_sleep(struct sleeper *sleeper)
{
	if (sleeper->is_thread)
		ck_assert_int_eq(pthread_create(&sleeper->thread, NULL, run_thread, sleeper), 0);
	else
		vm_fork(run, sleeper);
	vm_wait(is_running, sleeper, "a sleeper to run");
	expect_asleep(sleeper);
	return sleeper;
}

int wake(struct sleeper *sleeper)
{
	vm_wait(is_done, sleeper, "a sleeper to wake");
	if (sleeper->is_thread)
		ck_assert_int_eq(pthread_join(sleeper->thread, NULL), 0);
	else
		vm_join(sleeper->pid);
	return sleeper->result;
}

int call_records(struct sleeper *sleeper)
{
	uint32_t cursor = reader.cursor;
	struct vm_batch batch;
	int n;

	vm_batch_init(&batch, reader.open.slot_size, 4);
	n = vm_records(reader.sock, &batch, &cursor, 0);
	sleeper->first = n > 0 ? ping_seq(vm_record(&batch, 0)) : -1;
	vm_batch_free(&batch);
	return n;
}

int poll_for(int timeout)
{
	struct pollfd pfd = { .fd = reader.stream, .events = POLLIN };
	int n = poll(&pfd, 1, timeout);

	return n < 0 ? -errno : pfd.revents;
}

int select_for(struct timeval *timeout)
{
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(reader.stream, &fds);
	return select(reader.stream + 1, &fds, NULL, NULL, timeout);
}

int new_epoll(uint32_t flags)
{
	struct epoll_event event = { .events = EPOLLIN | flags };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_ADD, reader.stream, &event), 0);
	return epfd;
}

int epoll_for(int epfd, int timeout)
{
	struct epoll_event event = { .events = 0 };
	int n = epoll_wait(epfd, &event, 1, timeout);

	return n < 0 ? -errno : (int)event.events;
}

void set_timeout(int ms)
{
	struct timeval limit = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	ck_assert_int_eq(setsockopt(reader.sock, SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)), 0);
}

void expect_elapsed(int64_t start, int ms, int early_ms)
{
	int64_t elapsed = now_us() - start;

	ck_assert_int_ge(elapsed, (int64_t)(ms - early_ms) * 1000);
	ck_assert_int_lt(elapsed, (int64_t)ms * 1000 + 2000000);
}

static struct sleeper *signalled;

static void count_signal(int number)
{
	(void)number;
	__atomic_fetch_add(&signalled->signals, 1, __ATOMIC_RELEASE);
}

struct sleeper *sleep_with_handler(int (*call)(struct sleeper *sleeper), int flags)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

	signalled = new_sleeper(call, false);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	return signalled;
}

void send_signal(const struct sleeper *sleeper)
{
	ck_assert_int_eq(kill(sleeper->pid, SIGUSR1), 0);
}

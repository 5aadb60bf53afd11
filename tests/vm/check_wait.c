/* SPDX-License-Identifier: MIT */
/*
 * Proves that readers sleep until there is something for them and not longer:
 * a record, the end of stream, a signal, a timeout. Sleepers are processes or
 * threads of their own; that they sleep is seen in /proc, never assumed.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LO "127.0.0.1"
#define ECHO_REQUEST 8
#define SLOTS 64
#define ID 0x6001

static struct vm_reader reader;
static int sender;
static uint16_t sent;

static void setup(void)
{
	vm_new_netns_quiet();
	sender = vm_sender();
	sent = 0;
	vm_reader_open(&reader, SLOTS, 0, 4);
}

static void ping(void)
{
	vm_echo(sender, LO, ID, sent++, 0, 0);
}

static int ping_seq(const struct sockopt_record *rec)
{
	struct sockopt_icmp icmp;

	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.id, ID);
	return icmp.seq;
}

/* One call brings n pings, the first of which has this number. */
static void take(int first, int n)
{
	int i;

	ck_assert_int_eq(vm_reader_take(&reader), n);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(ping_seq(vm_record(&reader.batch, (unsigned int)i)), first + i);
}

static void expect_nothing(void)
{
	ck_assert_int_eq(vm_reader_take(&reader), -EAGAIN);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- Sleepers ---- */

/* One call that sleeps, in memory that processes share. */
struct sleeper {
	int (*call)(struct sleeper *sleeper);
	int epfd;
	struct sockopt_stream *st;
	bool is_thread;
	pid_t pid;		/* of the process or thread; 0: not running yet */
	pthread_t thread;
	int result;		/* of the call */
	int first;		/* RECORDS: the first ping's number */
	int signals;		/* that its handler has had */
	bool is_done;
};

static struct sleeper *new_sleeper(int (*call)(struct sleeper *sleeper), bool is_thread)
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

static bool is_done(void *arg)
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
	return is_in_state(arg, 'S') || is_done(arg);
}

static bool is_stopped(void *arg)
{
	return is_in_state(arg, 'T');
}

/* Unlike vm_wait_asleep() it says what the call returned instead. */
static void expect_asleep(struct sleeper *sleeper)
{
	vm_wait(is_asleep_or_done, sleeper, "a sleeper to be asleep");
	ck_assert_msg(!is_done(sleeper), "did not sleep, result %d", sleeper->result);
}

/* Start it and see it asleep. */
static struct sleeper *put_to_sleep(struct sleeper *sleeper)
{
	if (sleeper->is_thread)
		ck_assert_int_eq(pthread_create(&sleeper->thread, NULL, run_thread, sleeper), 0);
	else
		vm_fork(run, sleeper);
	vm_wait(is_running, sleeper, "a sleeper to run");
	expect_asleep(sleeper);
	return sleeper;
}

/* Wait for its end; what its call returned. */
static int wake(struct sleeper *sleeper)
{
	vm_wait(is_done, sleeper, "a sleeper to wake");
	if (sleeper->is_thread)
		ck_assert_int_eq(pthread_join(sleeper->thread, NULL), 0);
	else
		vm_join(sleeper->pid);
	return sleeper->result;
}

/* ---- What sleeps ---- */

/* With a cursor of its own. */
static int call_records(struct sleeper *sleeper)
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

/* A process that leaves the file to the others. */
static int call_records_without_fd(struct sleeper *sleeper)
{
	close(reader.stream);
	return call_records(sleeper);
}

static int poll_for(int timeout)
{
	struct pollfd pfd = { .fd = reader.stream, .events = POLLIN };
	int n = poll(&pfd, 1, timeout);

	return n < 0 ? -errno : pfd.revents;
}

static int call_poll(struct sleeper *sleeper)
{
	(void)sleeper;
	return poll_for(-1);
}

static int select_for(struct timeval *timeout)
{
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(reader.stream, &fds);
	return select(reader.stream + 1, &fds, NULL, NULL, timeout);
}

static int call_select(struct sleeper *sleeper)
{
	(void)sleeper;
	return select_for(NULL);
}

static int new_epoll(uint32_t flags)
{
	struct epoll_event event = { .events = EPOLLIN | flags };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_ADD, reader.stream, &event), 0);
	return epfd;
}

static int epoll_for(int epfd, int timeout)
{
	struct epoll_event event = { .events = 0 };
	int n = epoll_wait(epfd, &event, 1, timeout);

	return n < 0 ? -errno : (int)event.events;
}

static int call_epoll(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(new_epoll(0), -1);
}

static int call_epoll_edge(struct sleeper *sleeper)
{
	(void)sleeper;
	return epoll_for(new_epoll(EPOLLET), -1);
}

static int call_library(struct sleeper *sleeper)
{
	return sockopt_stream_wait(sleeper->st, -1);
}

/* All ways to sleep, and what they return for a record and for the end. */
static const struct {
	int (*call)(struct sleeper *sleeper);
	int record;
	int end;
} ways[] = {
	{ call_records, 1, 0 },
	{ call_poll, POLLIN, POLLIN | POLLHUP },
	{ call_select, 1, 1 },
	{ call_epoll, EPOLLIN, EPOLLIN | EPOLLHUP },
	{ call_epoll_edge, EPOLLIN, EPOLLIN | EPOLLHUP },
};
#define WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

/* Of a loop test over 2 * WAYS: each in a process, then in a thread. */
static struct sleeper *sleep_in_way(int i)
{
	return put_to_sleep(new_sleeper(ways[i % WAYS].call, i >= WAYS));
}

/* ---- Waking ---- */

START_TEST(a_sleeper_wakes_when_a_packet_comes)
{
	struct sleeper *sleeper = sleep_in_way(_i);

	ping();
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].record);
	if (sleeper->call == call_records)
		ck_assert_int_eq(sleeper->first, 0);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_sleeper_wakes_when_the_stream_is_stopped)
{
	struct sleeper *sleeper = sleep_in_way(_i);

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].end);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
}
END_TEST

START_TEST(a_packet_that_is_not_wanted_wakes_nobody)
{
	struct sleeper *sleeper;

	vm_reader_close(&reader);
	vm_reader_open_types(&reader, (const int[]){ 0, -1 }, 4);
	sleeper = sleep_in_way(_i);
	ping();
	vm_wait_seen(reader.sock, 1);
	expect_asleep(sleeper);
	vm_icmp(sender, LO, 0, 0, "\x60\x01\0\1", 4);
	ck_assert_int_eq(wake(sleeper), ways[_i % WAYS].record);
	if (sleeper->call == call_records)
		ck_assert_int_eq(sleeper->first, 1);
}
END_TEST

START_TEST(closing_one_of_two_descriptors_wakes_nobody)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, true));
	int second = dup(reader.stream);

	close(reader.stream);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
	close(second);
}
END_TEST

START_TEST(closing_the_last_descriptor_wakes_a_thread_in_records)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, true));

	close(reader.stream);
	ck_assert_int_eq(wake(sleeper), -ENOTCONN);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(closing_the_last_descriptor_wakes_a_process_in_records)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records_without_fd, false));

	close(reader.stream);
	ck_assert_int_eq(wake(sleeper), -ENOTCONN);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_stream_held_by_another_process_goes_on_when_ours_is_closed)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	close(reader.stream);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	vm_wait_stream_count(0);
}
END_TEST

START_TEST(killing_a_sleeper_ends_the_stream_that_it_alone_held)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	close(reader.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(kill(sleeper->pid, SIGKILL), 0);
	vm_wait_stream_count(0);
	ck_assert(!is_done(sleeper));
}
END_TEST

START_TEST(two_sleepers_in_records_wake_with_the_same_record)
{
	struct sleeper *one = put_to_sleep(new_sleeper(call_records, false));
	struct sleeper *two = put_to_sleep(new_sleeper(call_records, true));

	ping();
	ck_assert_int_eq(wake(one), 1);
	ck_assert_int_eq(wake(two), 1);
	ck_assert_int_eq(one->first, 0);
	ck_assert_int_eq(two->first, 0);
	take(0, 1);
	expect_nothing();
}
END_TEST

/* ---- Not sleeping ---- */

START_TEST(records_that_are_there_are_brought_without_sleeping)
{
	int i;

	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 4);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 2);
}
END_TEST

START_TEST(dontwait_does_not_sleep)
{
	expect_nothing();
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_nonblocking_socket_does_not_sleep)
{
	int flags = fcntl(reader.sock, F_GETFL);

	ck_assert_int_eq(fcntl(reader.sock, F_SETFL, flags | O_NONBLOCK), 0);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	ping();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 1);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	ck_assert_int_eq(fcntl(reader.sock, F_SETFL, flags), 0);
	ping();
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 1);
}
END_TEST

/* ---- Timeouts ---- */

static void set_timeout(int ms)
{
	struct timeval limit = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	ck_assert_int_eq(setsockopt(reader.sock, SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)), 0);
}

/*
 * early_ms: how much too early is good. A test machine may be slow; the upper bound only tells
 * 'timed out' from 'stuck'.
 */
static void expect_elapsed(int64_t start, int ms, int early_ms)
{
	int64_t elapsed = now_us() - start;

	ck_assert_int_ge(elapsed, (int64_t)(ms - early_ms) * 1000);
	ck_assert_int_lt(elapsed, (int64_t)ms * 1000 + 2000000);
}

/* SO_RCVTIMEO counts in ticks, and a busy machine may be late with them. */
#define TICKS_MS 20

START_TEST(the_receive_timeout_ends_records_and_not_before)
{
	static const int timeouts[] = { 1, 50, 150 };
	int ms = timeouts[_i];
	int64_t start;

	set_timeout(ms);
	start = now_us();
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	expect_elapsed(start, ms, TICKS_MS);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_packet_before_the_timeout_is_brought)
{
	struct sleeper *sleeper;

	set_timeout(60000);
	sleeper = put_to_sleep(new_sleeper(call_records, false));
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
}
END_TEST

START_TEST(dontwait_goes_before_the_timeout)
{
	int64_t start = now_us();

	set_timeout(60000);
	expect_nothing();
	ck_assert_int_lt(now_us() - start, 10000000);
}
END_TEST

/* ---- Signals ---- */

static struct sleeper *signalled;

static void count_signal(int number)
{
	(void)number;
	__atomic_fetch_add(&signalled->signals, 1, __ATOMIC_RELEASE);
}

static bool had_signal(void *arg)
{
	return __atomic_load_n(&((struct sleeper *)arg)->signals, __ATOMIC_ACQUIRE) > 0;
}

/* A process that sleeps in the call and has a handler for SIGUSR1. */
static struct sleeper *sleep_with_handler(int (*call)(struct sleeper *sleeper), int flags)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

	signalled = new_sleeper(call, false);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	return signalled;
}

static void send_signal(const struct sleeper *sleeper)
{
	ck_assert_int_eq(kill(sleeper->pid, SIGUSR1), 0);
}

START_TEST(a_signal_interrupts_records_and_nothing_is_lost)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_records, 0));

	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ck_assert_int_eq(sleeper->signals, 1);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_signal_with_sa_restart_lets_records_go_on)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_records, SA_RESTART));

	send_signal(sleeper);
	vm_wait(had_signal, sleeper, "the handler");
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
	ck_assert_int_eq(sleeper->signals, 1);
}
END_TEST

START_TEST(a_process_that_is_stopped_and_continued_sleeps_on)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	ck_assert_int_eq(kill(sleeper->pid, SIGSTOP), 0);
	vm_wait(is_stopped, sleeper, "a process to be stopped");
	ck_assert_int_eq(kill(sleeper->pid, SIGCONT), 0);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
}
END_TEST

/* As recv(2): a timeout would start anew, so it is not restarted. */
START_TEST(a_signal_interrupts_records_with_a_timeout_even_with_sa_restart)
{
	struct sleeper *sleeper;

	set_timeout(60000);
	sleeper = put_to_sleep(sleep_with_handler(call_records, _i ? SA_RESTART : 0));
	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ck_assert_int_eq(sleeper->signals, 1);
}
END_TEST

/* ---- Stop ---- */

START_TEST(queued_records_can_be_read_after_stop_and_none_is_added)
{
	struct sockopt_stats stats;
	int i;

	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ping();
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	ping();
	take(4, 2);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 0);
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.flags, SOCKOPT_STATS_F_ENDED);
	ck_assert_uint_eq(stats.seen, 6);
	ck_assert_uint_eq(stats.delivered, 6);
	ck_assert_uint_eq(stats.pending + stats.filtered + stats.lost_full, 0);
}
END_TEST

/* The other stream keeps the hook, and the namespace goes on counting. */
START_TEST(what_comes_after_stop_counts_as_filtered_while_another_stream_goes_on)
{
	struct sockopt_stats stats;
	struct vm_reader other;

	vm_reader_open(&other, SLOTS, 0, 4);
	ping();
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ping();
	vm_wait_seen(other.sock, 2);
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, 2);
	ck_assert_uint_eq(stats.filtered, 1);
	ck_assert_uint_eq(stats.pending, 1);
	ck_assert_int_eq(vm_reader_take(&other), 2);
	take(0, 1);
	ck_assert_int_eq(vm_reader_take(&reader), 0);
}
END_TEST

START_TEST(stopping_twice_is_fine)
{
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
	close(reader.stream);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), -ENOTCONN);
}
END_TEST

START_TEST(a_stopped_stream_keeps_its_place_until_it_is_closed)
{
	struct sockopt_open args = vm_open_args();

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(vm_open(reader.sock, ICMP, &args), -EBUSY);
	close(reader.stream);
	reader.stream = vm_stream(reader.sock, SLOTS, &reader.open);
	reader.cursor = reader.open.cursor;
	ck_assert_int_eq(poll_for(0), 0);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
}
END_TEST

START_TEST(stop_follows_the_rules_of_structs)
{
	/* size, flags, more; length; result */
	static const struct {
		uint32_t stop[3];
		socklen_t len;
		int expected;
	} cases[] = {
		{ { 8, 0, 0 }, 0, -EINVAL }, { { 8, 0, 0 }, 7, -EINVAL },
		{ { 7, 0, 0 }, 8, -EINVAL }, { { 0, 0, 0 }, 8, -EINVAL },
		{ { 12, 0, 0 }, 8, -EINVAL }, { { UINT32_MAX, 0, 0 }, 8, -EINVAL },
		{ { 8, 1, 0 }, 8, -EINVAL }, { { 8, 0x80000000, 0 }, 8, -EINVAL },
		{ { 12, 0, 1 }, 12, -E2BIG }, { { 12, 0, 0 }, 12, 0 },
	};
	size_t i;

	ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_STOP, NULL, 8), -EFAULT);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(poll_for(0), 0);
		ck_assert_int_eq(vm_set(reader.sock, ICMP, SOCKOPT_STOP, cases[i].stop,
					cases[i].len), cases[i].expected);
	}
	ck_assert_int_eq(poll_for(0), POLLIN | POLLHUP);
}
END_TEST

/* ---- Poll, select, epoll ---- */

START_TEST(readable_means_not_returned_yet_acknowledged_or_not)
{
	struct timeval none = { 0 };
	int i;

	ck_assert_int_eq(poll_for(0), 0);
	ck_assert_int_eq(select_for(&none), 0);
	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(poll_for(0), POLLIN);
	ck_assert_int_eq(select_for(&none), 1);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(4, 2);
	ck_assert_int_eq(poll_for(0), 0);
	ck_assert_int_eq(select_for(&none), 0);
	ping();
	vm_wait_queued(reader.sock, 3);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(6, 1);
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

START_TEST(epoll_by_level_shows_a_record_until_it_is_returned)
{
	int epfd = new_epoll(0);

	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ping();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	take(0, 1);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ping();
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
}
END_TEST

START_TEST(epoll_by_edge_shows_each_arrival_once)
{
	int epfd = new_epoll(EPOLLET), i;

	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	for (i = 0; i < 3; i++) {
		ping();
		ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
		ck_assert_int_eq(epoll_for(epfd, 0), 0);
	}
	take(0, 3);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN | EPOLLHUP);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
}
END_TEST

/* ---- The library ---- */

static struct sockopt_stream *open_library(void)
{
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, NULL), 0);
	return st;
}

static struct sleeper *sleep_in_library(struct sockopt_stream *st, bool is_thread)
{
	struct sleeper *sleeper = new_sleeper(call_library, is_thread);

	sleeper->st = st;
	return put_to_sleep(sleeper);
}

START_TEST(the_library_waits_as_long_as_told)
{
	struct sockopt_stream *st = open_library();
	int64_t start = now_us();

	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	expect_elapsed(start, 0, 0);
	start = now_us();
	ck_assert_int_eq(sockopt_stream_wait(st, 20), 0);
	expect_elapsed(start, 20, 0);
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	sockopt_stream_release(st);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_wakes_when_a_packet_comes)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_in_library(st, _i);

	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(ping_seq(sockopt_stream_next(st)), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_wakes_when_stopped_and_reads_what_is_left)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_in_library(st, _i);

	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(wake(sleeper), 1);
	ping();
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	sockopt_stream_close(st);
	st = open_library();
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(sockopt_stream_stop(st), 0);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_int_eq(ping_seq(sockopt_stream_next(st)), 1);
	sockopt_stream_release(st);
	ck_assert_int_eq(sockopt_stream_pull(st), 0);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(a_signal_interrupts_the_library_and_nothing_is_lost)
{
	struct sockopt_stream *st = open_library();
	struct sleeper *sleeper = sleep_with_handler(call_library, _i ? SA_RESTART : 0);

	sleeper->st = st;
	put_to_sleep(sleeper);
	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ping();
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

/* ---- */

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, NULL);
	suite_add_tcase(suite, tc);
	return tc;
}

static void add_waking(TCase *tc)
{
	tcase_add_loop_test(tc, a_sleeper_wakes_when_a_packet_comes, 0, 2 * WAYS);
	tcase_add_loop_test(tc, a_sleeper_wakes_when_the_stream_is_stopped, 0, 2 * WAYS);
	tcase_add_loop_test(tc, a_packet_that_is_not_wanted_wakes_nobody, 0, 2 * WAYS);
	tcase_add_test(tc, closing_one_of_two_descriptors_wakes_nobody);
	tcase_add_test(tc, closing_the_last_descriptor_wakes_a_thread_in_records);
	tcase_add_test(tc, closing_the_last_descriptor_wakes_a_process_in_records);
	tcase_add_test(tc, a_stream_held_by_another_process_goes_on_when_ours_is_closed);
	tcase_add_test(tc, killing_a_sleeper_ends_the_stream_that_it_alone_held);
	tcase_add_test(tc, two_sleepers_in_records_wake_with_the_same_record);
}

static void add_limits(TCase *tc)
{
	tcase_add_test(tc, records_that_are_there_are_brought_without_sleeping);
	tcase_add_test(tc, dontwait_does_not_sleep);
	tcase_add_test(tc, a_nonblocking_socket_does_not_sleep);
	tcase_add_loop_test(tc, the_receive_timeout_ends_records_and_not_before, 0, 3);
	tcase_add_test(tc, a_packet_before_the_timeout_is_brought);
	tcase_add_test(tc, dontwait_goes_before_the_timeout);
	tcase_add_test(tc, a_signal_interrupts_records_and_nothing_is_lost);
	tcase_add_test(tc, a_signal_with_sa_restart_lets_records_go_on);
	tcase_add_test(tc, a_process_that_is_stopped_and_continued_sleeps_on);
	tcase_add_loop_test(tc, a_signal_interrupts_records_with_a_timeout_even_with_sa_restart,
			    0, 2);
}

static void add_stop(TCase *tc)
{
	tcase_add_test(tc, queued_records_can_be_read_after_stop_and_none_is_added);
	tcase_add_test(tc, what_comes_after_stop_counts_as_filtered_while_another_stream_goes_on);
	tcase_add_test(tc, stopping_twice_is_fine);
	tcase_add_test(tc, a_stopped_stream_keeps_its_place_until_it_is_closed);
	tcase_add_test(tc, stop_follows_the_rules_of_structs);
}

static void add_poll(TCase *tc)
{
	tcase_add_test(tc, readable_means_not_returned_yet_acknowledged_or_not);
	tcase_add_test(tc, epoll_by_level_shows_a_record_until_it_is_returned);
	tcase_add_test(tc, epoll_by_edge_shows_each_arrival_once);
}

static void add_library(TCase *tc)
{
	tcase_add_test(tc, the_library_waits_as_long_as_told);
	tcase_add_loop_test(tc, the_library_wakes_when_a_packet_comes, 0, 2);
	tcase_add_loop_test(tc, the_library_wakes_when_stopped_and_reads_what_is_left, 0, 2);
	tcase_add_loop_test(tc, a_signal_interrupts_the_library_and_nothing_is_lost, 0, 2);
}

Suite *wait_suite(void)
{
	Suite *suite = suite_create("wait");

	add_waking(new_case(suite, "waking"));
	add_limits(new_case(suite, "limits"));
	add_stop(new_case(suite, "stop"));
	add_poll(new_case(suite, "poll"));
	add_library(new_case(suite, "library"));
	return suite;
}

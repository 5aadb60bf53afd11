/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream lives exactly as long as a reference to its file, however
 * that ends: closed, passed on, lost in flight, killed; that a failed OPEN leaves
 * nothing; and that the module can be unloaded when nobody uses it, never before,
 * and then leaves nothing.
 *
 * Tests may unload the module: each starts by loading it if it is not there, and
 * the last word is a fixture in the runner itself.
 */
#include "vm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LO "127.0.0.1"
#define PAGE 4096

#define PROC_DIR "/proc/net/sockopt"
#define STREAMS PROC_DIR "/streams"
#define SYSCTL_DIR "/proc/sys/net/sockopt"

/* 32768 slots of 128 bytes, and the consumer's page. */
#define BIG_SLOTS 32768
#define BIG_BYTES "4198400"

/* ---- Fixtures ---- */

static bool is_loaded(void)
{
	return !access("/sys/module/sockopt", F_OK);
}

static void set_limit(const char *name, const char *value)
{
	ck_assert_int_eq(vm_sysctl_set(name, value), 0);
}

static void start_loaded(void)
{
	if (!is_loaded())
		ck_assert_int_eq(vm_insmod(), 0);
	vm_sysctls_reset();
	vm_wait_rings_gone();
}

/* In the runner itself, also after a test that failed. */
static void leave_loaded(void)
{
	if (!is_loaded())
		vm_insmod();
	vm_sysctl_set("ring_bytes_max", "67108864");
	vm_sysctl_set("streams_max", "1024");
}

/* ---- What the tests share ---- */

static short events_of(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pollfd, 1, timeout), 0);
	return pollfd.revents;
}

/* Two packets: request and reply. */
static void ping_self(void)
{
	int sender = vm_sender();

	vm_echo(sender, LO, 1, 1, 8, 0);
	close(sender);
}

/* One RECORDS that does not wait: the count, or -errno. */
static int take_now(int raw, const struct sockopt_open *args)
{
	uint32_t cursor = args->cursor;
	struct vm_batch batch;
	int ret;

	vm_batch_init(&batch, args->slot_size, 16);
	ret = vm_records(raw, &batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT);
	vm_batch_free(&batch);
	return ret;
}

static void assert_no_stream_on(int raw, const struct sockopt_open *args)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(take_now(raw, args), -ENOTCONN);
	ck_assert_int_eq(vm_stats(raw, ICMP, &stats), -ENOTCONN);
	ck_assert_int_eq(vm_stop(raw, ICMP), -ENOTCONN);
}

/* Without the one that counts. */
static int fd_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3;
}

static bool is_stream_fd(int fd)
{
	char path[64], link[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, link, sizeof(link) - 1) > 0 &&
	       !strcmp(link, "anon_inode:[sockopt:icmp]");
}

/*
 * Room for one big ring, in a fresh namespace: a ring counts until its memory has
 * gone, which is a little after its end, and nobody's memory is on its way here.
 */
static void allow_one_big_ring(void)
{
	vm_new_netns();
	ck_assert_int_eq(vm_sysctl_set("ring_bytes_max", BIG_BYTES), 0);
}

struct big_open {
	int raw;
	struct sockopt_open *args;
};

static bool is_big_ring_open(void *arg)
{
	const struct big_open *big = arg;
	int fd;

	*big->args = vm_open_args();
	big->args->slots = BIG_SLOTS;
	fd = vm_open(big->raw, ICMP, big->args);
	ck_assert_msg(fd >= 0 || fd == -ENOSPC, "OPEN: %s", strerror(-fd));
	return fd >= 0;
}

/* Waits until what was closed before has made room. */
static int big_stream(int raw, struct sockopt_open *args)
{
	struct big_open big = { raw, args };

	vm_wait(is_big_ring_open, &big, "room for a big ring");
	return args->fd;
}

static void wait_until_a_big_ring_fits(void)
{
	struct sockopt_open args;
	int raw = vm_raw();

	close(big_stream(raw, &args));
	close(raw);
}

/* Until it is killed; in bursts, which leave the processor to others too. */
static void ping_for_ever(void *arg)
{
	int sender = vm_sender();
	uint16_t seq = 0;

	(void)arg;
	for (;;) {
		vm_echo(sender, LO, 2, seq++, 8, 0);
		if (seq % 16 == 0)
			poll(NULL, 0, 1);
	}
}

/* ---- Descriptors ---- */

START_TEST(a_stream_lives_on_when_its_socket_is_closed)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);
	char buf[4096];

	close(raw);
	ck_assert_int_eq(events_of(fd, 0), 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_gt(vm_read(STREAMS, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nicmp 0 "));
	ping_self();
	ck_assert_int_eq(events_of(fd, 5000), POLLIN);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_closed_fd_leaves_no_stream_on_the_socket_and_open_works_again)
{
	struct sockopt_open args, again;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);

	ping_self();
	vm_wait_queued(raw, 2);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_no_stream_on(raw, &args);
	fd = vm_stream(raw, 64, &again);
	ck_assert_int_eq(take_now(raw, &again), -EAGAIN);
	ping_self();
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(take_now(raw, &again), 2);
	close(fd);
	close(raw);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_stream_lives_until_the_last_duplicate_of_its_fd_is_closed)
{
	struct sockopt_open args, other = vm_open_args();
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args), twin = dup(fd);

	ck_assert_int_ge(twin, 0);
	close(fd);
	ck_assert_int_eq(vm_open(raw, ICMP, &other), -EBUSY);
	ping_self();
	ck_assert_int_eq(events_of(twin, 5000), POLLIN);
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(take_now(raw, &args), 2);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(twin);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_no_stream_on(raw, &args);
	close(raw);
}
END_TEST

static void wait_for_word(void *arg)
{
	vm_receive(*(int *)arg, NULL, 0);
}

START_TEST(a_stream_lives_on_in_a_forked_child)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args), pair[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(wait_for_word, &pair[1]);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 1);
	ping_self();
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(take_now(raw, &args), 2);
	vm_pass(pair[0], NULL, 0);
	vm_join(child);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_no_stream_on(raw, &args);
	close(raw);
}
END_TEST

/* Forked before socket and stream were there: it has what it is sent. */
static void use_gift_as_nobody(void *arg)
{
	const int *pair = arg;
	struct sockopt_open args, own = vm_open_args();
	int fds[2];

	vm_become_nobody();
	ck_assert_int_eq(socket(AF_INET, SOCK_RAW, 255), -1);
	vm_receive(pair[1], fds, 2);
	ck_assert_int_eq(read(pair[1], &args, sizeof(args)), sizeof(args));
	ck_assert_int_eq(events_of(fds[1], 5000), POLLIN);
	vm_wait_queued(fds[0], 2);
	ck_assert_int_eq(take_now(fds[0], &args), 2);
	close(fds[1]);
	vm_pass(pair[1], NULL, 0);
	ck_assert_int_eq(vm_open(fds[0], ICMP, &own), -EPERM);
	ck_assert_int_eq(own.fd, -1);
}

START_TEST(nobody_reads_a_stream_that_was_passed_to_it_but_opens_none)
{
	struct sockopt_open args;
	int pair[2], fds[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(use_gift_as_nobody, pair);
	close(pair[1]);
	fds[0] = vm_raw();
	fds[1] = vm_stream(fds[0], 64, &args);
	vm_pass(pair[0], fds, 2);
	ck_assert_int_eq(write(pair[0], &args, sizeof(args)), sizeof(args));
	close(fds[0]);
	close(fds[1]);
	ping_self();
	vm_receive(pair[0], NULL, 0);
	vm_wait_stream_count(0);
	vm_join(child);
}
END_TEST

START_TEST(a_stream_in_flight_goes_with_the_sockets_that_carry_it)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args), pair[2];

	vm_pair(pair);
	vm_pass(pair[0], &fd, 1);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(pair[0]);
	ck_assert_int_eq(vm_stream_count(), 1);
	ping_self();
	vm_wait_queued(raw, 2);
	close(pair[1]);
	vm_wait_stream_count(0);
	assert_no_stream_on(raw, &args);
	close(raw);
}
END_TEST

/* Only the collector of unix sockets finds that nobody can receive it any more. */
START_TEST(a_stream_in_flight_within_a_cycle_of_sockets_is_collected)
{
	struct sockopt_open args;
	int raw = vm_raw(), fds[3], pair[2];

	vm_pair(pair);
	fds[0] = vm_stream(raw, 64, &args);
	fds[1] = pair[1];
	fds[2] = raw;
	vm_pass(pair[0], fds, 3);
	close(fds[0]);
	close(raw);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(pair[1]);
	close(pair[0]);
	vm_wait_stream_count(0);
}
END_TEST

/* ls may complain of its own descriptor, gone when it comes to read it. */
static void list_own_fds(void *arg)
{
	dup2(*(int *)arg, STDOUT_FILENO);
	close(STDERR_FILENO);
	execlp("ls", "ls", "-l", "/proc/self/fd", NULL);
	_exit(127);
}

/* Streams that a program started from here has. */
static int streams_after_exec(void)
{
	char buf[4096], *at = buf;
	size_t len = 0;
	int ends[2], count = 0;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = vm_fork(list_own_fds, &ends[1]);
	close(ends[1]);
	while ((n = read(ends[0], buf + len, sizeof(buf) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	buf[len] = 0;
	ck_assert_ptr_nonnull(strstr(buf, "pipe:"));
	while ((at = strstr(at, "[sockopt:")) != NULL) {
		at++;
		count++;
	}
	return count;
}

START_TEST(exec_closes_a_stream_unless_its_flag_was_cleared)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);

	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(streams_after_exec(), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
	ck_assert_int_eq(streams_after_exec(), 1);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
	close(raw);
}
END_TEST

/* ---- Failed OPEN ---- */

static struct rlimit forbid_fds(void)
{
	struct rlimit before, now;
	int next = dup(0);

	ck_assert_int_ge(next, 0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
	ck_assert_int_eq(dup(0), -1);
	return before;
}

START_TEST(open_with_a_full_table_of_fds_leaves_no_stream)
{
	struct sockopt_open args = vm_open_args();
	struct rlimit limit;
	int raw;

	allow_one_big_ring();
	raw = vm_raw();
	args.slots = BIG_SLOTS;
	limit = forbid_fds();
	ck_assert_int_eq(vm_open(raw, ICMP, &args), -EMFILE);
	ck_assert_int_eq(args.fd, -1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	vm_wait_stream_count(0);
	assert_no_stream_on(raw, &args);
	wait_until_a_big_ring_fits();
	close(raw);
}
END_TEST

static struct sockopt_open *guarded_args(void)
{
	struct sockopt_open *args = vm_guarded(sizeof(*args));

	*args = vm_open_args();
	args->slots = BIG_SLOTS;
	return args;
}

START_TEST(open_into_a_buffer_that_cannot_be_written_leaves_no_stream_and_no_fd)
{
	struct sockopt_open *args = guarded_args();
	int raw, before;

	allow_one_big_ring();
	raw = vm_raw();
	before = fd_count();
	vm_read_only(args, sizeof(*args));
	ck_assert_int_eq(vm_open(raw, ICMP, args), -EFAULT);
	ck_assert_int_eq(args->fd, -1);
	ck_assert_int_eq(fd_count(), before);
	vm_wait_stream_count(0);
	assert_no_stream_on(raw, args);
	wait_until_a_big_ring_fits();
	ck_assert_int_eq(fd_count(), before);
	close(raw);
}
END_TEST

START_TEST(open_from_a_bad_address_leaves_no_stream_and_no_fd)
{
	struct sockopt_open *args = guarded_args();
	int raw = vm_raw(), before = fd_count();
	socklen_t len = sizeof(*args) + sizeof(struct sockopt_filter);

	ck_assert_int_eq(vm_get(raw, ICMP, SOCKOPT_OPEN, args + 1, &len), -EFAULT);
	ck_assert_int_eq(vm_get(raw, ICMP, SOCKOPT_OPEN, NULL, &len), -EFAULT);
	args->filter_len = sizeof(struct sockopt_filter);
	ck_assert_int_eq(vm_get(raw, ICMP, SOCKOPT_OPEN, args, &len), -EFAULT);
	ck_assert_int_eq(args->fd, -1);
	ck_assert_int_eq(fd_count(), before);
	ck_assert_int_eq(vm_stream_count(), 0);
	close(raw);
}
END_TEST

/* The kernel writes the length after the module has made the stream. */
START_TEST(open_with_an_unwritable_length_leaves_one_fd_and_tells_it)
{
	socklen_t *len = vm_guarded(sizeof(*len));
	struct sockopt_open args = vm_open_args();
	int raw = vm_raw(), before = fd_count();

	*len = sizeof(args);
	vm_read_only(len, sizeof(*len));
	ck_assert_int_eq(vm_get(raw, ICMP, SOCKOPT_OPEN, &args, len), -EFAULT);
	ck_assert_int_ge(args.fd, 0);
	ck_assert_int_eq(fd_count(), before + 1);
	ck_assert(is_stream_fd(args.fd));
	ck_assert_int_eq(fcntl(args.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(args.fd);
	ck_assert_int_eq(fd_count(), before);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_no_stream_on(raw, &args);
	close(raw);
}
END_TEST

/* ---- Killed ---- */

/* A subscriber: opens a ring as large as the limit allows, says so, goes on. */
struct subscriber {
	int pair[2];
	void (*go_on)(int raw, int fd, struct sockopt_open *args);
};

static void subscribe(void *arg)
{
	struct subscriber *subscriber = arg;
	struct sockopt_open args;
	int raw = vm_raw(), fd = big_stream(raw, &args);

	vm_pass(subscriber->pair[1], NULL, 0);
	subscriber->go_on(raw, fd, &args);
}

static pid_t start_subscriber(void (*go_on)(int raw, int fd, struct sockopt_open *args))
{
	struct subscriber subscriber = { .go_on = go_on };
	pid_t child;

	vm_pair(subscriber.pair);
	child = vm_fork(subscribe, &subscriber);
	close(subscriber.pair[1]);
	vm_receive(subscriber.pair[0], NULL, 0);
	close(subscriber.pair[0]);
	return child;
}

static void block_in_records(int raw, int fd, struct sockopt_open *args)
{
	struct vm_batch batch;

	(void)fd;
	vm_batch_init(&batch, args->slot_size, 16);
	vm_records(raw, &batch, &args->cursor, 0);
}

static void block_in_poll(int raw, int fd, struct sockopt_open *args)
{
	(void)raw;
	(void)args;
	events_of(fd, -1);
}

static void look_away(int raw, int fd, struct sockopt_open *args)
{
	(void)raw;
	(void)fd;
	(void)args;
	for (;;)
		pause();
}

static void read_for_ever(int raw, int fd, struct sockopt_open *args)
{
	struct vm_batch batch;

	(void)fd;
	vm_batch_init(&batch, args->slot_size, 16);
	while (vm_records(raw, &batch, &args->cursor, 0) >= 0)
		;
}

static void assert_full(void)
{
	struct sockopt_open args = vm_open_args();
	int raw = vm_raw();

	args.slots = SOCKOPT_SLOTS_MIN;
	ck_assert_int_eq(vm_open(raw, ICMP, &args), -ENOSPC);
	close(raw);
}

static void kill_subscriber(pid_t child)
{
	ck_assert_int_eq(vm_stream_count(), 1);
	assert_full();
	vm_kill(child);
	vm_wait_stream_count(0);
	wait_until_a_big_ring_fits();
	vm_wait_rings_gone();
}

START_TEST(a_subscriber_killed_while_it_blocks_in_records_leaves_nothing)
{
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(block_in_records);
	vm_wait_asleep(child);
	kill_subscriber(child);
}
END_TEST

START_TEST(a_subscriber_killed_while_it_blocks_in_poll_leaves_nothing)
{
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(block_in_poll);
	vm_wait_asleep(child);
	kill_subscriber(child);
}
END_TEST

static bool is_pending(void *arg)
{
	return vm_stat("icmp", "pending") >= *(long long *)arg;
}

START_TEST(a_subscriber_killed_with_unread_records_leaves_nothing_but_their_count)
{
	long long two = 2;
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(look_away);
	ping_self();
	vm_wait(is_pending, &two, "unread records");
	kill_subscriber(child);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 2);
	ck_assert_int_eq(vm_stat("icmp", "pending"), 0);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

static bool is_delivered(void *arg)
{
	return vm_stat("icmp", "delivered") >= *(long long *)arg;
}

START_TEST(a_subscriber_killed_under_traffic_leaves_nothing)
{
	pid_t pinger, child;
	long long wanted;
	int i;

	allow_one_big_ring();
	pinger = vm_fork(ping_for_ever, NULL);
	for (i = 0; i < 10; i++) {
		child = start_subscriber(read_for_ever);
		wanted = vm_stat("icmp", "delivered") + 20;
		vm_wait(is_delivered, &wanted, "records to be read");
		kill_subscriber(child);
	}
	vm_kill(pinger);
}
END_TEST

/* 50 rings of 4 MiB: the margin is two of them. */
START_TEST(fifty_killed_subscribers_give_their_memory_back)
{
	const long margin_kb = 8192;
	long before;
	int i;

	wait_until_a_big_ring_fits();
	vm_wait_rings_gone();
	before = vm_available_kb() - margin_kb;
	for (i = 0; i < 50; i++)
		vm_kill(start_subscriber(look_away));
	vm_wait_stream_count(0);
	vm_wait_rings_gone();
	vm_wait_available_kb(before);
}
END_TEST

static void hold_a_thousand(void *arg)
{
	const struct rlimit limit = { 4096, 4096 };
	struct sockopt_open args;
	int i;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (i = 0; i < 1000; i++)
		vm_stream(vm_raw(), 2u << i % 6, &args);
	vm_pass(*(int *)arg, NULL, 0);
	for (;;)
		pause();
}

START_TEST(a_killed_process_with_a_thousand_streams_leaves_nothing)
{
	int pair[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(hold_a_thousand, &pair[1]);
	close(pair[1]);
	vm_receive(pair[0], NULL, 0);
	ck_assert_int_eq(vm_stream_count(), 1000);
	ping_self();
	ck_assert(vm_has_rings());
	vm_kill(child);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_rings_gone();
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

/* ---- Calls held up in the middle ---- */

/*
 * Two pages, the second of which is not there before it is filled: a call that
 * reads or writes it stops in the middle, inside the module.
 */
struct trap {
	int uffd;
	uint8_t *pages;
};

static struct trap set_trap(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct trap trap;

	trap.uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	ck_assert_msg(trap.uffd >= 0, "userfaultfd: %s", strerror(errno));
	ck_assert_int_eq(ioctl(trap.uffd, UFFDIO_API, &api), 0);
	trap.pages =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(trap.pages, MAP_FAILED);
	range.range.start = (uintptr_t)trap.pages + PAGE;
	range.range.len = PAGE;
	ck_assert_int_eq(ioctl(trap.uffd, UFFDIO_REGISTER, &range), 0);
	return trap;
}

static void wait_until_caught(const struct trap *trap)
{
	ck_assert_int_eq(events_of(trap->uffd, 5000), POLLIN);
}

/* Fill the second page, starting with len bytes: the call goes on. */
static void open_trap(const struct trap *trap, const void *data, size_t len)
{
	static uint8_t page[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)trap->pages + PAGE,
		.src = (uintptr_t)page,
		.len = PAGE,
	};

	memcpy(page, data, len);
	ck_assert_int_eq(ioctl(trap->uffd, UFFDIO_COPY, &copy), 0);
}

static void remove_trap(const struct trap *trap)
{
	munmap(trap->pages, 2 * PAGE);
	close(trap->uffd);
}

/* A call in a thread of its own. */
struct call {
	int raw;
	int operation;
	void *buf;
	socklen_t len;
	int ret;
	pthread_t thread;
};

static void *make_call(void *arg)
{
	struct call *call = arg;

	if (call->operation == SOCKOPT_TEXT)
		call->ret = vm_set(call->raw, MESSAGE, SOCKOPT_TEXT, call->buf, call->len);
	else
		call->ret = vm_get(call->raw, ICMP, call->operation, call->buf, &call->len);
	return NULL;
}

static void start_call(struct call *call)
{
	ck_assert_int_eq(pthread_create(&call->thread, NULL, make_call, call), 0);
}

static int end_of_call(struct call *call)
{
	ck_assert_int_eq(pthread_join(call->thread, NULL), 0);
	return call->ret;
}

static void reload(void)
{
	vm_wait_rmmod();
	ck_assert(!is_loaded());
	ck_assert_int_eq(vm_insmod(), 0);
	ck_assert(is_loaded());
}

START_TEST(rmmod_is_refused_while_a_text_is_held_up_in_the_module)
{
	struct trap trap = set_trap();
	struct call call = {
		.raw = vm_raw(),
		.operation = SOCKOPT_TEXT,
		.buf = trap.pages + PAGE,
		.len = 5,
	};
	char buf[8192];

	start_call(&call);
	wait_until_caught(&trap);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	open_trap(&trap, "slow!", 5);
	ck_assert_int_eq(end_of_call(&call), 0);
	ck_assert_int_gt(vm_read(PROC_DIR "/message", buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nslow!"));
	close(call.raw);
	remove_trap(&trap);
	reload();
}
END_TEST

/* Without a stream, so that nothing but the call itself keeps the module. */
START_TEST(rmmod_is_refused_while_records_is_held_up_in_the_module)
{
	const struct sockopt_records head = { .size = sizeof(head) };
	struct trap trap = set_trap();
	struct call call = {
		.raw = vm_raw(),
		.operation = SOCKOPT_RECORDS,
		.buf = trap.pages + PAGE,
		.len = sizeof(head),
	};

	start_call(&call);
	wait_until_caught(&trap);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	open_trap(&trap, &head, sizeof(head));
	ck_assert_int_eq(end_of_call(&call), -ENOTCONN);
	close(call.raw);
	remove_trap(&trap);
	reload();
}
END_TEST

/* The struct ends with the first page, the records would stand in the second. */
static struct sockopt_records *records_before(const struct trap *trap, uint32_t cursor)
{
	struct sockopt_records *head = (void *)(trap->pages + PAGE);

	head--;
	head->size = sizeof(*head);
	head->cursor = cursor;
	return head;
}

/* Its memory, 12288 bytes, stays with it, and so counts. */
START_TEST(a_stream_closed_in_the_middle_of_records_stays_until_the_call_leaves)
{
	struct sockopt_open args;
	struct trap trap = set_trap();
	struct sockopt_records *head;
	struct call call = { .raw = vm_raw(), .operation = SOCKOPT_RECORDS };
	int fd = vm_stream(call.raw, 64, &args);

	ping_self();
	vm_wait_queued(call.raw, 2);
	head = records_before(&trap, args.cursor);
	call.buf = head;
	call.len = sizeof(*head) + 2 * args.slot_size;
	start_call(&call);
	wait_until_caught(&trap);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_no_stream_on(call.raw, &args);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	ck_assert(vm_has_rings());
	set_limit("ring_bytes_max", "12288");
	assert_full();
	open_trap(&trap, "", 1);
	ck_assert_int_eq(end_of_call(&call), 0);
	ck_assert_uint_eq(head->count, 2);
	ck_assert_uint_eq(((struct sockopt_record *)(head + 1))->seq, args.cursor + 1);
	vm_wait_rings_gone();
	close(call.raw);
	remove_trap(&trap);
	reload();
}
END_TEST

/* The thread may have to wait first; then it is told, not left asleep. */
static bool is_out(void *arg)
{
	return atomic_load((atomic_bool *)arg);
}

struct waiter {
	struct call call;
	atomic_int tid;
	atomic_bool is_out;
};

static void *wait_for_records(void *arg)
{
	struct waiter *waiter = arg;

	atomic_store(&waiter->tid, (int)syscall(SYS_gettid));
	make_call(&waiter->call);
	atomic_store(&waiter->is_out, true);
	return NULL;
}

static bool has_tid(void *arg)
{
	return atomic_load((atomic_int *)arg) != 0;
}

START_TEST(rmmod_is_refused_while_records_waits_and_closing_the_fd_wakes_it)
{
	struct sockopt_open args;
	struct trap trap = set_trap();
	struct waiter waiter = { .call = { .raw = vm_raw(), .operation = SOCKOPT_RECORDS } };
	int fd = vm_stream(waiter.call.raw, 64, &args);

	waiter.call.buf = records_before(&trap, args.cursor);
	waiter.call.len = sizeof(struct sockopt_records) + args.slot_size;
	ck_assert_int_eq(pthread_create(&waiter.call.thread, NULL, wait_for_records, &waiter), 0);
	vm_wait(has_tid, &waiter.tid, "a thread to start");
	vm_wait_asleep(waiter.tid);
	ck_assert(!waiter.is_out);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	close(fd);
	vm_wait(is_out, &waiter.is_out, "RECORDS to be woken");
	ck_assert_int_eq(end_of_call(&waiter.call), -ENOTCONN);
	close(waiter.call.raw);
	remove_trap(&trap);
	reload();
}
END_TEST

/* ---- The module goes and comes ---- */

START_TEST(rmmod_is_refused_while_a_stream_is_open)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);

	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	close(raw);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	ping_self();
	ck_assert_int_eq(events_of(fd, 5000), POLLIN);
	close(fd);
	reload();
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

/*
 * A text each way, and a stream with a packet. Under traffic, the first record may
 * still be in the making on another processor when ours are queued: poll knows.
 */
static void assert_round_trip(int raw)
{
	struct sockopt_open args;
	char buf[SOCKOPT_TEXT_MAX];
	int fd;

	ck_assert_int_eq(vm_text_set(raw, "hello", 5), 0);
	ck_assert_int_gt(vm_text_get(raw, buf, sizeof(buf)), 0);
	fd = vm_stream(raw, 64, &args);
	ping_self();
	ck_assert_int_eq(events_of(fd, 5000), POLLIN);
	ck_assert_int_ge(take_now(raw, &args), 1);
	close(fd);
}

static void assert_module_is_absent(int raw)
{
	struct sockopt_info info = { .size = sizeof(info) };
	struct sockopt_open args = vm_open_args();
	socklen_t len = sizeof(info);
	char buf[64];

	ck_assert_int_eq(vm_get(raw, 0, SOCKOPT_INFO, &info, &len), -ENOPROTOOPT);
	ck_assert_int_eq(vm_text_set(raw, "hello", 5), -ENOPROTOOPT);
	ck_assert_int_eq(vm_text_get(raw, buf, sizeof(buf)), -ENOPROTOOPT);
	ck_assert_int_eq(vm_open(raw, ICMP, &args), -ENOPROTOOPT);
	ck_assert_int_eq(args.fd, -1);
	ck_assert_int_eq(vm_stop(raw, ICMP), -ENOPROTOOPT);
}

START_TEST(a_socket_does_not_keep_the_module_and_survives_it)
{
	int raw = vm_raw();

	assert_round_trip(raw);
	vm_wait_rmmod();
	assert_module_is_absent(raw);
	ck_assert_int_eq(vm_insmod(), 0);
	assert_round_trip(raw);
	close(raw);
}
END_TEST

/* Including the thread that its workqueue has. */
static bool has_kernel_thread(void)
{
	char path[300], name[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir("/proc");

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    vm_read(path, name, sizeof(name)) > 0 && !strcmp(name, "sockopt\n"))
			found = true;
	}
	closedir(dir);
	return found;
}

static bool contains(const char *path, const char *text)
{
	static char buf[1 << 20];

	ck_assert_int_gt(vm_read(path, buf, sizeof(buf)), 0);
	return strstr(buf, text) != NULL;
}

/* The paths are of the namespace where we are. */
static void assert_traces(int there)
{
	ck_assert_int_eq(!access(PROC_DIR, F_OK), there);
	ck_assert_int_eq(!access(SYSCTL_DIR, F_OK), there);
	ck_assert_int_eq(is_loaded(), there);
	ck_assert_int_eq(contains("/proc/modules", "sockopt "), there);
	ck_assert_int_eq(has_kernel_thread(), there);
}

START_TEST(after_rmmod_nothing_remains)
{
	int raw = vm_raw();

	assert_traces(true);
	assert_round_trip(raw);
	vm_wait_rmmod();
	assert_traces(false);
	ck_assert(!vm_has_rings());
	ck_assert(!contains("/proc/vmallocinfo", "sockopt"));
	vm_enter("B");
	ck_assert_int_eq(access(PROC_DIR, F_OK), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(vm_insmod(), 0);
	close(raw);
}
END_TEST

START_TEST(namespaces_older_than_the_module_are_served_like_any)
{
	int raw;

	vm_new_netns();
	raw = vm_raw();
	vm_wait_rmmod();
	ck_assert_int_eq(access(PROC_DIR, F_OK), -1);
	ck_assert_int_eq(vm_insmod(), 0);
	ck_assert_int_eq(vm_stream_count(), 0);
	assert_round_trip(raw);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
	close(raw);
}
END_TEST

START_TEST(settings_and_texts_do_not_outlive_the_module)
{
	char buf[8192];
	int raw = vm_raw();

	set_limit("streams_max", "0");
	ck_assert_int_eq(vm_text_set(raw, "hello", 5), 0);
	ck_assert_int_eq(vm_write(PROC_DIR "/message", "later", 5), 5);
	reload();
	ck_assert_int_eq(vm_read(PROC_DIR "/message", buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_text_get(raw, buf, sizeof(buf)), 22);
	ck_assert_int_eq(memcmp(buf, "a message from kernel\n", 22), 0);
	assert_round_trip(raw);
	close(raw);
}
END_TEST

START_TEST(twenty_reloads_with_a_round_trip_each)
{
	int raw = vm_raw(), i;

	for (i = 0; i < 20; i++) {
		reload();
		assert_round_trip(raw);
	}
	close(raw);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
}
END_TEST

START_TEST(twenty_reloads_under_traffic_with_streams_opened_and_closed)
{
	pid_t pinger = vm_fork(ping_for_ever, NULL);
	int raw = vm_raw(), i;

	for (i = 0; i < 20; i++) {
		assert_round_trip(raw);
		reload();
	}
	vm_kill(pinger);
	close(raw);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

/* ---- Storms ---- */

struct storm {
	atomic_bool is_over;
	atomic_uint rounds[4];
	atomic_uint with_module, without_module;
};

static struct storm *storm;

static void assert_is(int ret, int wanted, int also, const char *what)
{
	ck_assert_msg(ret >= 0 || ret == -ENOPROTOOPT || ret == wanted || ret == also, "%s: %s",
		      what, strerror(-ret));
}

/* With or without the module, or while it comes or goes. */
static void call_all(int raw)
{
	struct sockopt_info info = { .size = sizeof(info) };
	struct sockopt_channel channel = { .size = sizeof(channel), .name = "icmp" };
	struct sockopt_stats stats;
	socklen_t len = sizeof(info);
	char buf[SOCKOPT_TEXT_MAX];
	int ret = vm_get(raw, 0, SOCKOPT_INFO, &info, &len);

	assert_is(ret, 0, 0, "INFO");
	atomic_fetch_add(ret ? &storm->without_module : &storm->with_module, 1);
	len = sizeof(channel);
	assert_is(vm_get(raw, 0, SOCKOPT_CHANNEL, &channel, &len), 0, 0, "CHANNEL");
	assert_is(vm_text_set(raw, "storm", 5), 0, 0, "TEXT set");
	assert_is(vm_text_get(raw, buf, sizeof(buf)), 0, 0, "TEXT get");
	assert_is(vm_stats(raw, ICMP, &stats), -ENOTCONN, 0, "STATS");
	assert_is(vm_stop(raw, ICMP), -ENOTCONN, 0, "STOP");
}

static void open_once(int raw)
{
	struct sockopt_open args = vm_open_args();
	int fd;

	args.slots = 2;
	fd = vm_open(raw, ICMP, &args);
	assert_is(fd, 0, 0, "OPEN");
	assert_is(take_now(raw, &args), -ENOTCONN, -EAGAIN, "RECORDS");
	if (fd >= 0) {
		ck_assert_int_eq(vm_stop(raw, ICMP), 0);
		close(fd);
	}
}

/* Files may go between open and read: EIO then, or EINVAL, or nothing is read. */
static void read_all(void)
{
	const char *const paths[] = { STREAMS, PROC_DIR "/stats", PROC_DIR "/message",
				      SYSCTL_DIR "/streams_max" };
	char buf[8192];
	size_t i;
	int ret;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ret = vm_read(paths[i], buf, sizeof(buf));
		ck_assert_msg(ret >= 0 || ret == -ENOENT || ret == -EIO || ret == -EINVAL, "%s: %s",
			      paths[i], strerror(-ret));
	}
}

static struct storm *new_storm(void)
{
	void *memory = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

/*
 * 0: A, 1: B, the others: a namespace of their own. Between rounds each is out of
 * the module for a while and streams are few, or rmmod would hardly ever find
 * nobody inside.
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
		read_all();
		if (round % 8 == 0)
			open_once(raw);
		atomic_fetch_add(&storm->rounds[number], 1);
		poll(NULL, 0, 3);
	}
}

static bool is_everybody_on(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 4; i++)
		if (!atomic_load(&storm->rounds[i]))
			return false;
	return true;
}

START_TEST(options_called_while_the_module_comes_and_goes_give_no_odd_error)
{
	int numbers[4], i;
	pid_t children[4];

	storm = new_storm();
	for (i = 0; i < 4; i++) {
		numbers[i] = i;
		children[i] = vm_fork(blow, &numbers[i]);
	}
	vm_wait(is_everybody_on, NULL, "four processes to start");
	for (i = 0; i < 20; i++)
		reload();
	atomic_store(&storm->is_over, true);
	for (i = 0; i < 4; i++)
		vm_join(children[i]);
	ck_assert_uint_ge(storm->with_module, 20);
	ck_assert_uint_ge(storm->without_module, 20);
	ck_assert_int_eq(vm_stream_count(), 0);
	reload();
}
END_TEST

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

static void move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

/*
 * After STOP, a publisher that found the stream before may still be in it, with
 * preemption off: having run on every processor, we know that none is.
 */
static void wait_for_publishers(int home)
{
	int cpu, count = (int)sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < count; cpu++)
		if (cpu != home)
			move_to(cpu);
	move_to(home);
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
	vm_echo(sender, LO, 5, 1, 8, 0);
	vm_echo(sender, LO, 5, 2, 8, 0);
	if (is_read)
		read_some(raw, args);
	vm_echo(sender, LO, 5, 3, 8, 0);
}

/* A few streams at a time, for to move costs more than to open. */
static void open_and_close(void *arg)
{
	const struct opener *opener = arg;
	struct sockopt_open args[AT_ONCE];
	int raws[AT_ONCE], sender = vm_sender(), i, k;

	move_to(opener->cpu);
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

static bool is_settled(void *arg)
{
	(void)arg;
	return !vm_stat("icmp", "pending");
}

/* From a module just loaded, so that the namespace's counters start at zero. */
static void assert_sums(const struct sums *a, const struct sums *b)
{
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 2 * OPENS);
	ck_assert_uint_eq(vm_stat("icmp", "delivered"), a->delivered + b->delivered);
	ck_assert_uint_eq(vm_stat("icmp", "lost_full"), a->lost_full + b->lost_full);
	ck_assert_uint_eq(vm_stat("icmp", "lost_busy"), a->lost_busy + b->lost_busy);
	ck_assert_uint_eq(vm_stat("icmp", "lost_closed"), a->pending + b->pending);
	ck_assert_uint_gt(a->delivered, 0);
	ck_assert_uint_gt(a->lost_full, 0);
	ck_assert_uint_gt(a->pending, 0);
}

START_TEST(streams_opened_and_closed_on_two_cpus_under_traffic_leave_exact_sums)
{
	struct sums *sums =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct opener openers[2] = { { .cpu = 0, .sums = &sums[0] },
				     { .cpu = 1, .sums = &sums[1] } };
	pid_t children[2];
	int i;

	ck_assert_int_ge(sysconf(_SC_NPROCESSORS_ONLN), 2);
	reload();
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
	vm_wait(is_settled, NULL, "counts of closed streams");
	assert_sums(&sums[0], &sums[1]);
	vm_wait_rings_gone();
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, start_loaded, NULL);
	tcase_add_unchecked_fixture(tcase, NULL, leave_loaded);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_fds(TCase *tcase)
{
	tcase_add_test(tcase, a_stream_lives_on_when_its_socket_is_closed);
	tcase_add_test(tcase, a_closed_fd_leaves_no_stream_on_the_socket_and_open_works_again);
	tcase_add_test(tcase, a_stream_lives_until_the_last_duplicate_of_its_fd_is_closed);
	tcase_add_test(tcase, a_stream_lives_on_in_a_forked_child);
	tcase_add_test(tcase, nobody_reads_a_stream_that_was_passed_to_it_but_opens_none);
	tcase_add_test(tcase, a_stream_in_flight_goes_with_the_sockets_that_carry_it);
	tcase_add_test(tcase, a_stream_in_flight_within_a_cycle_of_sockets_is_collected);
	tcase_add_test(tcase, exec_closes_a_stream_unless_its_flag_was_cleared);
}

static void add_failed_opens(TCase *tcase)
{
	tcase_add_test(tcase, open_with_a_full_table_of_fds_leaves_no_stream);
	tcase_add_test(tcase, open_into_a_buffer_that_cannot_be_written_leaves_no_stream_and_no_fd);
	tcase_add_test(tcase, open_from_a_bad_address_leaves_no_stream_and_no_fd);
	tcase_add_test(tcase, open_with_an_unwritable_length_leaves_one_fd_and_tells_it);
}

static void add_kills(TCase *tcase)
{
	tcase_add_test(tcase, a_subscriber_killed_while_it_blocks_in_records_leaves_nothing);
	tcase_add_test(tcase, a_subscriber_killed_while_it_blocks_in_poll_leaves_nothing);
	tcase_add_test(tcase,
		       a_subscriber_killed_with_unread_records_leaves_nothing_but_their_count);
	tcase_add_test(tcase, a_subscriber_killed_under_traffic_leaves_nothing);
	tcase_add_test(tcase, fifty_killed_subscribers_give_their_memory_back);
	tcase_add_test(tcase, a_killed_process_with_a_thousand_streams_leaves_nothing);
}

static void add_held_calls(TCase *tcase)
{
	tcase_add_test(tcase, rmmod_is_refused_while_a_text_is_held_up_in_the_module);
	tcase_add_test(tcase, rmmod_is_refused_while_records_is_held_up_in_the_module);
	tcase_add_test(tcase, a_stream_closed_in_the_middle_of_records_stays_until_the_call_leaves);
	tcase_add_test(tcase, rmmod_is_refused_while_records_waits_and_closing_the_fd_wakes_it);
}

static void add_reloads(TCase *tcase)
{
	tcase_add_test(tcase, rmmod_is_refused_while_a_stream_is_open);
	tcase_add_test(tcase, a_socket_does_not_keep_the_module_and_survives_it);
	tcase_add_test(tcase, after_rmmod_nothing_remains);
	tcase_add_test(tcase, namespaces_older_than_the_module_are_served_like_any);
	tcase_add_test(tcase, settings_and_texts_do_not_outlive_the_module);
	tcase_add_test(tcase, twenty_reloads_with_a_round_trip_each);
	tcase_add_test(tcase, twenty_reloads_under_traffic_with_streams_opened_and_closed);
}

static void add_storms(TCase *tcase)
{
	tcase_add_test(tcase, options_called_while_the_module_comes_and_goes_give_no_odd_error);
	tcase_add_test(tcase, streams_opened_and_closed_on_two_cpus_under_traffic_leave_exact_sums);
}

Suite *life_suite(void)
{
	Suite *suite = suite_create("life");

	add_fds(new_case(suite, "fds"));
	add_failed_opens(new_case(suite, "failed-opens"));
	add_kills(new_case(suite, "kills"));
	add_held_calls(new_case(suite, "held-calls"));
	add_reloads(new_case(suite, "reloads"));
	add_storms(new_case(suite, "storms"));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream lives exactly as long as a reference to its file, however
 * that ends: closed, passed on, lost in flight, at exec; and that a failed OPEN
 * leaves nothing.
 */
#include "room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* ---- Descriptors ---- */

START_TEST(a_stream_lives_on_when_its_socket_is_closed)
{
	struct sockopt_open args;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);
	char buf[4096];

	close(raw);
	ck_assert_int_eq(vm_events(fd, 0), 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_gt(vm_read(VM_STREAMS, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nicmp 0 "));
	vm_ping_self(1, 1);
	ck_assert_int_eq(vm_events(fd, 5000), POLLIN);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(a_closed_fd_leaves_no_stream_on_the_socket_and_open_works_again)
{
	struct sockopt_open args, again;
	int raw = vm_raw(), fd = vm_stream(raw, 64, &args);

	vm_ping_self(1, 1);
	vm_wait_queued(raw, 2);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_no_stream_on(raw, &args);
	fd = vm_stream(raw, 64, &again);
	ck_assert_int_eq(vm_take_now(raw, &again), -EAGAIN);
	vm_ping_self(1, 1);
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(vm_take_now(raw, &again), 2);
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
	vm_ping_self(1, 1);
	ck_assert_int_eq(vm_events(twin, 5000), POLLIN);
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(vm_take_now(raw, &args), 2);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(twin);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_no_stream_on(raw, &args);
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
	vm_ping_self(1, 1);
	vm_wait_queued(raw, 2);
	ck_assert_int_eq(vm_take_now(raw, &args), 2);
	vm_pass(pair[0], NULL, 0);
	vm_join(child);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_no_stream_on(raw, &args);
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
	ck_assert_int_eq(vm_events(fds[1], 5000), POLLIN);
	vm_wait_queued(fds[0], 2);
	ck_assert_int_eq(vm_take_now(fds[0], &args), 2);
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
	vm_ping_self(1, 1);
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
	vm_ping_self(1, 1);
	vm_wait_queued(raw, 2);
	close(pair[1]);
	vm_wait_stream_count(0);
	vm_no_stream_on(raw, &args);
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
	vm_no_stream_on(raw, &args);
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
	vm_no_stream_on(raw, args);
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
	vm_no_stream_on(raw, &args);
	close(raw);
}
END_TEST

/* ---- Suite ---- */

static void add_fds(TCase *tc)
{
	tcase_add_test(tc, a_stream_lives_on_when_its_socket_is_closed);
	tcase_add_test(tc, a_closed_fd_leaves_no_stream_on_the_socket_and_open_works_again);
	tcase_add_test(tc, a_stream_lives_until_the_last_duplicate_of_its_fd_is_closed);
	tcase_add_test(tc, a_stream_lives_on_in_a_forked_child);
	tcase_add_test(tc, nobody_reads_a_stream_that_was_passed_to_it_but_opens_none);
	tcase_add_test(tc, a_stream_in_flight_goes_with_the_sockets_that_carry_it);
	tcase_add_test(tc, a_stream_in_flight_within_a_cycle_of_sockets_is_collected);
	tcase_add_test(tc, exec_closes_a_stream_unless_its_flag_was_cleared);
}

static void add_failed_opens(TCase *tc)
{
	tcase_add_test(tc, open_with_a_full_table_of_fds_leaves_no_stream);
	tcase_add_test(tc, open_into_a_buffer_that_cannot_be_written_leaves_no_stream_and_no_fd);
	tcase_add_test(tc, open_from_a_bad_address_leaves_no_stream_and_no_fd);
	tcase_add_test(tc, open_with_an_unwritable_length_leaves_one_fd_and_tells_it);
}

Suite *descriptor_suite(void)
{
	Suite *suite = suite_create("descriptor");

	add_fds(vm_loaded_case(suite, "fds"));
	add_failed_opens(vm_loaded_case(suite, "failed-opens"));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that the module can be unloaded when nobody uses it, never before, and
 * then leaves nothing.
 */
#include "room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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
		mmap(NULL, 2 * VM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(trap.pages, MAP_FAILED);
	range.range.start = (uintptr_t)trap.pages + VM_PAGE;
	range.range.len = VM_PAGE;
	ck_assert_int_eq(ioctl(trap.uffd, UFFDIO_REGISTER, &range), 0);
	return trap;
}

static void wait_until_caught(const struct trap *trap)
{
	ck_assert_int_eq(vm_events(trap->uffd, 5000), POLLIN);
}

/* Fill the second page, starting with len bytes: the call goes on. */
static void open_trap(const struct trap *trap, const void *data, size_t len)
{
	static uint8_t page[VM_PAGE] __attribute__((aligned(VM_PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)trap->pages + VM_PAGE,
		.src = (uintptr_t)page,
		.len = VM_PAGE,
	};

	memcpy(page, data, len);
	ck_assert_int_eq(ioctl(trap->uffd, UFFDIO_COPY, &copy), 0);
}

static void remove_trap(const struct trap *trap)
{
	munmap(trap->pages, 2 * VM_PAGE);
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

START_TEST(rmmod_is_refused_while_a_text_is_held_up_in_the_module)
{
	struct trap trap = set_trap();
	struct call call = {
		.raw = vm_raw(),
		.operation = SOCKOPT_TEXT,
		.buf = trap.pages + VM_PAGE,
		.len = 5,
	};
	char buf[8192];

	start_call(&call);
	wait_until_caught(&trap);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	open_trap(&trap, "slow!", 5);
	ck_assert_int_eq(end_of_call(&call), 0);
	ck_assert_int_gt(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nslow!"));
	close(call.raw);
	remove_trap(&trap);
	vm_reload();
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
		.buf = trap.pages + VM_PAGE,
		.len = sizeof(head),
	};

	start_call(&call);
	wait_until_caught(&trap);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	open_trap(&trap, &head, sizeof(head));
	ck_assert_int_eq(end_of_call(&call), -ENOTCONN);
	close(call.raw);
	remove_trap(&trap);
	vm_reload();
}
END_TEST

/* The struct ends with the first page, the records would stand in the second. */
static struct sockopt_records *records_before(const struct trap *trap, uint32_t cursor)
{
	struct sockopt_records *head = (void *)(trap->pages + VM_PAGE);

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

	vm_ping_self(1, 1);
	vm_wait_queued(call.raw, 2);
	head = records_before(&trap, args.cursor);
	call.buf = head;
	call.len = sizeof(*head) + 2 * args.slot_size;
	start_call(&call);
	wait_until_caught(&trap);
	close(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_no_stream_on(call.raw, &args);
	ck_assert_int_eq(vm_rmmod(), -EAGAIN);
	ck_assert(vm_has_rings());
	vm_limit_set("ring_bytes_max", "12288");
	assert_full();
	open_trap(&trap, "", 1);
	ck_assert_int_eq(end_of_call(&call), 0);
	ck_assert_uint_eq(head->count, 2);
	ck_assert_uint_eq(((struct sockopt_record *)(head + 1))->seq, args.cursor + 1);
	vm_wait_rings_gone();
	close(call.raw);
	remove_trap(&trap);
	vm_reload();
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
	vm_reload();
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
	vm_ping_self(1, 1);
	ck_assert_int_eq(vm_events(fd, 5000), POLLIN);
	close(fd);
	vm_reload();
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
	vm_ping_self(1, 1);
	ck_assert_int_eq(vm_events(fd, 5000), POLLIN);
	ck_assert_int_ge(vm_take_now(raw, &args), 1);
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

/* By the name of its workqueue; since Linux 6.9 it is a worker, "kworker/R-sockopt". */
static bool is_our_thread(const char *name)
{
	return !strcmp(name, "sockopt\n") || !strncmp(name, "kworker/R-sock", 14);
}

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
		    vm_read(path, name, sizeof(name)) > 0 && is_our_thread(name))
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

/* The paths are of the namespace where we are. Its workqueue has a thread. */
static void assert_traces(int there)
{
	ck_assert_int_eq(!access(VM_PROC, F_OK), there);
	ck_assert_int_eq(!access(VM_SYSCTL, F_OK), there);
	ck_assert_int_eq(vm_is_loaded(), there);
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
	ck_assert_int_eq(access(VM_PROC, F_OK), -1);
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
	ck_assert_int_eq(access(VM_PROC, F_OK), -1);
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

	vm_limit_set("streams_max", "0");
	ck_assert_int_eq(vm_text_set(raw, "hello", 5), 0);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "later", 5), 5);
	vm_reload();
	ck_assert_int_eq(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_text_get(raw, buf, sizeof(buf)), 22);
	ck_assert_int_eq(memcmp(buf, VM_GREETING, 22), 0);
	assert_round_trip(raw);
	close(raw);
}
END_TEST

START_TEST(twenty_reloads_with_a_round_trip_each)
{
	int raw = vm_raw(), i;

	for (i = 0; i < 20; i++) {
		vm_reload();
		assert_round_trip(raw);
	}
	close(raw);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
}
END_TEST

START_TEST(twenty_reloads_under_traffic_with_streams_opened_and_closed)
{
	pid_t pinger = vm_fork(vm_ping_for_ever, NULL);
	int raw = vm_raw(), i;

	for (i = 0; i < 20; i++) {
		assert_round_trip(raw);
		vm_reload();
	}
	vm_kill(pinger);
	close(raw);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

/* ---- Suite ---- */

static void add_held_calls(TCase *tc)
{
	tcase_add_test(tc, rmmod_is_refused_while_a_text_is_held_up_in_the_module);
	tcase_add_test(tc, rmmod_is_refused_while_records_is_held_up_in_the_module);
	tcase_add_test(tc, a_stream_closed_in_the_middle_of_records_stays_until_the_call_leaves);
	tcase_add_test(tc, rmmod_is_refused_while_records_waits_and_closing_the_fd_wakes_it);
}

static void add_reloads(TCase *tc)
{
	tcase_add_test(tc, rmmod_is_refused_while_a_stream_is_open);
	tcase_add_test(tc, a_socket_does_not_keep_the_module_and_survives_it);
	tcase_add_test(tc, after_rmmod_nothing_remains);
	tcase_add_test(tc, namespaces_older_than_the_module_are_served_like_any);
	tcase_add_test(tc, settings_and_texts_do_not_outlive_the_module);
	tcase_add_test(tc, twenty_reloads_with_a_round_trip_each);
	tcase_add_test(tc, twenty_reloads_under_traffic_with_streams_opened_and_closed);
}

Suite *module_suite(void)
{
	Suite *suite = suite_create("module");

	add_held_calls(vm_loaded_case(suite, "held-calls"));
	add_reloads(vm_loaded_case(suite, "reloads"));
	return suite;
}

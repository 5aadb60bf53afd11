/* SPDX-License-Identifier: MIT */
/*
 * Proves who is served: which sockets, with which capabilities, of which user
 * namespace, and how much of it before the limits of net.sockopt. And that who
 * is refused has changed nothing. Every test has a network namespace of its own.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CORE SOCKOPT_CHANNEL_CORE
#define MESSAGE_FILE "/proc/net/sockopt/message"

static int fd;

static void setup(void)
{
	vm_sysctls_reset();
	vm_new_netns();
	fd = vm_raw();
}

/* ---- Every operation once ---- */

static int get_info(int any)
{
	struct sockopt_info info = { .size = sizeof(info) };
	socklen_t len = sizeof(info);

	return vm_get(any, CORE, SOCKOPT_INFO, &info, &len);
}

static int get_channel(int any)
{
	struct sockopt_channel args = { .size = sizeof(args), .name = "icmp" };
	socklen_t len = sizeof(args);

	return vm_get(any, CORE, SOCKOPT_CHANNEL, &args, &len);
}

static int set_text(int any)
{
	return vm_text_set(any, "an attempt", 10);
}

static int get_text(int any)
{
	char text[SOCKOPT_TEXT_MAX];
	int ret = vm_text_get(any, text, sizeof(text));

	return ret < 0 ? ret : 0;
}

static int do_call(int any)
{
	struct {
		struct sockopt_call call;
		char text[64];
	} x = { { .size = sizeof(x.call), .request_len = 7, .reply_room = 64 }, "request" };
	socklen_t len = sizeof(x);

	return vm_get(any, MESSAGE, SOCKOPT_CALL, &x, &len);
}

/* A stream that could be opened is closed again. */
static int do_open(int any)
{
	struct sockopt_open args = vm_open_args();
	int ret;

	args.slots = 2;
	ret = vm_open(any, ICMP, &args);
	if (ret < 0)
		return ret;
	close(ret);
	return 0;
}

/* What needs the channel's capability, and what does not. */
static void rights_are(int any, int expected)
{
	ck_assert_int_eq(get_text(any), expected);
	ck_assert_int_eq(set_text(any), expected);
	ck_assert_int_eq(do_call(any), expected);
	ck_assert_int_eq(do_open(any), expected);
	ck_assert_int_eq(get_info(any), 0);
	ck_assert_int_eq(get_channel(any), 0);
}

/* Run in a process that may give its rights away. */
static void in_child(void (*run)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		run();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* ---- Sockets ---- */

static const struct {
	int domain;
	int type;
	int protocol;
	int error;
} others[] = {
	{ AF_INET, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_INET, SOCK_STREAM, 0, ENOPROTOOPT },
	{ AF_INET6, SOCK_RAW, IPPROTO_RAW, ENOPROTOOPT },
	{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, ENOPROTOOPT },
	{ AF_INET6, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_INET6, SOCK_STREAM, 0, ENOPROTOOPT },
	{ AF_PACKET, SOCK_RAW, 0, ENOPROTOOPT },
	{ AF_PACKET, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_UNIX, SOCK_STREAM, 0, EOPNOTSUPP },
	{ AF_UNIX, SOCK_DGRAM, 0, EOPNOTSUPP },
};

static int open_other(int i)
{
	int any = socket(others[i].domain, others[i].type | SOCK_CLOEXEC, others[i].protocol);

	ck_assert_msg(any >= 0, "socket: %s", strerror(errno));
	return any;
}

START_TEST(another_socket_is_not_served)
{
	int any = open_other(_i), error = -others[_i].error;

	vm_texts_put(fd);
	ck_assert_int_eq(get_info(any), error);
	ck_assert_int_eq(get_channel(any), error);
	ck_assert_int_eq(get_text(any), error);
	ck_assert_int_eq(set_text(any), error);
	ck_assert_int_eq(do_call(any), error);
	ck_assert_int_eq(do_open(any), error);
	ck_assert_int_eq(vm_stop(any, ICMP), error);
	vm_texts_unchanged(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(an_ipv6_socket_is_not_served_at_its_own_level)
{
	int option = SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), i;
	char buf[64];

	vm_texts_put(fd);
	for (i = 0; i < COUNT(others); i++) {
		socklen_t len = sizeof(buf);
		int any = open_other(i);

		if (others[i].domain == AF_INET6) {
			ck_assert_int_eq(setsockopt(any, SOL_IPV6, option, "text", 4), -1);
			ck_assert_int_eq(errno, ENOPROTOOPT);
			ck_assert_int_eq(getsockopt(any, SOL_IPV6, option, buf, &len), -1);
			ck_assert_int_eq(errno, ENOPROTOOPT);
		}
		close(any);
	}
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(a_raw_socket_of_any_protocol_is_served)
{
	static const int protocols[] = { IPPROTO_RAW, IPPROTO_ICMP, IPPROTO_UDP, 253 };
	int any = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocols[_i]);

	ck_assert_int_ge(any, 0);
	rights_are(any, 0);
}
END_TEST

/* ---- Capabilities ---- */

/* Set the effective and the permitted capabilities of this thread. */
static void set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, 0 },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0 },
	};

	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

/* All capabilities that the kernel has. */
static uint64_t all_capabilities(void)
{
	int last = 0;

	while (prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
		last++;
	return (2ULL << last) - 1;
}

#define BIT(capability) (1ULL << (capability))

static void as_nobody(void)
{
	vm_become_nobody();
	rights_are(fd, -EPERM);
}

START_TEST(nobody_gets_info_and_channel_and_no_more)
{
	vm_texts_put(fd);
	in_child(as_nobody);
	vm_texts_unchanged(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

static void as_all_but_net_raw(void)
{
	uint64_t rest = all_capabilities() & ~BIT(CAP_NET_RAW);

	set_capabilities(rest, rest);
	rights_are(fd, -EPERM);
}

START_TEST(root_without_net_raw_is_refused)
{
	vm_texts_put(fd);
	in_child(as_all_but_net_raw);
	vm_texts_unchanged(fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(net_admin_alone_is_not_enough)
{
	set_capabilities(BIT(CAP_NET_ADMIN), BIT(CAP_NET_ADMIN));
	rights_are(fd, -EPERM);
}
END_TEST

START_TEST(net_raw_alone_is_enough)
{
	set_capabilities(BIT(CAP_NET_RAW), BIT(CAP_NET_RAW));
	rights_are(fd, 0);
}
END_TEST

START_TEST(a_capability_that_is_not_effective_does_not_count)
{
	set_capabilities(0, all_capabilities());
	rights_are(fd, -EPERM);
	set_capabilities(all_capabilities(), all_capabilities());
	rights_are(fd, 0);
}
END_TEST

START_TEST(a_library_that_may_not_open_says_so)
{
	struct sockopt *so;

	vm_become_nobody();
	ck_assert_int_eq(sockopt_open(&so), -EPERM);
}
END_TEST

/* ---- A stream that is open already ---- */

START_TEST(nobody_reads_a_stream_that_he_holds)
{
	struct sockopt_open args;
	struct sockopt_stats stats;
	struct vm_batch batch;
	int stream = vm_stream(fd, 16, &args), sender = vm_sender();
	struct pollfd pfd = { .fd = stream, .events = POLLIN };

	vm_become_nobody();
	vm_batch_init(&batch, args.slot_size, 16);
	vm_echo(sender, "127.0.0.1", 7, 1, 8, 0);
	vm_wait_queued(fd, 2);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLIN);
	ck_assert_int_eq(vm_records(fd, &batch, &args.cursor, 0), 2);
	ck_assert_int_eq(vm_stats(fd, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, 2);
	ck_assert_int_eq(vm_stop(fd, ICMP), 0);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLIN | POLLHUP);
	ck_assert_int_eq(vm_records(fd, &batch, &args.cursor, 0), 0);
	ck_assert_int_eq(do_open(fd), -EPERM);
	vm_batch_free(&batch);
}
END_TEST

/* ---- /proc ---- */

START_TEST(nobody_reads_stats_and_no_other_file)
{
	char buf[4096];

	vm_texts_put(fd);
	vm_become_nobody();
	ck_assert_int_gt(vm_read("/proc/net/sockopt/stats", buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_read("/proc/net/sockopt/streams", buf, sizeof(buf)), -EACCES);
	ck_assert_int_eq(vm_read(MESSAGE_FILE, buf, sizeof(buf)), -EACCES);
}
END_TEST

static void write_as_nobody(void)
{
	vm_become_nobody();
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "x", 1), -EACCES);
	ck_assert_int_eq(open(MESSAGE_FILE, O_RDWR | O_CLOEXEC), -1);
	ck_assert_int_eq(errno, EACCES);
}

START_TEST(nobody_cannot_open_message_for_writing)
{
	vm_texts_put(fd);
	in_child(write_as_nobody);
	vm_texts_unchanged(fd);
}
END_TEST

static int message_fd;

static void write_what_root_opened(void)
{
	char buf[256];

	vm_become_nobody();
	ck_assert_int_eq(write(message_fd, "passed on", 9), 9);
	ck_assert_int_gt(read(message_fd, buf, sizeof(buf)), 0);
}

START_TEST(message_that_root_opened_is_written_by_nobody)
{
	char text[64] = { 0 };

	vm_texts_put(fd);
	message_fd = open(MESSAGE_FILE, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(message_fd, 0);
	in_child(write_what_root_opened);
	ck_assert_int_eq(vm_text_get(fd, text, sizeof(text)), 9);
	ck_assert_str_eq(text, "passed on");
}
END_TEST

/* A program with rights must not be a tool of one without, by its standard output. */
START_TEST(message_that_somebody_without_rights_opened_is_not_written_by_root)
{
	uint64_t all = all_capabilities();

	vm_texts_put(fd);
	set_capabilities(all & ~BIT(CAP_NET_RAW), all);
	message_fd = open(MESSAGE_FILE, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(message_fd, 0);
	set_capabilities(all, all);
	ck_assert_int_eq(write(message_fd, "x", 1), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "the kernel keeps this", 21), 21);
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- User namespaces ---- */

/* A process that stays root of the machine while the test gives that up. */
static int admin;

static void serve(int requests)
{
	char value[2] = "";

	while (read(requests, value, 1) == 1) {
		vm_sysctl_set("userns", value);
		if (write(requests, value, 1) != 1)
			break;
	}
	_exit(0);
}

static void admin_start(void)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	admin = ends[0];
}

static void admin_sets_userns(char value)
{
	char done;

	ck_assert_int_eq(write(admin, &value, 1), 1);
	ck_assert_int_eq(read(admin, &done, 1), 1);
	ck_assert_int_eq(done, value);
}

static void setup_userns(void)
{
	setup();
	admin_start();
}

/* No text came from those who were refused, neither way. */
static void texts_are_new(int any, bool has_files)
{
	char text[SOCKOPT_TEXT_MAX + 1] = { 0 };

	ck_assert_int_eq(vm_text_get(any, text, SOCKOPT_TEXT_MAX), 22);
	ck_assert_str_eq(text, "a message from kernel\n");
	if (has_files)
		ck_assert_int_eq(vm_sent(text, sizeof(text)), 0);
}

static void all_rights_are(int any, bool has_files, int expected)
{
	int written = expected ? expected : 7;

	rights_are(any, expected);
	if (has_files)
		ck_assert_int_eq(vm_write(MESSAGE_FILE, "written", 7), written);
}

/* has_files: by /proc as well. */
static void is_served_only_if_the_sysctl_says_so(bool has_files)
{
	int any = vm_raw();

	ck_assert_int_eq(geteuid(), 0);
	all_rights_are(any, has_files, -EPERM);
	admin_sets_userns('1');
	texts_are_new(any, has_files);
	all_rights_are(any, has_files, 0);
	admin_sets_userns('0');
	all_rights_are(any, has_files, -EPERM);
}

/* Give up root, but go on owning the files of this process in /proc. */
static void become_any_user(void)
{
	vm_become_nobody();
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

START_TEST(root_in_a_user_namespace_is_served_only_if_the_sysctl_says_so)
{
	vm_new_userns();
	is_served_only_if_the_sysctl_says_so(true);
}
END_TEST

START_TEST(any_user_in_a_user_namespace_is_served_only_if_the_sysctl_says_so)
{
	become_any_user();
	vm_new_userns();
	vm_new_netns();
	is_served_only_if_the_sysctl_says_so(true);
}
END_TEST

START_TEST(any_user_in_namespaces_made_at_once_is_served_only_if_the_sysctl_says_so)
{
	become_any_user();
	vm_new_userns();
	is_served_only_if_the_sysctl_says_so(false);
}
END_TEST

/*
 * When the network namespace is made its user namespace knows no users yet, so
 * its files stay the machine's, as all of /proc/net does.
 */
START_TEST(the_files_of_namespaces_made_at_once_belong_to_root_of_the_machine)
{
	char buf[256];

	become_any_user();
	vm_new_userns();
	admin_sets_userns('1');
	ck_assert_int_eq(vm_read("/proc/net/sockopt/streams", buf, sizeof(buf)), -EACCES);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "written", 7), -EACCES);
	ck_assert_int_gt(vm_read("/proc/net/sockopt/stats", buf, sizeof(buf)), 0);
}
END_TEST

START_TEST(nobody_in_a_user_namespace_is_not_served_whatever_the_sysctl_says)
{
	int any;

	vm_new_userns();
	any = vm_raw();
	set_capabilities(0, 0);
	admin_sets_userns('1');
	rights_are(any, -EPERM);
}
END_TEST

START_TEST(root_of_a_user_namespace_has_no_rights_on_a_socket_from_outside)
{
	vm_texts_put(fd);
	vm_new_userns();
	admin_sets_userns('1');
	rights_are(fd, -EPERM);
}
END_TEST

START_TEST(a_stream_of_a_user_namespace_is_read_on_when_the_sysctl_is_off_again)
{
	struct sockopt_open args = vm_open_args();
	struct vm_batch batch;
	int any, sender;

	vm_new_userns();
	any = vm_raw();
	sender = vm_sender();
	admin_sets_userns('1');
	ck_assert_int_ge(vm_open(any, ICMP, &args), 0);
	admin_sets_userns('0');
	vm_echo(sender, "127.0.0.1", 7, 1, 8, 0);
	vm_wait_queued(any, 2);
	vm_batch_init(&batch, args.slot_size, 16);
	ck_assert_int_eq(vm_records(any, &batch, &args.cursor, 0), 2);
	vm_batch_free(&batch);
}
END_TEST

/* Send a descriptor to the other end. */
static void send_fd(int to, int passed)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &passed, sizeof(int));
	ck_assert_int_eq(sendmsg(to, &msg, 0), 1);
}

static int receive_fd(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int passed;

	ck_assert_int_eq(recvmsg(from, &msg, MSG_CMSG_CLOEXEC), 1);
	ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&msg));
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return passed;
}

/* A raw socket of a user namespace that a child made. */
static int socket_of_userns(void)
{
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (!pid) {
		vm_new_userns();
		send_fd(ends[1], vm_raw());
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return receive_fd(ends[0]);
}

START_TEST(root_of_the_machine_is_refused_on_a_socket_of_a_user_namespace)
{
	int any = socket_of_userns();

	vm_texts_put(fd);
	rights_are(any, -EPERM);
	ck_assert_int_eq(vm_sysctl_set("userns", "1"), 0);
	rights_are(any, 0);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(nobody_of_the_machine_is_refused_on_a_socket_of_a_user_namespace)
{
	int any = socket_of_userns();

	ck_assert_int_eq(vm_sysctl_set("userns", "1"), 0);
	vm_become_nobody();
	rights_are(any, -EPERM);
}
END_TEST

/* ---- Arguments of OPEN ---- */

static const struct {
	const char *what;
	struct sockopt_open args;
	int error;
} bad_opens[] = {
	{ "fd 0", { .fd = 0 }, EINVAL },
	{ "fd -2", { .fd = -2 }, EINVAL },
	{ "flags", { .fd = -1, .flags = 1 }, EINVAL },
	{ "flags, high bit", { .fd = -1, .flags = 0x80000000 }, EINVAL },
	{ "1 slot", { .fd = -1, .slots = 1 }, EINVAL },
	{ "3 slots", { .fd = -1, .slots = 3 }, EINVAL },
	{ "65535 slots", { .fd = -1, .slots = 65535 }, EINVAL },
	{ "131072 slots", { .fd = -1, .slots = 131072 }, EINVAL },
	{ "2^31 slots", { .fd = -1, .slots = 0x80000000 }, EINVAL },
	{ "2^32 - 1 slots", { .fd = -1, .slots = UINT32_MAX }, EINVAL },
	{ "snaplen 65536", { .fd = -1, .snaplen = 65536 }, EINVAL },
	{ "snaplen 2^31", { .fd = -1, .snaplen = 0x80000000 }, EINVAL },
	{ "snaplen 2^32 - 2", { .fd = -1, .snaplen = UINT32_MAX - 1 }, EINVAL },
	{ "slot_size", { .fd = -1, .slot_size = 128 }, EINVAL },
	{ "cursor", { .fd = -1, .cursor = 1 }, EINVAL },
	{ "reserved", { .fd = -1, .reserved = 1 }, EINVAL },
	{ "wake_records 2", { .fd = -1, .wake_records = 2 }, EOPNOTSUPP },
	{ "wake_delay 1", { .fd = -1, .wake_delay_us = 1 }, EOPNOTSUPP },
	{ "filter beyond the buffer", { .fd = -1, .filter_len = 1 }, EINVAL },
	{ "filter of 2^32 - 1", { .fd = -1, .filter_len = UINT32_MAX }, EINVAL },
	{ "generation", { .fd = -1, .generation = UINT32_MAX }, ESTALE },
};

/* Descriptors of this process. */
static int next_fd(void)
{
	int any = dup(0);

	ck_assert_int_ge(any, 0);
	close(any);
	return any;
}

/* This OPEN fails; there is no stream, no descriptor, and the struct is as it was. */
static void is_refused(unsigned int channel, const void *args, size_t size, int error)
{
	int streams = vm_stream_count(), free_fd = next_fd();
	socklen_t len = (socklen_t)size;
	char copy[256];

	ck_assert_uint_le(size, sizeof(copy));
	memcpy(copy, args, size);
	ck_assert_int_eq(vm_get(fd, channel, SOCKOPT_OPEN, copy, &len), -error);
	ck_assert_uint_eq(len, size);
	ck_assert_mem_eq(copy, args, size);
	ck_assert_int_eq(vm_stream_count(), streams);
	ck_assert_int_eq(next_fd(), free_fd);
}

START_TEST(open_refuses_arguments)
{
	struct sockopt_open args = bad_opens[_i].args;

	args.size = sizeof(args);
	ck_assert_msg(bad_opens[_i].error != 0, "%s", bad_opens[_i].what);
	is_refused(ICMP, &args, sizeof(args), bad_opens[_i].error);
	ck_assert_int_eq(do_open(fd), 0);
}
END_TEST

START_TEST(open_accepts_the_limits)
{
	static const struct sockopt_open good[] = {
		{ .slots = SOCKOPT_SLOTS_MIN }, { .slots = SOCKOPT_SLOTS_MAX },
		{ .slots = 2, .snaplen = SOCKOPT_SNAPLEN_MAX },
		{ .slots = 2, .snaplen = SOCKOPT_SNAPLEN_NONE },
		{ .slots = 2, .snaplen = 1 }, { .wake_records = 1 },
	};
	struct sockopt_open args = good[_i];
	int stream;

	args.size = sizeof(args);
	args.fd = -1;
	stream = vm_open(fd, ICMP, &args);
	ck_assert_int_ge(stream, 0);
	ck_assert_int_eq(fcntl(stream, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(args.slots, good[_i].slots ? good[_i].slots : SOCKOPT_SLOTS_DEFAULT);
	if (good[_i].snaplen == SOCKOPT_SNAPLEN_NONE)
		ck_assert_uint_eq(args.snaplen, 0);
	else if (good[_i].snaplen)
		ck_assert_uint_eq(args.snaplen, good[_i].snaplen);
	ck_assert_uint_eq(args.slot_size, sockopt_ring_slot_size(args.snaplen));
}
END_TEST

START_TEST(open_follows_the_rules_of_size)
{
	struct {
		struct sockopt_open args;
		char tail[16];
	} longer = { .args = vm_open_args() };
	socklen_t len = sizeof(longer);

	longer.args.size = sizeof(longer.args) - 1;
	is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = sizeof(longer) + 1;
	is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = 0;
	is_refused(ICMP, &longer, sizeof(longer), EINVAL);
	longer.args.size = sizeof(longer);
	is_refused(ICMP, &longer, sizeof(longer.args), EINVAL);
	longer.tail[15] = 1;
	is_refused(ICMP, &longer, sizeof(longer), E2BIG);
	longer.tail[15] = 0;
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, &longer, &len), 0);
	ck_assert_uint_eq(len, sizeof(longer));
	ck_assert_int_ge(longer.args.fd, 0);
}
END_TEST

struct open_filter {
	struct sockopt_open open;
	struct sockopt_filter filter;
	char tail[16];
};

static const struct {
	const char *what;
	uint32_t filter_len;
	uint32_t size;
	uint32_t flags;
	char tail;
	int error;
} bad_filters[] = {
	{ "length 1", 1, sizeof(struct sockopt_filter), 0, 0, EINVAL },
	{ "length 4", 4, sizeof(struct sockopt_filter), 0, 0, EINVAL },
	{ "length - 1", sizeof(struct sockopt_filter) - 1, sizeof(struct sockopt_filter), 0, 0,
	  EINVAL },
	{ "length + 1", sizeof(struct sockopt_filter) + 1, sizeof(struct sockopt_filter), 0, 0,
	  EINVAL },
	{ "beyond the buffer", sizeof(struct sockopt_filter) + 17,
	  sizeof(struct sockopt_filter) + 17, 0, 0, EINVAL },
	{ "size - 1", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter) - 1, 0, 0,
	  EINVAL },
	{ "size 0", sizeof(struct sockopt_filter), 0, 0, 0, EINVAL },
	{ "size + 1", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter) + 1, 0, 0,
	  EINVAL },
	{ "flags", sizeof(struct sockopt_filter), sizeof(struct sockopt_filter), 1, 0, EINVAL },
	{ "unknown tail", sizeof(struct sockopt_filter) + 16,
	  sizeof(struct sockopt_filter) + 16, 0, 1, E2BIG },
};

START_TEST(open_refuses_a_filter)
{
	struct open_filter both = { .open = vm_open_args() };

	ck_assert_msg(bad_filters[_i].error != 0, "%s", bad_filters[_i].what);
	both.open.filter_len = bad_filters[_i].filter_len;
	both.filter.size = bad_filters[_i].size;
	both.filter.flags = bad_filters[_i].flags;
	both.tail[15] = bad_filters[_i].tail;
	is_refused(ICMP, &both, sizeof(both), bad_filters[_i].error);
}
END_TEST

START_TEST(open_takes_a_longer_filter_whose_tail_is_zero)
{
	struct open_filter both = { .open = vm_open_args() };
	socklen_t len = sizeof(both);

	both.open.filter_len = sizeof(both.filter) + sizeof(both.tail);
	both.filter.size = both.open.filter_len;
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, &both, &len), 0);
	ck_assert_uint_eq(len, sizeof(both.open));
	ck_assert_int_ge(both.open.fd, 0);
}
END_TEST

START_TEST(open_of_a_channel_without_records_is_refused)
{
	struct sockopt_open args = vm_open_args();

	is_refused(MESSAGE, &args, sizeof(args), EOPNOTSUPP);
	is_refused(CORE, &args, sizeof(args), ENOPROTOOPT);
	is_refused(3, &args, sizeof(args), ESTALE);
}
END_TEST

START_TEST(a_second_open_on_a_socket_is_busy)
{
	struct sockopt_open args, again = vm_open_args();
	int stream = vm_stream(fd, 2, &args);

	is_refused(ICMP, &again, sizeof(again), EBUSY);
	close(stream);
	ck_assert_int_eq(do_open(fd), 0);
}
END_TEST

static void open_faults(void *args)
{
	socklen_t len = sizeof(struct sockopt_open);
	int free_fd = next_fd();

	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, args, &len), -EFAULT);
	ck_assert_int_eq(vm_stream_count(), 0);
	ck_assert_int_eq(next_fd(), free_fd);
}

START_TEST(an_open_that_cannot_be_answered_leaves_no_stream)
{
	struct sockopt_open *args = vm_guarded(sizeof(*args));
	uint32_t *cut = vm_guarded(sizeof(*args) - 4);

	*args = vm_open_args();
	vm_read_only(args, sizeof(*args));
	*cut = sizeof(*args);
	open_faults(args);
	open_faults(NULL);
	open_faults(cut);
	ck_assert_int_eq(do_open(fd), 0);
}
END_TEST

/* ---- Limits ---- */

/* OPEN on a new socket: the stream, or -errno. */
static int open_one(uint32_t slots)
{
	struct sockopt_open args = vm_open_args();
	int any = vm_raw(), ret;

	args.slots = slots;
	ret = vm_open(any, ICMP, &args);
	close(any);
	return ret;
}

START_TEST(no_more_streams_than_streams_max)
{
	int streams[3], i;

	ck_assert_int_eq(vm_sysctl_set("streams_max", "3"), 0);
	for (i = 0; i < 3; i++) {
		streams[i] = open_one(2);
		ck_assert_int_ge(streams[i], 0);
	}
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 3);
	close(streams[1]);
	streams[1] = open_one(2);
	ck_assert_int_ge(streams[1], 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 3);
}
END_TEST

START_TEST(streams_max_of_0_allows_none)
{
	ck_assert_int_eq(vm_sysctl_set("streams_max", "0"), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_default_of_streams_max_is_reached)
{
	const struct rlimit enough = { 4096, 4096 };
	int i;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &enough), 0);
	for (i = 0; i < 1024; i++)
		ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 1024);
}
END_TEST

/* Every failed OPEN gives back what it had taken: as many as the limit allows, twice. */
START_TEST(an_open_that_fails_counts_for_no_limit)
{
	struct sockopt_open args, again;
	int i;

	ck_assert_int_eq(vm_sysctl_set("streams_max", "2"), 0);
	vm_stream(fd, 2, &args);
	for (i = 0; i < 4; i++) {
		again = vm_open_args();
		ck_assert_int_eq(vm_open(fd, ICMP, &again), -EBUSY);
	}
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

/* What a ring of icmp with these slots takes, in whole pages: data, and one. */
static unsigned long ring_bytes(unsigned long slots, unsigned long slot_size)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);

	return page + (slots * slot_size + page - 1) / page * page;
}

/* Asked without a stream, whose memory would count. */
static unsigned long default_slot_size(void)
{
	struct sockopt_channel args = { .size = sizeof(args), .id = ICMP };
	socklen_t len = sizeof(args);

	ck_assert_int_eq(vm_get(fd, CORE, SOCKOPT_CHANNEL, &args, &len), 0);
	return sockopt_ring_slot_size(args.snaplen);
}

static void set_ring_bytes_max(unsigned long bytes)
{
	char value[32];

	snprintf(value, sizeof(value), "%lu", bytes);
	ck_assert_int_eq(vm_sysctl_set("ring_bytes_max", value), 0);
}

static int last_stream;

/* The memory of a closed stream counts until it is free, a moment after the close. */
static bool has_room(void *slots)
{
	last_stream = open_one(*(uint32_t *)slots);
	ck_assert_msg(last_stream >= 0 || last_stream == -ENOSPC, "OPEN: %s",
		      strerror(-last_stream));
	return last_stream >= 0;
}

START_TEST(no_more_bytes_than_ring_bytes_max)
{
	unsigned long bytes = ring_bytes(512, default_slot_size());
	uint32_t slots = 512;

	set_ring_bytes_max(bytes - 1);
	ck_assert_int_eq(open_one(512), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 0);
	set_ring_bytes_max(bytes);
	ck_assert(has_room(&slots));
	ck_assert_int_eq(open_one(2), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(close(last_stream), 0);
	vm_wait(has_room, &slots, "room for one ring again");
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

START_TEST(a_limit_that_is_lowered_ends_no_stream)
{
	int stream = open_one(2);

	ck_assert_int_ge(stream, 0);
	ck_assert_int_eq(vm_sysctl_set("streams_max", "0"), 0);
	set_ring_bytes_max(0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	close(stream);
	vm_sysctls_reset();
	ck_assert_int_ge(open_one(2), 0);
}
END_TEST

START_TEST(the_largest_ring_is_more_than_the_default_allows)
{
	struct sockopt_open args = vm_open_args();

	args.slots = SOCKOPT_SLOTS_MAX;
	args.snaplen = SOCKOPT_SNAPLEN_MAX;
	is_refused(ICMP, &args, sizeof(args), ENOSPC);
}
END_TEST

START_TEST(limits_are_counted_for_each_namespace)
{
	ck_assert_int_eq(vm_sysctl_set("streams_max", "1"), 0);
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
	vm_new_netns();
	ck_assert_int_ge(open_one(2), 0);
	ck_assert_int_eq(open_one(2), -ENOSPC);
}
END_TEST

/* ---- Suite ---- */

/* Defaults before each test are setup's; behind the last one they come from here. */
static TCase *new_case(Suite *suite, const char *name, SFun before)
{
	TCase *tc = tcase_create(name);

	tcase_add_unchecked_fixture(tc, NULL, vm_sysctls_reset);
	tcase_add_checked_fixture(tc, before, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return tc;
}

static void add_sockets(TCase *tc)
{
	tcase_add_loop_test(tc, another_socket_is_not_served, 0, COUNT(others));
	tcase_add_test(tc, an_ipv6_socket_is_not_served_at_its_own_level);
	tcase_add_loop_test(tc, a_raw_socket_of_any_protocol_is_served, 0, 4);
}

static void add_capabilities(TCase *tc)
{
	tcase_add_test(tc, nobody_gets_info_and_channel_and_no_more);
	tcase_add_test(tc, root_without_net_raw_is_refused);
	tcase_add_test(tc, net_admin_alone_is_not_enough);
	tcase_add_test(tc, net_raw_alone_is_enough);
	tcase_add_test(tc, a_capability_that_is_not_effective_does_not_count);
	tcase_add_test(tc, a_library_that_may_not_open_says_so);
	tcase_add_test(tc, nobody_reads_a_stream_that_he_holds);
}

static void add_proc(TCase *tc)
{
	tcase_add_test(tc, nobody_reads_stats_and_no_other_file);
	tcase_add_test(tc, nobody_cannot_open_message_for_writing);
	tcase_add_test(tc, message_that_root_opened_is_written_by_nobody);
	tcase_add_test(tc, message_that_somebody_without_rights_opened_is_not_written_by_root);
}

static void add_userns(TCase *tc)
{
	tcase_add_test(tc, root_in_a_user_namespace_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc, any_user_in_a_user_namespace_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc,
		any_user_in_namespaces_made_at_once_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc, the_files_of_namespaces_made_at_once_belong_to_root_of_the_machine);
	tcase_add_test(tc, nobody_in_a_user_namespace_is_not_served_whatever_the_sysctl_says);
	tcase_add_test(tc, root_of_a_user_namespace_has_no_rights_on_a_socket_from_outside);
	tcase_add_test(tc, a_stream_of_a_user_namespace_is_read_on_when_the_sysctl_is_off_again);
	tcase_add_test(tc, root_of_the_machine_is_refused_on_a_socket_of_a_user_namespace);
	tcase_add_test(tc, nobody_of_the_machine_is_refused_on_a_socket_of_a_user_namespace);
}

static void add_open(TCase *tc)
{
	tcase_add_loop_test(tc, open_refuses_arguments, 0, COUNT(bad_opens));
	tcase_add_loop_test(tc, open_accepts_the_limits, 0, 6);
	tcase_add_test(tc, open_follows_the_rules_of_size);
	tcase_add_loop_test(tc, open_refuses_a_filter, 0, COUNT(bad_filters));
	tcase_add_test(tc, open_takes_a_longer_filter_whose_tail_is_zero);
	tcase_add_test(tc, open_of_a_channel_without_records_is_refused);
	tcase_add_test(tc, a_second_open_on_a_socket_is_busy);
	tcase_add_test(tc, an_open_that_cannot_be_answered_leaves_no_stream);
}

static void add_limits(TCase *tc)
{
	tcase_add_test(tc, no_more_streams_than_streams_max);
	tcase_add_test(tc, streams_max_of_0_allows_none);
	tcase_add_test(tc, the_default_of_streams_max_is_reached);
	tcase_add_test(tc, an_open_that_fails_counts_for_no_limit);
	tcase_add_test(tc, no_more_bytes_than_ring_bytes_max);
	tcase_add_test(tc, a_limit_that_is_lowered_ends_no_stream);
	tcase_add_test(tc, the_largest_ring_is_more_than_the_default_allows);
	tcase_add_test(tc, limits_are_counted_for_each_namespace);
}

Suite *rights_suite(void)
{
	Suite *suite = suite_create("rights");

	add_sockets(new_case(suite, "sockets", setup));
	add_capabilities(new_case(suite, "capabilities", setup));
	add_proc(new_case(suite, "proc", setup));
	add_userns(new_case(suite, "user namespaces", setup_userns));
	add_open(new_case(suite, "open", setup));
	add_limits(new_case(suite, "limits", setup));
	return suite;
}

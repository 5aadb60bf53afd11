/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: sockets of every kind there is and what is no socket, closed ones, numbers
 * used again, and one socket by all the ways that it can come to a program: duplicated,
 * inherited, passed on.
 */
#include "op.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* None for which the kernel would load a module. */
static const struct {
	int domain, type, protocol;
	bool needs_right;
} kinds[] = {
	{ AF_INET, SOCK_DGRAM, 0, false },
	{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP, false },
	{ AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, false },
	{ AF_INET, SOCK_STREAM, 0, false },
	{ AF_INET, SOCK_STREAM, 262 /* MPTCP */, false },
	{ AF_INET6, SOCK_DGRAM, 0, false },
	{ AF_INET6, SOCK_STREAM, 0, false },
	{ AF_INET6, SOCK_RAW, IPPROTO_RAW, true },
	{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, true },
	{ AF_INET6, SOCK_RAW, IPPROTO_UDP, true },
	{ AF_UNIX, SOCK_STREAM, 0, false },
	{ AF_UNIX, SOCK_DGRAM, 0, false },
	{ AF_UNIX, SOCK_SEQPACKET, 0, false },
	{ AF_PACKET, SOCK_RAW, 0, true },
	{ AF_PACKET, SOCK_DGRAM, 0, true },
	{ AF_NETLINK, SOCK_RAW, 0 /* ROUTE */, false },
	{ AF_NETLINK, SOCK_DGRAM, 4 /* SOCK_DIAG */, false },
};

/* ---- Not ours ---- */

static void try_foreign(int fd, int error, int other_error)
{
	size_t i;

	for (i = 0; i < op_count; i++) {
		struct call *call = call_new(ops[i]);

		call->fd = fd;
		errors_add(&call->foreign, error);
		errors_add(&call->foreign, other_error);
		call_make(call);
		call->level = SOL_IPV6;
		call_make(call);
	}
}

/* This kernel has no such sockets. */
static bool is_lacking(int error)
{
	return error == EAFNOSUPPORT || error == EPROTONOSUPPORT;
}

static void try_kinds(void)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++) {
		int fd = socket(kinds[i].domain, kinds[i].type, kinds[i].protocol);

		if (fd >= 0)
			try_foreign(fd, ENOPROTOOPT, EOPNOTSUPP);
		else if (!is_lacking(errno) && (stage.has_right || !kinds[i].needs_right))
			failure("socket(%d, %d, %d): %s", kinds[i].domain, kinds[i].type,
				kinds[i].protocol, strerror(errno));
		close(fd);
	}
}

static void try_files(void)
{
	int pipes[2] = { -1, -1 }, i;
	int files[] = {
		open("/dev/null", O_RDWR), open("/proc/self/exe", O_RDONLY),
		open("/", O_RDONLY | O_DIRECTORY), eventfd(0, 0), epoll_create1(0), -1, -1,
	};

	if (pipe(pipes))
		failure("pipe: %s", strerror(errno));
	files[5] = pipes[0];
	files[6] = pipes[1];
	for (i = 0; i < (int)COUNT(files); i++) {
		try_foreign(files[i], ENOTSOCK, ENOTSOCK);
		close(files[i]);
		try_foreign(files[i], EBADF, EBADF);
	}
	i = open("/", O_PATH);
	try_foreign(i, EBADF, EBADF);
	close(i);
}

static void try_numbers(void)
{
	static const int numbers[] = { -1, INT_MIN, INT_MAX, -100 /* AT_FDCWD */, 1 << 20 };
	size_t i;

	for (i = 0; i < COUNT(numbers); i++)
		try_foreign(numbers[i], EBADF, EBADF);
	if (stage.stream >= 0)
		try_foreign(stage.stream, ENOTSOCK, ENOTSOCK);
}

/* ---- Ours, by another number ---- */

/* Each operation on its socket, as 'come' hands it over. */
static void try_as(int (*come)(int fd))
{
	size_t i;

	for (i = 0; i < op_count; i++) {
		struct call *call = call_new(ops[i]);

		call->fd = come(call->fd);
		if (call->fd < 0)
			failure("a socket did not come: %s", strerror(errno));
		call_make(call);
		close(call->fd);
	}
}

static int duplicated(int fd)
{
	return dup(fd);
}

/* The number was that of another socket a moment ago. */
static int reused(int fd)
{
	return dup2(fd, socket(AF_UNIX, SOCK_STREAM, 0));
}

static int far_away(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 500);
}

static int passed(int fd)
{
	__extension__ union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int pair[2], ret = -1;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return -1;
	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(pair[0], &msg, 0) == 1 && recvmsg(pair[1], &msg, 0) == 1)
		memcpy(&ret, CMSG_DATA(&control.head), sizeof(ret));
	close(pair[0]);
	close(pair[1]);
	return ret;
}

/* A child has the same ones, of the same numbers; it leaves all as it was. */
static void try_in_a_child(void)
{
	int status;
	size_t i;
	pid_t pid = fork();

	if (pid) {
		if (waitpid(pid, &status, 0) != pid || status)
			failure("in a child");
		state_learn(STATE_ALL);
		return;
	}
	for (i = 0; i < op_count; i++)
		call_make(call_new(ops[i]));
	_exit(has_failed());
}

void sockets_sweep(void)
{
	try_kinds();
	try_files();
	try_numbers();
	try_as(duplicated);
	try_as(reused);
	try_as(far_away);
	try_as(passed);
	try_in_a_child();
}

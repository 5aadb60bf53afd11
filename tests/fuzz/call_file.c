/* SPDX-License-Identifier: MIT */
/* See call_run.h. What a stream's descriptor can do; its register is the first number. */
#include "call_run.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* numbers: stream, bytes, where they are cut in two, CALL_AT_END and CALL_NO_MEMORY */
long run_read(struct worker *worker, const struct call *call)
{
	size_t len = call->numbers[1] < ROOM ? call->numbers[1] : ROOM;
	size_t first = call->numbers[2] < len ? call->numbers[2] : len;
	uint8_t *at = worker->room;
	struct iovec parts[2];

	if (call->numbers[3] & CALL_AT_END)
		at += ROOM - len;
	parts[0] = (struct iovec){ .iov_base = at, .iov_len = first };
	parts[1] = (struct iovec){ .iov_base = at + first, .iov_len = len - first };
	if (call->numbers[3] & CALL_NO_MEMORY)
		parts[1].iov_base = (void *)8;
	return readv(stream_at(call->numbers[0]), parts, 2);
}

/* numbers: stream, events, milliseconds */
long run_poll(struct worker *worker, const struct call *call)
{
	struct pollfd fd = { .fd = stream_at(call->numbers[0]),
			     .events = (short)call->numbers[1] };

	(void)worker;
	return poll(&fd, 1, (int)(call->numbers[2] % 64));
}

/* numbers: stream, add, change or remove, events */
long run_epoll(struct worker *worker, const struct call *call)
{
	struct epoll_event event = { .events = call->numbers[2] };

	(void)worker;
	return epoll_ctl(machine.epoll, (int)call->numbers[1], stream_at(call->numbers[0]),
			 &event);
}

/* numbers: none, milliseconds */
long run_epoll_wait(struct worker *worker, const struct call *call)
{
	struct epoll_event events[4];

	(void)worker;
	return epoll_wait(machine.epoll, events, 4, (int)(call->numbers[1] % 64));
}

/* numbers: stream, flags of the file, who gets SIGIO */
long run_flags(struct worker *worker, const struct call *call)
{
	int fd = stream_at(call->numbers[0]);

	(void)worker;
	if (call->numbers[2])
		fcntl(fd, F_SETOWN, getpid());
	return fcntl(fd, F_SETFL, call->numbers[1]);
}

/* ---- Under way, in a message ---- */

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_of(struct iovec *byte, union control *control)
{
	return (struct msghdr){ .msg_iov = byte, .msg_iovlen = 1, .msg_control = control,
				.msg_controllen = sizeof(*control) };
}

static bool has_pair(struct worker *worker)
{
	return worker->pair[0] >= 0 ||
	       !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, worker->pair);
}

/* numbers: stream */
long run_send(struct worker *worker, const struct call *call)
{
	union control control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
					    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = message_of(&byte, &control);
	int fd = stream_at(call->numbers[0]);

	if (!has_pair(worker))
		return -1;
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(worker->pair[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* numbers: register */
long run_receive(struct worker *worker, const struct call *call)
{
	char room;
	union control control;
	struct iovec byte = { .iov_base = &room, .iov_len = 1 };
	struct msghdr message = message_of(&byte, &control);
	long ret;
	int fd;

	if (!has_pair(worker))
		return -1;
	ret = recvmsg(worker->pair[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (ret <= 0 || message.msg_controllen < sizeof(control))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	put_stream(call->numbers[0], fd);
	return fd;
}

/* What it does not do, or not in a way of its own. numbers: stream, which */
long run_other(struct worker *worker, const struct call *call)
{
	int fd = stream_at(call->numbers[0]), n = 0;
	struct stat status;

	switch (call->numbers[1]) {
	case 0:
		return write(fd, worker->room, 64);
	case 1:
		return pread(fd, worker->room, 4096, 4096);
	case 2:
		return ioctl(fd, FIONREAD, &n);
	case 3:
		return lseek(fd, 64, SEEK_SET);
	case 4:
		return sendfile(worker->poke, fd, NULL, 4096);
	case 5:
		return ftruncate(fd, 0);
	default:
		return fstat(fd, &status);
	}
}

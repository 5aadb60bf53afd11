/* SPDX-License-Identifier: MIT */
/* See call_run.h. Threads take from registers and fill them at once. */
#include "call_run.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int load(const int *registers, uint32_t number)
{
	return __atomic_load_n(&registers[number % REGISTERS], __ATOMIC_RELAXED);
}

static void put(int *registers, uint32_t number, int fd)
{
	int old = __atomic_exchange_n(&registers[number % REGISTERS], fd, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

int socket_at(uint32_t number)
{
	return load(machine.sockets, number);
}

int stream_at(uint32_t number)
{
	return load(machine.streams, number);
}

void put_stream(uint32_t number, int fd)
{
	put(machine.streams, number, fd);
}

/* Mostly one that is answered. */
static int make_socket(uint32_t kind)
{
	switch (kind) {
	case 0:
		return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	case 1:
		return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	case 2:
		return socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	case 3:
		return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	default:
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	}
}

/* numbers: register, kind, milliseconds that RECORDS may wait */
long run_socket(struct worker *worker, const struct call *call)
{
	struct timeval patience = { .tv_usec = 1000 * (call->numbers[2] % 64) };
	int fd = make_socket(call->numbers[1]);

	(void)worker;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	put(machine.sockets, call->numbers[0], fd);
	return fd;
}

/* numbers: register */
long run_close_socket(struct worker *worker, const struct call *call)
{
	(void)worker;
	put(machine.sockets, call->numbers[0], -1);
	return 0;
}

/* numbers: register */
long run_close_stream(struct worker *worker, const struct call *call)
{
	(void)worker;
	put_stream(call->numbers[0], -1);
	return 0;
}

/* numbers: stream, register of the new one */
long run_dup(struct worker *worker, const struct call *call)
{
	int fd = dup(stream_at(call->numbers[0]));

	(void)worker;
	put_stream(call->numbers[1], fd);
	return fd;
}

/* SPDX-License-Identifier: MIT */
#include "fake_netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/socket.h>

#define PORT		4711	/* of our end */
#define ANSWER_FAILS	0x80	/* of its first byte: with the error of the other bits */

static struct input *rest;
static unsigned int seq;		/* of the last question */

void fake_netlink_begin(struct input *input)
{
	rest = input;
}

/* ---- The socket ------------------------------------------------------------ */

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
int __wrap_mnl_socket_close(struct mnl_socket *nl);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *nl);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);
struct nlmsghdr *__wrap_mnl_nlmsg_put_header(void *buf);
struct nlmsghdr *__real_mnl_nlmsg_put_header(void *buf);

static int fail(int err)
{
	errno = err;
	return -1;
}

/* Of a buffer, nothing but what was received may be read, until it is used again. */
static struct {
	void *buf;
	size_t size;
} received;

static void make_readable(void)
{
	if (received.buf)
		ASAN_UNPOISON_MEMORY_REGION(received.buf, received.size);
	received.buf = NULL;
}

static void receive(void *buf, size_t size, size_t len)
{
	received.buf = buf;
	received.size = size;
	ASAN_POISON_MEMORY_REGION((uint8_t *)buf + len, size - len);
}

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	static int opened;

	HOLDS(bus == NETLINK_SOCK_DIAG && flags == SOCK_CLOEXEC);
	return (struct mnl_socket *)(void *)&opened;
}

int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int __wrap_mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	make_readable();
	return 0;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return PORT;
}

/* Nothing is left of an earlier question. */
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
	(void)fd;
	(void)buf;
	(void)size;
	(void)flags;
	return fail(EAGAIN);
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len)
{
	const struct nlmsghdr *header = buf;

	(void)nl;
	HOLDS(header->nlmsg_len == len && header->nlmsg_type == SOCK_DIAG_BY_FAMILY);
	seq = header->nlmsg_seq;
	return (ssize_t)len;
}

/* ---- Answers --------------------------------------------------------------- */

/* An error is one of errno(3). */
static void mend_error(uint8_t *payload, size_t len)
{
	int error;

	if (len < sizeof(error))
		return;
	memcpy(&error, payload, sizeof(error));
	error = -(error & 4095);
	memcpy(payload, &error, sizeof(error));
}

/* Returns how long the message is with its padding; 0: it does not fit. */
static size_t put_message(uint8_t *at, size_t room)
{
	static const uint16_t types[] = { SOCK_DIAG_BY_FAMILY, NLMSG_DONE, NLMSG_ERROR };
	struct nlmsghdr header = { .nlmsg_seq = seq, .nlmsg_pid = PORT };
	unsigned int type = take8(rest);
	struct input payload;

	header.nlmsg_flags = type & 0x80 ? NLM_F_MULTI : 0;
	header.nlmsg_type = types[type % 3];
	payload = take_part(rest, take8(rest));
	header.nlmsg_len = (uint32_t)(sizeof(header) + payload.len);
	if (NLMSG_ALIGN(header.nlmsg_len) > room)
		return 0;
	memset(at, 0, NLMSG_ALIGN(header.nlmsg_len));
	memcpy(at, &header, sizeof(header));
	if (payload.len)
		memcpy(at + sizeof(header), payload.data, payload.len);
	if (header.nlmsg_type == NLMSG_ERROR)
		mend_error(at + sizeof(header), payload.len);
	return NLMSG_ALIGN(header.nlmsg_len);
}

struct nlmsghdr *__wrap_mnl_nlmsg_put_header(void *buf)
{
	make_readable();
	return __real_mnl_nlmsg_put_header(buf);
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	unsigned int how = take8(rest), n = how % 8;
	size_t len = 0;

	(void)nl;
	make_readable();
	if (!rest->len)
		return fail(EIO);
	if (how & ANSWER_FAILS)
		return fail((int)(how & ~(unsigned int)ANSWER_FAILS));
	while (n-- && rest->len)
		len += put_message((uint8_t *)buf + len, size - len);
	receive(buf, size, len);
	return (ssize_t)len;
}

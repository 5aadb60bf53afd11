/* SPDX-License-Identifier: MIT */
/*
 * A filter of a socket: what the kernel says of the socket's ends and its protocol is the
 * input's.
 */
#include "fuzz.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct input *rest;
static int protocol;		/* as it was told */

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *buf, socklen_t *len);

static int fail(int err)
{
	errno = err;
	return -1;
}

/* The kernel cuts what does not fit, and says how long it is. */
static int tell_address(struct sockaddr *address, socklen_t *len)
{
	unsigned int how = take8(rest), told = take8(rest);
	struct input part = take_part(rest, told < *len ? told : *len);

	if (how >= 0x80)
		return fail((int)how);
	memcpy(address, part.data, part.len);
	*len = told;
	return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
	(void)fd;
	return tell_address(address, len);
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
	(void)fd;
	return tell_address(address, len);
}

int __wrap_getsockopt(int fd, int level, int name, void *buf, socklen_t *len)
{
	unsigned int how = take8(rest);
	int value = (int)take32(rest);

	(void)fd;
	HOLDS(level == SOL_SOCKET && *len == sizeof(value));
	if (how >= 0x80)
		return fail((int)how);
	memcpy(buf, &value, sizeof(value));
	if (name == SO_PROTOCOL)
		protocol = value;
	return 0;
}

static int is_zero(const uint32_t types[8])
{
	static const uint32_t none[8];

	return !memcmp(types, none, sizeof(none));
}

/* Narrow: to one family, two whole addresses, and the protocol. */
static void expect_narrow(const struct sockopt_filter *filter)
{
	int bits = filter->family == AF_INET6 ? 128 : 32;

	HOLDS(filter->family == AF_INET || filter->family == AF_INET6);
	HOLDS(filter->quoted_src_prefix == bits && filter->quoted_dst_prefix == bits);
	HOLDS(is_zero(filter->types) == (filter->family == AF_INET6));
	HOLDS(is_zero(filter->types6) == (filter->family == AF_INET));
	HOLDS(filter->quoted_protocol ==
	      (protocol == IPPROTO_MPTCP ? IPPROTO_TCP : protocol));
	HOLDS(!filter->flags && !filter->reserved && !filter->reserved2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct sockopt_filter filter, before;
	int ret;

	rest = &in;
	memset(&filter, 0x55, sizeof(filter));
	filter.size = sizeof(filter) - take8(&in) % 2;
	before = filter;
	ret = sockopt_icmp_filter_socket(&filter, 3);
	HOLDS(ret <= 0 && filter.size == before.size);
	if (!ret)
		expect_narrow(&filter);
	else
		HOLDS(!memcmp(&filter, &before, sizeof(filter)));
	return 0;
}

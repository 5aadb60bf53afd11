/* SPDX-License-Identifier: MIT */
/*
 * Filters: made by hand or of a socket, and put behind an option's struct. What
 * they mean is the kernel's to say.
 */
#include "decode.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- Types ------------------------------------------------------------- */

static void add(uint32_t *types, unsigned int type)
{
	types[type / 32] |= UINT32_C(1) << type % 32;
}

void sockopt_filter_add(struct sockopt_filter *filter, uint8_t type)
{
	add(filter->types, type);
}

void sockopt_filter_add6(struct sockopt_filter *filter, uint8_t type)
{
	add(filter->types6, type);
}

void sockopt_filter_add_all(struct sockopt_filter *filter)
{
	memset(filter->types, 0xff, sizeof(filter->types));
	memset(filter->types6, 0xff, sizeof(filter->types6));
}

/* RFC 792 and RFC 4443. */
static void add_errors4(struct sockopt_filter *filter)
{
	static const uint8_t types[] = {
		ICMP_TYPE_UNREACHABLE, ICMP_TYPE_SOURCE_QUENCH,
		ICMP_TYPE_REDIRECT, ICMP_TYPE_TIME_EXCEEDED,
		ICMP_TYPE_PARAMETER_PROBLEM,
	};
	size_t i;

	for (i = 0; i < sizeof(types); i++)
		add(filter->types, types[i]);
}

static void add_errors6(struct sockopt_filter *filter)
{
	unsigned int type;

	for (type = ICMP6_TYPE_UNREACHABLE;
	     type <= ICMP6_TYPE_PARAMETER_PROBLEM; type++)
		add(filter->types6, type);
}

void sockopt_filter_add_errors(struct sockopt_filter *filter)
{
	add_errors4(filter);
	add_errors6(filter);
}

/* ---- Of a socket ------------------------------------------------------- */

/* One end of a connection. */
struct end {
	int family;
	uint8_t address[16];
	uint16_t port;
};

static void take_ip4(struct end *end, const struct sockaddr_in *from)
{
	end->family = AF_INET;
	memcpy(end->address, &from->sin_addr, 4);
	end->port = ntohs(from->sin_port);
}

/* IPv4 over an IPv6 socket is IPv4 on the wire. */
static void take_ip6(struct end *end, const struct sockaddr_in6 *from)
{
	end->port = ntohs(from->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&from->sin6_addr)) {
		end->family = AF_INET;
		memcpy(end->address, from->sin6_addr.s6_addr + 12, 4);
	} else {
		end->family = AF_INET6;
		memcpy(end->address, &from->sin6_addr, 16);
	}
}

typedef int name_fn(int fd, struct sockaddr *address, socklen_t *len);

static int take_end(struct end *end, int fd, name_fn *name)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
		struct sockaddr_storage room;
	} address;
	socklen_t len = sizeof(address);

	memset(&address, 0, sizeof(address));
	memset(end, 0, sizeof(*end));
	if (name(fd, &address.any, &len))
		return -errno;
	if (address.any.sa_family == AF_INET)
		take_ip4(end, &address.ip4);
	else if (address.any.sa_family == AF_INET6)
		take_ip6(end, &address.ip6);
	else
		return -EAFNOSUPPORT;
	return 0;
}

static int option_of(int fd, int option)
{
	int value;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -errno : value;
}

static int is_icmp(int protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/*
 * A raw socket has no ports; one that pings has its identifier as its own. One of a number
 * that no packet has would be asked for as 0: any.
 */
static int quote_protocol(struct sockopt_filter *filter, int fd,
			  const struct end *local, const struct end *peer)
{
	int protocol = option_of(fd, SO_PROTOCOL), type = option_of(fd, SO_TYPE);

	if (protocol < 0 || type < 0)
		return protocol < 0 ? protocol : type;
	if (protocol == IPPROTO_MPTCP)
		protocol = IPPROTO_TCP;
	if (protocol > UINT8_MAX)
		return -EAFNOSUPPORT;
	filter->quoted_protocol = (uint8_t)protocol;
	if (type == SOCK_RAW)
		return 0;
	filter->quoted_sport = local->port;
	if (!is_icmp(protocol))
		filter->quoted_dport = peer->port;
	return 0;
}

static void quote_addresses(struct sockopt_filter *filter,
			    const struct end *local, const struct end *peer)
{
	uint8_t bits = local->family == AF_INET6 ? 128 : 32;

	filter->family = (uint8_t)local->family;
	filter->quoted_src_prefix = bits;
	filter->quoted_dst_prefix = bits;
	memcpy(filter->quoted_src, local->address, sizeof(local->address));
	memcpy(filter->quoted_dst, peer->address, sizeof(peer->address));
}

int sockopt_icmp_filter_socket(struct sockopt_filter *filter, int fd)
{
	struct sockopt_filter made = { 0 };
	struct end local, peer;
	int ret;

	ret = take_end(&local, fd, getsockname);
	if (!ret)
		ret = take_end(&peer, fd, getpeername);
	if (!ret && local.family != peer.family)
		ret = -EAFNOSUPPORT;
	if (!ret)
		ret = quote_protocol(&made, fd, &local, &peer);
	if (ret)
		return ret;
	quote_addresses(&made, &local, &peer);
	if (local.family == AF_INET6)
		add_errors6(&made);
	else
		add_errors4(&made);
	return sockopt_internal_give(filter, SOCKOPT_FILTER_SIZE_1, &made,
				     sizeof(made));
}

/* ---- Behind an option's struct ------------------------------------------ */

static int take_filter(struct sockopt_filter *own, size_t *program_len,
		       const struct sockopt_config *config)
{
	int ret;

	*program_len = 0;
	if (!config->filter)
		return config->program ? -EINVAL : 0;
	ret = sockopt_internal_take(own, sizeof(*own), config->filter);
	if (ret)
		return ret;
	own->size = sizeof(*own);
	if (own->program_len > SOCKOPT_PROGRAM_MAX ||
	    !own->program_len != !config->program)
		return -EINVAL;
	*program_len = own->program_len * sizeof(struct sockopt_instruction);
	return 0;
}

int sockopt_internal_value_open(struct sockopt_value *value, size_t head,
				const struct sockopt_config *config)
{
	struct sockopt_filter own;
	size_t program_len, filter_len;
	int ret;

	ret = take_filter(&own, &program_len, config);
	if (ret)
		return ret;
	filter_len = config->filter ? sizeof(own) + program_len : 0;
	value->bytes = malloc(head + filter_len);
	if (!value->bytes)
		return -ENOMEM;
	value->filter_len = (uint32_t)filter_len;
	value->len = (socklen_t)(head + filter_len);
	if (filter_len)
		memcpy(value->bytes + head, &own, sizeof(own));
	if (program_len)
		memcpy(value->bytes + head + sizeof(own), config->program,
		       program_len);
	return 0;
}

void sockopt_internal_value_close(struct sockopt_value *value)
{
	free(value->bytes);
}

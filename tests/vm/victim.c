/* SPDX-License-Identifier: MIT */
/*
 * victim PROTOCOL LOCAL PORT REMOTE PORT [TTL]: opens a socket (tcp, udp, ping; free: of UDP,
 * that is not connected) from LOCAL to
 * REMOTE (PORT of a ping: its identifier, the other is not looked at; REMOTE '-': it stays
 * unconnected, and sends nothing) and says 'ready'.
 * Each line of standard input sends one packet, with a TTL of 1, so that the first router
 * answers with an error, or the one that is given. Ends with standard input.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static socklen_t take_address(union address *address, const char *text,
			      const char *port)
{
	memset(address, 0, sizeof(*address));
	address->ip4.sin_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, text, &address->ip4.sin_addr) == 1) {
		address->any.sa_family = AF_INET;
		return sizeof(address->ip4);
	}
	if (inet_pton(AF_INET6, text, &address->ip6.sin6_addr) != 1)
		errx(1, "no address: %s", text);
	address->any.sa_family = AF_INET6;
	return sizeof(address->ip6);
}

static int open_socket(const char *protocol, int family)
{
	int fd, one = 1;

	if (!strcmp(protocol, "tcp"))
		fd = socket(family, SOCK_STREAM, 0);
	else if (!strcmp(protocol, "udp") || !strcmp(protocol, "free"))
		fd = socket(family, SOCK_DGRAM, 0);
	else
		fd = socket(family, SOCK_DGRAM, family == AF_INET ?
			    (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* A socket of IPv6 may send IPv4: then the other one counts. */
static void set_ttl(int fd, int family, int ttl)
{
	int ret = setsockopt(fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));

	if (family == AF_INET6)
		ret = setsockopt(fd, SOL_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	if (ret)
		err(1, "ttl");
}

/* An echo request, whose identifier the kernel fills in; others take it as it is. */
static void send_one(int fd, int family, const union address *to, socklen_t len)
{
	unsigned char echo[8] = { family == AF_INET ? 8 : 128 };

	if (sendto(fd, echo, sizeof(echo), 0, len ? &to->any : NULL, len) < 0)
		warn("send");	/* the error of the packet before */
}

/* A connection of TCP is reset: it would go on sending, to no end, when we are gone. */
static void end(int fd)
{
	struct linger reset = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

int main(int argc, char **argv)
{
	union address local, remote;
	socklen_t local_len, remote_len = 0, to_len = 0;
	char line[64];
	int fd;

	if (argc != 6 && argc != 7)
		errx(2, "usage: victim PROTOCOL LOCAL PORT REMOTE PORT [TTL]");
	local_len = take_address(&local, argv[2], argv[3]);
	if (strcmp(argv[4], "-"))
		remote_len = take_address(&remote, argv[4], argv[5]);
	fd = open_socket(argv[1], local.any.sa_family);
	if (bind(fd, &local.any, local_len))
		err(1, "bind");
	if (!strcmp(argv[1], "free"))
		to_len = remote_len;
	else if (remote_len && connect(fd, &remote.any, remote_len))
		err(1, "connect");
	set_ttl(fd, local.any.sa_family, argc == 7 ? atoi(argv[6]) : 1);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		send_one(fd, local.any.sa_family, &remote, to_len);
	end(fd);
	return 0;
}

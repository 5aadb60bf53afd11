/* SPDX-License-Identifier: MIT */
/*
 * Sockets that ping without being raw, which sock_diag(7) does not know: lines of
 * /proc/net/icmp and icmp6, whose 'port' is the identifier.
 */
#include "pings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct ping {
	uint8_t src[16];
	uint8_t dst[16];
	unsigned int id;
	uint32_t inode;
};

/* Words of 32 bits, each in the machine's byte order. */
static int take_words(const char *hex, unsigned int words, uint8_t *address)
{
	unsigned int word, i;
	char part[9];

	memset(address, 0, 16);
	for (i = 0; i < words; i++) {
		memcpy(part, hex + (size_t)i * 8, 8);
		part[8] = '\0';
		if (sscanf(part, "%x", &word) != 1)
			return -1;
		memcpy(address + (size_t)i * 4, &word, 4);
	}
	return 0;
}

static int take_ping(const char *line, unsigned int words, struct ping *ping)
{
	char src[33], dst[33];
	unsigned int inode;

	if (sscanf(line, "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%*x %*x %*x:%*x %*x:%*x %*x %*u "
		   "%*u %u", src, &ping->id, dst, &inode) != 4 ||
	    strlen(src) != (size_t)words * 8 || strlen(dst) != (size_t)words * 8)
		return 0;
	ping->inode = inode;
	return !take_words(src, words, ping->src) && !take_words(dst, words, ping->dst);
}

typedef void each_ping(void *context, const struct ping *ping);

/* Calls each for every ping socket of a family. 0, or -errno. */
static int read_pings(unsigned int family, each_ping *each, void *context)
{
	FILE *file = fopen(family == AF_INET6 ? "/proc/net/icmp6" : "/proc/net/icmp", "re");
	struct ping ping;
	char line[512];

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), file))
		if (take_ping(line, family == AF_INET6 ? 4 : 1, &ping) && ping.inode)
			each(context, &ping);
	fclose(file);
	return 0;
}

/* ---- All of them, and the one of a flow -------------------------------- */

struct listing {
	sockets_each *each;
	void *context;
};

static void list_ping(void *context, const struct ping *ping)
{
	const struct listing *listing = context;

	listing->each(listing->context, ping->inode, (uint16_t)ping->id);
}

int pings_list(unsigned int family, sockets_each *each, void *context)
{
	struct listing listing = { each, context };

	return read_pings(family, list_ping, &listing);
}

struct pinger {
	const struct flow *flow;
	uint32_t inode;
	int is_connected;
	int count;
};

static void match_ping(void *context, const struct ping *ping)
{
	struct pinger *pinger = context;

	if (ping->id != pinger->flow->sport || !address_is_any_or(ping->src, pinger->flow->src) ||
	    !address_is_any_or(ping->dst, pinger->flow->dst))
		return;
	pinger->inode = ping->inode;
	pinger->is_connected = !memcmp(ping->dst, pinger->flow->dst, 16);
	pinger->count++;
}

int pings_find(const struct flow *flow, struct socket_found *found)
{
	struct pinger pinger = { flow, 0, 0, 0 };
	int ret = read_pings(flow->family, match_ping, &pinger);

	found->inode = pinger.inode;
	found->age_ms = 0;
	found->is_connected = pinger.is_connected;
	return ret ? ret : pinger.count == 1;
}

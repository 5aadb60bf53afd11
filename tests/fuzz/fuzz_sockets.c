/* SPDX-License-Identifier: MIT */
/*
 * Whose socket an error hits: answers of sock_diag(7), lines of /proc/net/icmp and files of
 * processes are the input's, and so is the packet.
 */
#include "fake_files.h"
#include "fake_netlink.h"
#include "fuzz.h"
#include "process.h"
#include "sockets.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW 1700000000

static struct input *rest;		/* NULL: between two inputs */

/* ---- Addresses and clocks -------------------------------------------------- */

int __wrap_getifaddrs(struct ifaddrs **all);
void __wrap_freeifaddrs(struct ifaddrs *all);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
uint64_t __wrap_now_ms(void);

/* 10.9.1.1 is ours, and fd09:1::1. */
int __wrap_getifaddrs(struct ifaddrs **all)
{
	static struct sockaddr_in ip4 = { .sin_family = AF_INET };
	static struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
	static struct ifaddrs two = { .ifa_addr = (void *)&ip6 };
	static struct ifaddrs one = { .ifa_addr = (void *)&ip4, .ifa_next = &two };

	memcpy(&ip4.sin_addr, "\12\11\1\1", 4);
	memcpy(&ip6.sin6_addr, "\375\11\0\1\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	*all = &one;
	return 0;
}

void __wrap_freeifaddrs(struct ifaddrs *all)
{
	(void)all;
}

/* libFuzzer has its own use for it. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!rest)
		return __real_clock_gettime(clock, time);
	time->tv_sec = NOW;
	time->tv_nsec = 0;
	return 0;
}

/* Nothing is too young to be looked at again. */
uint64_t __wrap_now_ms(void)
{
	static uint64_t now;

	return now += 10000;
}

/* ---- What is asked --------------------------------------------------------- */

static void see(void *context, uint32_t inode, uint16_t port)
{
	(void)context;
	(void)port;
	HOLDS(inode);
}

static void list(void)
{
	struct sockets *sockets;

	HOLDS(!sockets_open(&sockets));
	HOLDS(sockets_list(sockets, see, NULL) <= 0);
	sockets_close(sockets);
}

static void find(void)
{
	struct socket_found found = { 0, 0, 0 };
	struct sockets *sockets;
	struct flow flow;
	int ret;

	memset(&flow, 0, sizeof(flow));
	flow.family = take8(rest) & 1 ? AF_INET6 : AF_INET;
	flow.protocol = take8(rest);
	take_bytes(rest, flow.src, flow.family == AF_INET6 ? 16 : 4);
	take_bytes(rest, flow.dst, flow.family == AF_INET6 ? 16 : 4);
	flow.sport = (uint16_t)take16(rest);
	flow.dport = (uint16_t)take16(rest);
	fake_files_begin(take_part(rest, take8(rest)), rest);
	HOLDS(!sockets_open(&sockets));
	ret = sockets_find(sockets, &flow, &found);
	HOLDS(ret <= 1 && (ret != 1 || found.inode));
	sockets_close(sockets);
}

/* The whole way, from a packet to a name. */
static void name(void)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct sockopt_record *rec = record_of(take_part(rest, take16(rest)));
	struct processes *processes;
	struct process process;
	const char *why;

	processes = processes_open(&why);
	HOLDS(processes);
	HOLDS(processes_look(processes) >= 0);
	if (rec && !sockopt_icmp_decode(rec, &icmp) &&
	    processes_find(processes, rec, &icmp, &process)) {
		HOLDS(memchr(process.command, 0, sizeof(process.command)));
		HOLDS(process.pid > 0 && process.inode);
	}
	processes_close(processes);
	free(rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const asks[])(void) = { list, find, name };
	struct input in = { data, size };
	unsigned int which = take8(&in) % 3;

	rest = &in;
	fake_netlink_begin(&in);
	fake_files_begin(take_part(&in, take8(&in)), &in);
	asks[which]();
	fake_files_end();
	rest = NULL;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* See neighbour.h. */
#include "neighbour.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "packet.h"

void neighbour_run(const char *format, ...)
{
	char command[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_int_lt(len, (int)sizeof(command));
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

struct life {
	int link;
	int family;
	void (*act)(void *arg);
	void *arg;
};

static void live(void *arg)
{
	const struct life *life = arg;

	vm_new_netns_of(life->family);
	vm_pass(life->link, NULL, 0);
	vm_receive(life->link, NULL, 0);
	if (life->act)
		life->act(life->arg);
}

void neighbour_start(struct neighbour *neighbour, int family, void (*act)(void *arg), void *arg)
{
	struct life life = { .family = family, .act = act, .arg = arg };
	int pair[2];

	vm_pair(pair);
	life.link = pair[1];
	neighbour->link = pair[0];
	neighbour->pid = vm_fork(live, &life);
	close(pair[1]);
	vm_receive(pair[0], NULL, 0);
}

void neighbour_connect(const struct neighbour *neighbour, const char *name)
{
	neighbour_run("ip link add name %s type veth && ip link set veth0 netns %d && "
		      "ip link set %s up", name, (int)neighbour->pid, name);
}

void neighbour_act(const struct neighbour *neighbour)
{
	vm_pass(neighbour->link, NULL, 0);
	vm_join(neighbour->pid);
}

int neighbour_visit(const struct neighbour *neighbour)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)neighbour->pid);
	return vm_visit(pid);
}

/* ---- Addresses ---- */

#define SCOPE_LINK 0x20U	/* as /proc has it */

/* All are ready for use, and a link-local one, which comes with the link, is there. */
static bool has_ip6(void *arg)
{
	const char *name = arg, *line;
	char text[2048], device[16];
	unsigned int scope, flags;
	bool has_link = false;

	ck_assert_int_ge(vm_read("/proc/net/if_inet6", text, sizeof(text)), 0);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		ck_assert_int_eq(sscanf(line, "%*s %*x %*x %x %x %15s", &scope, &flags, device), 3);
		if (strcmp(device, name))
			continue;
		if (flags & IFA_F_TENTATIVE)
			return false;
		has_link |= scope == SCOPE_LINK;
	}
	return has_link;
}

void neighbour_address(const char *name, const char *address)
{
	bool is_ip6 = strchr(address, ':');
	char device[16];

	neighbour_run("ip addr add %s/%d dev %s && ip link set %s up", address, is_ip6 ? 64 : 24,
		      name, name);
	snprintf(device, sizeof(device), "%s", name);
	if (is_ip6)
		vm_wait(has_ip6, device, "IPv6");
}

void neighbour_settle(const struct neighbour *neighbour, const char *address)
{
	int home = neighbour_visit(neighbour);

	neighbour_address("veth0", address);
	vm_go_home(home);
}

/* ---- Pings ---- */

/* A socket of IPv6 is given no IP header. */
static bool is_reply(const uint8_t *bytes)
{
	const uint8_t *asked = packet.bytes + packet.offset;
	bool is_ip6 = packet.family == AF_INET6;
	const uint8_t *icmp = is_ip6 ? bytes : bytes + 4 * (bytes[0] & 0x0f);

	return icmp[0] == (is_ip6 ? ECHO_REPLY6 : ECHO_REPLY) && !memcmp(icmp + 4, asked + 4, 4);
}

void neighbour_ping(void)
{
	const struct timeval timeout = { .tv_sec = 4 };
	bool is_ip6 = packet.family == AF_INET6;
	static uint8_t bytes[65536];
	int fd = socket(packet.family, SOCK_RAW | SOCK_CLOEXEC,
			is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	ck_assert_msg(fd >= 0, "ICMP socket: %s", strerror(errno));
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
	send_packet();
	do {
		ck_assert_msg(recv(fd, bytes, sizeof(bytes), 0) >= (is_ip6 ? 8 : IP_LEN + 8),
			      "no reply: %s", strerror(errno));
	} while (!is_reply(bytes));
	close(fd);
}

void neighbour_ping_from(const struct neighbour *neighbour)
{
	int home = neighbour_visit(neighbour);

	neighbour_ping();
	vm_go_home(home);
}

/* SPDX-License-Identifier: MIT */
/* See neighbour.h. */
#include "neighbour.h"

#include <errno.h>
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
	void (*act)(void *arg);
	void *arg;
};

static void live(void *arg)
{
	const struct life *life = arg;

	vm_new_netns_ip4();
	vm_pass(life->link, NULL, 0);
	vm_receive(life->link, NULL, 0);
	life->act(life->arg);
}

void neighbour_start(struct neighbour *neighbour, void (*act)(void *arg), void *arg)
{
	struct life life = { .act = act, .arg = arg };
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

static bool is_reply(const uint8_t *bytes)
{
	const uint8_t *asked = packet.bytes + 4 * (packet.bytes[0] & 0x0f);
	const uint8_t *icmp = bytes + 4 * (bytes[0] & 0x0f);

	return icmp[0] == ECHO_REPLY && !memcmp(icmp + 4, asked + 4, 4);
}

void neighbour_ping(void)
{
	const struct timeval timeout = { .tv_sec = 4 };
	static uint8_t bytes[65536];
	int fd = vm_sender();

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
	send_packet();
	do {
		ck_assert_msg(recv(fd, bytes, sizeof(bytes), 0) >= IP_LEN + 8, "no reply: %s",
			      strerror(errno));
	} while (!is_reply(bytes));
	close(fd);
}

/* SPDX-License-Identifier: MIT */
/* A netlink socket each, with a queue as every socket has it; see pool.h. */
#include "pool.h"

#include <linux/netlink.h>

static int fds[POOL];
static struct {
	struct nlmsghdr head;
	struct peer_pool_message message;
} bytes;

static void open_sockets(const struct pool_way *way, uint32_t wake_records)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int i;

	(void)way;
	(void)wake_records;
	for (i = 0; i < POOL; i++) {
		fds[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, PEER_POOL_NETLINK);
		ck_assert_int_ge(fds[i], 0);
		address.nl_pid = PEER_POOL_PORT + (uint32_t)i;
		ck_assert_int_eq(bind(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
}

static int fd_of(int endpoint)
{
	return fds[endpoint];
}

static unsigned int take_one(int endpoint)
{
	if (recv(fds[endpoint], &bytes, sizeof(bytes), MSG_DONTWAIT) != sizeof(bytes))
		return 0;
	pool_read(endpoint, &bytes.message);
	return 1;
}

static unsigned int take_all(int endpoint)
{
	unsigned int taken = 0;

	while (take_one(endpoint))
		taken++;
	return taken;
}

const struct pool_way pool_netlink[] = {
	{ "netlink, select, recv", "netlink", open_sockets, fd_of, take_one, .selects = true },
	{ "netlink, recv, sweep", "netlink", open_sockets, fd_of, take_all, .selects = false },
	{ 0 }
};

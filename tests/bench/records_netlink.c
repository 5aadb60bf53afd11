/* SPDX-License-Identifier: MIT */
/* Netlink: a message for each packet from a module, and nftables' log; see records.h. */
#include "records.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <unistd.h>

#define GROUP 5		/* of the log */

static int fd;
static uint8_t bytes[65536] __attribute__((aligned(NLMSG_ALIGNTO)));

/* ---- A module's own ---- */

static void ask_peer(int type)
{
	struct bench_message message;

	bench_message(&message, type);
	bench_ask(fd, &message);
}

static void open_peer(const struct records_way *way)
{
	(void)way;
	fd = bench_netlink(PEER_NETLINK);
	records_make_room(fd);
	ask_peer(PEER_NETLINK_WATCH);
}

static void close_peer(void)
{
	ask_peer(PEER_NETLINK_UNWATCH);
}

static unsigned int take_peer(unsigned int wanted)
{
	const struct peer_packet *packet = (const void *)(bytes + NLMSG_HDRLEN);
	unsigned int n;

	for (n = 0; n < wanted && recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0; n++)
		records_read(packet->bytes);
	return n;
}

/* ---- The log ---- */

static const char *const log_modules[] = {
	"libcrc32c", "nfnetlink", "nf_tables", "nfnetlink_log", "nft_log", NULL
};

static void *begin_config(struct bench_message *message, int type, size_t len)
{
	struct nfgenmsg *head = bench_begin(message, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG,
					    sizeof(*head));

	head->version = NFNETLINK_V0;
	head->res_id = htons(GROUP);
	return bench_attribute(message, type, len);
}

static void bind_group(void)
{
	struct nfulnl_msg_config_cmd command = { NFULNL_CFG_CMD_BIND };
	struct bench_message message;

	memcpy(begin_config(&message, NFULA_CFG_CMD, sizeof(command)), &command, sizeof(command));
	bench_ask(fd, &message);
}

static void append_number(struct bench_message *message, int type, uint32_t number)
{
	number = htonl(number);
	memcpy(bench_attribute(message, type, sizeof(number)), &number, sizeof(number));
}

/*
 * Its buffer is allocated anew, and cleared, each time it was sent: one that is larger than
 * what it has to hold is dear. A packet needs 240 bytes there.
 */
static void configure_group(int packets)
{
	struct nfulnl_msg_config_mode mode = { htonl(RECORDS_SNAPLEN), NFULNL_COPY_PACKET, 0 };
	struct bench_message message;

	memcpy(begin_config(&message, NFULA_CFG_MODE, sizeof(mode)), &mode, sizeof(mode));
	append_number(&message, NFULA_CFG_QTHRESH, (uint32_t)packets);
	append_number(&message, NFULA_CFG_NLBUFSIZ, packets > 1 ? (uint32_t)packets * 256 : 512);
	append_number(&message, NFULA_CFG_TIMEOUT, 1000);
	bench_ask(fd, &message);
}

static void open_log(const struct records_way *way)
{
	char command[256];

	records_load(log_modules);
	fd = bench_netlink(NETLINK_NETFILTER);
	records_make_room(fd);
	bind_group();
	configure_group(way->batch);
	snprintf(command, sizeof(command),
		 "/usr/bin/nft 'table ip sko { chain in { type filter hook prerouting priority raw; "
		 "ip protocol icmp log group %d; }; }'", GROUP);
	records_run(command);
}

static void close_log(void)
{
	records_run("/usr/bin/nft delete table ip sko");
	close(fd);
	records_unload(log_modules);
}

/* Netlink's macro for that warns, with lengths that have a sign or none. */
static size_t aligned(size_t len)
{
	return (len + NLMSG_ALIGNTO - 1) & ~((size_t)NLMSG_ALIGNTO - 1);
}

static void read_payload(const struct nlmsghdr *head)
{
	const uint8_t *at = (const uint8_t *)head + NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	const uint8_t *end = (const uint8_t *)head + head->nlmsg_len;
	const struct nlattr *attribute;

	for (; at < end; at += aligned(attribute->nla_len)) {
		attribute = (const void *)at;
		if (attribute->nla_type == NFULA_PAYLOAD) {
			records_read((const uint8_t *)(attribute + 1));
			return;
		}
	}
}

/* A message has as many packets as came together; behind them is a head that says so. */
static unsigned int read_messages(size_t len)
{
	const struct nlmsghdr *head;
	unsigned int n = 0;
	size_t at;

	for (at = 0; at < len; at += aligned(head->nlmsg_len)) {
		head = (const void *)(bytes + at);
		if (head->nlmsg_type == NLMSG_DONE)
			continue;
		read_payload(head);
		n++;
	}
	return n;
}

static unsigned int take_log(unsigned int wanted)
{
	unsigned int taken = 0;
	ssize_t len;

	while (taken < wanted && (len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		taken += read_messages((size_t)len);
	return taken;
}

static int fd_of_socket(void)
{
	return fd;
}

const struct records_way records_netlink[] = {
	{ "netlink, a message each", open_peer, take_peer, fd_of_socket, close_peer, .batch = 1 },
	{ "nftables' log, 64 a message", open_log, take_log, fd_of_socket, close_log, .batch = 64 },
	{ "nftables' log, a message each", open_log, take_log, fd_of_socket, close_log, .batch = 1 },
	{ 0 }
};

/* SPDX-License-Identifier: MIT */
/* Sockets and messages of netlink and generic netlink; see bench.h. */
#include "bench.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define ATTR_HEAD sizeof(struct nlattr)
#define ATTR_NEXT(len) ((((size_t)(len)) + NLA_ALIGNTO - 1) & ~((size_t)NLA_ALIGNTO - 1))
#define COMMAND_HEAD ((size_t)(NLMSG_HDRLEN + GENL_HDRLEN))

int bench_netlink(int protocol)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* ---- Messages ---- */

/* 'len' bytes more, zeros: where they are. */
static void *append(struct bench_message *message, size_t len)
{
	void *at = message->bytes + message->len;

	message->len += NLMSG_ALIGN(len);
	((struct nlmsghdr *)message->bytes)->nlmsg_len = (uint32_t)message->len;
	ck_assert_uint_le(message->len, sizeof(message->bytes));
	return at;
}

void *bench_begin(struct bench_message *message, int type, size_t len)
{
	struct nlmsghdr *head = (struct nlmsghdr *)message->bytes;

	memset(message, 0, sizeof(*message));
	head->nlmsg_type = (uint16_t)type;
	head->nlmsg_flags = NLM_F_REQUEST;
	message->len = NLMSG_HDRLEN;
	return append(message, len);
}

void *bench_attribute(struct bench_message *message, int type, size_t len)
{
	struct nlattr *attribute = append(message, ATTR_HEAD + len);

	attribute->nla_type = (uint16_t)type;
	attribute->nla_len = (uint16_t)(ATTR_HEAD + len);
	return (char *)attribute + ATTR_HEAD;
}

void bench_message(struct bench_message *message, int type)
{
	message->text = bench_begin(message, type, PEER_TEXT);
}

static void begin_command(struct bench_message *message, int family, int command, int version)
{
	struct genlmsghdr *head = bench_begin(message, family, GENL_HDRLEN);

	head->cmd = (uint8_t)command;
	head->version = (uint8_t)version;
}

void bench_command(struct bench_message *message, int family, int command)
{
	begin_command(message, family, command, PEER_FAMILY_VERSION);
	message->text = bench_attribute(message, PEER_ATTR_TEXT, PEER_TEXT);
}

static void send_it(int fd, const struct bench_message *message)
{
	ck_assert_int_eq(send(fd, message->bytes, message->len, 0), (ssize_t)message->len);
}

void bench_ask(int fd, struct bench_message *message)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		unsigned char copy[sizeof(message->bytes)];
	} answer;

	((struct nlmsghdr *)message->bytes)->nlmsg_flags |= NLM_F_ACK;
	send_it(fd, message);
	ck_assert_int_gt(recv(fd, &answer, sizeof(answer), 0), (ssize_t)NLMSG_HDRLEN);
	ck_assert_int_eq(answer.head.nlmsg_type, NLMSG_ERROR);
	ck_assert_msg(!answer.error.error, "netlink: %s", strerror(-answer.error.error));
}

/* ---- Families ---- */

/* The family's id in an answer to CTRL_CMD_GETFAMILY. */
static int find_id(const char *bytes, size_t len)
{
	size_t at = COMMAND_HEAD;
	struct nlattr attribute;
	uint16_t id;

	for (; at + ATTR_HEAD <= len; at += ATTR_NEXT(attribute.nla_len)) {
		memcpy(&attribute, bytes + at, sizeof(attribute));
		ck_assert_uint_ge(attribute.nla_len, ATTR_HEAD);
		if (attribute.nla_type != CTRL_ATTR_FAMILY_ID)
			continue;
		memcpy(&id, bytes + at + ATTR_HEAD, sizeof(id));
		return id;
	}
	ck_abort_msg("no id of a family in the answer");
}

int bench_family(int fd, const char *name)
{
	struct bench_message message;
	char answer[4096];
	ssize_t len;

	begin_command(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	strcpy(bench_attribute(&message, CTRL_ATTR_FAMILY_NAME, strlen(name) + 1), name);
	send_it(fd, &message);
	len = recv(fd, answer, sizeof(answer), 0);
	ck_assert_int_gt(len, (ssize_t)COMMAND_HEAD);
	ck_assert_int_ne(((struct nlmsghdr *)answer)->nlmsg_type, NLMSG_ERROR);
	return find_id(answer, (size_t)len);
}

/* SPDX-License-Identifier: MIT */
/*
 * Netlink by libmnl. A kernel that lacks a protocol's part of sock_diag answers ENOENT:
 * then there are none.
 */
#include "sockets.h"

#include "pings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* States of linux/tcp.h's users, which no header for programs names. */
enum state {
	ESTABLISHED = 1,
	SYN_SENT,
	SYN_RECV,
	FIN_WAIT1,
	FIN_WAIT2,
	TIME_WAIT,
	CLOSE,
	CLOSE_WAIT,
	LAST_ACK,
	LISTEN,
	CLOSING,
};

/* Those that have no socket of a process' are left out. A UDP socket is 'CLOSE'. */
#define STATES	(~(1U << SYN_RECV | 1U << TIME_WAIT | 1U << LISTEN))

/* tcp_info counts in ticks of the kernel, of 10 ms at most. */
#define TICKS_MS	20

#define BUFFER		32768	/* what the kernel puts into one answer of a dump */

struct sockets {
	struct mnl_socket *netlink;
	unsigned int port;
	unsigned int seq;
	char *buffer;		/* of BUFFER bytes */
};

int sockets_open(struct sockets **sockets)
{
	struct sockets *all = calloc(1, sizeof(*all));
	int ret;

	*sockets = NULL;
	if (!all)
		return -ENOMEM;
	all->buffer = malloc(BUFFER);
	all->netlink = all->buffer ? mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC) :
				     NULL;
	if (!all->netlink || mnl_socket_bind(all->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = -errno;
		sockets_close(all);
		return ret;
	}
	all->port = mnl_socket_get_portid(all->netlink);
	*sockets = all;
	return 0;
}

void sockets_close(struct sockets *sockets)
{
	if (!sockets)
		return;
	if (sockets->netlink)
		mnl_socket_close(sockets->netlink);
	free(sockets->buffer);
	free(sockets);
}

/* ---- sock_diag --------------------------------------------------------- */

static struct inet_diag_req_v2 *request(struct sockets *sockets, unsigned int flags,
					unsigned int family, unsigned int protocol)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(sockets->buffer);
	struct inet_diag_req_v2 *req;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	header->nlmsg_seq = ++sockets->seq;
	req = mnl_nlmsg_put_extra_header(header, sizeof(*req));
	req->sdiag_family = (uint8_t)family;
	req->sdiag_protocol = (uint8_t)protocol;
	req->idiag_states = STATES;
	req->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return req;
}

/* What an earlier question that failed left unread would be taken for our answer. */
static void drain(struct sockets *sockets)
{
	char byte;

	while (recv(mnl_socket_get_fd(sockets->netlink), &byte, 1,
		    MSG_DONTWAIT | MSG_TRUNC) >= 0)
		;
}

/* Sends what is in the buffer, and calls back for each answer. 0 or -errno. */
static int ask(struct sockets *sockets, mnl_cb_t answer, void *context)
{
	const struct nlmsghdr *header = (const void *)sockets->buffer;
	unsigned int seq = header->nlmsg_seq;
	int ret = 1;
	ssize_t n;

	drain(sockets);
	if (mnl_socket_sendto(sockets->netlink, header, header->nlmsg_len) < 0)
		return -errno;
	while (ret > 0) {
		n = mnl_socket_recvfrom(sockets->netlink, sockets->buffer,
					BUFFER);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(sockets->buffer, (size_t)n, seq, sockets->port, answer,
				 context);
	}
	return ret < 0 ? -errno : 0;
}

/* ---- All of them ------------------------------------------------------- */

struct listing {
	sockets_each *each;
	void *context;
};

static int list_one(const struct nlmsghdr *header, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	const struct listing *listing = data;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(*msg) && msg->idiag_inode)
		listing->each(listing->context, msg->idiag_inode,
			      ntohs(msg->id.idiag_sport));
	return MNL_CB_OK;
}

static int list_diag(struct sockets *sockets, struct listing *listing,
		     unsigned int family, unsigned int protocol)
{
	int ret;

	request(sockets, NLM_F_DUMP, family, protocol);
	ret = ask(sockets, list_one, listing);
	return ret == -ENOENT ? 0 : ret;
}

/* ---- Who else could have sent it --------------------------------------- */

struct senders {
	const struct flow *flow;
	int count;
};

/* An address of IPv4 as a socket of IPv6 has it. */
static void map_address(uint8_t mapped[16], const uint8_t *address)
{
	memset(mapped, 0, 10);
	memset(mapped + 10, 0xff, 2);
	memcpy(mapped + 12, address, 4);
}

static int is_from(const struct inet_diag_msg *msg, const struct flow *flow)
{
	const uint8_t *bound = (const uint8_t *)msg->id.idiag_src;
	uint8_t mapped[16];

	if (msg->idiag_family == flow->family)
		return address_is_any_or(bound, flow->src);
	map_address(mapped, flow->src);
	return flow->family == AF_INET && address_is_any_or(bound, mapped);
}

static int count_sender(const struct nlmsghdr *header, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	struct senders *senders = data;
	const struct flow *flow = senders->flow;
	unsigned int peer;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*msg))
		return MNL_CB_OK;
	peer = ntohs(msg->id.idiag_dport);
	if (ntohs(msg->id.idiag_sport) == flow->sport &&
	    (!peer || peer == flow->dport) && is_from(msg, flow))
		senders->count++;
	return MNL_CB_OK;
}

/* Sockets may share a port of UDP: then nobody can tell whose packet it was. */
static int is_only_sender(struct sockets *sockets, const struct flow *flow)
{
	static const unsigned int families[] = { AF_INET, AF_INET6 };
	struct senders senders = { flow, 0 };
	struct inet_diag_req_v2 *req;
	int i, ret = 0;

	for (i = 0; i < 2 && !ret; i++) {
		req = request(sockets, NLM_F_DUMP, families[i], flow->protocol);
		req->id.idiag_sport = htons(flow->sport);
		ret = ask(sockets, count_sender, &senders);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret ? ret : senders.count == 1;
}

/* ---- The one of a flow ------------------------------------------------- */

struct answer {
	const struct flow *flow;
	struct socket_found found;
	int is_found;
};

/* Its peer has acknowledged something as soon as it is connected. */
static uint32_t age_of(const struct tcp_info *info)
{
	uint32_t age = info->tcpi_last_ack_recv;

	return age > TICKS_MS ? age - TICKS_MS : 0;
}

static int is_connected(unsigned int state)
{
	return state == ESTABLISHED || state == FIN_WAIT1 || state == FIN_WAIT2 ||
	       state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING;
}

/* The kernel may tell more, or less, than our header of it knows. */
static int take_age(const struct nlattr *attr, void *data)
{
	size_t enough = offsetof(struct tcp_info, tcpi_pmtu);
	struct tcp_info info;
	uint32_t *age = data;

	if (mnl_attr_get_type(attr) != INET_DIAG_INFO ||
	    mnl_attr_get_payload_len(attr) < enough)
		return MNL_CB_OK;
	memset(&info, 0, sizeof(info));
	memcpy(&info, mnl_attr_get_payload(attr), enough);
	*age = age_of(&info);
	return MNL_CB_STOP;
}

static uint32_t tcp_age(const struct nlmsghdr *header, const struct inet_diag_msg *msg)
{
	uint32_t age = 0;

	if (is_connected(msg->idiag_state))
		mnl_attr_parse(header, sizeof(*msg), take_age, &age);
	return age;
}

/* The kernel may have states that are none of ours. */
static int is_wanted(unsigned int state)
{
	return state < 32 && STATES >> state & 1;
}

static int take_answer(const struct nlmsghdr *header, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	struct answer *answer = data;
	unsigned int peer;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*msg))
		return MNL_CB_STOP;
	peer = ntohs(msg->id.idiag_dport);
	if (ntohs(msg->id.idiag_sport) != answer->flow->sport ||
	    (peer && peer != answer->flow->dport) || !msg->idiag_inode ||
	    !is_wanted(msg->idiag_state))
		return MNL_CB_STOP;
	answer->found.inode = msg->idiag_inode;
	answer->found.is_connected = peer != 0;
	if (answer->flow->protocol == IPPROTO_TCP)
		answer->found.age_ms = tcp_age(header, msg);
	answer->is_found = 1;
	return MNL_CB_STOP;
}

static void put_end(__be32 address[4], __be16 *port, const uint8_t *from, uint16_t n)
{
	memcpy(address, from, 16);
	*port = htons(n);
}

/* The kernel looks UDP up by the packet that would arrive: with the ends swapped. */
static int find_diag(struct sockets *sockets, const struct flow *flow,
		     struct socket_found *found)
{
	struct inet_diag_req_v2 *req = request(sockets, 0, flow->family, flow->protocol);
	struct answer answer = { flow, { 0, 0, 0 }, 0 };
	int ret;

	if (flow->protocol == IPPROTO_TCP) {
		put_end(req->id.idiag_src, &req->id.idiag_sport, flow->src, flow->sport);
		put_end(req->id.idiag_dst, &req->id.idiag_dport, flow->dst, flow->dport);
		req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	} else {
		put_end(req->id.idiag_src, &req->id.idiag_sport, flow->dst, flow->dport);
		put_end(req->id.idiag_dst, &req->id.idiag_dport, flow->src, flow->sport);
	}
	req->id.idiag_if = flow->ifindex;
	ret = ask(sockets, take_answer, &answer);
	if (ret && ret != -ENOENT)
		return ret;
	*found = answer.found;
	if (!answer.is_found || flow->protocol == IPPROTO_TCP)
		return answer.is_found;
	return is_only_sender(sockets, flow);
}

/* ---- Both -------------------------------------------------------------- */

int sockets_find(struct sockets *sockets, const struct flow *flow,
		 struct socket_found *found)
{
	switch (flow->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return find_diag(sockets, flow, found);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return pings_find(flow, found);
	default:
		return 0;
	}
}

int sockets_list(struct sockets *sockets, sockets_each *each, void *context)
{
	static const unsigned int families[] = { AF_INET, AF_INET6 };
	static const unsigned int protocols[] = { IPPROTO_TCP, IPPROTO_UDP,
						  IPPROTO_UDPLITE };
	struct listing listing = { each, context };
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < 2 && !ret; i++) {
		for (j = 0; j < 3 && !ret; j++)
			ret = list_diag(sockets, &listing, families[i], protocols[j]);
		if (!ret)
			ret = pings_list(families[i], each, context);
	}
	return ret;
}

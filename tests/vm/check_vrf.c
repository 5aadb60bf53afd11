/* SPDX-License-Identifier: MIT */
/*
 * Proves that a packet that comes in by a port of a VRF is captured once, as the
 * port's, although PRE_ROUTING runs for the port and for the VRF.
 *
 *   us: red (VRF) -- v1 10.8.0.1 ---- 10.8.0.2 veth0: a neighbour
 */
#include "vm.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define US "10.8.0.1"
#define ID 4711

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

/* ---- A VRF, by rtnetlink: busybox ip cannot make one ---- */

struct request {
	struct nlmsghdr nlh;
	struct ifinfomsg link;
	char attributes[128];
};

/* One more attribute at the end; with data NULL one that holds those to come. */
static struct rtattr *add(struct request *request, unsigned short type,
			  const void *data, size_t len)
{
	struct rtattr *attr = (void *)((char *)request + NLMSG_ALIGN(request->nlh.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(len);
	if (data)
		memcpy(RTA_DATA(attr), data, len);
	request->nlh.nlmsg_len = (uint32_t)(NLMSG_ALIGN(request->nlh.nlmsg_len) +
					    RTA_ALIGN(attr->rta_len));
	return attr;
}

static void close_nest(struct request *request, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)request + request->nlh.nlmsg_len -
					 (char *)nest);
}

static void send_request(const struct request *request)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, request, request->nlh.nlmsg_len, 0),
			 (int)request->nlh.nlmsg_len);
	ck_assert_int_gt(recv(fd, &answer, sizeof(answer), 0), (int)sizeof(answer.nlh));
	ck_assert_msg(!answer.error.error, "rtnetlink: %s", strerror(-answer.error.error));
	close(fd);
}

static void make_vrf(const char *name, uint32_t table)
{
	struct request request = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		.nlh.nlmsg_type = RTM_NEWLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
	};
	struct rtattr *info, *data;

	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	info = add(&request, IFLA_LINKINFO, NULL, 0);
	add(&request, IFLA_INFO_KIND, "vrf", 3);
	data = add(&request, IFLA_INFO_DATA, NULL, 0);
	add(&request, IFLA_VRF_TABLE, &table, sizeof(table));
	close_nest(&request, data);
	close_nest(&request, info);
	send_request(&request);
}

/* ---- The neighbour ---- */

static void wait_for_reply(int fd)
{
	struct timeval timeout = { .tv_sec = 5 };
	uint8_t buf[256];

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
				    sizeof(timeout)), 0);
	do {
		ck_assert_msg(recv(fd, buf, sizeof(buf), 0) > 20, "no reply: %s",
			      strerror(errno));
	} while (buf[20] != 0);
}

/* Once it has the reply, all that the request did to us is done. */
static void ping_us(void *arg)
{
	int fd;

	vm_receive(*(int *)arg, NULL, 0);
	run("ip addr add 10.8.0.2/24 dev veth0 && ip link set veth0 up");
	fd = vm_sender();
	vm_echo(fd, US, ID, 1, 32, 0);
	wait_for_reply(fd);
}

static void live_elsewhere(void *arg)
{
	int *pair = arg;

	vm_new_netns();
	vm_pass(pair[1], NULL, 0);
	ping_us(&pair[1]);
}

static void connect_to(pid_t neighbour)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "ip link add name v1 type veth && ip link set veth0 netns %d", neighbour);
	run(command);
	make_vrf("red", 10);
	run("ip link set red up && ip link set v1 master red && "
	    "ip addr add " US "/24 dev v1 && ip link set v1 up");
}

START_TEST(a_packet_by_a_port_of_a_vrf_is_captured_once_as_the_ports)
{
	struct vm_reader reader;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	unsigned int port;
	pid_t neighbour;
	int pair[2];

	vm_new_netns();
	vm_pair(pair);
	neighbour = vm_fork(live_elsewhere, pair);
	vm_receive(pair[0], NULL, 0);
	connect_to(neighbour);
	port = if_nametoindex("v1");
	vm_reader_open_types(&reader, (const int[]){ 8, -1 }, 16);
	vm_pass(pair[0], NULL, 0);
	vm_join(neighbour);

	ck_assert_int_eq(vm_reader_take(&reader), 1);
	ck_assert_uint_eq(vm_record(&reader.batch, 0)->ifindex, port);
	ck_assert_int_eq(sockopt_icmp_decode(vm_record(&reader.batch, 0), &icmp), 0);
	ck_assert_uint_eq(icmp.type, 8);
	ck_assert_uint_eq(icmp.id, ID);
	vm_reader_close(&reader);
}
END_TEST

Suite *vrf_suite(void)
{
	Suite *suite = suite_create("vrf");
	TCase *tc = tcase_create("vrf");

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_packet_by_a_port_of_a_vrf_is_captured_once_as_the_ports);
	suite_add_tcase(suite, tc);
	return suite;
}

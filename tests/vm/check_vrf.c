/* SPDX-License-Identifier: MIT */
/*
 * Proves that a packet that comes in by a port of a VRF is captured once, as the
 * port's, although PRE_ROUTING runs for the port and for the VRF; and if the port is a
 * bridge, perhaps in the bridge, too.
 *
 *   us: red (VRF) -- v1 10.8.0.1 ---- 10.8.0.2 veth0: a neighbour; or fd08::1, fd08::2
 *   us: red (VRF) -- br0 10.8.0.1 -- v1 ---- the same
 */
#include "neighbour.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "packet.h"

#define SWITCH "/proc/sys/net/bridge/bridge-nf-call-"

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

/* ---- Tests ---- */

static const struct {
	int family;
	const char *our, *their;
} ips[] = {
	{ AF_INET, "10.8.0.1", "10.8.0.2" },
	{ AF_INET6, "fd08::1", "fd08::2" },
};

static struct neighbour neighbour;
static struct vm_reader reader;

static void make_bridge(bool has_firewall)
{
	const char *value = has_firewall ? "1" : "0";

	neighbour_run("brctl addbr br0 && brctl addif br0 v1 && ip link set br0 up");
	ck_assert_int_eq(vm_write(SWITCH "iptables", value, 1), 1);
	ck_assert_int_eq(vm_write(SWITCH "ip6tables", value, 1), 1);
}

/* 'packet' is an echo request to us. */
static void connect_by(const char *port, int ip, bool has_firewall)
{
	vm_new_netns_of(ips[ip].family);
	neighbour_start(&neighbour, ips[ip].family, NULL, NULL);
	neighbour_connect(&neighbour, "v1");
	if (!strcmp(port, "br0"))
		make_bridge(has_firewall);
	make_vrf("red", 10);
	neighbour_run("ip link set red up && ip link set %s master red", port);
	neighbour_settle(&neighbour, ips[ip].their);
	neighbour_address(port, ips[ip].our);
	build(ips[ip].their, ips[ip].our, 0x5701, 100);
}

static void open_types(uint8_t type4, uint8_t type6)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	sockopt_filter_add(&filter, type4);
	sockopt_filter_add6(&filter, type6);
	vm_reader_open_filter(&reader, &filter, 200, 4);
}

/* The one record that there is shows 'packet'. */
static void expect_one_by(const char *port)
{
	const struct sockopt_record *rec = only(&reader);

	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex(port));
	expect_delivered(&reader, 1);
	neighbour_act(&neighbour);
}

START_TEST(a_packet_by_a_port_of_a_vrf_is_captured_once_as_the_ports)
{
	connect_by("v1", _i, false);
	open_types(ECHO_REQUEST, ECHO_REQUEST6);
	neighbour_ping_from(&neighbour);
	expect_one_by("v1");
}
END_TEST

START_TEST(a_packet_by_a_bridge_in_a_vrf_is_captured_once_as_the_bridges)
{
	connect_by("br0", _i / 2, _i % 2);
	open_types(ECHO_REQUEST, ECHO_REQUEST6);
	neighbour_ping_from(&neighbour);
	expect_one_by("br0");
}
END_TEST

/* RFC 4861. Nobody sends one but we. */
#define REDIRECT6 137

static void become(uint8_t type)
{
	packet.bytes[packet.offset] = type;
	sum_icmp();
}

/* A ping follows it, so that all it does is done. */
static void send_redirect(void)
{
	int home;

	become(REDIRECT6);
	home = neighbour_visit(&neighbour);
	send_packet();
	vm_go_home(home);
	become(ECHO_REQUEST6);
	neighbour_ping_from(&neighbour);
	become(REDIRECT6);
}

START_TEST(neighbour_discovery_by_a_port_of_a_vrf_is_captured_once_as_the_ports)
{
	const char *port = _i ? "br0" : "v1";

	connect_by(port, 1, true);
	open_types(REDIRECT, REDIRECT6);
	send_redirect();
	expect_one_by(port);
}
END_TEST

Suite *vrf_suite(void)
{
	Suite *suite = suite_create("vrf");
	TCase *tc = vm_case(suite, "vrf", 20, NULL);

	tcase_add_loop_test(tc, a_packet_by_a_port_of_a_vrf_is_captured_once_as_the_ports, 0,
			    VM_COUNT(ips));
	tcase_add_loop_test(tc, a_packet_by_a_bridge_in_a_vrf_is_captured_once_as_the_bridges, 0,
			    2 * VM_COUNT(ips));
	tcase_add_loop_test(tc,
		neighbour_discovery_by_a_port_of_a_vrf_is_captured_once_as_the_ports, 0, 2);
	return suite;
}

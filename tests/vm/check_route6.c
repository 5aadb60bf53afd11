/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows what a router of IPv6 forwards, once each way, and
 * on both sides of it the errors that a sender gets, with the flow that caused them.
 *
 *   sender fd08:1::2 ---- v1 fd08:1::1  us  fd08:2::1 v2 ---- fd08:2::2 a far host
 */
#include "neighbour.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packet.h"

#define SENDER "fd08:1::2"
#define NEAR_SIDE "fd08:1::1"
#define FAR_SIDE "fd08:2::1"
#define FAR "fd08:2::2"
#define NOWHERE "fd08:3::2"
#define PORT 4444		/* nobody is there */
#define HOPS 64

static struct neighbour sender, far;
static struct vm_reader at_router, at_sender;

/* ---- The hosts ---- */

static void lay_cable(struct neighbour *neighbour, const char *theirs, const char *name,
		      const char *ours)
{
	int home;

	neighbour_start(neighbour, AF_INET6, NULL, NULL);
	neighbour_connect(neighbour, name);
	neighbour_settle(neighbour, theirs);
	neighbour_address(name, ours);
	home = neighbour_visit(neighbour);
	neighbour_run("ip -6 route add default via %s", ours);
	vm_go_home(home);
}

static void open_streams(void)
{
	const struct sockopt_filter filter = vm_filter_types6((const int[]){
		UNREACHABLE6, TOO_BIG6, TIME_EXCEEDED6, ECHO_REQUEST6, ECHO_REPLY6, -1 });
	int home;

	vm_reader_open_filter(&at_router, &filter, 1500, 4);
	home = neighbour_visit(&sender);
	vm_reader_open_filter(&at_sender, &filter, 1500, 4);
	vm_go_home(home);
}

static void set_up(void)
{
	vm_new_netns_of(AF_INET6);
	ck_assert_int_eq(vm_write("/proc/sys/net/ipv6/conf/all/forwarding", "1", 1), 1);
	lay_cable(&sender, SENDER, "v1", NEAR_SIDE);
	lay_cable(&far, FAR, "v2", FAR_SIDE);
	open_streams();
}

static void tear_down(void)
{
	neighbour_act(&sender);
	neighbour_act(&far);
}

/* ---- Datagrams ---- */

/* A UDP socket of the sender. */
static int connect_to(const char *address, int hops)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int home = neighbour_visit(&sender);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET6, address, &to.sin6_addr), 1);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops)), 0);
	vm_go_home(home);
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	return ntohs(name.sin6_port);
}

static void send_bytes(int fd, size_t len)
{
	static const uint8_t bytes[1400];

	ck_assert_uint_le(len, sizeof(bytes));
	ck_assert_int_eq(send(fd, bytes, len, 0), (ssize_t)len);
}

/* ---- Errors ---- */

#define QUOTES (SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS)

struct error {
	const char *from;
	uint8_t type, code;
	const char *to;		/* where what it quotes was to go */
	uint32_t mtu;		/* 0: it has none */
};

/* The one record that there is: about a datagram of this socket. */
static const struct sockopt_record *expect_error(struct vm_reader *reader, int fd,
						 const struct error *error)
{
	const struct sockopt_record *rec = only(reader);
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, QUOTES | (error->mtu ? SOCKOPT_ICMP_F_MTU : 0));
	ck_assert_uint_eq(icmp.type, error->type);
	ck_assert_uint_eq(icmp.code, error->code);
	ck_assert_uint_eq(icmp.mtu, error->mtu);
	expect_address(icmp.src, error->from);
	expect_address(icmp.dst, SENDER);
	ck_assert_uint_eq(icmp.quoted_family, AF_INET6);
	ck_assert_uint_eq(icmp.quoted_proto, IPPROTO_UDP);
	expect_address(icmp.quoted_src, SENDER);
	expect_address(icmp.quoted_dst, error->to);
	ck_assert_uint_eq(icmp.quoted_sport, port_of(fd));
	ck_assert_uint_eq(icmp.quoted_dport, PORT);
	return rec;
}

/* ---- What is forwarded ---- */

/* 'packet' becomes the far host's reply to it. */
static void become_reply(void)
{
	build(FAR, SENDER, 0x5801, packet.len - IP6_LEN);
	packet.bytes[packet.offset] = ECHO_REPLY6;
	sum_icmp();
}

START_TEST(a_router_sees_what_it_forwards_once_each_way)
{
	const struct sockopt_record *rec;

	build(SENDER, FAR, 0x5801, 8 + 200);
	neighbour_ping_from(&sender);
	ck_assert_int_eq(vm_reader_take(&at_router), 2);
	rec = vm_record(&at_router.batch, 0);
	expect_packet(&at_router, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("v1"));
	rec = vm_record(&at_router.batch, 1);
	become_reply();
	expect_packet(&at_router, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("v2"));
	vm_expect_nothing(&at_router);
	expect_delivered(&at_router, 2);
}
END_TEST

START_TEST(who_pings_through_a_router_sees_the_reply_alone)
{
	build(SENDER, FAR, 0x5801, 8 + 200);
	neighbour_ping_from(&sender);
	become_reply();
	packet.bytes[7] = HOPS - 1;
	expect_packet(&at_sender, only(&at_sender));
	expect_delivered(&at_sender, 1);
}
END_TEST

START_TEST(an_error_of_the_far_host_is_seen_on_its_way_and_where_it_arrives)
{
	const struct error refused = { FAR, UNREACHABLE6, 4, FAR, 0 };
	const struct sockopt_record *rec, *forwarded;
	int fd = connect_to(FAR, HOPS);

	send_bytes(fd, 100);
	rec = expect_error(&at_sender, fd, &refused);
	forwarded = expect_error(&at_router, fd, &refused);
	ck_assert_uint_eq(forwarded->ifindex, if_nametoindex("v2"));
	ck_assert_uint_eq(rec->caplen, IP6_LEN + 8 + IP6_LEN + 8 + 100);
	ck_assert_uint_eq(forwarded->caplen, rec->caplen);
	ck_assert_uint_eq(sockopt_record_data(forwarded)[7], HOPS);
	ck_assert_uint_eq(sockopt_record_data(rec)[7], HOPS - 1);
	ck_assert_mem_eq(sockopt_record_data(rec) + 8, sockopt_record_data(forwarded) + 8,
			 rec->caplen - 8);
}
END_TEST

/* ---- Errors of the router, which does not see what it sends itself ---- */

static void expect_error_of_router(int fd, const struct error *error)
{
	expect_error(&at_sender, fd, error);
	expect_delivered(&at_sender, 1);
	vm_expect_nothing(&at_router);
	expect_delivered(&at_router, 0);
}

static const struct error time_exceeded = { NEAR_SIDE, TIME_EXCEEDED6, 0, FAR, 0 };

START_TEST(time_exceeded_on_the_way_reaches_the_sender)
{
	int fd = connect_to(FAR, 1);

	send_bytes(fd, 100);
	expect_error_of_router(fd, &time_exceeded);
}
END_TEST

START_TEST(packet_too_big_tells_the_sender_the_mtu_behind_the_router)
{
	const struct error too_big = { NEAR_SIDE, TOO_BIG6, 0, FAR, 1280 };
	int fd = connect_to(FAR, HOPS);

	neighbour_run("ip link set v2 mtu 1280");
	send_bytes(fd, 1400);
	expect_error_of_router(fd, &too_big);
}
END_TEST

START_TEST(where_no_route_leads_to_is_unreachable_to_the_sender)
{
	const struct error no_route = { NEAR_SIDE, UNREACHABLE6, 0, NOWHERE, 0 };
	int fd = connect_to(NOWHERE, HOPS);

	send_bytes(fd, 100);
	expect_error_of_router(fd, &no_route);
}
END_TEST

/* ---- Errors of a connection ---- */

static void open_errors_of(struct vm_reader *reader, int fd)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	int home = neighbour_visit(&sender);

	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, fd), 0);
	vm_reader_open_filter(reader, &filter, 0, 4);
	vm_go_home(home);
}

START_TEST(an_error_of_a_router_comes_to_the_stream_of_its_connection_alone)
{
	int one = connect_to(FAR, 1), two = connect_to(FAR, 1);
	struct vm_reader of_one, of_two;

	open_errors_of(&of_one, one);
	open_errors_of(&of_two, two);
	send_bytes(one, 100);
	expect_error(&at_sender, one, &time_exceeded);
	expect_error(&of_one, one, &time_exceeded);
	send_bytes(two, 100);
	expect_error(&at_sender, two, &time_exceeded);
	expect_error(&of_two, two, &time_exceeded);
	vm_expect_nothing(&of_one);
	expect_delivered(&of_one, 1);
	expect_delivered(&of_two, 1);
}
END_TEST

Suite *route6_suite(void)
{
	Suite *suite = suite_create("route6");
	TCase *tc = vm_case(suite, "route6", 20, set_up);

	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_add_test(tc, a_router_sees_what_it_forwards_once_each_way);
	tcase_add_test(tc, who_pings_through_a_router_sees_the_reply_alone);
	tcase_add_test(tc, an_error_of_the_far_host_is_seen_on_its_way_and_where_it_arrives);
	tcase_add_test(tc, time_exceeded_on_the_way_reaches_the_sender);
	tcase_add_test(tc, packet_too_big_tells_the_sender_the_mtu_behind_the_router);
	tcase_add_test(tc, where_no_route_leads_to_is_unreachable_to_the_sender);
	tcase_add_test(tc, an_error_of_a_router_comes_to_the_stream_of_its_connection_alone);
	return suite;
}

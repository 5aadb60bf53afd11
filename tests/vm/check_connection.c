/* SPDX-License-Identifier: MIT */
/*
 * Proves that a filter made of a socket gets the errors that hit that connection, and
 * no others.
 */
#include "vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

union name {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static union name name_of(int family, const char *address, uint16_t port)
{
	union name name;

	memset(&name, 0, sizeof(name));
	name.any.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		name.ip6.sin6_port = htons(port);
		ck_assert_int_eq(inet_pton(family, address, &name.ip6.sin6_addr), 1);
	} else {
		name.ip4.sin_port = htons(port);
		ck_assert_int_eq(inet_pton(family, address, &name.ip4.sin_addr), 1);
	}
	return name;
}

static socklen_t name_len(const union name *name)
{
	return name->any.sa_family == AF_INET6 ? sizeof(name->ip6) : sizeof(name->ip4);
}

static uint16_t port_of(int fd)
{
	union name name;
	socklen_t len = sizeof(name);

	ck_assert_int_eq(getsockname(fd, &name.any, &len), 0);
	return ntohs(name.ip4.sin_port); /* at the same place in both */
}

static int socket_to(int type, int protocol, const union name *peer)
{
	int fd = socket(peer->any.sa_family, type | SOCK_CLOEXEC, protocol);

	ck_assert_msg(fd >= 0, "socket: %s", strerror(errno));
	ck_assert_msg(!connect(fd, &peer->any, name_len(peer)), "connect: %s", strerror(errno));
	return fd;
}

static int listener_at(const union name *name)
{
	int fd = socket(name->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, &name->any, name_len(name)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

static struct sockopt_filter filter_of(int fd)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, fd), 0);
	return filter;
}

/* ---- What it asks for ---- */

static const struct {
	int family;		/* of the socket */
	const char *address;
	int wire;		/* of the packets */
	const char *quoted;
} peers[] = {
	{ AF_INET, "127.0.0.1", AF_INET, "127.0.0.1" },
	{ AF_INET6, "::1", AF_INET6, "::1" },
	{ AF_INET6, "::ffff:127.0.0.1", AF_INET, "127.0.0.1" },
};

static void expect_flow(const struct sockopt_filter *filter, int peer, int protocol)
{
	struct sockopt_filter types = { .size = sizeof(types) };
	uint8_t address[16] = { 0 };
	int family = peers[peer].wire;

	ck_assert_int_eq(inet_pton(family, peers[peer].quoted, address), 1);
	sockopt_filter_add_errors(&types);
	if (family == AF_INET6)
		memset(types.types, 0, sizeof(types.types));
	else
		memset(types.types6, 0, sizeof(types.types6));
	ck_assert_mem_eq(filter->types, types.types, sizeof(types.types));
	ck_assert_mem_eq(filter->types6, types.types6, sizeof(types.types6));
	ck_assert_int_eq(filter->family, family);
	ck_assert_int_eq(filter->quoted_protocol, protocol);
	ck_assert_uint_eq(filter->quoted_src_prefix, family == AF_INET6 ? 128 : 32);
	ck_assert_uint_eq(filter->quoted_dst_prefix, family == AF_INET6 ? 128 : 32);
	ck_assert_mem_eq(filter->quoted_src, address, 16);
	ck_assert_mem_eq(filter->quoted_dst, address, 16);
	ck_assert_uint_eq(filter->src_prefix + filter->dst_prefix + filter->program_len, 0);
}

START_TEST(of_a_tcp_connection_it_asks_for_both_ports)
{
	union name name = name_of(peers[_i].family, peers[_i].address, 0), there;
	socklen_t len = sizeof(there);
	int listener = listener_at(&name), fd;
	struct sockopt_filter filter;

	ck_assert_int_eq(getsockname(listener, &there.any, &len), 0);
	fd = socket_to(SOCK_STREAM, 0, &there);
	filter = filter_of(fd);
	expect_flow(&filter, _i, IPPROTO_TCP);
	ck_assert_uint_eq(filter.quoted_sport, port_of(fd));
	ck_assert_uint_eq(filter.quoted_dport, port_of(listener));
}
END_TEST

static void expect_both_ports(int which, int protocol)
{
	union name peer = name_of(peers[which].family, peers[which].address, 4444);
	int fd = socket_to(SOCK_DGRAM, protocol, &peer);
	struct sockopt_filter filter = filter_of(fd);

	expect_flow(&filter, which, protocol);
	ck_assert_uint_eq(filter.quoted_sport, port_of(fd));
	ck_assert_uint_eq(filter.quoted_dport, 4444);
	close(fd);
}

START_TEST(of_a_udp_connection_it_asks_for_both_ports)
{
	expect_both_ports(_i, IPPROTO_UDP);
}
END_TEST

static const char no_udplite[] = "this kernel has no UDP-Lite";

/* Linux 7.1 has taken it out. */
static bool has_udplite(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);

	if (fd < 0)
		ck_assert_int_eq(errno, EPROTONOSUPPORT);
	close(fd);
	return fd >= 0;
}

START_TEST(of_a_udplite_connection_it_asks_for_both_ports)
{
	VM_SKIP_IF(!has_udplite(), no_udplite);
	expect_both_ports(_i, IPPROTO_UDPLITE);
}
END_TEST

/* Of a peer without a port, even if it means nothing, the kernel says 'not connected'. */
#define ANY_PORT 1

START_TEST(of_a_socket_that_pings_it_asks_for_the_identifier)
{
	union name peer = name_of(peers[_i].family, peers[_i].address, ANY_PORT);
	int protocol = peers[_i].family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, fd;
	struct sockopt_filter filter;

	ck_assert_int_gt(vm_write("/proc/sys/net/ipv4/ping_group_range", "0 65535", 7), 0);
	fd = socket_to(SOCK_DGRAM, protocol, &peer);
	filter = filter_of(fd);
	expect_flow(&filter, _i, protocol);
	ck_assert_uint_ne(filter.quoted_sport, 0);
	ck_assert_uint_eq(filter.quoted_sport, port_of(fd));
	ck_assert_uint_eq(filter.quoted_dport, 0);
}
END_TEST

START_TEST(of_a_raw_socket_it_asks_for_no_port)
{
	union name peer = name_of(peers[_i].family, peers[_i].address, ANY_PORT);
	struct sockopt_filter filter = filter_of(socket_to(SOCK_RAW, 253, &peer));

	expect_flow(&filter, _i, 253);
	ck_assert_uint_eq(filter.quoted_sport, 0);
	ck_assert_uint_eq(filter.quoted_dport, 0);
}
END_TEST

/* ---- What it cannot be made of ---- */

START_TEST(what_is_no_connection_is_refused)
{
	struct sockopt_filter filter = { .size = sizeof(filter), .ifindex = 7 }, before = filter;
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	int pair[2], unconnected = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int lone = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union name peer = name_of(AF_INET, "127.0.0.1", 9);
	int closed = dup(0);

	vm_pair(pair);
	close(closed);
	ck_assert_int_eq(bind(lone, (struct sockaddr *)&path, sizeof(path.sun_family)), 0);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, unconnected), -ENOTCONN);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, pair[0]), -EAFNOSUPPORT);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, lone), -EAFNOSUPPORT);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, closed), -EBADF);
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, vm_netns_fd()), -ENOTSOCK);
	/* a number that no packet can have */
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, socket_to(SOCK_RAW, 256, &peer)),
			 -EAFNOSUPPORT);
	ck_assert_mem_eq(&filter, &before, sizeof(filter));
	filter.size = sizeof(filter) - 1;
	ck_assert_int_eq(sockopt_icmp_filter_socket(&filter, socket_to(SOCK_DGRAM, 0, &peer)),
			 -EINVAL);
	ck_assert_uint_eq(filter.ifindex, 7);
}
END_TEST

/* ---- Real errors ---- */

static struct sockopt_stream *stream_of(int fd)
{
	struct sockopt_filter filter = filter_of(fd);
	struct sockopt_config config = { .size = sizeof(config), .filter = &filter };
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	return st;
}

static uint16_t quoted_port(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec) + rec->offset + 8;

	data += data[0] >> 4 == 6 ? 40 : 20;
	return (uint16_t)(data[0] << 8 | data[1]);
}

static void expect_error(struct sockopt_stream *st, int fd)
{
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	ck_assert_uint_eq(quoted_port(sockopt_stream_next(st)), port_of(fd));
	sockopt_stream_release(st);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
}

static void expect_filtered(struct sockopt_stream *st, uint64_t seen)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(stats.seen, seen);
	ck_assert_uint_eq(stats.filtered, seen);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
}

/* Two connections to a host where nobody is at home. */
static void expect_own_errors(int type, int protocol, const union name *peer)
{
	int one = socket_to(type, protocol, peer), two = socket_to(type, protocol, peer);
	struct sockopt_stream *of_one = stream_of(one), *of_two = stream_of(two);

	ck_assert_int_eq(send(one, "x", 1, 0), 1);
	expect_error(of_one, one);
	expect_filtered(of_two, 1);
	ck_assert_int_eq(send(two, "x", 1, 0), 1);
	expect_error(of_two, two);
	ck_assert_int_eq(sockopt_stream_pull(of_one), -EAGAIN);
	sockopt_stream_close(of_one);
	sockopt_stream_close(of_two);
	close(one);
	close(two);
}

START_TEST(a_connection_gets_its_own_errors_from_another_host)
{
	static const char *const hosts[] = { VM_B, VM_C };
	union name peer = name_of(AF_INET, hosts[_i], 4444);

	expect_own_errors(SOCK_DGRAM, 0, &peer);
}
END_TEST

START_TEST(a_udp_connection_gets_its_own_errors)
{
	union name peer = name_of(peers[_i].family, peers[_i].address, 4444);

	expect_own_errors(SOCK_DGRAM, IPPROTO_UDP, &peer);
}
END_TEST

START_TEST(a_udplite_connection_gets_its_own_errors)
{
	union name peer = name_of(peers[_i].family, peers[_i].address, 4444);

	VM_SKIP_IF(!has_udplite(), no_udplite);
	expect_own_errors(SOCK_DGRAM, IPPROTO_UDPLITE, &peer);
}
END_TEST

/* A router on the way says that the time is over. */
START_TEST(an_error_of_a_router_on_the_way_hits_the_connection)
{
	union name peer = name_of(AF_INET, VM_C, 4444);
	int one = socket_to(SOCK_DGRAM, 0, &peer), two = socket_to(SOCK_DGRAM, 0, &peer), ttl = 1;
	struct sockopt_stream *of_one = stream_of(one), *of_two = stream_of(two);

	ck_assert_int_eq(setsockopt(one, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	ck_assert_int_eq(send(one, "x", 1, 0), 1);
	expect_error(of_one, one);
	expect_filtered(of_two, 1);
	sockopt_stream_close(of_one);
	sockopt_stream_close(of_two);
}
END_TEST

Suite *connection_suite(void)
{
	Suite *suite = suite_create("connection");
	TCase *tc = vm_case(suite, "connection", 20, vm_new_netns);
	TCase *hosts = vm_case(suite, "connection-hosts", 20, NULL);

	tcase_add_loop_test(tc, of_a_tcp_connection_it_asks_for_both_ports, 0, VM_COUNT(peers));
	tcase_add_loop_test(tc, of_a_udp_connection_it_asks_for_both_ports, 0, VM_COUNT(peers));
	tcase_add_loop_test(tc, of_a_udplite_connection_it_asks_for_both_ports, 0,
			    VM_COUNT(peers));
	tcase_add_loop_test(tc, of_a_socket_that_pings_it_asks_for_the_identifier, 0, 2);
	tcase_add_loop_test(tc, of_a_raw_socket_it_asks_for_no_port, 0, 2);
	tcase_add_test(tc, what_is_no_connection_is_refused);
	tcase_add_loop_test(tc, a_udp_connection_gets_its_own_errors, 0, VM_COUNT(peers));
	tcase_add_loop_test(tc, a_udplite_connection_gets_its_own_errors, 0, VM_COUNT(peers));
	tcase_add_loop_test(hosts, a_connection_gets_its_own_errors_from_another_host, 0, 2);
	tcase_add_test(hosts, an_error_of_a_router_on_the_way_hits_the_connection);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves which sockets are served: raw IPv4 sockets of any protocol, and no other.
 */
#include "access.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	int domain;
	int type;
	int protocol;
	int error;
} others[] = {
	{ AF_INET, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_INET, SOCK_STREAM, 0, ENOPROTOOPT },
	{ AF_INET6, SOCK_RAW, IPPROTO_RAW, ENOPROTOOPT },
	{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, ENOPROTOOPT },
	{ AF_INET6, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_INET6, SOCK_STREAM, 0, ENOPROTOOPT },
	{ AF_PACKET, SOCK_RAW, 0, ENOPROTOOPT },
	{ AF_PACKET, SOCK_DGRAM, 0, ENOPROTOOPT },
	{ AF_UNIX, SOCK_STREAM, 0, EOPNOTSUPP },
	{ AF_UNIX, SOCK_DGRAM, 0, EOPNOTSUPP },
};

static int open_other(int i)
{
	int any = socket(others[i].domain, others[i].type | SOCK_CLOEXEC, others[i].protocol);

	ck_assert_msg(any >= 0, "socket: %s", strerror(errno));
	return any;
}

START_TEST(another_socket_is_not_served)
{
	int any = open_other(_i), error = -others[_i].error;

	vm_texts_put(vm_fd);
	ck_assert_int_eq(get_info(any), error);
	ck_assert_int_eq(get_channel(any), error);
	ck_assert_int_eq(get_text(any), error);
	ck_assert_int_eq(set_text(any), error);
	ck_assert_int_eq(do_call(any), error);
	ck_assert_int_eq(do_open(any), error);
	ck_assert_int_eq(vm_stop(any, ICMP), error);
	vm_texts_unchanged(vm_fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(an_ipv6_socket_is_not_served_at_its_own_level)
{
	int option = SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), i;
	char buf[64];

	vm_texts_put(vm_fd);
	for (i = 0; i < VM_COUNT(others); i++) {
		socklen_t len = sizeof(buf);
		int any = open_other(i);

		if (others[i].domain == AF_INET6) {
			ck_assert_int_eq(setsockopt(any, SOL_IPV6, option, "text", 4), -1);
			ck_assert_int_eq(errno, ENOPROTOOPT);
			ck_assert_int_eq(getsockopt(any, SOL_IPV6, option, buf, &len), -1);
			ck_assert_int_eq(errno, ENOPROTOOPT);
		}
		close(any);
	}
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(a_raw_socket_of_any_protocol_is_served)
{
	static const int protocols[] = { IPPROTO_RAW, IPPROTO_ICMP, IPPROTO_UDP, 253 };
	int any = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocols[_i]);

	ck_assert_int_ge(any, 0);
	rights_are(any, 0);
}
END_TEST

Suite *socket_suite(void)
{
	Suite *suite = suite_create("socket");
	TCase *tc = access_case(suite, "sockets", access_setup);

	tcase_add_loop_test(tc, another_socket_is_not_served, 0, VM_COUNT(others));
	tcase_add_test(tc, an_ipv6_socket_is_not_served_at_its_own_level);
	tcase_add_loop_test(tc, a_raw_socket_of_any_protocol_is_served, 0, 4);
	return suite;
}

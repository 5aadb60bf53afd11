/* SPDX-License-Identifier: MIT */
/*
 * Proves that the channel icmp shows what other hosts send to this one, what they
 * answer, and what is forwarded; and that it touches none of it.
 */
#include "packet.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void ping_a_from_b(void *arg)
{
	(void)arg;
	vm_enter("B");
	send_packet();
}

START_TEST(a_ping_from_another_host_is_shown_byte_by_byte)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;
	uint64_t before = now();

	vm_reader_open(&reader, SLOTS, 1500, 1);
	build(VM_B, VM_A, 0x5101, 8 + 200);
	vm_join(vm_fork(ping_a_from_b, NULL));
	rec = find(&reader, ECHO_REQUEST, 0x5101, &icmp);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->seq, reader.cursor);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("va"));
	ck_assert_uint_ge(rec->time, before);
	ck_assert_uint_le(rec->time, now());
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
}
END_TEST

START_TEST(the_reply_of_another_host_is_shown_byte_by_byte)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 1500, 1);
	vm_echo(vm_sender(), VM_B, 0x5102, 77, 700, 0);
	rec = find(&reader, ECHO_REPLY, 0x5102, &icmp);
	expect_reply(rec, 700);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("va"));
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_ECHO);
	ck_assert_uint_eq(icmp.seq, 77);
	ck_assert_uint_eq(icmp.code, 0);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
}
END_TEST

START_TEST(what_this_host_sends_itself_is_not_shown)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 0, 1);
	vm_echo(vm_sender(), VM_B, 0x5103, 1, 0, 0);
	do {
		vm_wait_queued(reader.sock, 1);
		ck_assert_int_eq(vm_reader_take(&reader), 1);
		rec = vm_record(&reader.batch, 0);
		ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
		ck_assert(icmp.id != 0x5103 || icmp.type != ECHO_REQUEST);
	} while (icmp.id != 0x5103);
}
END_TEST

START_TEST(port_unreachable_quotes_the_flow_that_caused_it)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;
	uint16_t port;

	vm_reader_open(&reader, SLOTS, 0, 1);
	port = vm_udp(VM_B, 9);
	find(&reader, UNREACHABLE, port, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.code, 3);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.dst, VM_A);
	expect_address(icmp.quoted_src, VM_A);
	expect_address(icmp.quoted_dst, VM_B);
	ck_assert_uint_eq(icmp.quoted_proto, IPPROTO_UDP);
	ck_assert_uint_eq(icmp.quoted_dport, 9);
}
END_TEST

START_TEST(time_exceeded_quotes_the_ping_that_caused_it)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;

	vm_reader_open(&reader, SLOTS, 0, 1);
	vm_echo(vm_sender(), VM_C, 0x5104, 1, 56, 1);
	find(&reader, TIME_EXCEEDED, 0x5104, &icmp);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_PORTS);
	ck_assert_uint_eq(icmp.code, 0);
	expect_address(icmp.src, VM_B);
	expect_address(icmp.quoted_src, VM_A);
	expect_address(icmp.quoted_dst, VM_C);
	ck_assert_uint_eq(icmp.quoted_proto, IPPROTO_ICMP);
	ck_assert_uint_eq(icmp.quoted_sport, 0x5104);
	ck_assert_uint_eq(icmp.quoted_dport, 0);
}
END_TEST

/* B's view; *arg: where to say that the stream is open. */
static void watch_in_b(void *arg)
{
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader;

	vm_enter("B");
	vm_reader_open(&reader, SLOTS, 0, 1);
	ck_assert_int_eq(write(*(int *)arg, "r", 1), 1);
	rec = find(&reader, ECHO_REQUEST, 0x5105, &icmp);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("vb"));
	expect_address(icmp.src, VM_A);
	expect_address(icmp.dst, VM_C);
	rec = find(&reader, ECHO_REPLY, 0x5105, &icmp);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("vbc"));
	expect_address(icmp.src, VM_C);
	expect_address(icmp.dst, VM_A);
}

START_TEST(a_router_sees_what_it_forwards)
{
	int ready[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	pid = vm_fork(watch_in_b, &ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	vm_echo(vm_sender(), VM_C, 0x5105, 1, 0, 0);
	vm_join(pid);
}
END_TEST

/* On the socket of the sender, which gets a copy of every ICMP packet. */
static void await_reply(int sender, uint16_t id, uint16_t seq)
{
	struct timeval limit = { .tv_sec = 5 };
	uint8_t buf[2048];
	ssize_t n;

	ck_assert_int_eq(setsockopt(sender, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	do {
		n = recv(sender, buf, sizeof(buf), 0);
		ck_assert_msg(n >= IP_LEN + 8, "no reply to ping %u", seq);
	} while (buf[20] != ECHO_REPLY || (buf[24] << 8 | buf[25]) != id ||
		 (buf[26] << 8 | buf[27]) != seq);
}

START_TEST(pings_get_their_replies_while_the_ring_is_full)
{
	struct sockopt_stats stats;
	struct vm_reader reader;
	int sender = vm_sender();
	uint16_t i;

	vm_reader_open(&reader, 2, 0, 1);
	for (i = 0; i < 20; i++) {
		vm_echo(sender, VM_B, 0x5106, i, 20, 0);
		await_reply(sender, 0x5106, i);
	}
	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.pending, 2);
	ck_assert_uint_ge(stats.lost_full, 18);
}
END_TEST

Suite *host_suite(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = vm_case(suite, "between hosts", 20, NULL);

	tcase_add_test(tc, a_ping_from_another_host_is_shown_byte_by_byte);
	tcase_add_test(tc, the_reply_of_another_host_is_shown_byte_by_byte);
	tcase_add_test(tc, what_this_host_sends_itself_is_not_shown);
	tcase_add_test(tc, port_unreachable_quotes_the_flow_that_caused_it);
	tcase_add_test(tc, time_exceeded_quotes_the_ping_that_caused_it);
	tcase_add_test(tc, a_router_sees_what_it_forwards);
	tcase_add_test(tc, pings_get_their_replies_while_the_ring_is_full);
	return suite;
}

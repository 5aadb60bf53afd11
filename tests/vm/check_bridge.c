/* SPDX-License-Identifier: MIT */
/*
 * Proves that a bridge shows each packet once, although with bridge-nf-call-iptables
 * PRE_ROUTING runs in the bridge, and again for what is for the bridge's own address.
 *
 *   a neighbour 10.8.0.2 ---- p1 br0 10.8.0.1 p2 ---- another 10.8.0.3
 */
#include "neighbour.h"

#include <net/if.h>

#include "packet.h"

#define OUR "10.8.0.1"
#define SENDER "10.8.0.2"
#define OTHER "10.8.0.3"
#define SWITCH "/proc/sys/net/bridge/bridge-nf-call-iptables"

static struct neighbour sender, other;
static struct vm_reader reader;

static void ping(void *arg)
{
	(void)arg;
	neighbour_run("ip addr add " SENDER "/24 dev veth0 && ip link set veth0 up");
	neighbour_ping();
}

/* Answers from then on: its namespace lives as long as we hold its interface's peer. */
static void be_there(void *arg)
{
	int *ready = arg;

	neighbour_run("ip addr add " OTHER "/24 dev veth0 && ip link set veth0 up");
	vm_pass(ready[1], NULL, 0);
	vm_receive(ready[1], NULL, 0);
}

static void make_bridge(const char *call_iptables)
{
	neighbour_connect(&sender, "p1");
	neighbour_connect(&other, "p2");
	neighbour_run("brctl addbr br0 && brctl addif br0 p1 && brctl addif br0 p2 && "
		      "ip addr add " OUR "/24 dev br0 && ip link set br0 up");
	ck_assert_int_eq(vm_write(SWITCH, call_iptables, 1), 1);
}

/* 'packet' goes from one neighbour to where it is for, and a reply comes. */
static void ping_by_bridge(const char *to, const char *call_iptables)
{
	int ready[2];

	vm_new_netns_of(AF_INET);
	vm_pair(ready);
	build(SENDER, to, 0x5501, 100);
	neighbour_start(&sender, AF_INET, ping, NULL);
	neighbour_start(&other, AF_INET, be_there, ready);
	make_bridge(call_iptables);
	vm_pass(other.link, NULL, 0);
	vm_receive(ready[0], NULL, 0);
	vm_reader_open(&reader, SLOTS, 200, 4);
	neighbour_act(&sender);
	vm_pass(ready[0], NULL, 0);
	vm_join(other.pid);
}

START_TEST(a_packet_for_the_bridges_own_address_is_captured_once)
{
	const struct sockopt_record *rec;

	ping_by_bridge(OUR, _i ? "1" : "0");
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

START_TEST(a_packet_through_the_bridge_is_captured_once_each_way)
{
	const struct sockopt_record *rec;

	ping_by_bridge(OTHER, "1");
	ck_assert_int_eq(vm_reader_take(&reader), 2);
	rec = vm_record(&reader.batch, 0);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	rec = vm_record(&reader.batch, 1);
	ck_assert_uint_eq(sockopt_record_data(rec)[rec->offset], ECHO_REPLY);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	vm_expect_nothing(&reader);
	expect_counts(&reader, 2, 0, 0);
}
END_TEST

START_TEST(a_packet_through_the_bridge_is_not_seen_without_bridge_nf_call_iptables)
{
	ping_by_bridge(OTHER, "0");
	vm_expect_nothing(&reader);
	expect_counts(&reader, 0, 0, 0);
}
END_TEST

Suite *bridge_suite(void)
{
	Suite *suite = suite_create("bridge");
	TCase *tc = vm_case(suite, "bridge", 20, NULL);

	tcase_add_loop_test(tc, a_packet_for_the_bridges_own_address_is_captured_once, 0, 2);
	tcase_add_test(tc, a_packet_through_the_bridge_is_captured_once_each_way);
	tcase_add_test(tc,
		a_packet_through_the_bridge_is_not_seen_without_bridge_nf_call_iptables);
	return suite;
}

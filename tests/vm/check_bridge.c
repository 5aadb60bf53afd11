/* SPDX-License-Identifier: MIT */
/*
 * Proves that a bridge shows each packet once, although with bridge-nf-call-iptables,
 * or its like of IPv6, PRE_ROUTING runs in the bridge, and again for what is for the
 * bridge's own address.
 *
 *   a neighbour 10.8.0.2 ---- p1 br0 10.8.0.1 p2 ---- another 10.8.0.3; or fd08::
 */
#include "neighbour.h"

#include <net/if.h>
#include <stdio.h>

#include "packet.h"

static const struct {
	int family;
	const char *our, *sender, *other;
	const char *program;	/* of the firewall */
	uint8_t reply;
} ips[] = {
	{ AF_INET, "10.8.0.1", "10.8.0.2", "10.8.0.3", "iptables", ECHO_REPLY },
	{ AF_INET6, "fd08::1", "fd08::2", "fd08::3", "ip6tables", ECHO_REPLY6 },
};

static struct neighbour sender, other;
static struct vm_reader reader;

static void set_switch(const char *program, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/bridge/bridge-nf-call-%s", program);
	ck_assert_int_eq(vm_write(path, value, 1), 1);
}

/* Of the other family the switch is the opposite. */
static void set_switches(int ip, bool is_on)
{
	set_switch(ips[ip].program, is_on ? "1" : "0");
	set_switch(ips[!ip].program, is_on ? "0" : "1");
}

static void make_bridge(int ip)
{
	neighbour_connect(&sender, "p1");
	neighbour_connect(&other, "p2");
	neighbour_run("brctl addbr br0 && brctl addif br0 p1 && brctl addif br0 p2");
	neighbour_settle(&sender, ips[ip].sender);
	neighbour_settle(&other, ips[ip].other);
	neighbour_address("br0", ips[ip].our);
}

static void open_echoes(void)
{
	struct sockopt_filter filter = vm_filter_types6(
		(const int[]){ ECHO_REQUEST6, ECHO_REPLY6, -1 });

	sockopt_filter_add(&filter, ECHO_REQUEST);
	sockopt_filter_add(&filter, ECHO_REPLY);
	vm_reader_open_filter(&reader, &filter, 200, 4);
}

/* 'packet' goes from one neighbour to where it is for, and a reply comes. */
static void ping_by_bridge(int ip, const char *to, bool is_on)
{
	vm_new_netns_of(ips[ip].family);
	neighbour_start(&sender, ips[ip].family, NULL, NULL);
	neighbour_start(&other, ips[ip].family, NULL, NULL);
	make_bridge(ip);
	set_switches(ip, is_on);
	build(ips[ip].sender, to, 0x5501, 100);
	open_echoes();
	neighbour_ping_from(&sender);
	neighbour_act(&sender);
	neighbour_act(&other);
}

START_TEST(a_packet_for_the_bridges_own_address_is_captured_once)
{
	const struct sockopt_record *rec;

	ping_by_bridge(_i / 2, ips[_i / 2].our, _i % 2);
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	expect_delivered(&reader, 1);
}
END_TEST

START_TEST(a_packet_through_the_bridge_is_captured_once_each_way)
{
	const struct sockopt_record *rec;

	ping_by_bridge(_i, ips[_i].other, true);
	ck_assert_int_eq(vm_reader_take(&reader), 2);
	rec = vm_record(&reader.batch, 0);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	rec = vm_record(&reader.batch, 1);
	ck_assert_uint_eq(sockopt_record_data(rec)[rec->offset], ips[_i].reply);
	ck_assert_uint_eq(rec->ifindex, if_nametoindex("br0"));
	vm_expect_nothing(&reader);
	expect_delivered(&reader, 2);
}
END_TEST

START_TEST(a_packet_through_the_bridge_is_not_seen_without_bridge_nf_call_iptables)
{
	ping_by_bridge(_i, ips[_i].other, false);
	vm_expect_nothing(&reader);
	expect_delivered(&reader, 0);
}
END_TEST

Suite *bridge_suite(void)
{
	Suite *suite = suite_create("bridge");
	TCase *tc = vm_case(suite, "bridge", 20, NULL);

	tcase_add_loop_test(tc, a_packet_for_the_bridges_own_address_is_captured_once, 0,
			    2 * VM_COUNT(ips));
	tcase_add_loop_test(tc, a_packet_through_the_bridge_is_captured_once_each_way, 0,
			    VM_COUNT(ips));
	tcase_add_loop_test(tc,
		a_packet_through_the_bridge_is_not_seen_without_bridge_nf_call_iptables, 0,
		VM_COUNT(ips));
	return suite;
}

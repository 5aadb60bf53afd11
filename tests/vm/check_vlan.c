/* SPDX-License-Identifier: MIT */
/*
 * Proves that a packet with a VLAN tag, or two, is captured once, without its tags,
 * as the VLAN interface's.
 *
 *   us: v1 -- v1.5 10.8.0.1 -- v1.5.7 10.8.1.1    a neighbour the same with 2
 */
#include "neighbour.h"

#include <net/if.h>

#include "packet.h"

static const struct {
	const char *ours, *theirs;
	const char *our_address, *their_address;
} depths[] = {
	{ "v1.5", "veth0.5", "10.8.0.1", "10.8.0.2" },
	{ "v1.5.7", "veth0.5.7", "10.8.1.1", "10.8.1.2" },
};

static void make_vlans(const char *link)
{
	neighbour_run("ip link set %s up && "
		      "ip link add link %s name %s.5 type vlan id 5 && ip link set %s.5 up && "
		      "ip link add link %s.5 name %s.5.7 type vlan id 7 && ip link set %s.5.7 up",
		      link, link, link, link, link, link, link);
}

static void ping_us(void *depth)
{
	int i = *(int *)depth;

	make_vlans("veth0");
	neighbour_run("ip addr add %s/24 dev %s", depths[i].their_address, depths[i].theirs);
	neighbour_ping();
}

START_TEST(a_packet_with_vlan_tags_is_captured_once_as_the_vlans)
{
	struct neighbour neighbour;
	const struct sockopt_record *rec;
	struct vm_reader reader;
	unsigned int vlan;
	int depth = _i;

	vm_new_netns_of(AF_INET);
	build(depths[depth].their_address, depths[depth].our_address, 0x5401, 100);
	neighbour_start(&neighbour, AF_INET, ping_us, &depth);
	neighbour_connect(&neighbour, "v1");
	make_vlans("v1");
	neighbour_run("ip addr add %s/24 dev %s", depths[depth].our_address, depths[depth].ours);
	vlan = if_nametoindex(depths[depth].ours);
	vm_reader_open(&reader, SLOTS, 200, 4);
	neighbour_act(&neighbour);
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, vlan);
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

Suite *vlan_suite(void)
{
	Suite *suite = suite_create("vlan");
	TCase *tc = vm_case(suite, "vlan", 20, NULL);

	tcase_add_loop_test(tc, a_packet_with_vlan_tags_is_captured_once_as_the_vlans, 0,
			    VM_COUNT(depths));
	return suite;
}

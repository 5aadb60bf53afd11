/* SPDX-License-Identifier: MIT */
/*
 * Proves that a packet is captured whole, once, wherever the kernel holds its bytes:
 * larger than a page, by GRO, in page fragments from the ICMP header on or from the
 * middle of it.
 */
#include "neighbour.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "packet.h"

#define ID 0x5801

/* Every test runs for both. */
static const struct {
	int family;
	const char *lo, *our, *their;
	size_t largest;			/* ICMP message that loopback takes in one */
} families[] = {
	{ AF_INET, VM_LO, "10.8.0.1", "10.8.0.2", 65515 },
	{ AF_INET6, "::1", "fd08::1", "fd08::2", 65495 },
};
#define FAMILIES VM_COUNT(families)

/* Echo requests of the family, one at a time. */
static void open_echoes(struct vm_reader *reader, int family, uint32_t snaplen, uint32_t room)
{
	static const int types4[] = { ECHO_REQUEST, -1 }, types6[] = { ECHO_REQUEST6, -1 };
	struct sockopt_filter filter = family == AF_INET6 ? vm_filter_types6(types6) :
							    vm_filter_types(types4);

	vm_reader_open_filter(reader, &filter, snaplen, room);
}

/* ---- Large ones on loopback ---- */

static const size_t large[] = { 4000, 17000, 33000, 0 /* the largest */ };
#define LARGE VM_COUNT(large)

/* What the kernel makes of a raw ICMP socket's message: 'packet', but IPv4's id. */
static void send_message(int family)
{
	union {
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} to = { .ip4.sin_family = (sa_family_t)family };
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC,
			family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	socklen_t len = family == AF_INET6 ? sizeof(to.ip6) : sizeof(to.ip4);

	if (family == AF_INET6)
		memcpy(&to.ip6.sin6_addr, packet.bytes + 24, 16);
	else
		memcpy(&to.ip4.sin_addr, packet.bytes + 16, 4);
	ck_assert_int_eq(sendto(fd, packet.bytes + packet.offset, packet.len - packet.offset, 0,
				(struct sockaddr *)&to, len),
			 (ssize_t)(packet.len - packet.offset));
	if (family == AF_INET)
		ck_assert_int_eq(recv(fd, packet.bytes, packet.len, 0), (ssize_t)packet.len);
	close(fd);
}

/*
 * With the kernel's IP header. Of more than 16 KiB it puts just that header into the
 * linear part, so that the type is elsewhere. The sender's own socket of IPv4 gets the
 * packet too: that is what it was.
 */
START_TEST(a_large_packet_is_captured_whole)
{
	int family = families[_i / LARGE].family;
	size_t len = large[_i % LARGE];
	struct vm_reader by_type;

	vm_new_netns_of(family);
	open_echoes(&by_type, family, SOCKOPT_SNAPLEN_MAX, 1);
	build(families[_i / LARGE].lo, families[_i / LARGE].lo, ID,
	      len ? len : families[_i / LARGE].largest);
	send_message(family);
	expect_packet(&by_type, only(&by_type));
	expect_delivered(&by_type, 1);
}
END_TEST

/* ---- By a cable ---- */

static struct neighbour neighbour;
static struct vm_reader reader;

/* A request is ready to come from the other end of v1. */
static void prepare(int i, size_t icmp_len)
{
	int home, family = families[i].family;

	vm_new_netns_of(family);
	neighbour_start(&neighbour, family, NULL, NULL);
	neighbour_connect(&neighbour, "v1");
	neighbour_run("ip link set v1 mtu 9000");
	home = neighbour_visit(&neighbour);
	neighbour_run("ip link set veth0 mtu 9000 && ip link set veth0 up");
	vm_go_home(home);
	neighbour_address("v1", families[i].our);
	neighbour_settle(&neighbour, families[i].their);
	build(families[i].their, families[i].our, ID, icmp_len);
}

static const size_t jumbo[] = { 1481, 4055, 4056, 4057, 4075, 4076, 4077, 8192, 8960 };
#define JUMBO VM_COUNT(jumbo)

START_TEST(a_jumbo_frame_is_captured_whole)
{
	const struct sockopt_record *rec;
	unsigned int cable;

	prepare(_i / JUMBO, jumbo[_i % JUMBO]);
	cable = if_nametoindex("v1");
	open_echoes(&reader, packet.family, 9000, 1);
	neighbour_ping_from(&neighbour);
	neighbour_act(&neighbour);
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, cable);
	expect_delivered(&reader, 1);
}
END_TEST

/* ---- GRO ---- */

#define BURST 50

static void send_burst(void)
{
	int i, home;

	neighbour_ping_from(&neighbour);
	home = neighbour_visit(&neighbour);
	for (i = 1; i < BURST; i++)
		send_packet();
	vm_go_home(home);
}

static uint32_t ethtool(const char *interface, uint32_t command, uint32_t data)
{
	struct ethtool_value value = { .cmd = command, .data = data };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd = vm_raw();

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	ck_assert_int_eq(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	close(fd);
	return value.data;
}

START_TEST(packets_by_an_interface_with_gro_are_captured_one_by_one)
{
	unsigned int i;

	prepare(_i, 1000);
	ethtool("v1", ETHTOOL_SGRO, 1);
	ck_assert_uint_eq(ethtool("v1", ETHTOOL_GGRO, 0), 1);
	open_echoes(&reader, packet.family, 2000, 128);
	send_burst();
	vm_wait_queued(reader.sock, BURST);
	neighbour_act(&neighbour);
	ck_assert_int_eq(vm_reader_take(&reader), BURST);
	for (i = 0; i < BURST; i++)
		expect_packet(&reader, vm_record(&reader.batch, i));
	vm_expect_nothing(&reader);
	expect_delivered(&reader, BURST);
}
END_TEST

/* ---- Page fragments: a tap that takes each part of a writev() as one ---- */

#define TAP_ADDRESS "02:00:00:00:00:01"

static int make_tap(void)
{
	struct ifreq ifr = {
		.ifr_name = "tap0",
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_NAPI | IFF_NAPI_FRAGS,
	};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "/dev/net/tun: %s", strerror(errno));
	ck_assert_msg(!ioctl(fd, TUNSETIFF, &ifr), "tap: %s", strerror(errno));
	neighbour_run("ip link set tap0 address " TAP_ADDRESS " && ip link set tap0 up");
	return fd;
}

/* The Ethernet header is the linear part; the packet is in two fragments. */
static void send_in_two(int tap, size_t first)
{
	bool is_ip6 = packet.family == AF_INET6;
	uint8_t ethernet[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, is_ip6 ? 0x86 : 8,
				 is_ip6 ? 0xdd : 0 };
	struct iovec parts[] = {
		{ ethernet, sizeof(ethernet) },
		{ packet.bytes, first },
		{ packet.bytes + first, packet.len - first },
	};
	ssize_t len = (ssize_t)(sizeof(ethernet) + packet.len);

	ck_assert_msg(writev(tap, parts, 3) == len, "writev: %s", strerror(errno));
}

/* By its type, so that the type must be found where it is. */
START_TEST(a_packet_in_page_fragments_is_captured_whole_with_its_type)
{
	const struct sockopt_record *rec;
	size_t first;
	int tap;

	vm_new_netns_of(families[_i].family);
	tap = make_tap();
	open_echoes(&reader, families[_i].family, 0, 1);
	for (first = 1; first <= 60; first++) {
		build(families[_i].their, families[_i].our, ID, 60);
		send_in_two(tap, first);
		rec = only(&reader);
		expect_packet(&reader, rec);
		ck_assert_uint_eq(rec->ifindex, if_nametoindex("tap0"));
	}
	expect_delivered(&reader, 60);
}
END_TEST

Suite *nonlinear_suite(void)
{
	Suite *suite = suite_create("nonlinear");
	TCase *tc = vm_case(suite, "nonlinear", 30, NULL);

	tcase_add_loop_test(tc, a_large_packet_is_captured_whole, 0,
			    FAMILIES * LARGE);
	tcase_add_loop_test(tc, a_jumbo_frame_is_captured_whole, 0, FAMILIES * JUMBO);
	tcase_add_loop_test(tc, packets_by_an_interface_with_gro_are_captured_one_by_one, 0,
			    FAMILIES);
	tcase_add_loop_test(tc, a_packet_in_page_fragments_is_captured_whole_with_its_type, 0,
			    FAMILIES);
	return suite;
}

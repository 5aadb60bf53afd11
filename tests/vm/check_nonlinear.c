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
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "packet.h"

#define OUR "10.8.0.1"
#define THEIR "10.8.0.2"
#define ID 0x5801

/* ---- Large ones on loopback ---- */

static const size_t large[] = { 4000, 17000, 33000, 65515 };

static const int types[] = { ECHO_REQUEST, -1 };

/*
 * With the kernel's IP header. Of more than 16 KiB it puts just that header into the
 * linear part, so that the type is elsewhere. The sender's own socket gets the packet
 * too: that is what it was.
 */
START_TEST(a_large_packet_is_captured_whole)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct vm_reader reader, by_type;
	int sender;

	vm_new_netns_quiet();
	vm_reader_open(&reader, 2, SOCKOPT_SNAPLEN_MAX, 1);
	vm_reader_open_types(&by_type, types, 1);
	sender = vm_sender();
	build(VM_LO, VM_LO, ID, large[_i]);
	memcpy(&to.sin_addr, packet.bytes + 16, 4);
	ck_assert_int_eq(sendto(sender, packet.bytes + IP_LEN, large[_i], 0,
				(struct sockaddr *)&to, sizeof(to)), (ssize_t)large[_i]);
	memset(packet.bytes, 0, sizeof(packet.bytes));
	ck_assert_int_eq(recv(sender, packet.bytes, sizeof(packet.bytes), 0),
			 (ssize_t)packet.len);
	expect_packet(&reader, only(&reader));
	expect_packet(&by_type, only(&by_type));
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

/* ---- By a cable ---- */

static void prepare_there(void)
{
	neighbour_run("ip link set veth0 mtu 9000 && ip addr add " THEIR "/24 dev veth0 && "
		      "ip link set veth0 up");
}

static void prepare_here(const struct neighbour *neighbour)
{
	neighbour_connect(neighbour, "v1");
	neighbour_run("ip link set v1 mtu 9000 && ip addr add " OUR "/24 dev v1");
}

static void ping_us(void *arg)
{
	(void)arg;
	prepare_there();
	neighbour_ping();
}

static const size_t jumbo[] = { 1481, 4075, 4076, 4077, 8192, 8980 };

START_TEST(a_jumbo_frame_is_captured_whole)
{
	const struct sockopt_record *rec;
	struct neighbour neighbour;
	struct vm_reader reader;
	unsigned int cable;

	vm_new_netns_of(AF_INET);
	build(THEIR, OUR, ID, jumbo[_i]);
	neighbour_start(&neighbour, AF_INET, ping_us, NULL);
	prepare_here(&neighbour);
	cable = if_nametoindex("v1");
	vm_reader_open(&reader, 2, 9000, 1);
	neighbour_act(&neighbour);
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_uint_eq(rec->ifindex, cable);
	expect_counts(&reader, 1, 0, 0);
}
END_TEST

/* ---- GRO ---- */

#define BURST 50

static void ping_us_in_a_burst(void *arg)
{
	int i;

	ping_us(arg);
	for (i = 1; i < BURST; i++)
		send_packet();
}

static uint32_t ethtool(const char *interface, uint32_t command, uint32_t data)
{
	struct ethtool_value value = { .cmd = command, .data = data };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd = vm_raw();

	strcpy(ifr.ifr_name, interface);
	ck_assert_int_eq(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	close(fd);
	return value.data;
}

START_TEST(packets_by_an_interface_with_gro_are_captured_one_by_one)
{
	struct neighbour neighbour;
	struct vm_reader reader;
	unsigned int i;

	vm_new_netns_of(AF_INET);
	build(THEIR, OUR, ID, 1000);
	neighbour_start(&neighbour, AF_INET, ping_us_in_a_burst, NULL);
	prepare_here(&neighbour);
	ethtool("v1", ETHTOOL_SGRO, 1);
	ck_assert_uint_eq(ethtool("v1", ETHTOOL_GGRO, 0), 1);
	vm_reader_open(&reader, 128, 2000, 128);
	neighbour_act(&neighbour);
	vm_wait_queued(reader.sock, BURST);
	ck_assert_int_eq(vm_reader_take(&reader), BURST);
	for (i = 0; i < BURST; i++)
		expect_packet(&reader, vm_record(&reader.batch, i));
	vm_expect_nothing(&reader);
	expect_counts(&reader, BURST, 0, 0);
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
	uint8_t ethernet[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
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
	struct vm_reader reader;
	size_t first;
	int tap;

	vm_new_netns_of(AF_INET);
	tap = make_tap();
	vm_reader_open_types(&reader, types, 1);
	for (first = 1; first <= 40; first++) {
		build(THEIR, OUR, ID, 60);
		send_in_two(tap, first);
		rec = only(&reader);
		expect_packet(&reader, rec);
		ck_assert_uint_eq(rec->ifindex, if_nametoindex("tap0"));
	}
	expect_counts(&reader, 40, 0, 0);
}
END_TEST

Suite *nonlinear_suite(void)
{
	Suite *suite = suite_create("nonlinear");
	TCase *tc = vm_case(suite, "nonlinear", 30, NULL);

	tcase_add_loop_test(tc, a_large_packet_is_captured_whole, 0, VM_COUNT(large));
	tcase_add_loop_test(tc, a_jumbo_frame_is_captured_whole, 0, VM_COUNT(jumbo));
	tcase_add_test(tc, packets_by_an_interface_with_gro_are_captured_one_by_one);
	tcase_add_test(tc, a_packet_in_page_fragments_is_captured_whole_with_its_type);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * mixed_load COUNT INTERFACE MAC SRC4 SRC6 NEAR4 NEAR6 FAR4 FAR6 STATS: sends COUNT ICMP
 * packets of both families, all types, many sizes, from one processor, by INTERFACE to
 * the router MAC: to the router itself (NEAR) and through it (FAR); with IP options,
 * extension headers, as fragments, with a TTL that ends. After each 32 it waits until
 * the file STATS (/proc/PID/net/sockopt/stats) says that nothing is pending, so that
 * no reader loses any. The same each time.
 */
#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BURST		32
#define PAYLOAD_MAX	1300
#define DEADLINE	30	/* seconds that readers have for a burst */

struct load {
	int fd;
	struct sockaddr_ll to;
	uint8_t src4[4], src6[16];
	uint8_t dst4[2][4], dst6[2][16];
	const char *stats;
	uint32_t random;
};

struct packet {
	uint8_t data[2048];
	size_t len;
};

/* xorshift: the same packets each time. */
static uint32_t any(struct load *load, uint32_t below)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 17;
	load->random ^= load->random << 5;
	return load->random % below;
}

/* ---- Bytes ------------------------------------------------------------- */

static void put8(struct packet *packet, unsigned int value)
{
	packet->data[packet->len++] = (uint8_t)value;
}

static void put16(struct packet *packet, unsigned int value)
{
	put8(packet, value >> 8);
	put8(packet, value & 255);
}

static void put(struct packet *packet, const void *from, size_t len)
{
	memcpy(packet->data + packet->len, from, len);
	packet->len += len;
}

static uint32_t add(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static unsigned int fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void set16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)(value & 255);
}

/* ---- Packets ----------------------------------------------------------- */

/* Behind the IP header: the message, of a type and code, whose checksum begins at sum. */
static void put_message(struct load *load, struct packet *packet, unsigned int type,
			uint32_t sum)
{
	size_t at = packet->len, len = 4 + any(load, PAYLOAD_MAX);

	put8(packet, type);
	put8(packet, any(load, 4) ? 0 : any(load, 16));
	put16(packet, 0);
	for (; len; len--)
		put8(packet, any(load, 256));
	if (sum)	/* that of IPv6 begins with a pseudo header, which has the length */
		sum += (uint32_t)(packet->len - at);
	set16(packet->data + at + 2,
	      fold(add(sum, packet->data + at, packet->len - at)));
}

/* Fragments: none, the first, a later one. */
static unsigned int fragment4(struct load *load)
{
	switch (any(load, 16)) {
	case 0:
		return 0x2000;
	case 1:
		return 0x2000 | (1 + any(load, 100));
	default:
		return 0;
	}
}

static void make4(struct load *load, struct packet *packet, unsigned int type)
{
	unsigned int words = any(load, 8) ? 5 : 5 + any(load, 4), i;

	put8(packet, 0x40 | words);
	put8(packet, 0);
	put16(packet, 0);
	put16(packet, any(load, 65536));
	put16(packet, fragment4(load));
	put8(packet, any(load, 8) ? 64 : 1);
	put8(packet, IPPROTO_ICMP);
	put16(packet, 0);
	put(packet, load->src4, 4);
	put(packet, load->dst4[any(load, 2)], 4);
	for (i = 5; i < words; i++)
		put(packet, "\x01\x01\x01\x01", 4);	/* no operation */
	put_message(load, packet, type, 0);
	set16(packet->data + 2, (unsigned int)packet->len);
	set16(packet->data + 10, fold(add(0, packet->data, words * 4)));
}

/* An extension header, or none: hop by hop, destination, fragment (first, later). */
static void put_extension(struct load *load, struct packet *packet)
{
	static const uint8_t options[8] = { IPPROTO_ICMPV6, 0, 1, 4, 0, 0, 0, 0 };
	static const uint8_t first[8] = { IPPROTO_ICMPV6, 0, 0, 1, 0, 0, 0, 1 };
	static const uint8_t later[8] = { IPPROTO_ICMPV6, 0, 0, 0x81, 0, 0, 0, 1 };

	switch (any(load, 16)) {
	case 0:
		packet->data[6] = IPPROTO_HOPOPTS;
		put(packet, options, 8);
		break;
	case 1:
		packet->data[6] = IPPROTO_DSTOPTS;
		put(packet, options, 8);
		break;
	case 2:
		packet->data[6] = IPPROTO_FRAGMENT;
		put(packet, first, 8);
		break;
	case 3:
		packet->data[6] = IPPROTO_FRAGMENT;
		put(packet, later, 8);
		break;
	}
}

static void make6(struct load *load, struct packet *packet, unsigned int type)
{
	put(packet, "\x60\0\0\0\0\0", 6);
	put8(packet, IPPROTO_ICMPV6);
	put8(packet, any(load, 8) ? 64 : 1);
	put(packet, load->src6, 16);
	put(packet, load->dst6[any(load, 2)], 16);
	put_extension(load, packet);
	put_message(load, packet, type, add(IPPROTO_ICMPV6, packet->data + 8, 32));
	set16(packet->data + 4, (unsigned int)(packet->len - 40));
}

/* ---- Sending ----------------------------------------------------------- */

static void send_packet(struct load *load, unsigned int number)
{
	struct packet packet = { .len = 0 };
	int is_6 = number % 2 != 0;

	if (is_6)
		make6(load, &packet, number / 2 % 256);
	else
		make4(load, &packet, number / 2 % 256);
	load->to.sll_protocol = htons(is_6 ? 0x86dd : 0x0800);
	if (sendto(load->fd, packet.data, packet.len, 0, (void *)&load->to,
		   sizeof(load->to)) < 0)
		err(1, "send");
}

/* The sixth column of channel icmp. */
static unsigned long pending(const struct load *load)
{
	FILE *file = fopen(load->stats, "r");
	unsigned long n = 0;
	char line[256];

	if (!file)
		err(1, "%s", load->stats);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "icmp %*u %*u %*u %*u %lu", &n) == 1)
			break;
	fclose(file);
	return n;
}

static void wait_for_readers(const struct load *load)
{
	struct timespec pause = { 0, 1000000 };
	time_t until = time(NULL) + DEADLINE;

	while (pending(load)) {
		if (time(NULL) > until)
			errx(1, "packets are pending for %d seconds", DEADLINE);
		nanosleep(&pause, NULL);
	}
}

/* ---- Command line ------------------------------------------------------ */

static void take4(uint8_t *address, const char *text)
{
	if (inet_pton(AF_INET, text, address) != 1)
		errx(2, "no IPv4 address: %s", text);
}

static void take6(uint8_t *address, const char *text)
{
	if (inet_pton(AF_INET6, text, address) != 1)
		errx(2, "no IPv6 address: %s", text);
}

static void open_load(struct load *load, char **argv)
{
	unsigned int mac[6], i;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "processor 0");
	load->fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (load->fd < 0)
		err(1, "socket");
	load->to.sll_family = AF_PACKET;
	load->to.sll_ifindex = (int)if_nametoindex(argv[2]);
	load->to.sll_halen = 6;
	if (sscanf(argv[3], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 6)
		errx(2, "no MAC: %s", argv[3]);
	for (i = 0; i < 6; i++)
		load->to.sll_addr[i] = (uint8_t)mac[i];
	take4(load->src4, argv[4]);
	take6(load->src6, argv[5]);
	take4(load->dst4[0], argv[6]);
	take6(load->dst6[0], argv[7]);
	take4(load->dst4[1], argv[8]);
	take6(load->dst6[1], argv[9]);
	load->stats = argv[10];
	load->random = 2463534242U;
}

int main(int argc, char **argv)
{
	static struct load load;
	unsigned int count, i;

	if (argc != 11)
		errx(2, "usage: mixed_load COUNT INTERFACE MAC SRC4 SRC6 NEAR4 NEAR6 "
		     "FAR4 FAR6 STATS");
	open_load(&load, argv);
	count = (unsigned int)atoi(argv[1]);
	for (i = 0; i < count; i++) {
		send_packet(&load, i);
		if (i % BURST == BURST - 1)
			wait_for_readers(&load);
	}
	wait_for_readers(&load);
	return 0;
}

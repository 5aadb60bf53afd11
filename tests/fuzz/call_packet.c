/* SPDX-License-Identifier: MIT */
/* See call_packet.h. Numbers are those of RFC 792, 4443, 8200 and IANA. */
#include "call_packet.h"

#include <netinet/in.h>
#include <string.h>

#define PICK(rng, array) ((array)[rng_below(rng, sizeof(array) / sizeof((array)[0]))])

#define FRAGMENT 44
#define DESTINATION 60

/* A packet under way. */
struct packet {
	uint8_t *bytes;
	size_t len;
	struct rng *rng;
	bool is_ip6;
};

void packet_address(struct rng *rng, uint8_t *at)
{
	static const uint8_t addresses[][16] = {
		{ 127, 0, 0, 1 }, { 10, 8, 0, 1 }, { 10, 8, 0, 2 }, { 10, 9, 255, 255 },
		{ [15] = 1 }, { 0xfd, 8, [15] = 1 }, { 0xfd, 8, [15] = 2 }, { 0xff, 2, [15] = 1 },
	};

	memcpy(at, PICK(rng, addresses), 16);
	if (rng_percent(rng, 10))
		at[rng_below(rng, 16)] ^= (uint8_t)(1U << rng_below(rng, 8));
}

static uint8_t *grow(struct packet *packet, size_t len)
{
	uint8_t *at = packet->bytes + packet->len;

	memset(at, 0, len);
	packet->len += len;
	return at;
}

static void put_ip4(struct packet *packet, uint8_t protocol)
{
	struct rng *rng = packet->rng;
	unsigned int words = rng_percent(rng, 90) ? 5 : 5 + rng_below(rng, 4);
	uint8_t address[16], *ip = grow(packet, 4 * words);

	ip[0] = (uint8_t)(0x40 | words);
	if (rng_percent(rng, 8))
		ip[7] = (uint8_t)rng_below(rng, 4);	/* fragment offset */
	ip[8] = 64;
	ip[9] = protocol;
	packet_address(rng, address);
	memcpy(ip + 12, address, 4);
	packet_address(rng, address);
	memcpy(ip + 16, address, 4);
}

/* An extension header of eight bytes; returns its place for the next one's number. */
static uint8_t *put_extension(struct packet *packet, uint8_t *next)
{
	struct rng *rng = packet->rng;
	bool is_fragment = rng_percent(rng, 50);
	uint8_t *at = grow(packet, 8);

	*next = is_fragment ? FRAGMENT : DESTINATION;
	if (is_fragment)
		at[3] = (uint8_t)(8 * rng_below(rng, 3) + rng_below(rng, 2));
	else
		memcpy(at + 2, "\1\4", 2);	/* PadN */
	return at;
}

static void put_ip6(struct packet *packet, uint8_t protocol)
{
	struct rng *rng = packet->rng;
	uint8_t *ip = grow(packet, 40), *next = ip + 6;

	ip[0] = 0x60;
	ip[7] = 64;
	packet_address(rng, ip + 8);
	packet_address(rng, ip + 24);
	while (rng_percent(rng, 15) && packet->len < PACKET_MAX / 2)
		next = put_extension(packet, next);
	*next = protocol;
}

static void put_ip(struct packet *packet, uint8_t protocol)
{
	if (packet->is_ip6)
		put_ip6(packet, protocol);
	else
		put_ip4(packet, protocol);
}

/* What an error quotes: mostly of the same family. */
static void put_quoted(struct packet *packet)
{
	static const uint8_t protocols[] = { 1, 6, 17, 33, 58, 132, 136, 47 };
	static const uint8_t starts[][8] = {
		{ 0x12, 0x34, 0, 7 }, { 0, 7, 4, 0 }, { 8, 0, [4] = 0x12, 0x34 },
		{ 128, 0, [4] = 0x12, 0x34 }, { 13, 0, [4] = 4, 0 }, { 3, 1 },
	};
	struct rng *rng = packet->rng;
	struct packet inner = *packet;

	inner.is_ip6 ^= rng_percent(rng, 5);
	put_ip(&inner, PICK(rng, protocols));
	memcpy(grow(&inner, 8), PICK(rng, starts), 8);
	packet->len = inner.len;
}

static void put_icmp(struct packet *packet)
{
	static const uint8_t types4[] = { 3, 8, 0, 11, 5, 4, 12, 13, 17, 255 };
	static const uint8_t types6[] = { 1, 128, 129, 2, 3, 4, 135, 136, 137, 255 };
	struct rng *rng = packet->rng;
	uint8_t *icmp = grow(packet, 8);

	icmp[0] = packet->is_ip6 ? PICK(rng, types6) : PICK(rng, types4);
	icmp[1] = (uint8_t)rng_below(rng, 5);
	icmp[4] = (uint8_t)rng_below(rng, 3);
	if (rng_percent(rng, 60))
		put_quoted(packet);
	else
		grow(packet, rng_below(rng, 24));
}

size_t packet_generate(struct rng *rng, uint8_t *bytes)
{
	struct packet packet = { .bytes = bytes, .rng = rng, .is_ip6 = rng_percent(rng, 50) };

	put_ip(&packet, packet.is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	put_icmp(&packet);
	if (rng_percent(rng, 25))
		packet.len -= rng_below(rng, (uint32_t)packet.len - (packet.is_ip6 ? 39 : 19));
	return packet.len;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void seal4(uint8_t *ip, size_t len)
{
	size_t header = 4U * (ip[0] & 15), i;
	unsigned int sum = 0;

	if (header < 20 || header > len)
		return;
	put16(ip + 2, len);
	put16(ip + 10, 0);
	for (i = 0; i < header; i += 2)
		sum += (unsigned int)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

void packet_seal(uint8_t *bytes, size_t len)
{
	if (len >= 40 && bytes[0] >> 4 == 6)
		put16(bytes + 4, len - 40);
	else if (len >= 20)
		seal4(bytes, len);
}

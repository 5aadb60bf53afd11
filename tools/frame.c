/* SPDX-License-Identifier: MIT */
/*
 * Link and IP headers of files. They may come from anybody, so every access is behind
 * a bound.
 */
#include "frame.h"

#include <netinet/in.h>
#include <string.h>

/* Numbers of tcpdump.org/linktypes.html, by the names that libpcap has for them. */
enum link {
	LINK_NULL = 0,		/* BSD loopback: family in the writer's byte order */
	LINK_ETHERNET = 1,
	LINK_RAW = 12,		/* LINKTYPE_RAW, as libpcap shows it on Linux */
	LINK_LOOP = 108,	/* family in network order */
	LINK_SLL = 113,		/* Linux 'any' */
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_VLAN_SERVICE = 0x88a8,
};

static unsigned int get16(const uint8_t *data)
{
	return (unsigned int)data[0] << 8 | data[1];
}

/* Lets go of a header. -1: it is not all here. */
static int skip(struct frame *frame, size_t len)
{
	if (frame->caplen < len || frame->len < len)
		return -1;
	frame->data += len;
	frame->caplen -= len;
	frame->len -= len;
	return 0;
}

/* ---- Link headers ------------------------------------------------------ */

int frame_knows(int link)
{
	switch (link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_SLL2:
		return 1;
	default:
		return 0;
	}
}

/* What stands behind a protocol field at offset 'at' of a header of len bytes. */
static int strip(struct frame *frame, size_t at, size_t len)
{
	unsigned int type;

	if (frame->caplen < len)
		return -1;
	type = get16(frame->data + at);
	if (skip(frame, len))
		return -1;
	while (type == ETHER_VLAN || type == ETHER_VLAN_SERVICE) {
		if (frame->caplen < 4)
			return -1;
		type = get16(frame->data + 2);
		if (skip(frame, 4))
			return -1;
	}
	return type == ETHER_IPV4 || type == ETHER_IPV6 ? 0 : -1;
}

static int strip_link(struct frame *frame, int link)
{
	switch (link) {
	case LINK_ETHERNET:
		return strip(frame, 12, 14);
	case LINK_SLL:
		return strip(frame, 14, 16);
	case LINK_SLL2:
		return strip(frame, 0, 20);
	case LINK_NULL:
	case LINK_LOOP:
		return skip(frame, 4);	/* the IP header says its version, too */
	default:
		return 0;
	}
}

/* ---- IP ---------------------------------------------------------------- */

/* Ethernet pads what is shorter than 60 bytes. */
static void cut(struct frame *frame, size_t total)
{
	if (frame->len > total)
		frame->len = total;
	if (frame->caplen > frame->len)
		frame->caplen = frame->len;
}

static int take_ip4(struct frame *frame)
{
	if (frame->caplen < 20 || (frame->data[0] & 15) < 5)
		return 0;
	/* 0: a segment that the sender's card would have cut up */
	if (get16(frame->data + 2))
		cut(frame, get16(frame->data + 2));
	return frame->len < 20 ? 0 : AF_INET;
}

static int take_ip6(struct frame *frame)
{
	if (frame->caplen < 40)
		return 0;
	/* 0: a jumbogram */
	if (get16(frame->data + 4))
		cut(frame, 40 + (size_t)get16(frame->data + 4));
	return AF_INET6;
}

int frame_to_ip(struct frame *frame, int link)
{
	if (strip_link(frame, link) || !frame->caplen)
		return 0;
	switch (frame->data[0] >> 4) {
	case 4:
		return take_ip4(frame);
	case 6:
		return take_ip6(frame);
	default:
		return 0;
	}
}

/* ---- ICMP -------------------------------------------------------------- */

static size_t icmp4_offset(const struct frame *frame)
{
	size_t header = (size_t)(frame->data[0] & 15) * 4;
	int is_later = !!(get16(frame->data + 6) & 0x1fff);

	return frame->data[9] == IPPROTO_ICMP && !is_later ? header : 0;
}

/* How long an extension header is, whose first 8 bytes are at data; 0: it is none. */
static size_t extension_len(unsigned int proto, const uint8_t *data)
{
	switch (proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return 8 * ((size_t)data[1] + 1);
	case IPPROTO_FRAGMENT:
		return 8;
	case IPPROTO_AH:
		return 4 * ((size_t)data[1] + 2);
	default:
		return 0;
	}
}

static size_t icmp6_offset(const struct frame *frame)
{
	unsigned int proto = frame->data[6];
	size_t at = 40, len;

	while (proto != IPPROTO_ICMPV6) {
		if (frame->caplen < at + 8)
			return 0;
		len = extension_len(proto, frame->data + at);
		if (!len)
			return 0;
		if (proto == IPPROTO_FRAGMENT && get16(frame->data + at + 2) & 0xfff8)
			return 0;
		proto = frame->data[at];
		at += len;
	}
	return at;
}

size_t frame_icmp_offset(const struct frame *frame, int family)
{
	return family == AF_INET6 ? icmp6_offset(frame) : icmp4_offset(frame);
}

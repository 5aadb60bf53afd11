/* SPDX-License-Identifier: MIT */
/*
 * Frames of every link type: whatever stands in them, the IP packet that is found lies in
 * them, and so does its ICMP header. Cut anywhere, it is the same one or none.
 */
#include "frame.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const int links[] = { 0, 1, 12, 108, 113, 228, 229, 276 };
#define LINKS (sizeof(links) / sizeof(links[0]))

/* Where an ICMP message begins; 0: there is none. */
struct found {
	int family;
	size_t offset;
	size_t at;		/* of the IP header */
};

static struct found find(const uint8_t *bytes, size_t caplen, size_t len, int link)
{
	struct frame frame = { bytes, caplen, len };
	struct found found = { frame_to_ip(&frame, link), 0, 0 };

	if (!found.family)
		return found;
	HOLDS(found.family == AF_INET || found.family == AF_INET6);
	HOLDS(frame.data >= bytes && frame.data + frame.caplen <= bytes + caplen);
	HOLDS(frame.caplen >= (found.family == AF_INET6 ? 40 : 20));
	HOLDS(frame.caplen <= frame.len && frame.len <= len);
	HOLDS(frame.data[0] >> 4 == (found.family == AF_INET6 ? 6 : 4));
	found.offset = frame_icmp_offset(&frame, found.family);
	HOLDS(!found.offset || found.offset >= (found.family == AF_INET6 ? 40 : 20));
	found.at = (size_t)(frame.data - bytes);
	return found;
}

/* What is not here is not looked at: the same bytes in memory that ends with them. */
static void find_cut(const uint8_t *bytes, size_t caplen, size_t len, int link,
		     const struct found *whole)
{
	uint8_t *cut = exact(bytes, caplen);
	struct found found = find(cut, caplen, len, link);

	HOLDS(!found.family || (found.family == whole->family && found.at == whole->at));
	HOLDS(!found.offset || found.offset == whole->offset);
	free(cut);
}

/* A record of it is decoded, whatever else there is. */
static void decode(const uint8_t *bytes, size_t caplen, const struct found *found)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct sockopt_record *rec = calloc(1, sizeof(*rec) + caplen - found->at);

	HOLDS(rec);
	rec->len = (uint32_t)(caplen - found->at);
	rec->caplen = (uint16_t)rec->len;
	rec->family = (uint8_t)found->family;
	rec->kind = SOCKOPT_KIND_IP;
	rec->offset = (uint16_t)found->offset;
	memcpy(rec + 1, bytes + found->at, rec->caplen);
	HOLDS(!sockopt_icmp_decode(rec, &icmp));
	free(rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int which = take8(&in), at = take16(&in), behind = take16(&in);
	int link = which < LINKS ? links[which] : (int)which;
	uint8_t *bytes = exact(in.data, in.len);
	size_t len = in.len + behind;
	struct found found;

	HOLDS(which >= LINKS || frame_knows(link));
	found = find(bytes, in.len, len, link);
	find_cut(bytes, at % (in.len + 1), len, link, &found);
	if (found.offset && in.len < UINT16_MAX)
		decode(bytes, in.len, &found);
	free(bytes);
	return 0;
}

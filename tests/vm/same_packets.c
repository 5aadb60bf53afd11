/* SPDX-License-Identifier: MIT */
/*
 * same_packets FILE OTHER: two pcap files hold the same packets in the same order, from
 * the network header on, byte for byte. Says how many, or where they differ.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
	const char *path;
	FILE *file;
	size_t link_len;	/* bytes before the network header */
};

struct packet {
	uint32_t len, caplen;
	unsigned char data[70000];
};

static void take(struct capture *capture, void *to, size_t len)
{
	if (fread(to, 1, len, capture->file) != len)
		errx(1, "%s: ends within a packet", capture->path);
}

/* Link types RAW, Linux cooked v1 and v2. Only files of this machine's byte order. */
static void open_capture(struct capture *capture, const char *path)
{
	uint32_t header[6];

	capture->path = path;
	capture->file = fopen(path, "rb");
	if (!capture->file)
		err(1, "%s", path);
	take(capture, header, sizeof(header));
	if (header[0] != 0xa1b2c3d4 && header[0] != 0xa1b23c4d)
		errx(1, "%s: no pcap file", path);
	switch (header[5]) {
	case 101:
		capture->link_len = 0;
		break;
	case 113:
		capture->link_len = 16;
		break;
	case 276:
		capture->link_len = 20;
		break;
	default:
		errx(1, "%s: link type %u", path, header[5]);
	}
}

/* 0: the end. */
static int next(struct capture *capture, struct packet *packet)
{
	uint32_t header[4];
	unsigned char link[20];
	size_t n = fread(header, 1, sizeof(header), capture->file);

	if (!n)
		return 0;
	if (n != sizeof(header) || header[2] < capture->link_len ||
	    header[2] > sizeof(packet->data))
		errx(1, "%s: no packet header", capture->path);
	packet->caplen = header[2] - (uint32_t)capture->link_len;
	packet->len = header[3] - (uint32_t)capture->link_len;
	take(capture, link, capture->link_len);
	take(capture, packet->data, packet->caplen);
	return 1;
}

static void show(const char *path, const struct packet *packet)
{
	uint32_t i;

	printf("%s: %u of %u bytes:", path, packet->caplen, packet->len);
	for (i = 0; i < packet->caplen && i < 96; i++)
		printf(" %02x", packet->data[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static struct capture one, other;
	static struct packet a, b;
	unsigned long n;
	int has_a, has_b;

	if (argc != 3)
		errx(2, "usage: same_packets FILE OTHER");
	open_capture(&one, argv[1]);
	open_capture(&other, argv[2]);
	for (n = 0;; n++) {
		has_a = next(&one, &a);
		has_b = next(&other, &b);
		if (!has_a || !has_b)
			break;
		if (a.len == b.len && a.caplen == b.caplen && a.len == a.caplen &&
		    !memcmp(a.data, b.data, a.caplen))
			continue;
		printf("packet %lu differs\n", n);
		show(one.path, &a);
		show(other.path, &b);
		return 1;
	}
	printf("%lu packets are the same\n", n);
	if (has_a != has_b)
		printf("%s has more\n", has_a ? one.path : other.path);
	return has_a != has_b || !n;
}

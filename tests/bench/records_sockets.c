/* SPDX-License-Identifier: MIT */
/* Raw and packet sockets, and the packet sockets' rings; see records.h. */
#include "records.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define BATCH 64		/* messages of a recvmmsg */
#define FRAME 256		/* bytes of a slot, head and packet; a power of two */
#define BLOCK 65536		/* bytes of a block */
#define IN_BLOCK (BLOCK / 184)	/* packets that V3 has in one, at most */

static int fd;

/* ---- recvmmsg, recv ---- */

static struct mmsghdr messages[BATCH];
static uint8_t bytes[BATCH][RECORDS_SNAPLEN];
static struct iovec parts[BATCH];

static void prepare_messages(void)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
	}
}

static unsigned int take_messages(unsigned int wanted)
{
	unsigned int taken = 0;
	int n, i;

	while (taken < wanted && (n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL)) > 0) {
		for (i = 0; i < n; i++)
			records_read(bytes[i]);
		taken += (unsigned int)n;
	}
	return taken;
}

static unsigned int take_each(unsigned int wanted)
{
	unsigned int n;

	for (n = 0; n < wanted && recv(fd, bytes[0], sizeof(bytes[0]), MSG_DONTWAIT) > 0; n++)
		records_read(bytes[0]);
	return n;
}

static void open_raw(const struct records_way *way)
{
	(void)way;
	fd = records_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	prepare_messages();
}

/* ---- Packet sockets: what comes in by the loopback interface, from its IP header ---- */

static void bind_packet(void)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)if_nametoindex("lo"),
	};

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void open_packet(const struct records_way *way)
{
	(void)way;
	fd = records_socket(AF_PACKET, SOCK_DGRAM, 0);
	bind_packet();
	prepare_messages();
}

/* ---- Their rings ---- */

static struct {
	uint8_t *memory;
	unsigned int at;	/* slot, or block */
	unsigned int blocks;
	unsigned int block_size;
} ring;

static void map_ring(int version, const void *request, socklen_t len)
{
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, request, len), 0);
	ring.memory = mmap(NULL, (size_t)ring.blocks * ring.block_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(ring.memory, MAP_FAILED);
	bind_packet();
}

static void open_v2(const struct records_way *way)
{
	struct tpacket_req request = {
		.tp_block_size = BLOCK, .tp_block_nr = 8,
		.tp_frame_size = FRAME, .tp_frame_nr = 8 * BLOCK / FRAME,
	};

	(void)way;
	fd = records_socket(AF_PACKET, SOCK_DGRAM, 0);
	ring.blocks = request.tp_block_nr;
	ring.block_size = request.tp_block_size;
	map_ring(TPACKET_V2, &request, sizeof(request));
}

static unsigned int take_v2(unsigned int wanted)
{
	const unsigned int frames = ring.blocks * (ring.block_size / FRAME);
	struct tpacket2_hdr *head;
	unsigned int n;

	for (n = 0; n < wanted; n++) {
		head = (void *)(ring.memory + (size_t)ring.at * FRAME);
		if (!(__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		records_read((uint8_t *)head + head->tp_net);
		__atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring.at = ring.at + 1 == frames ? 0 : ring.at + 1;
	}
	return n;
}

/* A block is the reader's when it is full; that it may also be when time is up costs nothing. */
static void open_v3(const struct records_way *way)
{
	struct tpacket_req3 request = {
		.tp_block_size = BLOCK, .tp_block_nr = 16,
		.tp_frame_size = FRAME, .tp_frame_nr = 16 * BLOCK / FRAME,
		.tp_retire_blk_tov = 10000,
	};

	(void)way;
	fd = records_socket(AF_PACKET, SOCK_DGRAM, 0);
	ring.blocks = request.tp_block_nr;
	ring.block_size = request.tp_block_size;
	map_ring(TPACKET_V3, &request, sizeof(request));
}

static unsigned int take_block(struct tpacket_hdr_v1 *block)
{
	struct tpacket3_hdr *head;
	unsigned int n;

	head = (void *)((uint8_t *)block - offsetof(struct tpacket_block_desc, hdr) +
			block->offset_to_first_pkt);
	for (n = 0; n < block->num_pkts; n++) {
		records_read((uint8_t *)head + head->tp_net);
		head = (void *)((uint8_t *)head + head->tp_next_offset);
	}
	return n;
}

/* All full blocks, whatever is wanted. */
static unsigned int take_v3(unsigned int wanted)
{
	struct tpacket_block_desc *block;
	unsigned int taken = 0;

	(void)wanted;
	for (;;) {
		block = (void *)(ring.memory + (size_t)ring.at * ring.block_size);
		if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		      TP_STATUS_USER))
			return taken;
		taken += take_block(&block->hdr.bh1);
		__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		ring.at = ring.at + 1 == ring.blocks ? 0 : ring.at + 1;
	}
}

/* Since it was asked last; both versions begin with that. */
uint64_t records_lost_ring(void)
{
	union tpacket_stats_u stats;
	socklen_t len = sizeof(stats);

	ck_assert_int_eq(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len), 0);
	return stats.stats1.tp_drops;
}

uint64_t records_bytes_ring(void)
{
	return (uint64_t)ring.blocks * ring.block_size;
}

static int fd_of_socket(void)
{
	return fd;
}

const struct records_way records_sockets[] = {
	{ "raw socket, recvmmsg of 64", open_raw, take_messages, fd_of_socket, .batch = BATCH },
	{ "packet socket, recvmmsg of 64", open_packet, take_messages, fd_of_socket, .batch = BATCH },
	{ "raw socket, recv", open_raw, take_each, fd_of_socket, .batch = 1 },
	{ "packet socket, recv", open_packet, take_each, fd_of_socket, .batch = 1 },
	{ "packet socket's ring, V2", open_v2, take_v2, fd_of_socket, .batch = 1 },
	{ "packet socket's ring, V3", open_v3, take_v3, fd_of_socket,
	  .batch = IN_BLOCK, .behind = IN_BLOCK },
	{ 0 }
};

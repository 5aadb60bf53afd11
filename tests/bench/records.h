/* SPDX-License-Identifier: MIT */
/*
 * ICMP packets from where the kernel has them to one program, by every way there is. Each way's
 * reader reads the same of each packet: records_read().
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "bench.h"

#include <string.h>

#define RECORDS_BURST 512	/* packets that are sent, and then taken */
#define RECORDS_FEW 64		/* where sending is counted: most times no tick comes between */
#define RECORDS_PACKET 84	/* bytes of each, from its IP header */
#define RECORDS_SNAPLEN 96	/* bytes of each that a way has to bring, where it can be told */

struct records_way {
	const char *name;
	void (*open)(const struct records_way *way);
	/* Reads up to so many packets, of those that are there; how many. Does not wait. */
	unsigned int (*take)(unsigned int wanted);
	int (*fd)(void);		/* of which poll says whether there are any */
	void (*close)(void);		/* NULL: the end of the process does it */
	int batch;			/* packets of a call, or until the kernel sends them */
	unsigned int behind;		/* packets that it may keep back */
	bool wakes;			/* its program in the kernel wakes the reader */
};

/* By files; each ends with one that has no name. */
extern const struct records_way records_ours[];
extern const struct records_way records_sockets[];
extern const struct records_way records_netlink[];
extern const struct records_way records_bpf[];

extern uint64_t records_sum;
/* To be set before a way is opened. Of sockets' queues, in bytes: much; 0: the kernel's default. */
extern int records_room;
/* Of our ring. */
extern uint32_t records_slots;

static inline uint16_t records_word(const uint8_t *at)
{
	uint16_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static inline uint32_t records_address(const uint8_t *at)
{
	uint32_t address;

	memcpy(&address, at, sizeof(address));
	return address;
}

/*
 * Ten fields of a packet of IPv4: total length, TTL, protocol, both addresses, and ICMP's type,
 * code, checksum, identifier and number. Their sum shows that they were there.
 */
static inline void records_read(const uint8_t *ip)
{
	const uint8_t *icmp = ip + (size_t)(ip[0] & 15) * 4;

	records_sum += (uint64_t)records_word(ip + 2) + ip[8] + ip[9] + records_address(ip + 12) +
		       records_address(ip + 16) + icmp[0] + icmp[1] + records_word(icmp + 2) +
		       records_word(icmp + 4) + records_word(icmp + 6);
}

/* ---- records.c ---- */

const struct records_way *records_way_named(const char *name);

/* The packet, from its IP header; and the sum of its fields is what was read of so many. */
const uint8_t *records_packet(void);
void records_expect_sum(uint64_t sum, uint64_t taken);

/* The sender of n packets: to be opened first. Returns what it took. */
void records_open_sender(void);
uint64_t records_send(unsigned int n);
/* Of one, with nothing else around it; whether it was sent. */
bool records_send_one(void);

/* What a packet costs without a way, when so many are sent; and with this one, that is open. */
struct records_cost {
	double added;		/* where it is captured */
	double taken;		/* by its reader */
};
double records_sent_alone(unsigned int burst);
struct records_cost records_cost_of(const struct records_way *way, double alone,
				    unsigned int burst);

/* A socket whose queue has 'records_room'; it does not wait. And making that room. */
int records_socket(int family, int type, int protocol);
void records_make_room(int fd);
/* A command of the machine's, which must succeed. */
void records_run(const char *command);
/*
 * Modules of the kernel's, for as long as a way is open: with some of them loaded other ways cost
 * more. The list ends with NULL.
 */
void records_load(const char *const *modules);
void records_unload(const char *const *modules);

/* ---- records_ours.c ---- */

/* When its reader is woken: as in TUNE. */
void records_tune_ours(uint32_t wake_records, uint32_t wake_delay_us);
/* Of the ring of its reader: records that it lost, as STATS has it; its bytes. */
uint64_t records_lost_ours(void);
uint64_t records_bytes_ours(void);

/* ---- records_sockets.c ---- */

/* Of the packet socket's ring: packets that it lost; its bytes. */
uint64_t records_lost_ring(void);
uint64_t records_bytes_ring(void);

/* ---- records_bpf.c ---- */

uint64_t records_bytes_bpf(void);

#endif /* RECORDS_H */

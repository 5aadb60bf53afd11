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
#define RECORDS_ROOM (16 << 20)	/* bytes of a socket's queue: nothing is to be lost */

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

/* The sender of n packets: to be opened first. Returns what it took. */
void records_open_sender(void);
uint64_t records_send(unsigned int n);

/* A socket whose queue has room for bursts; it does not wait. */
int records_socket(int family, int type, int protocol);
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

#endif /* RECORDS_H */

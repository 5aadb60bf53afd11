/* SPDX-License-Identifier: MIT */
/* sockopt: records by getsockopt, by read, and from the mapped ring; see records.h. */
#include "records.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

uint32_t records_slots = 4 * RECORDS_BURST;

static struct vm_reader reader;
static uint32_t room;		/* records of a call */
static void *buffer;

/* Nobody sleeps, so that nobody is to be woken. */
static void open_records(const struct records_way *way)
{
	room = (uint32_t)way->batch;
	vm_reader_open(&reader, records_slots, RECORDS_SNAPLEN, room);
	ck_assert_int_eq(fcntl(reader.stream, F_SETFL, O_NONBLOCK), 0);
	buffer = malloc((size_t)room * reader.open.slot_size);
	ck_assert_ptr_nonnull(buffer);
}

/* ---- By system calls ---- */

static void read_records(const uint8_t *at, unsigned int n)
{
	for (; n; n--, at += reader.open.slot_size)
		records_read((const uint8_t *)((const struct sockopt_record *)at + 1));
}

static unsigned int get(void)
{
	struct sockopt_records *head = reader.batch.head;
	socklen_t len = (socklen_t)reader.batch.size;

	head->size = sizeof(*head);
	head->flags = SOCKOPT_RECORDS_F_DONTWAIT;
	head->cursor = reader.cursor;
	head->count = 0;
	head->slot_size = 0;
	if (getsockopt(reader.sock, SOL_IP, SOCKOPT_OPTION(ICMP, SOCKOPT_RECORDS), head, &len))
		return 0;
	reader.cursor = head->cursor;
	read_records((const uint8_t *)(head + 1), head->count);
	return head->count;
}

static unsigned int take_get(unsigned int wanted)
{
	unsigned int n, taken = 0;

	while (taken < wanted && (n = get()) > 0)
		taken += n;
	return taken;
}

static unsigned int take_read(unsigned int wanted)
{
	const size_t size = (size_t)room * reader.open.slot_size;
	unsigned int n, taken = 0;
	ssize_t len;

	while (taken < wanted && (len = read(reader.stream, buffer, size)) > 0) {
		n = (unsigned int)len / reader.open.slot_size;
		read_records(buffer, n);
		taken += n;
	}
	return taken;
}

/* ---- The mapped ring, as uapi.h has it ---- */

static struct {
	uint32_t *tail;
	const uint8_t *slots;
	uint32_t pos;
} ring;

static void open_mapped(const struct records_way *way)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;

	open_records(way);
	at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, reader.stream, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	ring.tail = at;
	at = mmap(NULL, (size_t)records_slots * reader.open.slot_size, PROT_READ, MAP_SHARED,
		  reader.stream, (off_t)(2 * page));
	ck_assert_ptr_ne(at, MAP_FAILED);
	ring.slots = at;
	ring.pos = *ring.tail;
}

static unsigned int take_mapped(unsigned int wanted)
{
	const uint32_t size = reader.open.slot_size, mask = reader.open.slots - 1;
	const struct sockopt_record *rec;
	uint32_t pos = ring.pos;
	unsigned int n;

	for (n = 0; n < wanted; n++, pos++) {
		rec = (const void *)(ring.slots + (size_t)(pos & mask) * size);
		if (__atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE) != pos + 1)
			break;
		if (!(rec->flags & SOCKOPT_RECORD_F_DISCARDED))
			records_read((const uint8_t *)(rec + 1));
	}
	ring.pos = pos;
	__atomic_store_n(ring.tail, pos, __ATOMIC_RELEASE);
	return n;
}

/* ---- The mapped ring by the library ---- */

static struct sockopt_stream *stream;

static void open_library(const struct records_way *way)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = records_slots,
					 .snaplen = RECORDS_SNAPLEN };

	(void)way;
	ck_assert_int_eq(sockopt_icmp_open(&stream, &config), 0);
	ck_assert_int_eq(sockopt_stream_map(stream), 0);
}

static unsigned int take_library(unsigned int wanted)
{
	const struct sockopt_record *rec;
	unsigned int n;

	for (n = 0; n < wanted && (rec = sockopt_stream_next(stream)); n++) {
		records_read(sockopt_record_data(rec));
		sockopt_stream_release(stream);
	}
	return n;
}

/* What is decoded is more than ten fields, and says of each whether it is there. */
static unsigned int take_decoded(unsigned int wanted)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	const struct sockopt_record *rec;
	unsigned int n;

	for (n = 0; n < wanted && (rec = sockopt_stream_next(stream)); n++) {
		if (!sockopt_icmp_decode(rec, &icmp))
			records_read(sockopt_record_data(rec));
		sockopt_stream_release(stream);
	}
	return n;
}

static int fd_of_stream(void)
{
	return reader.stream;
}

static int fd_of_library(void)
{
	return sockopt_stream_fd(stream);
}

uint64_t records_lost_ours(void)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(reader.sock, ICMP, &stats), 0);
	return stats.lost;
}

/* As its mapping has it: two pages, and the slots. */
uint64_t records_bytes_ours(void)
{
	return 2 * VM_PAGE + (uint64_t)reader.open.slots * reader.open.slot_size;
}

void records_tune_ours(uint32_t wake_records, uint32_t wake_delay_us)
{
	ck_assert_int_eq(vm_tune_wake(reader.sock, ICMP, wake_records, wake_delay_us), 0);
}

const struct records_way records_ours[] = {
	{ "sockopt, mapped ring", open_mapped, take_mapped, fd_of_stream, .batch = 1 },
	{ "sockopt, mapped ring, libsockopt", open_library, take_library, fd_of_library, .batch = 1 },
	{ "sockopt, mapped ring, libsockopt, decoded", open_library, take_decoded, fd_of_library, .batch = 1 },
	{ "sockopt, getsockopt of 512", open_records, take_get, fd_of_stream, .batch = 512 },
	{ "sockopt, getsockopt of 64", open_records, take_get, fd_of_stream, .batch = 64 },
	{ "sockopt, getsockopt of 8", open_records, take_get, fd_of_stream, .batch = 8 },
	{ "sockopt, getsockopt of 1", open_records, take_get, fd_of_stream, .batch = 1 },
	{ "sockopt, read of 512", open_records, take_read, fd_of_stream, .batch = 512 },
	{ "sockopt, read of 64", open_records, take_read, fd_of_stream, .batch = 64 },
	{ "sockopt, read of 8", open_records, take_read, fd_of_stream, .batch = 8 },
	{ "sockopt, read of 1", open_records, take_read, fd_of_stream, .batch = 1 },
	{ 0 }
};

/* SPDX-License-Identifier: MIT */
/* A stream each, of records of its own type; see pool.h. */
#include "pool.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS 256	/* as many bytes as a socket's queue has by default */

static struct endpoint {
	int sock, stream;
	uint32_t cursor;	/* of getsockopt */
	uint32_t pos;		/* of the mapped ring, as the next two */
	uint32_t *tail;
	const uint8_t *slots;
} endpoints[POOL];

static uint32_t slot_size;
static struct vm_batch batch;

static void open_one(struct endpoint *endpoint, int type, uint32_t wake_records)
{
	struct sockopt_filter filter = vm_filter_types((const int[]){ type, -1 });
	struct sockopt_open args = vm_open_args();

	args.slots = SLOTS;
	args.snaplen = sizeof(struct peer_pool_message);
	args.wake_records = wake_records;
	endpoint->sock = vm_raw();
	endpoint->stream = vm_open_filter(endpoint->sock, pool_channel(), &args, &filter, NULL);
	ck_assert_int_ge(endpoint->stream, 0);
	ck_assert_int_eq(fcntl(endpoint->stream, F_SETFL, O_NONBLOCK), 0);
	endpoint->cursor = args.cursor;
	slot_size = args.slot_size;
}

static void open_streams(const struct pool_way *way, uint32_t wake_records)
{
	int i;

	for (i = 0; i < POOL; i++)
		open_one(&endpoints[i], i, wake_records);
	vm_batch_init(&batch, slot_size, way->batch);
}

static int fd_of(int endpoint)
{
	return endpoints[endpoint].stream;
}

static void read_records(int endpoint, const uint8_t *at, unsigned int n)
{
	for (; n; n--, at += slot_size)
		pool_read(endpoint, (const void *)((const struct sockopt_record *)at + 1));
}

static unsigned int take_get(int endpoint)
{
	struct endpoint *from = &endpoints[endpoint];
	struct sockopt_records *head = batch.head;
	socklen_t len = (socklen_t)batch.size;

	head->size = sizeof(*head);
	head->flags = SOCKOPT_RECORDS_F_DONTWAIT;
	head->cursor = from->cursor;
	head->count = 0;
	head->slot_size = 0;
	if (getsockopt(from->sock, SOL_IP, SOCKOPT_OPTION(pool_channel(), SOCKOPT_RECORDS), head,
		       &len))
		return 0;
	from->cursor = head->cursor;
	read_records(endpoint, (const uint8_t *)(head + 1), head->count);
	return head->count;
}

static unsigned int take_read(int endpoint)
{
	ssize_t len = read(endpoints[endpoint].stream, batch.head, batch.size);
	unsigned int n = len > 0 ? (unsigned int)len / slot_size : 0;

	read_records(endpoint, (const uint8_t *)batch.head, n);
	return n;
}

/* ---- Mapped ---- */

static void map(struct endpoint *endpoint)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;

	at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, endpoint->stream, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	endpoint->tail = at;
	at = mmap(NULL, (size_t)SLOTS * slot_size, PROT_READ, MAP_SHARED, endpoint->stream,
		  (off_t)(2 * page));
	ck_assert_ptr_ne(at, MAP_FAILED);
	endpoint->slots = at;
	endpoint->pos = *endpoint->tail;
}

static void open_mapped(const struct pool_way *way, uint32_t wake_records)
{
	int i;

	open_streams(way, wake_records);
	for (i = 0; i < POOL; i++)
		map(&endpoints[i]);
}

static unsigned int take_mapped(int endpoint)
{
	struct endpoint *from = &endpoints[endpoint];
	const uint32_t size = slot_size;
	const struct sockopt_record *rec;
	uint32_t pos = from->pos;
	unsigned int n;

	for (n = 0; ; n++, pos++) {
		rec = (const void *)(from->slots + (size_t)(pos % SLOTS) * size);
		if (__atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE) != pos + 1)
			break;
		pool_read(endpoint, (const void *)(rec + 1));
	}
	from->pos = pos;
	__atomic_store_n(from->tail, pos, __ATOMIC_RELEASE);
	return n;
}

/* ---- Counts ---- */

static uint64_t count_lost(void)
{
	struct sockopt_stats stats;
	uint64_t lost = 0;
	int i;

	for (i = 0; i < POOL; i++) {
		ck_assert_int_eq(vm_stats(endpoints[i].sock, pool_channel(), &stats), 0);
		lost += stats.lost;
	}
	return lost;
}

const struct pool_way pool_ours[] = {
	{ "sockopt, mapped rings, sweep", "records", open_mapped, fd_of, take_mapped,
	  .lost = count_lost },
	{ "sockopt, getsockopt, sweep", "records", open_streams, fd_of, take_get,
	  .lost = count_lost, .batch = SLOTS },
	{ "sockopt, read, sweep", "records", open_streams, fd_of, take_read,
	  .lost = count_lost, .batch = SLOTS },
	{ "sockopt, select, getsockopt of 1", "records", open_streams, fd_of, take_get,
	  .lost = count_lost, .batch = 1, .selects = true },
	{ 0 }
};

/* SPDX-License-Identifier: MIT */
/*
 * What any ring costs: records of packets, put and taken in one program, in its own memory. There
 * is no kernel, no filter, no clock and no other writer, and the reader looks once for all that is
 * there: no way between two worlds can be cheaper. Beside it the ring that the module has, of the
 * same source, which is for many writers, counts what is lost, and says of each record that it is
 * there. Reading is that of every way: records_read().
 */
#include "records.h"

#include <netinet/in.h>

#define TABLE "record in one address space"
#define COUNT (4 * RECORDS_BURST)
#define RING_SLOTS 2048

struct slot {
	struct sockopt_record head;
	uint8_t bytes[RECORDS_SNAPLEN];
};

static struct slot slots[RING_SLOTS];
static uint32_t head, tail;
static struct sockopt_ring ring;
static const uint8_t *packet_bytes;

static inline void write_slot(struct slot *slot)
{
	slot->head.time = head;
	slot->head.len = RECORDS_PACKET;
	slot->head.caplen = RECORDS_PACKET;
	slot->head.flags = 0;
	slot->head.ifindex = 1;
	slot->head.family = AF_INET;
	slot->head.kind = SOCKOPT_KIND_IP;
	slot->head.offset = 20;
	memcpy(slot->bytes, packet_bytes, RECORDS_PACKET);
}

/* ---- A plain one: one writer ---- */

static void init_plain(void)
{
}

static unsigned int put_plain(unsigned int wanted)
{
	struct slot *slot;
	unsigned int n;

	for (n = 0; n < wanted; n++) {
		if (head - __atomic_load_n(&tail, __ATOMIC_ACQUIRE) == RING_SLOTS)
			break;
		slot = &slots[head % RING_SLOTS];
		write_slot(slot);
		slot->head.seq = head;
		slot->head.lost = 0;
		__atomic_store_n(&head, head + 1, __ATOMIC_RELEASE);
	}
	return n;
}

static unsigned int take_plain(unsigned int wanted)
{
	const uint32_t there = __atomic_load_n(&head, __ATOMIC_ACQUIRE) - tail;
	const uint32_t n = there < wanted ? there : wanted, end = tail + n;
	uint32_t pos;

	for (pos = tail; pos != end; pos++)
		records_read(slots[pos % RING_SLOTS].bytes);
	__atomic_store_n(&tail, end, __ATOMIC_RELEASE);
	return n;
}

/* ---- The module's ---- */

static void init_ours(void)
{
	sockopt_ring_init(&ring, slots, &tail, RING_SLOTS, sizeof(slots[0]), 0);
}

static unsigned int put_ours(unsigned int wanted)
{
	struct sockopt_record *record;
	unsigned int n;
	uint32_t pos;

	for (n = 0; n < wanted; n++) {
		record = sockopt_ring_reserve(&ring, &pos);
		if (!record)
			break;
		write_slot((struct slot *)record);
		sockopt_ring_commit(record, pos);
	}
	return n;
}

static unsigned int take_ours(unsigned int wanted)
{
	const struct slot *slot;
	uint32_t pos = tail;
	unsigned int n;

	for (n = 0; n < wanted; n++, pos++) {
		slot = &slots[pos % RING_SLOTS];
		if (__atomic_load_n(&slot->head.seq, __ATOMIC_ACQUIRE) != pos + 1)
			break;
		records_read(slot->bytes);
	}
	sockopt_ring_release(&ring, pos);
	return n;
}

/* ---- Both ---- */

static const struct kind {
	const char *name;
	void (*init)(void);
	unsigned int (*put)(unsigned int wanted);
	unsigned int (*take)(unsigned int wanted);
} kinds[] = {
	{ "a plain ring, one writer", init_plain, put_plain, take_plain },
	{ "the module's ring", init_ours, put_ours, take_ours },
};

static unsigned int rounds;

static uint64_t put_some(void *arg)
{
	const struct kind *kind = arg;
	uint64_t start = cost_ticks(), ticks;
	unsigned int n = kind->put(COUNT);

	ticks = cost_ticks() - start;
	VM_EXPECT(n == COUNT);
	VM_EXPECT(kind->take(COUNT) == COUNT);
	rounds++;
	return ticks;
}

static uint64_t take_some(void *arg)
{
	const struct kind *kind = arg;
	uint64_t start, ticks;
	unsigned int n;

	VM_EXPECT(kind->put(COUNT) == COUNT);
	start = cost_ticks();
	n = kind->take(COUNT);
	ticks = cost_ticks() - start;
	VM_EXPECT(n == COUNT);
	rounds++;
	return ticks;
}

START_TEST(records_go_through_a_ring_of_ones_own)
{
	const struct kind *kind = &kinds[_i];
	double put, taken;

	packet_bytes = records_packet();
	kind->init();
	put = cost_median(put_some, (void *)(uintptr_t)kind, COUNT);
	taken = cost_median(take_some, (void *)(uintptr_t)kind, COUNT);
	records_expect_sum(records_sum, (uint64_t)rounds * COUNT);
	VM_EXPECT(!kind->take(1) && kind->put(COUNT + 1) == COUNT);
	bench_figure(TABLE, kind->name, "put", put);
	bench_figure(TABLE, kind->name, "taken", taken);
	bench_figure(TABLE, kind->name, "both", put + taken);
}
END_TEST

Suite *bench_floor_suite(void)
{
	Suite *suite = suite_create("floor");
	TCase *tc = vm_case(suite, "floor", 60, NULL);

	tcase_add_loop_test(tc, records_go_through_a_ring_of_ones_own, 0, VM_COUNT(kinds));
	return suite;
}

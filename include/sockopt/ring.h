/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The ring of one stream: fixed-size slots, many producers, one consumer, no
 * lock. Pure: it knows bytes, not ICMP, and neither the kernel nor libc, so
 * the same source is compiled into the module, the library and the tests.
 * Installed, but not API.
 *
 *   consumer page (the consumer may write anything there)   data pages
 *   +--------+                    +--------+--------+-- ... --+----------+
 *   | u_tail |                    | slot 0 | slot 1 |         | slot N-1 |
 *   +--------+                    +--------+--------+-- ... --+----------+
 *                                 slot = struct sockopt_record + payload
 *
 * Positions run freely; position p lives in slot p % N. Others see the low 32
 * bits of a position, so two of them are compared as b - a, never a < b.
 *
 * The ordering contract, producer on the left, consumer on the right. Each
 * step has a name, which stands before it in the code, too:
 *
 *   reserve: R1 load-acquire head         ready:   Y1 load-acquire seq
 *            R2 load-acquire seq                      (pairs with C1)
 *            R3 load-acquire u_tail                read the payload
 *            L1 load lost, full           release: T1 store-release u_tail
 *            L2 load lost, busy                       (pairs with R3)
 *            R4 compare-exchange head
 *            W1 write lost                span:    S1 load-acquire u_tail
 *   write header and payload                       S2 load-acquire head
 *   commit:  C1 store-release seq
 *
 *   without room, instead of L1 to C1:
 *            R5 load-acquire head, to see that it did not move
 *            R6 add to lost
 *
 * C1 pairs with R2, too: the writers of two laps. R4 pairs with R1, R4 and R5:
 * lost grows in the order of positions.
 *
 * tests/unit/ring.pml is a model of the same steps, by the same names;
 * check_interleave.c there brings this file's steps in every order.
 *
 * The slot's seq, which no consumer can write, decides alone whether a slot is
 * free of writers; u_tail only decides whether overwriting it would lose an
 * unread record. So no value of u_tail makes two producers share a slot, and a
 * sane value written later makes the ring work again.
 */
#ifndef SOCKOPT_RING_H
#define SOCKOPT_RING_H

#include "uapi.h"

#if defined(__KERNEL__) && !defined(CONFIG_64BIT)
#error sockopt needs a 64-bit kernel: the ring has 64-bit atomics
#endif

/* Why a record was dropped at reserve. */
enum sockopt_ring_lost {
	SOCKOPT_RING_FULL,	/* the consumer is N records behind */
	SOCKOPT_RING_BUSY,	/* the lap before is not committed yet */
	SOCKOPT_RING_CAUSES
};

/* The producers' side. No consumer ever sees or writes this struct. */
struct sockopt_ring {
	uint64_t head;		/* next position to reserve */
	uint64_t start;		/* first position ever */
	uint64_t lost[SOCKOPT_RING_CAUSES];
	uint8_t *slots;
	uint32_t *u_tail;	/* oldest position the consumer still wants */
	uint32_t mask;		/* N - 1 */
	uint32_t slot_size;	/* bytes, a multiple of 64 */
};

/* Bytes of a slot whose payload has up to snaplen bytes. */
static inline uint32_t sockopt_ring_slot_size(uint32_t snaplen)
{
	return ((uint32_t)sizeof(struct sockopt_record) + snaplen + 63) & ~63U;
}

/* The slot of a position, whatever is in it. */
static inline struct sockopt_record *
sockopt_ring_slot(const struct sockopt_ring *ring, uint32_t pos)
{
	return (struct sockopt_record *)
		(ring->slots + (uint64_t)(pos & ring->mask) * ring->slot_size);
}

/*
 * Prepare a ring over zeroed memory. slots is a power of two. Call before
 * anybody else can reach the ring. Each slot looks as if the lap before start
 * was committed in it.
 */
static inline void sockopt_ring_init(struct sockopt_ring *ring, void *memory,
				     uint32_t *u_tail, uint32_t slots,
				     uint32_t slot_size, uint64_t start)
{
	uint32_t i;

	ring->head = start;
	ring->start = start;
	ring->lost[SOCKOPT_RING_FULL] = 0;
	ring->lost[SOCKOPT_RING_BUSY] = 0;
	ring->slots = (uint8_t *)memory;
	ring->u_tail = u_tail;
	ring->mask = slots - 1;
	ring->slot_size = slot_size;
	*u_tail = (uint32_t)start;
	for (i = 0; i < slots; i++) {
		uint32_t pos = (uint32_t)start + i;

		sockopt_ring_slot(ring, pos)->seq = pos + 1 - slots;
	}
}

/* Records dropped so far, all causes. Any context. Never decreases. */
static inline uint64_t sockopt_ring_lost(const struct sockopt_ring *ring)
{
	return /* L1 */ __atomic_load_n(&ring->lost[SOCKOPT_RING_FULL],
					__ATOMIC_RELAXED) +
	       /* L2 */ __atomic_load_n(&ring->lost[SOCKOPT_RING_BUSY],
					__ATOMIC_RELAXED);
}

/*
 * Take the next position for writing, from any context, many at once. Returns
 * its slot, with 'lost' filled in, and the position for commit; or NULL when
 * the record had to be dropped, which is counted here. What runs from here to
 * commit must not sleep or migrate.
 *
 * A stale head is told by looking at it again: if it moved, whatever was read
 * for the old one means nothing, and another producer made progress.
 */
static inline struct sockopt_record *
sockopt_ring_reserve(struct sockopt_ring *ring, uint32_t *pos)
{
	uint32_t slots = ring->mask + 1;
	uint64_t head;

	/* R1 */ head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	for (;;) {
		uint32_t p = (uint32_t)head;
		struct sockopt_record *rec = sockopt_ring_slot(ring, p);
		uint32_t seq, tail;
		uint64_t again;
		int is_full;

		/* R2 */ seq = __atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE);
		/* R3 */ tail = __atomic_load_n(ring->u_tail, __ATOMIC_ACQUIRE);
		is_full = p - tail >= slots;
		if (!is_full && seq == p + 1 - slots) {
			uint32_t lost = (uint32_t)sockopt_ring_lost(ring);

			/* R4 */
			if (__atomic_compare_exchange_n(&ring->head, &head,
							head + 1, 0,
							__ATOMIC_ACQ_REL,
							__ATOMIC_ACQUIRE)) {
				/* W1 */ rec->lost = lost;
				*pos = p;
				return rec;
			}
			continue;
		}
		/* R5 */ again = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
		if (again == head) {
			/* R6 */
			__atomic_fetch_add(&ring->lost[is_full ?
						       SOCKOPT_RING_FULL :
						       SOCKOPT_RING_BUSY],
					   1, __ATOMIC_RELEASE);
			return (struct sockopt_record *)0;
		}
		head = again;
	}
}

/* Hand a reserved record to the consumer. Pairs with sockopt_ring_ready(). */
static inline void sockopt_ring_commit(struct sockopt_record *rec, uint32_t pos)
{
	/* C1 */ __atomic_store_n(&rec->seq, pos + 1, __ATOMIC_RELEASE);
}

/* Give a reservation up: the position is committed, and readers skip it. */
static inline void sockopt_ring_discard(struct sockopt_record *rec, uint32_t pos)
{
	rec->time = 0;
	rec->len = 0;
	rec->caplen = 0;
	rec->flags = SOCKOPT_RECORD_F_DISCARDED;
	rec->ifindex = 0;
	rec->family = 0;
	rec->kind = 0;
	rec->offset = 0;
	sockopt_ring_commit(rec, pos);
}

/*
 * Consumer: how many records from pos on can be read, at most max. Only the
 * contiguous committed ones, never head - tail. Pairs with commit. max must
 * not exceed the number of slots.
 */
static inline uint32_t sockopt_ring_ready(const struct sockopt_ring *ring,
					  uint32_t pos, uint32_t max)
{
	uint32_t n = 0;

	while (n < max &&
	       /* Y1 */
	       __atomic_load_n(&sockopt_ring_slot(ring, pos + n)->seq,
			       __ATOMIC_ACQUIRE) == pos + n + 1)
		n++;
	return n;
}

/* Consumer: all before pos may be overwritten. Pairs with reserve. */
static inline void sockopt_ring_release(struct sockopt_ring *ring, uint32_t pos)
{
	/* T1 */ __atomic_store_n(ring->u_tail, pos, __ATOMIC_RELEASE);
}

/*
 * Where the ring stands, as whole 64-bit positions: all in [*tail, *head) is
 * reserved and not released. The tail is made sane: within [head - N, head] and
 * not before start. Any context. It is read first, for the head only grows: the
 * other way round a record that came and went in between would turn the order.
 */
static inline void sockopt_ring_span(const struct sockopt_ring *ring,
				     uint64_t *tail, uint64_t *head)
{
	uint32_t u_tail, used;
	uint64_t h;

	/* S1 */ u_tail = __atomic_load_n(ring->u_tail, __ATOMIC_ACQUIRE);
	/* S2 */ h = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	used = (uint32_t)h - u_tail;
	if (used > ring->mask + 1)
		used = ring->mask + 1;
	*head = h;
	*tail = h - ring->start < used ? ring->start : h - used;
}

#endif /* SOCKOPT_RING_H */

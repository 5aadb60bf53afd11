/* SPDX-License-Identifier: MIT */
/*
 * The ring with real threads, four producers and a consumer, built with
 * ThreadSanitizer: each record arrives once and whole, or is counted as lost.
 * --seeded-bug publishes a record before it is written; ThreadSanitizer must
 * say so, or this program proves nothing (tests/unit/tsan.sh).
 */
#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sockopt/ring.h>

#define PRODUCERS 4
#define EACH 30000U		/* records that one producer tries */
#define SLOTS_MAX 64U
#define SLOT_SIZE 64U
#define WORDS ((SLOT_SIZE - sizeof(struct sockopt_record)) / sizeof(uint32_t))

struct producer {
	pthread_t thread;
	uint32_t id;
	uint32_t dropped;	/* reserve said no; its own, no sharing */
	uint32_t next;		/* the consumer's: no number below comes any more */
};

static struct sockopt_ring ring;
static struct producer producers[PRODUCERS];
static uint64_t memory[SLOTS_MAX * SLOT_SIZE / 8];
static uint32_t u_tail;
static int running;		/* producers at work; atomic */
static int has_bug;

static void fail(const char *what)
{
	fprintf(stderr, "tsan_ring: %s\n", what);
	exit(1);
}

/* Each word of the payload depends on producer, number and place. */
static uint32_t word(uint32_t id, uint32_t number, size_t i)
{
	return (number * 2654435761U) ^ (id << 28) ^ (uint32_t)i;
}

static void fill(struct sockopt_record *rec, uint32_t id, uint32_t number)
{
	uint32_t *words = (uint32_t *)(rec + 1);
	size_t i;

	rec->ifindex = id;
	rec->len = number;
	rec->flags = 0;
	for (i = 0; i < WORDS; i++)
		words[i] = word(id, number, i);
}

static void publish(struct sockopt_record *rec, uint32_t pos, uint32_t id,
		    uint32_t number)
{
	if (has_bug) {
		sockopt_ring_commit(rec, pos);
		fill(rec, id, number);
	} else if (number % 97 == 13) {
		sockopt_ring_discard(rec, pos);
	} else {
		fill(rec, id, number);
		sockopt_ring_commit(rec, pos);
	}
}

/* Gives way after a drop, so that all make progress on one CPU, too. */
static void *produce(void *arg)
{
	struct producer *self = arg;
	uint32_t number, pos;

	for (number = 0; number < EACH; number++) {
		struct sockopt_record *rec = sockopt_ring_reserve(&ring, &pos);

		if (rec) {
			publish(rec, pos, self->id, number);
		} else {
			self->dropped++;
			sched_yield();
		}
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void verify(const struct sockopt_record *rec)
{
	const uint32_t *words = (const uint32_t *)(rec + 1);
	struct producer *from;
	size_t i;

	if (rec->ifindex >= PRODUCERS)
		fail("a record of nobody");
	from = &producers[rec->ifindex];
	if (rec->len < from->next || rec->len >= EACH)
		fail("a record came twice, or out of order");
	from->next = rec->len + 1;
	for (i = 0; i < WORDS; i++)
		if (words[i] != word(rec->ifindex, rec->len, i))
			fail("a record is torn");
}

/* Take all that is ready; how many. */
static uint32_t consume(uint32_t *pos, uint32_t *lost)
{
	uint32_t n = sockopt_ring_ready(&ring, *pos, ring.mask + 1);
	uint32_t i;

	for (i = 0; i < n; i++, ++*pos) {
		const struct sockopt_record *rec = sockopt_ring_slot(&ring, *pos);

		if (rec->lost < *lost)
			fail("lost went back");
		*lost = rec->lost;
		if (!has_bug && !(rec->flags & SOCKOPT_RECORD_F_DISCARDED))
			verify(rec);
		else
			(void)*(const volatile uint32_t *)(rec + 1);
	}
	sockopt_ring_release(&ring, *pos);
	return n;
}

/* Until the producers are done, and then once more. */
static uint32_t consume_all(uint32_t start)
{
	uint32_t pos = start, lost = 0, taken = 0;
	int is_last;

	do {
		uint32_t n;

		is_last = !__atomic_load_n(&running, __ATOMIC_ACQUIRE);
		n = consume(&pos, &lost);
		taken += n;
		if (!n)
			sched_yield();
	} while (!is_last);
	return taken;
}

static void start_producers(void)
{
	uint32_t i;

	running = PRODUCERS;
	for (i = 0; i < PRODUCERS; i++) {
		producers[i] = (struct producer){ .id = i };
		if (pthread_create(&producers[i].thread, NULL, produce,
				   &producers[i]))
			fail("no thread");
	}
}

static uint32_t join_producers(void)
{
	uint32_t i, dropped = 0;

	for (i = 0; i < PRODUCERS; i++) {
		pthread_join(producers[i].thread, NULL);
		dropped += producers[i].dropped;
	}
	return dropped;
}

static void run(uint32_t slots, uint64_t start)
{
	uint32_t taken, dropped;

	memset(memory, 0, sizeof(memory));
	sockopt_ring_init(&ring, memory, &u_tail, slots, SLOT_SIZE, start);
	start_producers();
	taken = consume_all((uint32_t)start);
	dropped = join_producers();
	printf("%u slots: %u taken, %u lost\n", slots, taken, dropped);
	if (sockopt_ring_lost(&ring) != dropped)
		fail("lost is not what was dropped");
	if (taken + dropped != PRODUCERS * EACH)
		fail("records disappeared");
	if (!taken)
		fail("nothing arrived: nothing was tested");
}

int main(int argc, char **argv)
{
	has_bug = argc == 2 && !strcmp(argv[1], "--seeded-bug");
	if (argc > 1 && !has_bug) {
		fprintf(stderr, "usage: %s [--seeded-bug]\n", argv[0]);
		return 2;
	}
	run(2, UINT64_C(0xfffffff0));
	run(8, UINT64_C(0xffffffffffffff00));
	run(SLOTS_MAX, 0);
	return 0;
}

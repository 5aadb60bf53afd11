/* SPDX-License-Identifier: MIT */
/* See machine.h. */
#include "machine.h"

#include <string.h>

#include <sockopt/ring.h>

struct machine machine;

static struct sockopt_ring *ring;
static enum machine_fault bad;
static uint32_t lies;

void machine_begin(struct sockopt_ring *r, enum machine_fault b, uint32_t l)
{
	int i;

	ring = r;
	bad = b;
	lies = l;
	memset(&machine, 0, sizeof(machine));
	for (i = 0; i < THREADS_MAX; i++)
		machine.now[i].at[i] = 1;
}

/* ---- Words ---- */

static int word_of(const void *at)
{
	uint32_t i;

	if (at == &ring->head)
		return HEAD;
	if (at == ring->u_tail)
		return TAIL;
	if (at == &ring->lost[SOCKOPT_RING_FULL])
		return LOST_FULL;
	if (at == &ring->lost[SOCKOPT_RING_BUSY])
		return LOST_BUSY;
	for (i = 0; i < MACHINE_SLOTS; i++)
		if (at == &sockopt_ring_slot(ring, i)->seq)
			return SEQ + (int)i;
	fault("an atomic on a word that is not the ring's");
	return -1;
}

static const char *name_of(const char *const names[4], int word)
{
	return names[word == HEAD ? 0 : word == TAIL ? 1 : word < SEQ ? 2 : 3];
}

static uint64_t get(const void *at, size_t size)
{
	return size == 8 ? *(const uint64_t *)at : *(const uint32_t *)at;
}

static void put(void *at, size_t size, uint64_t value)
{
	if (size == 8)
		*(uint64_t *)at = value;
	else
		*(uint32_t *)at = (uint32_t)value;
}

/* ---- What happened before what ---- */

static struct clock *now(void)
{
	return &machine.now[thread_id()];
}

static void join(struct clock *clock, const struct clock *other)
{
	int i;

	for (i = 0; i < THREADS_MAX; i++)
		if (clock->at[i] < other->at[i])
			clock->at[i] = other->at[i];
}

static int is_before(const struct clock *clock, const struct clock *other)
{
	int i;

	for (i = 0; i < THREADS_MAX; i++)
		if (clock->at[i] > other->at[i])
			return 0;
	return 1;
}

static void acquire(int word, int order)
{
	if (order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL)
		join(now(), &machine.released[word]);
}

/* is_store: what was released by others before is not continued. */
static void release(int word, int order, int is_store)
{
	if (is_store)
		memset(&machine.released[word], 0, sizeof(struct clock));
	if (order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL) {
		join(&machine.released[word], now());
		now()->at[thread_id()]++;
	}
}

static void stamp(struct clock *clock)
{
	clock->at[thread_id()] = now()->at[thread_id()];
}

void machine_read(uint32_t slot)
{
	if (!is_before(&machine.slots[slot].wrote, now()))
		fault("a record is read while it is written");
	stamp(&machine.slots[slot].read);
}

void machine_write(uint32_t slot)
{
	struct machine_slot *s = &machine.slots[slot];

	if (!is_before(&s->wrote, now()))
		fault("two writers are in one slot");
	if (!is_before(&s->read, now()))
		fault("a record is overwritten while it is read");
	memset(s, 0, sizeof(*s));
	stamp(&s->wrote);
}

/* ---- Steps ---- */

static int unless(enum machine_fault fault, int order)
{
	return bad == fault ? __ATOMIC_RELAXED : order;
}

static int has_no_room(void)
{
	return (uint32_t)ring->head - *ring->u_tail > ring->mask;
}

/* R1, R5 or S2 */
static uint64_t load_head(uint64_t value, int order)
{
	int id = thread_id();
	int is_again = machine.is_producer[id] && machine.saw_tail[id];

	if (is_again && bad == R5_IS_NOT_HEEDED)
		value = machine.head[id];
	acquire(HEAD, is_again ? order : unless(R1_IS_RELAXED, order));
	machine.is_producer[id] = 1;
	machine.head[id] = value;
	return value;
}

/*
 * About the head that the thread knows: an empty ring, a full one, and then what lies
 * between, just outside, and far away.
 */
static uint64_t lie(void)
{
	static const uint32_t behind[MACHINE_LIES_MAX] = {
		0, MACHINE_SLOTS, 1, MACHINE_SLOTS + 1, 0xffffffff, 0x80000000,
	};

	return (uint32_t)machine.head[thread_id()] - behind[choose(lies)];
}

/* R3 or S1 */
static uint64_t load_tail(uint64_t value, int order)
{
	if (lies)
		value = lie();
	acquire(TAIL, unless(R3_IS_RELAXED, order));
	machine.tail[thread_id()] = *ring->u_tail;
	machine.saw_no_room[thread_id()] |= (uint8_t)has_no_room();
	return value;
}

/* R2 or Y1 */
static uint64_t load_seq(int word, uint64_t value, int order)
{
	int id = thread_id();

	if (!machine.is_producer[id]) {
		acquire(word, unless(Y1_IS_RELAXED, order));
		return value;
	}
	acquire(word, unless(R2_IS_RELAXED, order));
	machine.saw_no_room[id] = (uint8_t)has_no_room();
	if (bad == R2_IS_NOT_HEEDED)
		value = (uint32_t)machine.head[id] - ring->mask;
	return value;
}

uint64_t machine_load(const void *at, size_t size, int order)
{
	static const char *const names[4] = {
		"loads head", "loads tail", "loads lost", "loads seq",
	};
	int word, id = thread_id();
	uint64_t value;

	if (id < 0)
		return get(at, size);
	step();
	word = word_of(at);
	value = get(at, size);
	if (word == HEAD)
		value = load_head(value, order);
	else if (word == TAIL)
		value = load_tail(value, order);
	else if (word >= SEQ)
		value = load_seq(word, value, order);
	else if (word == LOST_FULL)
		machine.summed[id] = *now();
	machine.saw_tail[id] = word == TAIL;
	learn(name_of(names, word), value);
	return value;
}

/* C1 or T1 */
void machine_store(void *at, size_t size, uint64_t value, int order)
{
	static const char *const names[4] = {
		"stores head", "stores tail", "stores lost", "stores seq",
	};

	if (thread_id() >= 0) {
		int word = word_of(at);

		step();
		order = unless(word == TAIL ? T1_IS_RELAXED : C1_IS_RELAXED, order);
		release(word, order, 1);
		learn(name_of(names, word), value);
	}
	put(at, size, value);
}

/* The position is ours. The one before it must have summed up lost before we did. */
static void reserve(int order)
{
	int id = thread_id();

	if (!is_before(&machine.reserved, &machine.summed[id]))
		fault("lost is not in the order of positions");
	memset(&machine.reserved, 0, sizeof(machine.reserved));
	stamp(&machine.reserved);
	acquire(HEAD, order);
	release(HEAD, order, 0);
}

/* R4 */
int machine_compare(uint64_t *at, uint64_t *expected, uint64_t value, int order, int failure)
{
	step();
	learn("compares head", *at);
	if (*at != *expected) {
		*expected = *at;
		if (thread_id() >= 0) {
			machine.head[thread_id()] = *at;
			acquire(HEAD, failure);
		}
		return 0;
	}
	if (bad == R4_IS_TWO_STEPS)
		step();
	if (thread_id() >= 0)
		reserve(unless(R4_IS_RELAXED, order));
	*at = value;
	return 1;
}

/* R6 */
uint64_t machine_add(uint64_t *at, uint64_t value, int order)
{
	uint64_t old;

	step();
	old = *at;
	learn("adds to lost", old);
	if (bad == R6_IS_TWO_STEPS)
		step();
	*at = old + value;
	if (thread_id() >= 0)
		release(word_of(at), order, 0);
	return old;
}

/* SPDX-License-Identifier: MIT */
/*
 * ring.h itself, its atomics in every order that threads can bring them in: two or three
 * producers, two slots, a consumer that is honest or writes any tail, positions that
 * wrap. machine.h is what it runs on, and what it can be made to do wrong.
 */
#include "machine.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define __atomic_load_n(at, order) \
	((__typeof__(*(at) + 0))machine_load((at), sizeof(*(at)), (order)))
#define __atomic_store_n(at, value, order) \
	machine_store((at), sizeof(*(at)), (value), (order))
#define __atomic_compare_exchange_n(at, expected, value, weak, order, failure) \
	machine_compare((at), (expected), (value), (order), (failure))
#define __atomic_fetch_add(at, value, order) \
	machine_add((at), (value), (order))

#include <sockopt/ring.h>

#define SLOTS MACHINE_SLOTS
#define SLOT_SIZE 64U
#define POSITIONS 16		/* more than any scene reserves */
#define START UINT64_C(0xffffffff)

/* Who takes part. Threads are numbered in this order. */
struct cast {
	int producers;
	int each;		/* records that one of them tries */
	int looks;		/* of an honest consumer; 0: there is none */
	int watchers;
	uint32_t lies;		/* of the one who writes the tail; see machine.h */
	int one_by_one;
	enum machine_fault bad;
};

/* All that the threads share, and what we remember of it. */
struct world {
	struct sockopt_ring ring;
	uint64_t memory[SLOTS * SLOT_SIZE / 8];
	uint64_t tail;		/* what the consumer released, 64 bits of it */
	uint64_t dropped;	/* reserve said no */
	uint32_t u_tail;
	uint32_t reserved_lost;	/* lost in the last position reserved */
	uint32_t read_lost;	/* lost in the last record read */
	uint32_t numbers[POSITIONS]; /* of the record in each position */
	uint8_t writers[SLOTS];
};

static struct world world;
static struct cast cast;

static void begin(void)
{
	memset(&world, 0, sizeof(world));
	sockopt_ring_init(&world.ring, world.memory, &world.u_tail, SLOTS, SLOT_SIZE, START);
	world.tail = START;
	machine_begin(&world.ring, cast.bad, cast.lies);
}

/* ---- Producers ---- */

static void write_record(struct sockopt_record *rec, uint32_t pos, uint32_t number)
{
	uint32_t slot = pos & (SLOTS - 1);

	if (world.writers[slot]++)
		fault("two writers are in one slot");
	if (thread_id() >= 0)
		machine_write(slot);
	if (rec->lost < world.reserved_lost)
		fault("lost is not in the order of positions");
	world.reserved_lost = rec->lost;
	world.numbers[pos - (uint32_t)START] = number;
	rec->len = number;
	sockopt_ring_commit(rec, pos);
	world.writers[slot]--;
}

static int publish(uint32_t number)
{
	uint32_t pos;
	struct sockopt_record *rec = sockopt_ring_reserve(&world.ring, &pos);

	if (rec)
		write_record(rec, pos, number);
	return !!rec;
}

static void produce(int id)
{
	int i;

	for (i = 0; i < cast.each; i++) {
		if (publish((uint32_t)(id * 16 + i + 1)))
			continue;
		world.dropped++;
		if (!cast.lies && !machine.saw_no_room[id])
			fault("a record is dropped while there is room");
	}
}

/* ---- Consumer ---- */

static void read_record(uint64_t pos)
{
	const struct sockopt_record *rec = sockopt_ring_slot(&world.ring, (uint32_t)pos);

	if (thread_id() >= 0)
		machine_read((uint32_t)pos & (SLOTS - 1));
	if (rec->len != world.numbers[pos - START])
		fault("a record is not the one that was published there");
	if (rec->lost < world.read_lost)
		fault("lost went back");
	world.read_lost = rec->lost;
	learn("reads record", rec->len);
}

/* All that is there, and release it. */
static void take(void)
{
	uint32_t n = sockopt_ring_ready(&world.ring, (uint32_t)world.tail, SLOTS);
	uint32_t i;

	for (i = 0; i < n; i++)
		read_record(world.tail + i);
	if (n)
		sockopt_ring_release(&world.ring, (uint32_t)world.tail + n);
	world.tail += n;
}

static void consume(void)
{
	int i;

	for (i = 0; i < cast.looks; i++)
		take();
}

/* Where the ring stands, asked by somebody who takes no part. */
static void watch(int id)
{
	uint64_t tail, head;

	sockopt_ring_span(&world.ring, &tail, &head);
	if (tail < START || tail > head || head - tail > SLOTS)
		fault("the span is not within the ring");
	if (!cast.lies &&
	    (uint32_t)tail - machine.tail[id] > (uint32_t)world.tail - machine.tail[id])
		fault("the tail was never there while the span was asked for");
}

static void perform(int id)
{
	if (id < cast.producers)
		produce(id);
	else if (id == cast.producers && cast.looks)
		consume();
	else
		watch(id);
}

/* ---- When all are done ---- */

/* A sane tail makes the ring work again, whatever was there before. */
static void recover(void)
{
	uint32_t lap, i;

	world.tail = world.ring.head;
	sockopt_ring_release(&world.ring, (uint32_t)world.tail);
	for (lap = 0; lap < 2 * SLOTS; lap += SLOTS) {
		for (i = 0; i < SLOTS; i++)
			if (!publish(i + 1))
				fault("a producer alone finds no room");
		take();
	}
}

static void end(void)
{
	uint64_t published = (uint64_t)cast.producers * (uint64_t)cast.each;

	if (sockopt_ring_lost(&world.ring) != world.dropped)
		fault("lost is not what was dropped");
	if (world.ring.head - START + world.dropped != published)
		fault("records disappeared");
	if (!cast.lies) {
		take();
		if (world.tail != world.ring.head)
			fault("a committed record is not there");
	}
	recover();
}

/* ---- The tests ---- */

static struct outcome outcome;

/* Every order of what these do. */
static void play(struct cast c)
{
	struct scene scene = {
		.threads = c.producers + !!c.looks + c.watchers,
		.one_by_one = c.one_by_one,
		.begin = begin,
		.thread = perform,
		.end = end,
		.state = { { &world, sizeof(world) }, { &machine, sizeof(machine) } },
	};

	cast = c;
	interleave(&scene, &outcome);
	printf("%d producers x %d, %d looks, %d watchers, %u lies: ", c.producers, c.each,
	       c.looks, c.watchers, c.lies);
	printf("%.16g orders, %zu states, %zu runs%s%.60s\n", outcome.orders, outcome.states,
	       outcome.runs, outcome.fault[0] ? ": " : "", outcome.fault);
}

/* What a thread does that has nothing to do with any other. */
static void no_begin(void)
{
}

static void four_steps(int id)
{
	int i;

	for (i = 0; i < 4; i++) {
		step();
		learn("walks", (uint64_t)id);
	}
}

START_TEST(three_threads_of_four_steps_have_all_their_orders)
{
	struct scene scene = {
		.threads = 3, .one_by_one = _i,
		.begin = no_begin, .thread = four_steps, .end = no_begin,
	};

	interleave(&scene, &outcome);
	ck_assert_str_eq(outcome.fault, "");
	ck_assert(outcome.orders == 34650);	/* 12! / (4! 4! 4!) */
	if (_i)
		ck_assert_uint_eq(outcome.runs, 34650);
	else
		ck_assert_uint_lt(outcome.runs, 1000);
}
END_TEST

/*
 * Two producers, one record each, room for both: 7 steps, R1 to C1, and from R2 again
 * for the one whose R4 is the second if it had come to R1 before the other's R4. Say
 * it had made k steps then:
 *
 *   2 * (8 + sum of C(5 + k, k) * (13 - k) for k = 1 .. 5) = 8042
 */
START_TEST(two_producers_have_as_many_orders_as_can_be_counted_by_hand)
{
	play((struct cast){ .producers = 2, .each = 1, .one_by_one = _i });
	ck_assert_str_eq(outcome.fault, "");
	ck_assert(outcome.orders == 8042);
	if (_i)
		ck_assert_uint_eq(outcome.runs, 8042);
}
END_TEST

START_TEST(merged_orders_are_as_many_as_those_that_are_run_one_by_one)
{
	struct cast c = { .producers = 1, .each = 3, .looks = 3 };
	double orders;

	play(c);
	ck_assert_str_eq(outcome.fault, "");
	orders = outcome.orders;
	c.one_by_one = 1;
	play(c);
	ck_assert_str_eq(outcome.fault, "");
	ck_assert(outcome.orders == orders);
	ck_assert(outcome.orders == (double)outcome.runs);
	ck_assert_uint_gt(outcome.runs, 10000);
}
END_TEST

/* A cast, and how many orders it has at least. */
static const struct {
	struct cast cast;
	double least;
} sound[] = {
	{ { .producers = 2, .each = 1, .looks = 2 }, 1e6 },
	{ { .producers = 2, .each = 2, .looks = 3 }, 1e18 },
	{ { .producers = 2, .each = 3, .looks = 1 }, 1e18 },
	{ { .producers = 3, .each = 1, .looks = 2 }, 1e16 },
	{ { .producers = 1, .each = 3, .looks = 2, .watchers = 1 }, 1e6 },
	{ { .producers = 2, .each = 1, .looks = 1, .watchers = 1 }, 1e6 },
	{ { .producers = 2, .each = 2, .lies = 3 }, 1e12 },
	{ { .producers = 3, .each = 1, .lies = 2 }, 1e12 },
	{ { .producers = 2, .each = 1, .lies = MACHINE_LIES_MAX }, 1e5 },
	{ { .producers = 1, .each = 3, .watchers = 1, .lies = MACHINE_LIES_MAX }, 1e5 },
};

START_TEST(no_order_of_its_atomics_breaks_the_ring)
{
	play(sound[_i].cast);
	ck_assert_msg(!outcome.fault[0], "%s", outcome.fault);
	ck_assert_msg(outcome.orders >= sound[_i].least, "only %g orders", outcome.orders);
}
END_TEST

static const struct {
	struct cast cast;
	const char *fault;
} broken[] = {
	{ { .producers = 2, .each = 1, .bad = R1_IS_RELAXED },
	  "lost is not in the order of positions" },
	{ { .producers = 2, .each = 2, .lies = 2, .bad = R2_IS_RELAXED },
	  "two writers are in one slot" },
	{ { .producers = 2, .each = 2, .lies = 2, .bad = R2_IS_NOT_HEEDED },
	  "two writers are in one slot" },
	{ { .producers = 1, .each = 3, .looks = 1, .bad = R3_IS_RELAXED },
	  "a record is overwritten while it is read" },
	{ { .producers = 2, .each = 1, .bad = R4_IS_TWO_STEPS },
	  "lost is not in the order of positions" },
	{ { .producers = 2, .each = 1, .bad = R4_IS_RELAXED },
	  "lost is not in the order of positions" },
	{ { .producers = 2, .each = 1, .looks = 1, .bad = R5_IS_NOT_HEEDED },
	  "a record is dropped while there is room" },
	{ { .producers = 2, .each = 2, .bad = R6_IS_TWO_STEPS },
	  "lost is not what was dropped" },
	{ { .producers = 1, .each = 1, .looks = 1, .bad = C1_IS_RELAXED },
	  "a record is read while it is written" },
	{ { .producers = 1, .each = 1, .looks = 1, .bad = Y1_IS_RELAXED },
	  "a record is read while it is written" },
	{ { .producers = 1, .each = 3, .looks = 1, .bad = T1_IS_RELAXED },
	  "a record is overwritten while it is read" },
};

START_TEST(some_order_shows_each_fault_that_is_planted)
{
	struct cast c = broken[_i].cast;

	play(c);
	ck_assert_msg(!strncmp(outcome.fault, broken[_i].fault, strlen(broken[_i].fault)),
		      "not '%s' but '%s'", broken[_i].fault, outcome.fault);
	c.bad = MACHINE_IS_SOUND;
	play(c);
	ck_assert_str_eq(outcome.fault, "");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *interleave_suite(void)
{
	Suite *suite = suite_create("interleave");
	TCase *tc = tcase_create("interleave");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, three_threads_of_four_steps_have_all_their_orders, 0, 2);
	tcase_add_loop_test(tc, two_producers_have_as_many_orders_as_can_be_counted_by_hand,
			    0, 2);
	tcase_add_test(tc, merged_orders_are_as_many_as_those_that_are_run_one_by_one);
	tcase_add_loop_test(tc, no_order_of_its_atomics_breaks_the_ring, 0, COUNT(sound));
	tcase_add_loop_test(tc, some_order_shows_each_fault_that_is_planted,
			    0, COUNT(broken));
	suite_add_tcase(suite, tc);
	return suite;
}

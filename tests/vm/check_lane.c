/* SPDX-License-Identifier: MIT */
/*
 * Proves that each of many streams gets what its own mask wants, whatever the others
 * want, while they come, change and go.
 */
#include "publisher.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "publisher/pattern.h"

#define STREAMS 24
#define TYPES 256

struct subscriber {
	int sock;
	int stream;		/* -1: none now */
	struct sockopt_filter filter;
	struct vm_batch batch;
	uint32_t cursor;
};

static struct subscriber subscribers[STREAMS];

/* The same numbers in every run. */
static uint32_t draw(void)
{
	static uint32_t state = 12345;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static bool is_wanted_by(const struct subscriber *one, uint32_t type)
{
	return one->filter.types[type / 32] >> type % 32 & 1;
}

/* Single types, a few, all, none, or half of them at random. */
static struct sockopt_filter random_filter(void)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	uint32_t kind = draw() % 6, i;

	switch (kind) {
	case 0:
		sockopt_filter_add_all(&filter);
		break;
	case 1:
		break;
	case 2:
		for (i = 0; i < 8; i++) {
			filter.types[i] = draw() << 16 ^ draw();
			filter.types6[i] = draw();
		}
		break;
	default:
		for (i = 0; i < kind; i++)
			sockopt_filter_add(&filter, (uint8_t)draw());
	}
	return filter;
}

static void open_it(struct subscriber *one, uint32_t slots, uint32_t snaplen)
{
	struct sockopt_open args = vm_open_args();

	args.slots = slots;
	args.snaplen = snaplen;
	one->filter = random_filter();
	one->stream = vm_open_filter(one->sock, publisher.channel.id, &args, &one->filter, NULL);
	ck_assert_msg(one->stream >= 0, "OPEN: %s", strerror(-one->stream));
	one->cursor = args.cursor;
	if (!one->batch.head)
		vm_batch_init(&one->batch, args.slot_size, TYPES);
}

static void close_it(struct subscriber *one)
{
	close(one->stream);
	one->stream = -1;
}

static void tune_it(struct subscriber *one)
{
	one->filter = random_filter();
	ck_assert_int_eq(vm_tune_filter(one->sock, publisher.channel.id, &one->filter, NULL), 0);
}

static void start(void)
{
	int i;

	publisher_setup();
	for (i = 0; i < STREAMS; i++) {
		subscribers[i].sock = vm_raw();
		subscribers[i].stream = -1;
	}
}

static int take(struct subscriber *one)
{
	socklen_t len = (socklen_t)one->batch.size;
	struct sockopt_records *head = one->batch.head;
	int ret;

	memset(head, 0, sizeof(*head));
	head->size = sizeof(*head);
	head->flags = SOCKOPT_RECORDS_F_DONTWAIT;
	head->cursor = one->cursor;
	ret = vm_get(one->sock, publisher.channel.id, SOCKOPT_RECORDS, head, &len);
	if (ret)
		return ret;
	one->cursor = head->cursor;
	return (int)head->count;
}

/* ---- One after the other ---- */

/* Of each type one was published, in order. */
static void expect_types(struct subscriber *one)
{
	int n = take(one), i = 0;
	uint32_t type, number;

	for (type = 0; type < TYPES; type++) {
		if (!is_wanted_by(one, type))
			continue;
		ck_assert_int_lt(i, n);
		memcpy(&number, sockopt_record_data(vm_record(&one->batch, (unsigned int)i)), 4);
		ck_assert_uint_eq(number & 255, type);
		i++;
	}
	ck_assert_int_eq(n, i ? i : -EAGAIN);
}

static void change_one(void)
{
	struct subscriber *one = &subscribers[draw() % STREAMS];

	if (one->stream < 0)
		open_it(one, 2 * TYPES, 4);
	else if (draw() % 3)
		tune_it(one);
	else
		close_it(one);
}

START_TEST(each_stream_gets_what_its_own_mask_wants_whatever_the_others_do)
{
	int round, i;

	for (round = 0; round < 150; round++) {
		for (i = 0; i < 4; i++)
			change_one();
		publisher_commanded("process 256");
		for (i = 0; i < STREAMS; i++)
			if (subscribers[i].stream >= 0)
				expect_types(&subscribers[i]);
	}
}
END_TEST

START_TEST(streams_that_all_want_the_same_part_one_by_one)
{
	struct sockopt_filter all = vm_filter_all();
	int i, k;

	for (i = 0; i < STREAMS; i++) {
		open_it(&subscribers[i], 2 * TYPES, 4);
		subscribers[i].filter = all;
		ck_assert_int_eq(vm_tune_filter(subscribers[i].sock, publisher.channel.id, &all,
						NULL), 0);
	}
	for (i = 0; i < STREAMS; i++) {
		publisher_commanded("process 256");
		for (k = 0; k < STREAMS; k++)
			if (subscribers[k].stream >= 0)
				expect_types(&subscribers[k]);
		close_it(&subscribers[i * 7 % STREAMS]);
	}
}
END_TEST

/* ---- While records come ---- */

#define FIXED 8
#define EACH 2000
#define THREADS 2

static bool is_over;

/* A thread: a process would hold the streams too. */
static void *flood(void *command)
{
	publisher_commanded(command);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	return NULL;
}

static uint32_t skip_unwanted(const struct subscriber *one, uint32_t number)
{
	while (number < EACH && !is_wanted_by(one, number & 255))
		number++;
	return number;
}

static void expect_flood(struct subscriber *one)
{
	uint32_t next[THREADS], thread, number;
	int n, i;

	for (thread = 0; thread < THREADS; thread++)
		next[thread] = skip_unwanted(one, 0);
	while ((n = take(one)) > 0)
		for (i = 0; i < n; i++) {
			const uint8_t *data = sockopt_record_data(vm_record(&one->batch,
									    (unsigned int)i));

			memcpy(&thread, data, 4);
			memcpy(&number, data + 4, 4);
			ck_assert_uint_eq(number, next[thread]);
			next[thread] = skip_unwanted(one, number + 1);
		}
	for (thread = 0; thread < THREADS; thread++)
		ck_assert_uint_eq(next[thread], EACH);
}

static char *const floods[] = { "flood 2000 2", "softflood 2000 2" };

/* Small rings for those that come and go: nobody reads them. */
static void change_another(void)
{
	struct subscriber *one = &subscribers[FIXED + draw() % (STREAMS - FIXED)];

	if (one->stream < 0)
		open_it(one, 16, 8);
	else if (draw() % 3)
		tune_it(one);
	else
		close_it(one);
}

START_TEST(streams_that_stay_lose_nothing_while_others_come_change_and_go)
{
	int changes = 0, i;
	pthread_t flooder;

	for (i = 0; i < FIXED; i++)
		open_it(&subscribers[i], 8192, 8);
	while (changes < 50) {
		is_over = false;
		ck_assert_int_eq(pthread_create(&flooder, NULL, flood, floods[_i]), 0);
		for (; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); changes++)
			change_another();
		ck_assert_int_eq(pthread_join(flooder, NULL), 0);
		for (i = 0; i < FIXED; i++)
			expect_flood(&subscribers[i]);
	}
}
END_TEST

Suite *lane_suite(void)
{
	Suite *suite = suite_create("lane");
	TCase *tc = vm_case(suite, "lane", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, start, publisher_remove_after_all);
	tcase_add_test(tc, each_stream_gets_what_its_own_mask_wants_whatever_the_others_do);
	tcase_add_test(tc, streams_that_all_want_the_same_part_one_by_one);
	tcase_add_loop_test(tc, streams_that_stay_lose_nothing_while_others_come_change_and_go, 0,
			    2);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that of one stream everybody wakes who waits for it, in every way at once, in
 * threads and in processes: for records, when another process stops it, and when the
 * module of its channel goes.
 */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "subscriber.h"

/* ---- The stream, pulled or mapped ---- */

static struct subscriber mapped;
static int stream;	/* its descriptor */

static void open_pulled(void)
{
	publisher_subscribe(64, 0, 64);
	stream = publisher.stream;
	reader.stream = stream;
}

static void open_mapped(void)
{
	subscriber_open(&mapped, 64, 1, true);
	stream = sockopt_stream_fd(mapped.st);
	reader.stream = stream;
}

static void (*const open_in_way[])(void) = { open_pulled, open_mapped };

/* ---- Ways to wait ---- */

static int wait_in_poll(struct sleeper *unused)
{
	(void)unused;
	return poll_for(-1);
}

static int wait_in_select(struct sleeper *unused)
{
	(void)unused;
	return select_for(NULL);
}

static int wait_in_epoll(struct sleeper *unused)
{
	(void)unused;
	return epoll_for(new_epoll(0), -1);
}

static int wait_in_epoll_edge(struct sleeper *unused)
{
	(void)unused;
	return epoll_for(new_epoll(EPOLLET), -1);
}

static int wait_in_epoll_exclusive(struct sleeper *unused)
{
	(void)unused;
	return epoll_for(new_epoll(EPOLLEXCLUSIVE), -1);
}

static int wait_in_library(struct sleeper *unused)
{
	(void)unused;
	return sockopt_stream_wait(mapped.st, -1);
}

/*
 * Whoever comes gets the same records, as none is acknowledged; few of them, as to those
 * in poll what was returned is no longer there.
 */
static int wait_in_records(struct sleeper *unused)
{
	struct sockopt_records *head;
	struct vm_batch batch;
	socklen_t len;
	int ret;

	(void)unused;
	vm_batch_init(&batch, publisher.opened.slot_size, 3);
	head = batch.head;
	head->size = sizeof(*head);
	head->cursor = publisher.opened.cursor;
	len = (socklen_t)batch.size;
	ret = vm_get(publisher.sock, publisher.channel.id, SOCKOPT_RECORDS, head, &len);
	ret = ret ? ret : (int)head->count;
	vm_batch_free(&batch);
	return ret;
}

/* One record, or the end. */
static int wait_in_read(struct sleeper *unused)
{
	uint8_t record[512];
	ssize_t len = read(stream, record, publisher.opened.slot_size);

	(void)unused;
	return len < 0 ? -errno : (int)len;
}

#define MANY 1000	/* as result: any number of records */

struct way {
	int (*call)(struct sleeper *sleeper);
	int records;	/* its result when records come ... */
	int end;	/* ... and at the end of stream */
};

static const struct way both[] = {
	{ wait_in_poll, POLLIN, POLLIN | POLLHUP },
	{ wait_in_select, 1, 1 },
	{ wait_in_epoll, EPOLLIN, EPOLLIN | EPOLLHUP },
	{ wait_in_epoll_edge, EPOLLIN, EPOLLIN | EPOLLHUP },
};

static const struct way when_pulled[] = { { wait_in_records, MANY, 0 } };
static const struct way when_mapped[] = { { wait_in_library, 1, -ENODATA } };
static const struct way exclusive[] = { { wait_in_epoll_exclusive, EPOLLIN,
					  EPOLLIN | EPOLLHUP } };
static const struct way reading[] = { { wait_in_read, MANY, 0 } };

/* ---- Many of them ---- */

#define CROWD_MAX 16

static struct {
	struct sleeper *sleepers[CROWD_MAX];
	const struct way *ways[CROWD_MAX];
	int count;
} crowd;

/* Each way twice: in a process and in a thread. */
static void add(const struct way *ways, int count)
{
	int i, is_thread;

	for (i = 0; i < count; i++)
		for (is_thread = 0; is_thread < 2; is_thread++) {
			ck_assert_int_lt(crowd.count, CROWD_MAX);
			crowd.ways[crowd.count] = &ways[i];
			crowd.sleepers[crowd.count++] =
				put_to_sleep(new_sleeper(ways[i].call, is_thread));
		}
}

static void gather(bool is_mapped)
{
	open_in_way[is_mapped]();
	add(both, VM_COUNT(both));
	if (is_mapped)
		add(when_mapped, VM_COUNT(when_mapped));
	else
		add(when_pulled, VM_COUNT(when_pulled));
}

static void expect_all_asleep(void)
{
	int i;

	for (i = 0; i < crowd.count; i++)
		expect_asleep(crowd.sleepers[i]);
}

static void expect_woken(bool is_end)
{
	int i, result;

	for (i = 0; i < crowd.count; i++) {
		int expected = is_end ? crowd.ways[i]->end : crowd.ways[i]->records;

		result = wake(crowd.sleepers[i]);
		if (expected == MANY)
			ck_assert_int_gt(result, 0);
		else
			ck_assert_msg(result == expected, "waiter %d: %d, not %d", i, result,
				      expected);
	}
}

/* ---- Ends ---- */

static void stop_it(void *is_mapped)
{
	if (*(bool *)is_mapped)
		ck_assert_int_eq(sockopt_stream_stop(mapped.st), 0);
	else
		ck_assert_int_eq(vm_stop(publisher.sock, publisher.channel.id), 0);
}

static void stop_in_another_process(bool is_mapped)
{
	vm_join(vm_fork(stop_it, &is_mapped));
}

static void remove_channel(bool unused)
{
	(void)unused;
	ck_assert_int_eq(publisher_remove(), 0);
}

static void (*const ends[])(bool is_mapped) = { stop_in_another_process, remove_channel };

/* ---- Tests: _i % 2: mapped? _i / 2: which end ---- */

START_TEST(everybody_who_waits_wakes_for_records)
{
	gather(_i);
	publisher_commanded("process 32");
	expect_woken(false);
}
END_TEST

START_TEST(everybody_who_waits_wakes_at_the_end)
{
	gather(_i % 2);
	if (!(_i % 2))
		add(reading, 1);
	add(exclusive, 1);
	expect_all_asleep();
	ends[_i / 2](_i % 2);
	expect_woken(true);
}
END_TEST

/* Two records in softirq: those who wait in read get one each, and nobody none. */
START_TEST(two_readers_get_a_record_each)
{
	open_pulled();
	add(reading, 1);
	publisher_commanded("softirq 2");
	expect_woken(false);
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

static bool has_one_woken(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < crowd.count; i++)
		if (is_done(crowd.sleepers[i]))
			return true;
	return false;
}

START_TEST(of_exclusive_waiters_one_at_least_wakes_for_a_record_and_all_at_the_end)
{
	int i;

	open_in_way[_i % 2]();
	add(exclusive, 1);
	add(exclusive, 1);
	publisher_commanded("process 1");
	vm_wait(has_one_woken, NULL, "one of the waiters to wake");
	ends[_i / 2](_i % 2);
	for (i = 0; i < crowd.count; i++)
		ck_assert_int_eq(wake(crowd.sleepers[i]) & EPOLLIN, EPOLLIN);
}
END_TEST

START_TEST(records_from_before_the_end_are_there_for_everybody_who_comes_later)
{
	int hup = POLLIN | POLLHUP;

	open_in_way[_i % 2]();
	publisher_commanded("process 3");
	ends[_i / 2](_i % 2);
	ck_assert_int_eq(poll_for(-1), hup);
	ck_assert_int_eq(epoll_for(new_epoll(EPOLLET), -1), hup);
	if (_i % 2) {
		ck_assert_int_eq(sockopt_stream_wait(mapped.st, -1), 1);
		ck_assert_ptr_nonnull(sockopt_stream_next(mapped.st));
	} else {
		ck_assert_int_eq(wait_in_records(NULL), 3);
		ck_assert_int_gt(wait_in_read(NULL), 0);
	}
}
END_TEST

Suite *waiters_suite(void)
{
	Suite *suite = suite_create("waiters");
	TCase *tc = vm_case(suite, "waiters", 40, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc, everybody_who_waits_wakes_for_records, 0, 2);
	tcase_add_loop_test(tc, everybody_who_waits_wakes_at_the_end, 0, 4);
	tcase_add_test(tc, two_readers_get_a_record_each);
	tcase_add_loop_test(tc,
		of_exclusive_waiters_one_at_least_wakes_for_a_record_and_all_at_the_end, 0, 4);
	tcase_add_loop_test(tc,
		records_from_before_the_end_are_there_for_everybody_who_comes_later, 0, 4);
	return suite;
}

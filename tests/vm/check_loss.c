/* SPDX-License-Identifier: MIT */
/*
 * Proves that a record which a stream does not bring is counted as lost, and that
 * its numbers add up: with a full ring, at the end, and in a flood.
 */
#include "sequence.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

static unsigned int sender_of(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec) + 24;

	return (unsigned int)data[0] << 8 | data[1];
}

/* ---- Overflow ---- */

START_TEST(a_full_ring_counts_every_record_that_it_drops)
{
	struct vm_reader reader;
	unsigned int i;

	vm_reader_open(&reader, 8, 0, 8);
	queue(&reader, 100);
	expect_stats(&reader, 0, 8, 92);
	take_run(&reader, 0, 8);
	for (i = 0; i < 8; i++)
		ck_assert_uint_eq(vm_record(&reader.batch, i)->lost, 0);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 8, 0, 92);
	queue(&reader, 3);
	take_run(&reader, 100, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(vm_record(&reader.batch, i)->lost, 92);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 11, 0, 92);
}
END_TEST

START_TEST(a_ring_that_is_just_full_has_lost_nothing)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 8, 0, 8);
	queue(&reader, 8);
	expect_stats(&reader, 0, 8, 0);
	queue(&reader, 1);
	expect_stats(&reader, 0, 8, 1);
	take_run(&reader, 0, 8);
	queue(&reader, 1);
	expect_stats(&reader, 0, 8, 2);
}
END_TEST

START_TEST(room_for_one_is_made_by_acknowledging_one)
{
	struct vm_reader reader;
	uint32_t i;

	vm_reader_open(&reader, 4, 0, 1);
	queue(&reader, 4);
	take_run(&reader, 0, 1);
	for (i = 1; i < 40; i++) {
		take_run(&reader, i, 1);
		queue(&reader, 1);
		expect_stats(&reader, i, 4, 0);
	}
}
END_TEST

START_TEST(the_counters_add_up_at_every_step)
{
	struct sockopt_stats stats;
	struct vm_reader reader;
	uint32_t i, lost = 0;

	vm_reader_open_types(&reader, (const int[]){ ECHO_REQUEST, -1 }, 512);
	for (i = 1; i <= 6; i++) {
		queue(&reader, 100);
		vm_icmp(sender, VM_LO, 0, 0, "\0\1\0\1", 4);
		vm_wait_seen(reader.sock, i * 101);
		stats = stats_of(reader.sock);
		ck_assert_uint_eq(stats.seen, i * 101);
		ck_assert_uint_eq(stats.filtered, i);
		lost += i == 6 ? 88 : 0;
		ck_assert_uint_eq(stats.lost_full, lost);
		ck_assert_uint_eq(stats.pending, i * 100 - lost);
		sent++;
	}
	ck_assert_int_eq(vm_reader_take(&reader), 512);
	vm_expect_nothing(&reader);
	stats = stats_of(reader.sock);
	ck_assert_uint_eq(stats.delivered, 512);
	ck_assert_uint_eq(stats.flags, 0);
}
END_TEST

/* ---- Ends ---- */

START_TEST(records_unread_at_close_count_as_lost)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 8, 0, 2);
	queue(&reader, 10);
	take_run(&reader, 0, 2);
	take_run(&reader, 2, 2);
	vm_reader_close(&reader);
	vm_wait_settled();
	ck_assert_int_eq(vm_stat("icmp", "seen"), 10);
	ck_assert_int_eq(vm_stat("icmp", "delivered"), 2);
	ck_assert_int_eq(vm_stat("icmp", "lost_full"), 2);
	ck_assert_int_eq(vm_stat("icmp", "lost_busy"), 0);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 6);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
}
END_TEST

static void expect_no_step_back(long long *sums)
{
	static const char *const columns[] = { "opened", "seen", "delivered", "lost_full",
					       "lost_busy", "lost_closed" };
	int i;

	for (i = 0; i < 6; i++) {
		long long sum = vm_stat("icmp", columns[i]);

		ck_assert_msg(sum >= sums[i], "%s went from %lld to %lld", columns[i], sums[i],
			      sum);
		sums[i] = sum;
	}
}

START_TEST(sums_never_go_back_while_streams_come_and_go)
{
	long long sums[6] = { 0 };
	struct vm_reader reader;
	int i;

	for (i = 0; i < 12; i++) {
		vm_reader_open(&reader, 4, 0, 2);
		expect_no_step_back(sums);
		send_more(6);
		vm_wait_seen(reader.sock, 6);
		take_run(&reader, (uint32_t)i * 6, 2);
		expect_no_step_back(sums);
		take_run(&reader, (uint32_t)i * 6 + 2, 2);
		expect_no_step_back(sums);
		vm_reader_close(&reader);
		expect_no_step_back(sums);
	}
	vm_wait_settled();
	expect_no_step_back(sums);
	ck_assert_int_eq(sums[0], 12);
	ck_assert_int_eq(sums[1], 12 * 6);
	ck_assert_int_eq(sums[2], 12 * 2);
	ck_assert_int_eq(sums[3], 12 * 2);
	ck_assert_int_eq(sums[4], 0);
	ck_assert_int_eq(sums[5], 12 * 2);
}
END_TEST

/* ---- Many at once ---- */

/* What the readers have in common. */
static struct {
	struct vm_reader reader;
	pthread_mutex_t lock;
	uint32_t next;		/* no number below it may come any more */
	uint32_t got;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* shared.lock is held. Blocks; returns false at the end of stream. */
static bool take_shared(void)
{
	int i, n = vm_records(shared.reader.sock, &shared.reader.batch, &shared.reader.cursor, 0);

	ck_assert_int_ge(n, 0);
	for (i = 0; i < n; i++) {
		uint32_t number = number_of(vm_record(&shared.reader.batch, (unsigned int)i));

		ck_assert_uint_ge(number, shared.next);
		shared.next = number + 1;
	}
	shared.got += (uint32_t)n;
	return n;
}

static void *read_shared(void *arg)
{
	bool goes_on;

	do {
		pthread_mutex_lock(&shared.lock);
		goes_on = take_shared();
		pthread_mutex_unlock(&shared.lock);
	} while (goes_on);
	return arg;
}

START_TEST(two_threads_on_one_stream_lose_and_double_nothing)
{
	struct sockopt_stats stats;
	pthread_t threads[2];
	int i;

	vm_reader_open(&shared.reader, 64, 0, 8);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_shared, NULL), 0);
	vm_move_to(0);	/* as flood() below, and for the same reason */
	queue(&shared.reader, 5000);
	ck_assert_int_eq(vm_stop(shared.reader.sock, ICMP), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	stats = stats_of(shared.reader.sock);
	ck_assert_uint_eq(stats.seen, 5000);
	ck_assert_uint_eq(stats.delivered, shared.got);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(shared.got + stats.lost_full + stats.lost_busy, 5000);
	ck_assert_uint_ge(shared.got, 64);
}
END_TEST

#define FLOOD vm_fewer(20000)
#define FLOOD_RING 64

/*
 * *arg: who this sender is, 1 or 2. Each on a processor of its own: of one that moves,
 * packets may still wait for the kernel where it was, and come later than its next ones.
 */
static void flood(void *arg)
{
	int fd = vm_sender();
	uint32_t i;

	vm_move_to(*(uint16_t *)arg - 1);
	for (i = 0; i < FLOOD; i++)
		send_number(fd, *(uint16_t *)arg, i);
}

/* What the reader of a flood counts. */
struct count {
	uint32_t got;
	uint32_t lost;
	uint32_t next[3];	/* of each sender: no number below comes any more */
};

static void count_record(struct count *count, const struct sockopt_record *rec)
{
	unsigned int who = sender_of(rec);
	uint32_t number = number_of(rec);

	ck_assert(who == 1 || who == 2);
	ck_assert_uint_ge(number, count->next[who]);
	ck_assert_uint_lt(number, FLOOD);
	count->next[who] = number + 1;
	ck_assert_uint_ge(rec->lost, count->lost);
	count->lost = rec->lost;
	count->got++;
}

/* Returns false when there was nothing. */
static bool count_batch(struct vm_reader *reader, struct count *count)
{
	uint32_t pos = reader->cursor;
	int i, n = vm_reader_take(reader);

	if (n == -EAGAIN)
		return false;
	ck_assert_int_gt(n, 0);
	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = vm_record(&reader->batch, (unsigned int)i);

		ck_assert_uint_eq(rec->seq, ++pos);
		count_record(count, rec);
	}
	return true;
}

/* No reading at first, so that some are lost for sure. */
START_TEST(of_two_flooding_senders_every_packet_is_delivered_or_counted)
{
	static uint16_t names[] = { 1, 2 };
	struct count count = { 0 };
	struct sockopt_stats stats;
	struct vm_reader reader;
	pid_t pids[2];

	vm_reader_open(&reader, FLOOD_RING, 0, 16);
	pids[0] = vm_fork(flood, &names[0]);
	pids[1] = vm_fork(flood, &names[1]);
	vm_wait_seen(reader.sock, 10 * FLOOD_RING);
	do {
		if (!count_batch(&reader, &count))
			poll(&(struct pollfd){ .fd = reader.stream, .events = POLLIN }, 1, 20);
		stats = stats_of(reader.sock);
	} while (stats.seen < 2 * FLOOD);
	vm_join(pids[0]);
	vm_join(pids[1]);
	while (count_batch(&reader, &count))
		;
	stats = stats_of(reader.sock);
	ck_assert_uint_eq(stats.seen, 2 * FLOOD);
	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.delivered, count.got);
	ck_assert_uint_eq(count.got + stats.lost_full + stats.lost_busy, 2 * FLOOD);
	ck_assert_uint_ge(stats.lost_full, 9 * FLOOD_RING);
	ck_assert_uint_le(count.lost, stats.lost_full + stats.lost_busy);
	ck_assert_uint_gt(count.got, FLOOD_RING);
}
END_TEST

/* ---- Suite ---- */

static void add_overflow(TCase *tc)
{
	tcase_add_test(tc, a_full_ring_counts_every_record_that_it_drops);
	tcase_add_test(tc, a_ring_that_is_just_full_has_lost_nothing);
	tcase_add_test(tc, room_for_one_is_made_by_acknowledging_one);
	tcase_add_test(tc, the_counters_add_up_at_every_step);
}

static void add_ends(TCase *tc)
{
	tcase_add_test(tc, records_unread_at_close_count_as_lost);
	tcase_add_test(tc, sums_never_go_back_while_streams_come_and_go);
}

static void add_many(TCase *tc)
{
	tcase_add_test(tc, two_threads_on_one_stream_lose_and_double_nothing);
	tcase_add_test(tc, of_two_flooding_senders_every_packet_is_delivered_or_counted);
}

Suite *loss_suite(void)
{
	Suite *suite = suite_create("loss");

	add_overflow(vm_case(suite, "overflow", 20, sequence_setup));
	add_ends(vm_case(suite, "ends", 20, sequence_setup));
	add_many(vm_case(suite, "many", 60, sequence_setup));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that read() on the stream's descriptor returns whole records, oldest first,
 * and acknowledges those and no others.
 */
#include "sequence.h"
#include "sleeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define RING 8

static struct vm_reader ring;	/* one that is read */
static uint8_t buffer[4096];

static void read_setup(void)
{
	sequence_setup();
	vm_reader_open(&ring, RING, 0, RING);
}

/* read() of so many bytes, without waiting. */
static int read_now(size_t len)
{
	ssize_t n;

	ck_assert_int_eq(fcntl(ring.stream, F_SETFL, O_NONBLOCK), 0);
	n = read(ring.stream, buffer, len);
	return n < 0 ? -errno : (int)n;
}

static void expect_numbers(const uint8_t *from, uint32_t pos, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec =
			(const void *)(from + i * ring.open.slot_size);

		ck_assert_uint_eq(rec->seq, pos + i + 1);
		ck_assert_uint_eq(number_of(rec), first + i);
	}
}

START_TEST(read_returns_whole_records_and_acknowledges_them)
{
	size_t room = SLOT_SIZE * 3 + (size_t)_i;

	queue(&ring, 7);
	ck_assert_int_eq(read_now(room), 3 * SLOT_SIZE);
	expect_numbers(buffer, ring.cursor, 0, 3);
	expect_stats(&ring, 3, 4, 0);
	ck_assert_int_eq(read_now(room), 3 * SLOT_SIZE);
	expect_numbers(buffer, ring.cursor + 3, 3, 3);
	ck_assert_int_eq(read_now(room), SLOT_SIZE);
	expect_numbers(buffer, ring.cursor + 6, 6, 1);
	expect_stats(&ring, 7, 0, 0);
	ck_assert_int_eq(read_now(room), -EAGAIN);
	ck_assert(!is_readable(ring.stream));
}
END_TEST

START_TEST(a_buffer_below_one_record_is_refused_and_changes_nothing)
{
	size_t len;

	for (len = 0; len < SLOT_SIZE; len += len < 2 ? 1 : 42)
		ck_assert_int_eq(read_now(len), -EINVAL);
	queue(&ring, 1);
	ck_assert_int_eq(read_now(SLOT_SIZE - 1), -EINVAL);
	expect_stats(&ring, 0, 1, 0);
	ck_assert_int_eq(read_now(SLOT_SIZE), SLOT_SIZE);
}
END_TEST

START_TEST(read_goes_round_the_end_of_the_ring)
{
	uint32_t i, first = 0;

	for (i = 0; i < 10; i++) {
		queue(&ring, RING - 1);
		ck_assert_int_eq(read_now(sizeof(buffer)), (RING - 1) * SLOT_SIZE);
		expect_numbers(buffer, ring.cursor + first, first, RING - 1);
		first += RING - 1;
	}
	expect_stats(&ring, 10 * (RING - 1), 0, 0);
}
END_TEST

START_TEST(a_buffer_that_cannot_be_written_consumes_nothing)
{
	uint8_t *edge = vm_guarded(2 * SLOT_SIZE), *nowhere = edge + 2 * SLOT_SIZE;

	queue(&ring, 4);
	ck_assert_int_eq(fcntl(ring.stream, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(read(ring.stream, nowhere, SLOT_SIZE), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_int_eq(read(ring.stream, edge, 3 * SLOT_SIZE), -1);
	ck_assert_int_eq(errno, EFAULT);
	expect_stats(&ring, 0, 4, 0);
	ck_assert_int_eq(read(ring.stream, edge, 2 * SLOT_SIZE), 2 * SLOT_SIZE);
	expect_numbers(edge, ring.cursor, 0, 2);
	expect_stats(&ring, 2, 2, 0);
}
END_TEST

START_TEST(read_starts_at_what_is_not_acknowledged_and_records_go_on_behind_it)
{
	queue(&ring, 6);
	vm_batch_free(&ring.batch);
	vm_batch_init(&ring.batch, SLOT_SIZE, 2);
	take_run(&ring, 0, 2);
	take_run(&ring, 2, 2);
	ck_assert_int_eq(read_now(SLOT_SIZE), SLOT_SIZE);
	expect_numbers(buffer, ring.open.cursor + 2, 2, 1);
	take_run(&ring, 4, 2);
	expect_stats(&ring, 4, 2, 0);
	vm_expect_nothing(&ring);
	expect_stats(&ring, 6, 0, 0);
}
END_TEST

START_TEST(a_vector_of_buffers_is_filled_one_by_one)
{
	struct iovec parts[] = {
		{ buffer, SLOT_SIZE + 5 }, { buffer + 1024, 2 * SLOT_SIZE },
	};

	queue(&ring, 4);
	ck_assert_int_eq(fcntl(ring.stream, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(readv(ring.stream, parts, 2), SLOT_SIZE);
	ck_assert_int_eq(readv(ring.stream, parts + 1, 1), 2 * SLOT_SIZE);
	expect_numbers(buffer, ring.cursor, 0, 1);
	expect_numbers(buffer + 1024, ring.cursor + 1, 1, 2);
}
END_TEST

START_TEST(a_stream_has_no_positions_and_takes_no_bytes)
{
	ck_assert_int_eq(lseek(ring.stream, 0, SEEK_SET), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(pread(ring.stream, buffer, SLOT_SIZE, 0), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(write(ring.stream, buffer, SLOT_SIZE), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(the_last_records_are_read_then_the_end)
{
	queue(&ring, 3);
	ck_assert_int_eq(vm_stop(ring.sock, ICMP), 0);
	ck_assert_int_eq(read_now(2 * SLOT_SIZE), 2 * SLOT_SIZE);
	ck_assert_int_eq(read_now(2 * SLOT_SIZE), SLOT_SIZE);
	ck_assert_int_eq(read_now(2 * SLOT_SIZE), 0);
	ck_assert_int_eq(read_now(SLOT_SIZE - 1), -EINVAL);
	expect_stats(&ring, 3, 0, 0);
}
END_TEST

/* ---- Sleeping: the stream of sleeper.h ---- */

static int call_read(struct sleeper *sleeper)
{
	uint8_t bytes[4 * SLOT_SIZE];
	ssize_t n = read(reader.stream, bytes, sizeof(bytes));

	sleeper->first = n > 0 ? ping_seq((const void *)bytes) : -1;
	return n < 0 ? -errno : (int)n;
}

START_TEST(read_sleeps_until_there_is_a_record)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_read, _i));

	ping();
	ck_assert_int_eq(wake(sleeper), SLOT_SIZE);
	ck_assert_int_eq(sleeper->first, 0);
}
END_TEST

START_TEST(read_sleeps_until_the_end_of_stream)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_read, _i));

	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(wake(sleeper), 0);
}
END_TEST

START_TEST(a_signal_ends_read_with_eintr_and_consumes_nothing)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_read, 0));

	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
}
END_TEST

START_TEST(a_signal_with_sa_restart_lets_read_sleep_on)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_read, SA_RESTART));

	send_signal(sleeper);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), SLOT_SIZE);
	ck_assert_int_eq(sleeper->signals, 1);
}
END_TEST

Suite *read_suite(void)
{
	Suite *suite = suite_create("read");
	TCase *tc = vm_case(suite, "bytes", 20, read_setup);

	tcase_add_loop_test(tc, read_returns_whole_records_and_acknowledges_them, 0, 2);
	tcase_add_test(tc, a_buffer_below_one_record_is_refused_and_changes_nothing);
	tcase_add_test(tc, read_goes_round_the_end_of_the_ring);
	tcase_add_test(tc, a_buffer_that_cannot_be_written_consumes_nothing);
	tcase_add_test(tc, read_starts_at_what_is_not_acknowledged_and_records_go_on_behind_it);
	tcase_add_test(tc, a_vector_of_buffers_is_filled_one_by_one);
	tcase_add_test(tc, a_stream_has_no_positions_and_takes_no_bytes);
	tcase_add_test(tc, the_last_records_are_read_then_the_end);
	tc = vm_case(suite, "sleep", 20, sleeper_setup);
	tcase_add_loop_test(tc, read_sleeps_until_there_is_a_record, 0, 2);
	tcase_add_loop_test(tc, read_sleeps_until_the_end_of_stream, 0, 2);
	tcase_add_test(tc, a_signal_ends_read_with_eintr_and_consumes_nothing);
	tcase_add_test(tc, a_signal_with_sa_restart_lets_read_sleep_on);
	return suite;
}

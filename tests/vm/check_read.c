/* SPDX-License-Identifier: MIT */
/*
 * Proves that read brings whole records, oldest first and each once; that what it
 * returned is acknowledged, and nothing else is; and how it waits.
 */
#include "sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static struct vm_reader reader;

/* Room for more than any ring here, behind it what nobody may write. */
#define ROOM 300
static uint8_t room[ROOM * SLOT_SIZE];

static void open_reader(uint32_t slots)
{
	vm_reader_open(&reader, slots, 0, 8);
	ck_assert_uint_eq(reader.open.slot_size, SLOT_SIZE);
}

static void setup(void)
{
	sequence_setup();
	open_reader(64);
}

static void set_nonblocking(void)
{
	ck_assert_int_eq(fcntl(reader.stream, F_SETFL, O_NONBLOCK), 0);
}

static int read_into(void *buf, size_t len)
{
	ssize_t n = read(reader.stream, buf, len);

	return n < 0 ? -errno : (int)n;
}

/* n records of the buffer are those numbered from first, which stand at first. */
static void expect_numbers(const uint8_t *buf, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = (const void *)(buf + i * SLOT_SIZE);

		ck_assert_uint_eq(rec->seq, reader.open.cursor + first + i + 1);
		ck_assert_uint_eq(number_of(rec), first + i);
	}
}

/* One read of len bytes brings n records, numbered from first, and no byte more. */
static void read_run(size_t len, uint32_t first, uint32_t n)
{
	size_t i;

	memset(room, VM_CANARY, sizeof(room));
	ck_assert_int_eq(read_into(room, len), (int)(n * SLOT_SIZE));
	expect_numbers(room, first, n);
	for (i = n * SLOT_SIZE; i < sizeof(room); i++)
		ck_assert_uint_eq(room[i], VM_CANARY);
}

/* ---- What it brings ---- */

START_TEST(read_brings_what_fits_oldest_first_and_acknowledges_it)
{
	set_nonblocking();
	ck_assert_int_eq(read_into(room, sizeof(room)), -EAGAIN);
	queue(&reader, 5);
	read_run(2 * SLOT_SIZE, 0, 2);
	expect_stats(&reader, 2, 3, 0);
	read_run(SLOT_SIZE, 2, 1);
	expect_stats(&reader, 3, 2, 0);
	read_run(sizeof(room), 3, 2);
	expect_stats(&reader, 5, 0, 0);
	ck_assert_int_eq(read_into(room, sizeof(room)), -EAGAIN);
	ck_assert(!is_readable(reader.stream));
}
END_TEST

START_TEST(read_returns_no_part_of_a_record)
{
	queue(&reader, 4);
	read_run(2 * SLOT_SIZE + SLOT_SIZE / 2, 0, 2);
	read_run(2 * SLOT_SIZE - 1, 2, 1);
	read_run(SLOT_SIZE + 1, 3, 1);
	expect_stats(&reader, 4, 0, 0);
}
END_TEST

START_TEST(a_buffer_smaller_than_a_record_is_refused_and_consumes_nothing)
{
	static const size_t lengths[] = { 0, 1, sizeof(struct sockopt_record), SLOT_SIZE - 1 };
	size_t len = lengths[_i];

	ck_assert_int_eq(read_into(room, len), -EINVAL);
	queue(&reader, 2);
	ck_assert_int_eq(read_into(room, len), -EINVAL);
	expect_stats(&reader, 0, 2, 0);
	read_run(sizeof(room), 0, 2);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(read_into(room, len), -EINVAL);
}
END_TEST

START_TEST(one_read_goes_across_the_end_of_the_ring)
{
	uint32_t ahead;

	vm_reader_close(&reader);
	open_reader(8);
	for (ahead = 0; sent < 64; ahead = ahead % 7 + 1) {
		uint32_t first = sent;

		queue(&reader, ahead + 1);
		read_run(sizeof(room), first, ahead + 1);
	}
	queue(&reader, 8);
	read_run(sizeof(room), sent - 8, 8);
	expect_stats(&reader, sent, 0, 0);
}
END_TEST

START_TEST(one_read_goes_across_the_wrap_of_positions)
{
	vm_reader_close(&reader);
	open_reader(512);
	ck_assert_uint_gt(reader.open.cursor, UINT32_MAX - 256);
	queue(&reader, 290);
	read_run(sizeof(room), 0, 290);
	expect_stats(&reader, 290, 0, 0);
}
END_TEST

START_TEST(a_full_ring_is_read_and_then_takes_records_again)
{
	vm_reader_close(&reader);
	open_reader(8);
	queue(&reader, 11);
	read_run(3 * SLOT_SIZE, 0, 3);
	expect_stats(&reader, 3, 5, 3);
	queue(&reader, 3);
	ck_assert_int_eq(read_into(room, sizeof(room)), 8 * SLOT_SIZE);
	expect_numbers(room, 3, 5);
	ck_assert_uint_eq(number_of((const void *)(room + 5 * SLOT_SIZE)), 11);
	ck_assert_uint_eq(((const struct sockopt_record *)(const void *)
			   (room + 5 * SLOT_SIZE))->lost, 3);
	expect_stats(&reader, 11, 0, 3);
}
END_TEST

/* ---- Several buffers ---- */

static int read_vector(struct iovec *parts, int n)
{
	ssize_t len = readv(reader.stream, parts, n);

	return len < 0 ? -errno : (int)len;
}

static void *read_one_vector(void *result)
{
	struct iovec parts[] = { { room, SLOT_SIZE }, { room + SLOT_SIZE, SLOT_SIZE } };

	__atomic_store_n((int *)result, read_vector(parts, 2), __ATOMIC_RELEASE);
	return NULL;
}

static bool has_result(void *result)
{
	return __atomic_load_n((int *)result, __ATOMIC_ACQUIRE) != 0;
}

START_TEST(readv_returns_what_is_there_and_does_not_wait_for_more)
{
	pthread_t thread;
	int result = 0;

	queue(&reader, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_one_vector, &result), 0);
	vm_wait(has_result, &result, "readv to return");
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(result, SLOT_SIZE);
	expect_numbers(room, 0, 1);
	expect_stats(&reader, 1, 0, 0);
}
END_TEST

START_TEST(readv_fills_its_parts_one_after_another)
{
	struct iovec parts[] = {
		{ room, SLOT_SIZE / 2 }, { room + SLOT_SIZE / 2, SLOT_SIZE },
		{ room + 3 * SLOT_SIZE / 2, SLOT_SIZE },
	};

	set_nonblocking();
	ck_assert_int_eq(read_vector(parts, 3), -EAGAIN);
	queue(&reader, 3);
	ck_assert_int_eq(read_vector(parts, 3), 2 * SLOT_SIZE);
	expect_numbers(room, 0, 2);
	expect_stats(&reader, 2, 1, 0);
	ck_assert_int_eq(read_vector(parts, 1), -EINVAL);
	ck_assert_int_eq(read_vector(parts, 2), SLOT_SIZE);
	expect_numbers(room, 2, 1);
}
END_TEST

/* ---- Faults ---- */

START_TEST(a_fault_consumes_nothing)
{
	uint8_t *good = vm_guarded(2 * SLOT_SIZE);
	struct { void *buf; size_t len; } bad[] = {
		{ NULL, SLOT_SIZE }, { NULL, sizeof(room) },
		{ good + 2 * SLOT_SIZE, SLOT_SIZE },	/* nothing fits */
		{ good + SLOT_SIZE, 2 * SLOT_SIZE },	/* the first one does */
		{ good + SLOT_SIZE / 2, 2 * SLOT_SIZE },	/* and half of the next */
		{ good, 3 * SLOT_SIZE },
		{ (void *)0xffff800000000000UL, SLOT_SIZE },
	};
	size_t i;

	queue(&reader, 3);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(read_into(bad[i].buf, bad[i].len), -EFAULT);
		expect_stats(&reader, 0, 3, 0);
		ck_assert(is_readable(reader.stream));
	}
	ck_assert_int_eq(read_into(good, 2 * SLOT_SIZE), 2 * SLOT_SIZE);
	expect_numbers(good, 0, 2);
	vm_read_only(good, 2 * SLOT_SIZE);
	ck_assert_int_eq(read_into(good, 2 * SLOT_SIZE), -EFAULT);
	read_run(sizeof(room), 2, 1);
}
END_TEST

START_TEST(a_fault_across_the_end_of_the_ring_consumes_nothing)
{
	uint8_t *good = vm_guarded(3 * SLOT_SIZE);

	vm_reader_close(&reader);
	open_reader(4);
	queue(&reader, 2);
	read_run(sizeof(room), 0, 2);
	queue(&reader, 4);
	ck_assert_int_eq(read_into(good, 4 * SLOT_SIZE), -EFAULT);
	expect_stats(&reader, 2, 4, 0);
	read_run(sizeof(room), 2, 4);
}
END_TEST

/* ---- Other calls on the file ---- */

START_TEST(the_file_has_no_place_to_seek_and_takes_no_bytes)
{
	queue(&reader, 2);
	ck_assert_int_eq((int)lseek(reader.stream, 0, SEEK_SET), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq((int)pread(reader.stream, room, sizeof(room), 0), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq((int)write(reader.stream, room, SLOT_SIZE), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(ftruncate(reader.stream, 0), -1);
	expect_stats(&reader, 0, 2, 0);
	read_run(sizeof(room), 0, 2);
}
END_TEST

/* ---- With RECORDS ---- */

START_TEST(read_returns_what_records_returned_and_nobody_acknowledged)
{
	uint32_t cursor = reader.cursor;

	set_nonblocking();
	queue(&reader, 5);
	take_run(&reader, 0, 5);
	ck_assert(!is_readable(reader.stream));
	read_run(2 * SLOT_SIZE, 0, 2);
	ck_assert(!is_readable(reader.stream));
	expect_stats(&reader, 2, 3, 0);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &cursor,
				    SOCKOPT_RECORDS_F_DONTWAIT), -EINVAL);
	cursor += 3;
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &cursor,
				    SOCKOPT_RECORDS_F_DONTWAIT), 2);
	expect_run(&reader, reader.open.cursor + 3, 3, 2);
	read_run(sizeof(room), 3, 2);
	expect_stats(&reader, 5, 0, 0);
	ck_assert_int_eq(read_into(room, sizeof(room)), -EAGAIN);
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(records_goes_on_where_read_stopped)
{
	queue(&reader, 5);
	read_run(3 * SLOT_SIZE, 0, 3);
	ck_assert_int_eq(vm_reader_take(&reader), -EINVAL);
	reader.cursor += 3;
	take_run(&reader, 3, 2);
	expect_stats(&reader, 3, 2, 0);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 5, 0, 0);
}
END_TEST

/* ---- Two readers ---- */

#define SHARED 4000

/* How often each number was read; the threads share nothing else. */
static uint8_t times_read[SHARED];

static void count_read(const uint8_t *buf, int len)
{
	int i;

	for (i = 0; i < len / SLOT_SIZE; i++) {
		uint32_t number = number_of((const void *)(buf + i * SLOT_SIZE));

		ck_assert_uint_lt(number, SHARED);
		__atomic_fetch_add(&times_read[number], 1, __ATOMIC_RELAXED);
	}
}

/* Of one to five records at a time, until the end of stream; how many there were. */
static void *read_to_the_end(void *unused)
{
	uint8_t buf[5 * SLOT_SIZE];
	long sum = 0;
	int n, i = 0;

	(void)unused;
	while ((n = read_into(buf, (size_t)(i++ % 5 + 1) * SLOT_SIZE)) > 0) {
		count_read(buf, n);
		sum += n / SLOT_SIZE;
	}
	ck_assert_int_eq(n, 0);
	return (void *)sum;
}

START_TEST(of_two_readers_each_record_goes_to_one)
{
	pthread_t threads[2];
	uint64_t sum = 0;
	uint32_t i;

	vm_reader_close(&reader);
	open_reader(SOCKOPT_SLOTS_DEFAULT * 16);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_to_the_end, NULL), 0);
	send_more(SHARED);
	vm_wait_seen(reader.sock, SHARED);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	for (i = 0; i < 2; i++) {
		void *count;

		ck_assert_int_eq(pthread_join(threads[i], &count), 0);
		sum += (uint64_t)count;
	}
	for (i = 0; i < SHARED; i++)
		ck_assert_uint_eq(times_read[i], 1);
	ck_assert_uint_eq(sum, SHARED);
	expect_stats(&reader, SHARED, 0, 0);
}
END_TEST

/* ---- Suite ---- */

Suite *read_suite(void)
{
	Suite *suite = suite_create("read");
	TCase *tc = vm_case(suite, "read", 30, setup);

	tcase_add_test(tc, read_brings_what_fits_oldest_first_and_acknowledges_it);
	tcase_add_test(tc, read_returns_no_part_of_a_record);
	tcase_add_loop_test(tc, a_buffer_smaller_than_a_record_is_refused_and_consumes_nothing,
			    0, 4);
	tcase_add_test(tc, one_read_goes_across_the_end_of_the_ring);
	tcase_add_test(tc, one_read_goes_across_the_wrap_of_positions);
	tcase_add_test(tc, a_full_ring_is_read_and_then_takes_records_again);
	tcase_add_test(tc, readv_returns_what_is_there_and_does_not_wait_for_more);
	tcase_add_test(tc, readv_fills_its_parts_one_after_another);
	tcase_add_test(tc, a_fault_consumes_nothing);
	tcase_add_test(tc, a_fault_across_the_end_of_the_ring_consumes_nothing);
	tcase_add_test(tc, the_file_has_no_place_to_seek_and_takes_no_bytes);
	tcase_add_test(tc, read_returns_what_records_returned_and_nobody_acknowledged);
	tcase_add_test(tc, records_goes_on_where_read_stopped);
	tcase_add_test(tc, of_two_readers_each_record_goes_to_one);
	return suite;
}

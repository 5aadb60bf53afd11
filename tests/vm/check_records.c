/* SPDX-License-Identifier: MIT */
/*
 * Proves that RECORDS brings every record once and in order, as much of it as the
 * buffer holds, and again until its cursor acknowledges it.
 */
#include "sequence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- Batches ---- */

START_TEST(one_call_brings_512_records_in_order)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 512, 0, 512);
	queue(&reader, 512);
	expect_stats(&reader, 0, 512, 0);
	take_run(&reader, 0, 512);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 512, 0, 0);
}
END_TEST

START_TEST(a_small_buffer_brings_all_in_order)
{
	uint32_t room = (uint32_t)_i, next;
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, room);
	queue(&reader, 64);
	for (next = 0; next < 64; next += room)
		take_run(&reader, next, 64 - next < room ? 64 - next : room);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 64, 0, 0);
}
END_TEST

START_TEST(a_buffer_with_a_part_of_a_record_more_brings_whole_ones)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, 3);
	queue(&reader, 5);
	reader.batch.size -= 1;
	take_run(&reader, 0, 2);
	reader.batch.size += 1;
	take_run(&reader, 2, 3);
}
END_TEST

START_TEST(a_buffer_below_one_record_is_refused_and_loses_nothing)
{
	static const size_t sizes[] = { 0, 1, 4, 31, 33, 64, 32 + SLOT_SIZE - 1 };
	struct vm_reader reader;
	unsigned int i;

	vm_reader_open(&reader, 64, 0, 4);
	queue(&reader, 2);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct {
			struct sockopt_records head;
			uint8_t records[SLOT_SIZE];
		} buf = { .head = head_of(&reader) };

		buf.head.cursor++;
		ck_assert_int_eq(ask(&reader, &buf, sizes[i]), -EINVAL);
		expect_stats(&reader, 0, 2, 0);
		ck_assert(is_readable(reader.stream));
	}
	take_run(&reader, 0, 2);
}
END_TEST

START_TEST(a_header_alone_acknowledges_and_returns_at_once)
{
	struct sockopt_records head;
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, 4);
	queue(&reader, 6);
	take_run(&reader, 0, 4);
	expect_stats(&reader, 0, 6, 0);
	head = head_of(&reader);
	head.flags = 0;
	ck_assert_int_eq(ask(&reader, &head, sizeof(head)), 0);
	ck_assert_uint_eq(head.count, 0);
	ck_assert_uint_eq(head.cursor, reader.cursor);
	ck_assert_uint_eq(head.slot_size, reader.open.slot_size);
	expect_stats(&reader, 4, 2, 0);
	take_run(&reader, 4, 2);
	head = head_of(&reader);
	head.flags = 0;
	ck_assert_int_eq(ask(&reader, &head, sizeof(head)), 0);
	expect_stats(&reader, 6, 0, 0);
}
END_TEST

START_TEST(a_length_far_beyond_the_ring_writes_no_more_than_the_ring)
{
	struct sockopt_records *head;
	struct vm_reader reader;
	size_t i, whole = sizeof(*head) + 4 * SLOT_SIZE;
	uint8_t *buf = malloc(whole + 64);

	vm_reader_open(&reader, 4, 0, 4);
	queue(&reader, 4);
	memset(buf, 0x5a, whole + 64);
	head = (void *)buf;
	*head = head_of(&reader);
	ck_assert_int_eq(ask(&reader, buf, INT_MAX), 0);
	ck_assert_uint_eq(head->count, 4);
	for (i = 0; i < 64; i++)
		ck_assert_uint_eq(buf[whole + i], 0x5a);
	free(buf);
}
END_TEST

/* Records of the largest snap length, filled to the last byte. */
START_TEST(the_largest_packets_come_whole)
{
	const size_t len = 65535 - 28;
	struct vm_reader reader;
	uint8_t *packet = calloc(1, 8 + len);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	size_t i;

	for (i = 0; i < len; i++)
		packet[8 + i] = (uint8_t)(i * 31 + i / 256);
	packet[0] = ECHO_REQUEST;
	vm_reader_open(&reader, 4, SOCKOPT_SNAPLEN_MAX, 4);
	ck_assert_uint_eq(reader.open.slot_size, 65600);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(sendto(sender, packet, 8 + len, 0, (struct sockaddr *)&to,
					sizeof(to)), (ssize_t)(8 + len));
	vm_wait_queued(reader.sock, 3);
	ck_assert_int_eq(vm_reader_take(&reader), 3);
	for (i = 0; i < 3; i++) {
		const struct sockopt_record *rec = vm_record(&reader.batch, (unsigned int)i);

		ck_assert_uint_eq(rec->len, 65535);
		ck_assert_uint_eq(rec->caplen, 65535);
		ck_assert_uint_eq(rec->flags, 0);
		ck_assert_mem_eq(sockopt_record_data(rec) + 20, packet, 8 + len);
	}
	free(packet);
}
END_TEST

START_TEST(a_call_that_finds_nothing_leaves_the_buffer_as_it_was)
{
	struct vm_reader reader;
	struct vm_batch before;

	vm_reader_open(&reader, 64, 0, 2);
	vm_batch_init(&before, SLOT_SIZE, 2);
	memset(reader.batch.head, 0x5a, reader.batch.size);
	*reader.batch.head = head_of(&reader);
	memcpy(before.head, reader.batch.head, before.size);
	ck_assert_int_eq(ask(&reader, reader.batch.head, reader.batch.size), -EAGAIN);
	ck_assert_mem_eq(reader.batch.head, before.head, before.size);
	ck_assert_int_eq(ask(&reader, reader.batch.head, reader.batch.size), -EAGAIN);
	queue(&reader, 1);
	ck_assert_int_eq(ask(&reader, reader.batch.head, reader.batch.size), 0);
	expect_run(&reader, reader.cursor, 0, 1);
}
END_TEST

/* ---- Cursors ---- */

START_TEST(a_repeated_cursor_brings_the_same_bytes)
{
	uint8_t copy[sizeof(struct sockopt_records) + 5 * SLOT_SIZE];
	struct vm_reader reader;
	uint32_t first;

	vm_reader_open(&reader, 64, 0, 5);
	queue(&reader, 5);
	first = reader.cursor;
	take_run(&reader, 0, 5);
	memcpy(copy, reader.batch.head, sizeof(copy));
	queue(&reader, 3);
	reader.cursor = first;
	take_run(&reader, 0, 5);
	ck_assert_mem_eq(reader.batch.head, copy, sizeof(copy));
	expect_stats(&reader, 0, 8, 0);
	take_run(&reader, 5, 3);
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(a_part_of_a_batch_can_be_acknowledged)
{
	struct vm_reader reader;
	uint32_t first;

	vm_reader_open(&reader, 64, 0, 8);
	first = reader.cursor;
	queue(&reader, 8);
	take_run(&reader, 0, 8);
	reader.cursor = first + 3;
	take_run(&reader, 3, 5);
	expect_stats(&reader, 3, 5, 0);
	reader.cursor = first + 7;
	take_run(&reader, 7, 1);
	expect_stats(&reader, 7, 1, 0);
}
END_TEST

START_TEST(acknowledged_records_do_not_come_again)
{
	struct vm_reader reader;
	uint32_t first;

	vm_reader_open(&reader, 64, 0, 8);
	first = reader.cursor;
	queue(&reader, 5);
	take_run(&reader, 0, 5);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 5, 0, 0);
	reader.cursor = first;
	ck_assert_int_eq(vm_reader_take(&reader), -EINVAL);
	reader.cursor = first + 5;
	queue(&reader, 1);
	take_run(&reader, 5, 1);
}
END_TEST

/* Relative to the oldest record in the ring, which has six. */
static const uint32_t forged[] = {
	UINT32_MAX, UINT32_MAX - 1, 7, 8, 9, 255, 0x7fffffff, 0x80000000, 0x80000001, 0xffffff00,
};

START_TEST(a_forged_cursor_is_refused_and_changes_nothing)
{
	struct sockopt_stats before, after;
	struct vm_reader reader;
	uint32_t tail;
	unsigned int i;

	vm_reader_open(&reader, 8, 0, 8);
	queue(&reader, 20);
	tail = reader.cursor + 2;
	reader.cursor = tail;
	take_run(&reader, 2, 6);
	before = stats_of(reader.sock);
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		reader.cursor = tail + forged[i];
		ck_assert_int_eq(vm_reader_take(&reader), -EINVAL);
		ck_assert_uint_eq(reader.cursor, tail + forged[i]);
		after = stats_of(reader.sock);
		ck_assert_mem_eq(&after, &before, sizeof(after));
	}
	ck_assert(!is_readable(reader.stream));
	reader.cursor = tail;
	take_run(&reader, 2, 6);
	expect_stats(&reader, 2, 6, 12);
	vm_expect_nothing(&reader);
	expect_stats(&reader, 8, 0, 12);
}
END_TEST

/* The kernel starts positions shortly before 2^32, so that this is soon. */
START_TEST(positions_wrap_at_32_bits_with_rings_of_every_size)
{
	uint32_t slots = 2U << _i, portion = slots < 50 ? slots : 50, first;
	struct vm_reader reader;

	vm_reader_open(&reader, slots, 0, portion);
	first = reader.cursor;
	while (sent < 400) {
		queue(&reader, portion);
		take_run(&reader, sent - portion, portion);
		vm_expect_nothing(&reader);
	}
	ck_assert_uint_lt(reader.cursor, first);
	expect_stats(&reader, sent, 0, 0);
}
END_TEST

/* ---- Suite ---- */

static void add_batches(TCase *tc)
{
	tcase_add_test(tc, one_call_brings_512_records_in_order);
	tcase_add_loop_test(tc, a_small_buffer_brings_all_in_order, 1, 4);
	tcase_add_test(tc, a_buffer_with_a_part_of_a_record_more_brings_whole_ones);
	tcase_add_test(tc, a_buffer_below_one_record_is_refused_and_loses_nothing);
	tcase_add_test(tc, a_header_alone_acknowledges_and_returns_at_once);
	tcase_add_test(tc, a_length_far_beyond_the_ring_writes_no_more_than_the_ring);
	tcase_add_test(tc, the_largest_packets_come_whole);
	tcase_add_test(tc, a_call_that_finds_nothing_leaves_the_buffer_as_it_was);
}

static void add_cursors(TCase *tc)
{
	tcase_add_test(tc, a_repeated_cursor_brings_the_same_bytes);
	tcase_add_test(tc, a_part_of_a_batch_can_be_acknowledged);
	tcase_add_test(tc, acknowledged_records_do_not_come_again);
	tcase_add_test(tc, a_forged_cursor_is_refused_and_changes_nothing);
	tcase_add_loop_test(tc, positions_wrap_at_32_bits_with_rings_of_every_size, 0, 10);
}

Suite *records_suite(void)
{
	Suite *suite = suite_create("records");

	add_batches(vm_case(suite, "batches", 20, sequence_setup));
	add_cursors(vm_case(suite, "cursors", 20, sequence_setup));
	return suite;
}

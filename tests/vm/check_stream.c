/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream brings every record once and in order, or counts it as
 * lost; that no failed call loses one; and that its numbers add up. Packets are
 * numbered by the sender, so that the reader counts on its own.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LO "127.0.0.1"
#define ECHO_REQUEST 8
#define NUMBER_AT 28		/* in the IP packet: behind IP and ICMP header */
#define SLOT_SIZE 128		/* of the default snap length, 96 */

/* ---- Sender and reader ---- */

static int sender;
static uint32_t sent;

/* Of this namespace; nobody replies, so that a packet is a record. */
static void setup(void)
{
	vm_new_netns_quiet();
	sender = vm_sender();
	sent = 0;
}

/* Who sends stands in the identifier, the number in the payload. */
static void send_number(int fd, uint16_t who, uint32_t number)
{
	const uint8_t rest[] = {
		(uint8_t)(who >> 8), (uint8_t)who, 0, 1, (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number,
	};

	vm_icmp(fd, LO, ECHO_REQUEST, 0, rest, sizeof(rest));
}

static void send_more(uint32_t n)
{
	while (n--)
		send_number(sender, 1, sent++);
}

/* And wait until this stream, open since before the first, has seen them all. */
static void queue(const struct vm_reader *reader, uint32_t n)
{
	send_more(n);
	vm_wait_seen(reader->sock, sent);
}

static uint32_t number_of(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec) + NUMBER_AT;

	ck_assert_uint_eq(rec->len, NUMBER_AT + 4);
	ck_assert_uint_eq(rec->caplen, NUMBER_AT + 4);
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 |
	       data[3];
}

static unsigned int sender_of(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec) + 24;

	return (unsigned int)data[0] << 8 | data[1];
}

/* The batch holds n records from this position on, numbered from first. */
static void expect_run(const struct vm_reader *reader, uint32_t pos, uint32_t first, uint32_t n)
{
	uint32_t i;

	ck_assert_uint_eq(reader->batch.head->count, n);
	ck_assert_uint_eq(reader->batch.head->slot_size, reader->open.slot_size);
	for (i = 0; i < n; i++) {
		ck_assert_uint_eq(vm_record(&reader->batch, i)->seq, pos + i + 1);
		ck_assert_uint_eq(number_of(vm_record(&reader->batch, i)), first + i);
	}
}

/* One call brings exactly these. */
static void take_run(struct vm_reader *reader, uint32_t first, uint32_t n)
{
	uint32_t pos = reader->cursor;

	ck_assert_int_eq(vm_reader_take(reader), (int)n);
	expect_run(reader, pos, first, n);
	ck_assert_uint_eq(reader->cursor, pos + n);
}

static void expect_nothing(struct vm_reader *reader)
{
	ck_assert_int_eq(vm_reader_take(reader), -EAGAIN);
}

static struct sockopt_stats stats_of(int fd)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(fd, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, stats.filtered + stats.delivered + stats.pending +
			  stats.lost_full + stats.lost_busy);
	return stats;
}

static void expect_stats(const struct vm_reader *reader, uint64_t delivered, uint64_t pending,
			 uint64_t lost_full)
{
	struct sockopt_stats stats = stats_of(reader->sock);

	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_eq(stats.delivered, delivered);
	ck_assert_uint_eq(stats.pending, pending);
	ck_assert_uint_eq(stats.lost_full, lost_full);
	ck_assert_uint_eq(stats.lost_busy, 0);
}

static bool is_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pfd, 1, 0), 0);
	return pfd.revents & POLLIN;
}

/* RECORDS with whatever header and length. */
static int ask(const struct vm_reader *reader, void *buf, size_t size)
{
	socklen_t len = (socklen_t)size;

	return vm_get(reader->sock, ICMP, SOCKOPT_RECORDS, buf, &len);
}

static struct sockopt_records head_of(const struct vm_reader *reader)
{
	struct sockopt_records head = {
		.size = sizeof(head),
		.flags = SOCKOPT_RECORDS_F_DONTWAIT,
		.cursor = reader->cursor,
	};

	return head;
}

/* ---- Batches ---- */

START_TEST(one_call_brings_512_records_in_order)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 512, 0, 512);
	queue(&reader, 512);
	expect_stats(&reader, 0, 512, 0);
	take_run(&reader, 0, 512);
	expect_nothing(&reader);
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
	expect_nothing(&reader);
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
	expect_nothing(&reader);
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
	expect_nothing(&reader);
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
	expect_nothing(&reader);
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
		expect_nothing(&reader);
	}
	ck_assert_uint_lt(reader.cursor, first);
	expect_stats(&reader, sent, 0, 0);
}
END_TEST

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
	expect_nothing(&reader);
	expect_stats(&reader, 8, 0, 92);
	queue(&reader, 3);
	take_run(&reader, 100, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(vm_record(&reader.batch, i)->lost, 92);
	expect_nothing(&reader);
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
		vm_icmp(sender, LO, 0, 0, "\0\1\0\1", 4);
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
	expect_nothing(&reader);
	stats = stats_of(reader.sock);
	ck_assert_uint_eq(stats.delivered, 512);
	ck_assert_uint_eq(stats.flags, 0);
}
END_TEST

/* ---- Rules of the structs ---- */

/* A header longer than the kernel knows, and records behind it. */
struct longer {
	struct sockopt_records head;
	uint32_t unknown[2];
	uint8_t records[2 * SLOT_SIZE];
};

/* Which 32-bit member is set to what. */
static const struct {
	unsigned int member;
	uint32_t value;
	int expected;
} bad_heads[] = {
	{ 0, 0, -EINVAL }, { 0, 31, -EINVAL }, { 0, UINT32_MAX, -EINVAL },
	{ 1, 2, -EINVAL }, { 1, 3, -EINVAL }, { 1, 0x80000000, -EINVAL },
	{ 3, 1, -EINVAL }, { 4, 1, -EINVAL }, { 4, SLOT_SIZE, -EINVAL },
	{ 5, 1, -EINVAL }, { 6, 1, -EINVAL }, { 7, 0x80000000, -EINVAL },
	{ 8, 1, -E2BIG }, { 9, 0x80000000, -E2BIG },
};
#define BAD_HEADS ((int)(sizeof(bad_heads) / sizeof(bad_heads[0])))

START_TEST(a_bad_header_of_records_is_refused_and_changes_nothing)
{
	struct vm_reader reader;
	struct longer buf, before;

	vm_reader_open(&reader, 64, 0, 2);
	queue(&reader, 2);
	memset(&buf, 0, sizeof(buf));
	buf.head = head_of(&reader);
	buf.head.size = sizeof(buf.head) + sizeof(buf.unknown);
	buf.head.cursor++;
	((uint32_t *)&buf)[bad_heads[_i].member] = bad_heads[_i].value;
	before = buf;
	ck_assert_int_eq(ask(&reader, &buf, sizeof(buf)), bad_heads[_i].expected);
	ck_assert_mem_eq(&buf, &before, sizeof(buf));
	expect_stats(&reader, 0, 2, 0);
	take_run(&reader, 0, 2);
}
END_TEST

START_TEST(a_longer_header_of_zeros_has_the_records_behind_it)
{
	struct longer buf = { .unknown = { 0 } };
	const struct sockopt_record *rec = (const void *)buf.records;
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, 2);
	queue(&reader, 2);
	buf.head = head_of(&reader);
	buf.head.size = sizeof(buf.head) + sizeof(buf.unknown);
	ck_assert_int_eq(ask(&reader, &buf, sizeof(buf)), 0);
	ck_assert_uint_eq(buf.head.size, sizeof(buf.head) + sizeof(buf.unknown));
	ck_assert_uint_eq(buf.head.count, 2);
	ck_assert_uint_eq(rec->seq, reader.cursor + 1);
	ck_assert_uint_eq(number_of(rec), 0);
}
END_TEST

START_TEST(the_header_of_stats_follows_the_rules)
{
	struct {
		struct sockopt_stats stats;
		uint32_t unknown[2];
	} buf = { .unknown = { 0 } };
	struct vm_reader reader;
	socklen_t len = sizeof(buf);

	vm_reader_open(&reader, 64, 0, 1);
	buf.stats.size = sizeof(buf);
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), 0);
	ck_assert_uint_eq(len, sizeof(buf));
	ck_assert_uint_eq(buf.stats.size, sizeof(buf));
	buf.stats.flags = 1;
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), -EINVAL);
	buf.stats.flags = 0;
	buf.unknown[1] = 1;
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), -E2BIG);
	buf.stats.size = sizeof(buf.stats) - 1;
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), -EINVAL);
	buf.stats.size = sizeof(buf.stats);
	len = sizeof(buf.stats) - 1;
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), -EINVAL);
	len = sizeof(buf.stats);
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, NULL, &len), -EFAULT);
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_STATS, &buf, &len), 0);
}
END_TEST

/* ---- Memory that cannot be read or written ---- */

/* Two pages; the second cannot be touched. */
static uint8_t *fence(size_t *page)
{
	uint8_t *pages;

	*page = (size_t)sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * *page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + *page, *page, PROT_NONE), 0);
	return pages;
}

START_TEST(a_buffer_that_ends_too_early_loses_nothing)
{
	struct sockopt_records head;
	struct vm_reader reader;
	uint8_t *pages, *buf;
	size_t page;

	pages = fence(&page);
	vm_reader_open(&reader, 64, 0, 10);
	queue(&reader, 10);
	head = head_of(&reader);
	buf = pages + page - sizeof(head) - 2 * SLOT_SIZE - 7;
	memcpy(buf, &head, sizeof(head));
	ck_assert_int_eq(ask(&reader, buf, reader.batch.size), -EFAULT);
	ck_assert(is_readable(reader.stream));
	expect_stats(&reader, 0, 10, 0);
	take_run(&reader, 0, 10);
	expect_nothing(&reader);
}
END_TEST

START_TEST(a_buffer_that_cannot_be_written_or_read_loses_nothing)
{
	struct sockopt_records head;
	struct vm_reader reader;
	uint8_t *pages;
	size_t page;

	pages = fence(&page);
	vm_reader_open(&reader, 64, 0, 10);
	queue(&reader, 10);
	head = head_of(&reader);
	memcpy(pages, &head, sizeof(head));
	ck_assert_int_eq(mprotect(pages, page, PROT_READ), 0);
	ck_assert_int_eq(ask(&reader, pages, page), -EFAULT);
	ck_assert_int_eq(ask(&reader, pages + page, page), -EFAULT);
	ck_assert_int_eq(ask(&reader, NULL, page), -EFAULT);
	ck_assert(is_readable(reader.stream));
	expect_stats(&reader, 0, 10, 0);
	take_run(&reader, 0, 10);
	expect_nothing(&reader);
}
END_TEST

/* The kernel writes the length after the module has done its work. */
static socklen_t *read_only_length(socklen_t value)
{
	size_t page;
	socklen_t *len = (void *)fence(&page);

	*len = value;
	ck_assert_int_eq(mprotect(len, page, PROT_READ), 0);
	return len;
}

START_TEST(a_call_that_fails_after_its_work_is_done_loses_nothing)
{
	struct vm_reader reader;
	socklen_t *len;

	vm_reader_open(&reader, 64, 0, 10);
	queue(&reader, 10);
	*reader.batch.head = head_of(&reader);
	len = read_only_length((socklen_t)reader.batch.size);
	ck_assert_int_eq(vm_get(reader.sock, ICMP, SOCKOPT_RECORDS, reader.batch.head, len),
			 -EFAULT);
	expect_stats(&reader, 0, 10, 0);
	take_run(&reader, 0, 10);
	expect_nothing(&reader);
}
END_TEST

START_TEST(an_open_that_fails_after_its_work_is_done_has_told_the_fd)
{
	struct sockopt_open args = vm_open_args();
	int fd = vm_raw();

	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, &args, read_only_length(sizeof(args))),
			 -EFAULT);
	ck_assert_int_ge(args.fd, 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(close(args.fd), 0);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(an_open_whose_struct_cannot_be_written_makes_no_stream)
{
	struct sockopt_open args = vm_open_args();
	socklen_t len = sizeof(args);
	int fd = vm_raw(), next = dup(fd);
	uint8_t *pages;
	size_t page;

	close(next);
	pages = fence(&page);
	memcpy(pages, &args, sizeof(args));
	ck_assert_int_eq(mprotect(pages, page, PROT_READ), 0);
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, pages, &len), -EFAULT);
	vm_wait_stream_count(0);
	ck_assert_int_eq(dup(fd), next);
}
END_TEST

/* ---- Opening ---- */

START_TEST(the_geometry_is_told_as_it_was_taken)
{
	struct sockopt_open args = vm_open_args();
	int fd = vm_raw();

	ck_assert_int_ge(vm_open(fd, ICMP, &args), 0);
	ck_assert_uint_eq(args.size, sizeof(args));
	ck_assert_uint_eq(args.slots, SOCKOPT_SLOTS_DEFAULT);
	ck_assert_uint_eq(args.snaplen, 96);
	ck_assert_uint_eq(args.slot_size, SLOT_SIZE);
	ck_assert_uint_eq(args.wake_records, 1);
	ck_assert_uint_eq(args.wake_delay_us, 0);
	ck_assert_uint_eq(args.flags, 0);
	ck_assert_uint_eq(args.reserved, 0);
}
END_TEST

START_TEST(every_size_of_ring_can_be_had)
{
	struct sockopt_open args;

	vm_stream(vm_raw(), 2U << _i, &args);
	ck_assert_uint_eq(args.slots, 2U << _i);
	ck_assert_uint_eq(args.slot_size, SLOT_SIZE);
}
END_TEST

START_TEST(a_slot_is_header_and_snap_length_rounded_up_to_64)
{
	static const uint32_t sizes[][2] = {
		{ 1, 64 }, { 32, 64 }, { 33, 128 }, { 96, 128 }, { 97, 192 }, { 1500, 1536 },
		{ SOCKOPT_SNAPLEN_MAX, 65600 }, { SOCKOPT_SNAPLEN_NONE, 64 },
	};
	struct vm_reader reader;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vm_reader_open(&reader, 2, sizes[i][0], 1);
		ck_assert_uint_eq(reader.open.slot_size, sizes[i][1]);
		ck_assert_uint_eq(reader.open.snaplen,
				  sizes[i][0] == SOCKOPT_SNAPLEN_NONE ? 0 : sizes[i][0]);
		vm_reader_close(&reader);
	}
}
END_TEST

/* Which 32-bit member of OPEN's struct is set to what. */
static const struct {
	unsigned int member;
	uint32_t value;
	int expected;
} bad_opens[] = {
	{ 0, 0, -EINVAL }, { 0, 47, -EINVAL }, { 0, 49, -EINVAL },
	{ 1, 0, -EINVAL }, { 1, 1, -EINVAL }, { 1, 0xfffffffe, -EINVAL },
	{ 2, 0x7fffffff, -ESTALE }, { 3, 1, -EINVAL }, { 3, 0x80000000, -EINVAL },
	{ 4, 1, -EINVAL }, { 4, 3, -EINVAL }, { 4, 511, -EINVAL }, { 4, 131072, -EINVAL },
	{ 4, 0x80000000, -EINVAL }, { 5, 65536, -EINVAL }, { 5, 0xfffffffe, -EINVAL },
	{ 6, 2, -EOPNOTSUPP }, { 7, 1, -EOPNOTSUPP }, { 8, 1, -EINVAL }, { 8, 40, -EINVAL },
	{ 9, 1, -EINVAL }, { 10, 1, -EINVAL }, { 11, 1, -EINVAL },
};
#define BAD_OPENS ((int)(sizeof(bad_opens) / sizeof(bad_opens[0])))

START_TEST(a_bad_open_is_refused_and_makes_no_stream)
{
	struct sockopt_open args = vm_open_args(), before;
	int fd = vm_raw();

	((uint32_t *)&args)[bad_opens[_i].member] = bad_opens[_i].value;
	before = args;
	ck_assert_int_eq(vm_open(fd, ICMP, &args), bad_opens[_i].expected);
	ck_assert_mem_eq(&args, &before, sizeof(args));
	vm_wait_stream_count(0);
	vm_stream(fd, 0, &args);
}
END_TEST

/* The filter's length in OPEN, its own size, its flags, what is behind it */
static const struct {
	uint32_t filter_len;
	uint32_t size;
	uint32_t flags;
	uint32_t unknown;
	int expected;
} filters[] = {
	{ 40, 40, 0, 0, 0 }, { 44, 44, 0, 0, 0 }, { 44, 44, 0, 1, -E2BIG },
	{ 40, 40, 1, 0, -EINVAL }, { 40, 39, 0, 0, -EINVAL }, { 40, 0, 0, 0, -EINVAL },
	{ 40, 41, 0, 0, -EINVAL }, { 39, 39, 0, 0, -EINVAL }, { 44, 40, 0, 0, -EINVAL },
	{ 3, 40, 0, 0, -EINVAL }, { 45, 45, 0, 0, -EINVAL }, { UINT32_MAX, 40, 0, 0, -EINVAL },
};
#define FILTERS ((int)(sizeof(filters) / sizeof(filters[0])))

START_TEST(a_filter_follows_the_rules_of_structs)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
		uint32_t unknown;
	} args = { .open = vm_open_args() };
	socklen_t len = sizeof(args.open) + sizeof(args.filter) + 4;
	int fd = vm_raw();

	args.open.filter_len = filters[_i].filter_len;
	args.filter.size = filters[_i].size;
	args.filter.flags = filters[_i].flags;
	args.unknown = filters[_i].unknown;
	ck_assert_int_eq(vm_get(fd, ICMP, SOCKOPT_OPEN, &args, &len), filters[_i].expected);
	vm_wait_stream_count(!filters[_i].expected);
}
END_TEST

START_TEST(a_second_open_on_a_socket_is_refused_and_the_first_goes_on)
{
	struct sockopt_open args = vm_open_args();
	struct vm_reader reader;

	vm_reader_open(&reader, 64, 0, 4);
	queue(&reader, 1);
	ck_assert_int_eq(vm_open(reader.sock, ICMP, &args), -EBUSY);
	ck_assert_int_eq(args.fd, -1);
	vm_wait_stream_count(1);
	queue(&reader, 1);
	expect_stats(&reader, 0, 2, 0);
	take_run(&reader, 0, 2);
	close(reader.stream);
	ck_assert_int_ge(vm_open(reader.sock, ICMP, &args), 0);
}
END_TEST

START_TEST(only_a_channel_that_publishes_can_be_opened)
{
	struct sockopt_open args = vm_open_args();
	int fd = vm_raw();

	ck_assert_int_eq(vm_open(fd, MESSAGE, &args), -EOPNOTSUPP);
	ck_assert_int_eq(vm_open(fd, 4095, &args), -ESTALE);
	ck_assert_int_eq(vm_open(fd, SOCKOPT_CHANNEL_CORE, &args), -ENOPROTOOPT);
	ck_assert_int_eq(args.fd, -1);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_generation_that_was_looked_up_is_compared)
{
	struct sockopt_channel channel = { .size = sizeof(channel), .name = "icmp" };
	struct sockopt_open args = vm_open_args();
	socklen_t len = sizeof(channel);
	int fd = vm_raw();

	ck_assert_int_eq(vm_get(fd, 0, SOCKOPT_CHANNEL, &channel, &len), 0);
	ck_assert_uint_eq(channel.id, ICMP);
	args.generation = channel.generation + 1;
	ck_assert_int_eq(vm_open(fd, ICMP, &args), -ESTALE);
	ck_assert_int_eq(vm_stream_count(), 0);
	args.generation = channel.generation;
	ck_assert_int_ge(vm_open(fd, ICMP, &args), 0);
}
END_TEST

START_TEST(the_stream_is_close_on_exec)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 2, 0, 1);
	ck_assert_int_eq(fcntl(reader.stream, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* ---- Several ---- */

START_TEST(two_subscribers_each_get_every_record)
{
	struct vm_reader one, two;

	vm_reader_open(&one, 64, 0, 64);
	vm_reader_open(&two, 64, 0, 64);
	queue(&one, 30);
	vm_wait_seen(two.sock, 30);
	take_run(&one, 0, 30);
	expect_nothing(&one);
	expect_stats(&two, 0, 30, 0);
	take_run(&two, 0, 30);
	expect_nothing(&two);
}
END_TEST

#define SUBSCRIBERS 20

START_TEST(twenty_subscribers_each_lose_what_their_own_ring_cannot_hold)
{
	struct vm_reader readers[SUBSCRIBERS];
	uint32_t i, slots, kept, all_kept = 0;

	for (i = 0; i < SUBSCRIBERS; i++)
		vm_reader_open(&readers[i], 2U << i % 10, 0, 1024);
	send_more(300);
	for (i = 0; i < SUBSCRIBERS; i++) {
		slots = 2U << i % 10;
		kept = slots < 300 ? slots : 300;
		all_kept += kept;
		vm_wait_seen(readers[i].sock, 300);
		expect_stats(&readers[i], 0, kept, 300 - kept);
	}
	ck_assert_int_eq(vm_stat("icmp", "seen"), 300);
	ck_assert_int_eq(vm_stat("icmp", "streams"), SUBSCRIBERS);
	ck_assert_int_eq(vm_stat("icmp", "pending"), all_kept);
	ck_assert_int_eq(vm_stat("icmp", "lost_full"), 300 * SUBSCRIBERS - all_kept);
	for (i = 0; i < SUBSCRIBERS; i++) {
		slots = 2U << i % 10;
		take_run(&readers[i], 0, slots < 300 ? slots : 300);
		expect_nothing(&readers[i]);
	}
	ck_assert_int_eq(vm_stat("icmp", "delivered"), all_kept);
}
END_TEST

/* ---- Ends ---- */

static void expect_not_connected(int fd, unsigned int channel)
{
	struct sockopt_records head = { .size = sizeof(head) };
	struct sockopt_stats stats;
	socklen_t len = sizeof(head);

	ck_assert_int_eq(vm_get(fd, channel, SOCKOPT_RECORDS, &head, &len), -ENOTCONN);
	ck_assert_int_eq(vm_stats(fd, channel, &stats), -ENOTCONN);
	ck_assert_int_eq(vm_stop(fd, channel), -ENOTCONN);
}

START_TEST(without_a_stream_calls_are_not_connected)
{
	struct vm_reader reader;
	int other = vm_raw();

	expect_not_connected(other, ICMP);
	vm_reader_open(&reader, 2, 0, 1);
	expect_not_connected(other, ICMP);
	expect_not_connected(reader.sock, MESSAGE);
	close(reader.stream);
	expect_not_connected(reader.sock, ICMP);
}
END_TEST

START_TEST(a_stream_lives_as_long_as_its_last_descriptor)
{
	struct vm_reader reader;
	int second;

	vm_reader_open(&reader, 64, 0, 4);
	second = dup(reader.stream);
	queue(&reader, 1);
	close(reader.stream);
	queue(&reader, 1);
	ck_assert(is_readable(second));
	take_run(&reader, 0, 2);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(second);
	ck_assert_int_eq(vm_stream_count(), 0);
	expect_not_connected(reader.sock, ICMP);
}
END_TEST

START_TEST(a_stream_outlives_its_socket)
{
	struct vm_reader reader, other;

	vm_reader_open(&reader, 64, 0, 4);
	vm_reader_open(&other, 64, 0, 4);
	close(reader.sock);
	ck_assert(!is_readable(reader.stream));
	queue(&other, 1);
	ck_assert(is_readable(reader.stream));
	ck_assert_int_eq(vm_stream_count(), 2);
	close(reader.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
}
END_TEST

static bool is_settled(void *arg)
{
	(void)arg;
	return !vm_stat("icmp", "pending");
}

START_TEST(records_unread_at_close_count_as_lost)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 8, 0, 2);
	queue(&reader, 10);
	take_run(&reader, 0, 2);
	take_run(&reader, 2, 2);
	vm_reader_close(&reader);
	vm_wait(is_settled, NULL, "the closed stream's counts");
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
	vm_wait(is_settled, NULL, "the closed streams' counts");
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

#define FLOOD 20000U
#define FLOOD_RING 64

/* *arg: who this sender is, 1 or 2. */
static void flood(void *arg)
{
	int fd = vm_sender();
	uint32_t i;

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

/* ---- The library ---- */

static struct sockopt_stream *open_library(uint32_t slots, uint32_t batch)
{
	struct sockopt_config config = {
		.size = sizeof(config), .slots = slots, .batch = batch,
	};
	struct sockopt_stream *st;

	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	return st;
}

static struct sockopt_stats stats_by_library(struct sockopt_stream *st)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	return stats;
}

struct awaited {
	struct sockopt_stream *st;
	uint64_t seen;
};

static bool has_seen(void *arg)
{
	struct awaited *awaited = arg;

	return stats_by_library(awaited->st).seen >= awaited->seen;
}

static void queue_library(struct sockopt_stream *st, uint32_t n)
{
	struct awaited awaited = { .st = st };

	send_more(n);
	awaited.seen = sent;
	vm_wait(has_seen, &awaited, "packets seen");
}

/* Hand out and release n records, numbered from first. */
static void release_run(struct sockopt_stream *st, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct sockopt_record *rec = sockopt_stream_next(st);

		ck_assert_ptr_nonnull(rec);
		ck_assert_uint_eq(number_of(rec), first + i);
		ck_assert_ptr_eq(sockopt_stream_next(st), rec);
		sockopt_stream_release(st);
	}
}

START_TEST(the_library_brings_every_record_once)
{
	struct sockopt_stream *st = open_library(64, 0);
	struct sockopt_stats stats;
	uint32_t next = 0;
	int n;

	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_ptr_null(sockopt_stream_next(st));
	queue_library(st, 64);
	while ((n = sockopt_stream_pull(st)) > 0) {
		release_run(st, next, (uint32_t)n);
		ck_assert_ptr_null(sockopt_stream_next(st));
		next += (uint32_t)n;
	}
	ck_assert_int_eq(n, -EAGAIN);
	ck_assert_uint_eq(next, 64);
	stats = stats_by_library(st);
	ck_assert_uint_eq(stats.size, sizeof(stats));
	ck_assert_uint_eq(stats.delivered, 64);
	ck_assert_uint_eq(stats.pending + stats.lost_full, 0);
	sockopt_stream_close(st);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_library_with_the_smallest_batch_brings_one_at_a_time)
{
	struct sockopt_stream *st = open_library(8, 1);
	uint32_t i;

	queue_library(st, 8);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(sockopt_stream_pull(st), 1);
		release_run(st, i, 1);
	}
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(records_that_were_not_released_are_pulled_again)
{
	struct sockopt_stream *st = open_library(64, 0);

	queue_library(st, 5);
	ck_assert_int_eq(sockopt_stream_pull(st), 5);
	release_run(st, 0, 2);
	queue_library(st, 4);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	ck_assert_uint_eq(stats_by_library(st).delivered, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	release_run(st, 2, 7);
	ck_assert_uint_eq(stats_by_library(st).delivered, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(stats_by_library(st).delivered, 9);
	sockopt_stream_close(st);
}
END_TEST

START_TEST(the_library_close_acknowledges_what_was_released)
{
	struct sockopt_stream *st = open_library(64, 0);

	queue_library(st, 7);
	ck_assert_int_eq(sockopt_stream_pull(st), 7);
	release_run(st, 0, 3);
	sockopt_stream_close(st);
	vm_wait(is_settled, NULL, "the closed stream's counts");
	ck_assert_int_eq(vm_stat("icmp", "delivered"), 3);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 4);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

START_TEST(the_handle_may_be_closed_before_the_stream)
{
	struct sockopt_stream *st, *second;
	struct sockopt *so;

	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, so, ICMP, NULL), 0);
	ck_assert_int_eq(sockopt_stream_open(&second, so, ICMP, NULL), -EBUSY);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(sockopt_stream_open(&second, so, MESSAGE, NULL), -EOPNOTSUPP);
	sockopt_close(so);
	queue_library(st, 2);
	ck_assert_int_eq(sockopt_stream_pull(st), 2);
	release_run(st, 0, 2);
	sockopt_stream_close(st);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(the_library_keeps_to_its_filter)
{
	struct sockopt_filter filter;
	struct sockopt_config config = { .size = sizeof(config), .filter = &filter };
	struct sockopt_stream *st;

	sockopt_filter_init(&filter);
	sockopt_filter_add(&filter, 0);
	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	queue_library(st, 3);
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	ck_assert_uint_eq(stats_by_library(st).filtered, 3);
	vm_icmp(sender, LO, 0, 0, "\0\1\0\1", 4);
	ck_assert_int_eq(sockopt_stream_wait(st, 5000), 1);
	ck_assert_int_eq(sockopt_stream_pull(st), 1);
	sockopt_stream_close(st);
}
END_TEST

/* ---- */

static TCase *new_case(Suite *suite, const char *name, double seconds)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, seconds);
	tcase_add_checked_fixture(tc, setup, NULL);
	suite_add_tcase(suite, tc);
	return tc;
}

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

static void add_overflow(TCase *tc)
{
	tcase_add_test(tc, a_full_ring_counts_every_record_that_it_drops);
	tcase_add_test(tc, a_ring_that_is_just_full_has_lost_nothing);
	tcase_add_test(tc, room_for_one_is_made_by_acknowledging_one);
	tcase_add_test(tc, the_counters_add_up_at_every_step);
}

static void add_rules(TCase *tc)
{
	tcase_add_loop_test(tc, a_bad_header_of_records_is_refused_and_changes_nothing, 0,
			    BAD_HEADS);
	tcase_add_test(tc, a_longer_header_of_zeros_has_the_records_behind_it);
	tcase_add_test(tc, the_header_of_stats_follows_the_rules);
	tcase_add_test(tc, a_buffer_that_ends_too_early_loses_nothing);
	tcase_add_test(tc, a_buffer_that_cannot_be_written_or_read_loses_nothing);
	tcase_add_test(tc, a_call_that_fails_after_its_work_is_done_loses_nothing);
	tcase_add_test(tc, an_open_that_fails_after_its_work_is_done_has_told_the_fd);
	tcase_add_test(tc, an_open_whose_struct_cannot_be_written_makes_no_stream);
}

static void add_opening(TCase *tc)
{
	tcase_add_test(tc, the_geometry_is_told_as_it_was_taken);
	tcase_add_loop_test(tc, every_size_of_ring_can_be_had, 0, 16);
	tcase_add_test(tc, a_slot_is_header_and_snap_length_rounded_up_to_64);
	tcase_add_loop_test(tc, a_bad_open_is_refused_and_makes_no_stream, 0, BAD_OPENS);
	tcase_add_loop_test(tc, a_filter_follows_the_rules_of_structs, 0, FILTERS);
	tcase_add_test(tc, a_second_open_on_a_socket_is_refused_and_the_first_goes_on);
	tcase_add_test(tc, only_a_channel_that_publishes_can_be_opened);
	tcase_add_test(tc, the_generation_that_was_looked_up_is_compared);
	tcase_add_test(tc, the_stream_is_close_on_exec);
}

static void add_ends(TCase *tc)
{
	tcase_add_test(tc, without_a_stream_calls_are_not_connected);
	tcase_add_test(tc, a_stream_lives_as_long_as_its_last_descriptor);
	tcase_add_test(tc, a_stream_outlives_its_socket);
	tcase_add_test(tc, records_unread_at_close_count_as_lost);
	tcase_add_test(tc, sums_never_go_back_while_streams_come_and_go);
}

static void add_many(TCase *tc)
{
	tcase_add_test(tc, two_subscribers_each_get_every_record);
	tcase_add_test(tc, twenty_subscribers_each_lose_what_their_own_ring_cannot_hold);
	tcase_add_test(tc, two_threads_on_one_stream_lose_and_double_nothing);
	tcase_add_test(tc, of_two_flooding_senders_every_packet_is_delivered_or_counted);
}

static void add_library(TCase *tc)
{
	tcase_add_test(tc, the_library_brings_every_record_once);
	tcase_add_test(tc, the_library_with_the_smallest_batch_brings_one_at_a_time);
	tcase_add_test(tc, records_that_were_not_released_are_pulled_again);
	tcase_add_test(tc, the_library_close_acknowledges_what_was_released);
	tcase_add_test(tc, the_handle_may_be_closed_before_the_stream);
	tcase_add_test(tc, the_library_keeps_to_its_filter);
}

Suite *stream_suite(void)
{
	Suite *suite = suite_create("stream");

	add_batches(new_case(suite, "batches", 20));
	add_cursors(new_case(suite, "cursors", 20));
	add_overflow(new_case(suite, "overflow", 20));
	add_rules(new_case(suite, "rules", 20));
	add_opening(new_case(suite, "opening", 20));
	add_ends(new_case(suite, "ends", 20));
	add_many(new_case(suite, "many", 60));
	add_library(new_case(suite, "library", 20));
	return suite;
}

/* SPDX-License-Identifier: MIT */
/* See sequence.h. */
#include "sequence.h"

#include <poll.h>
#include <sched.h>

#define NUMBER_AT 28		/* in the IP packet: behind IP and ICMP header */

int sender;
uint32_t sent;

void sequence_setup(void)
{
	vm_new_netns_quiet();
	sender = vm_sender();
	sent = 0;
}

void send_number(int fd, uint16_t who, uint32_t number)
{
	const uint8_t rest[] = {
		(uint8_t)(who >> 8), (uint8_t)who, 0, 1, (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number,
	};

	vm_icmp(fd, VM_LO, ECHO_REQUEST, 0, rest, sizeof(rest));
}

void send_more(uint32_t n)
{
	while (n--)
		send_number(sender, 1, sent++);
}

/*
 * Each processor has a queue of its own for loopback: where it is not emptied at once, what one
 * sends who moves between them comes in another order.
 */
static void send_from_one_cpu(uint32_t n)
{
	cpu_set_t all, one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	send_more(n);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(all), &all), 0);
}

void queue(const struct vm_reader *reader, uint32_t n)
{
	send_from_one_cpu(n);
	vm_wait_seen(reader->sock, sent);
}

uint32_t number_of(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec) + NUMBER_AT;

	ck_assert_uint_eq(rec->len, NUMBER_AT + 4);
	ck_assert_uint_eq(rec->caplen, NUMBER_AT + 4);
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 |
	       data[3];
}

void expect_run(const struct vm_reader *reader, uint32_t pos, uint32_t first, uint32_t n)
{
	uint32_t i;

	ck_assert_uint_eq(reader->batch.head->count, n);
	ck_assert_uint_eq(reader->batch.head->slot_size, reader->open.slot_size);
	for (i = 0; i < n; i++) {
		ck_assert_uint_eq(vm_record(&reader->batch, i)->seq, pos + i + 1);
		ck_assert_uint_eq(number_of(vm_record(&reader->batch, i)), first + i);
	}
}

void take_run(struct vm_reader *reader, uint32_t first, uint32_t n)
{
	uint32_t pos = reader->cursor;

	ck_assert_int_eq(vm_reader_take(reader), (int)n);
	expect_run(reader, pos, first, n);
	ck_assert_uint_eq(reader->cursor, pos + n);
}

struct sockopt_stats stats_of(int fd)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(fd, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, stats.filtered + stats.delivered + stats.pending +
			  stats.lost_full + stats.lost_busy);
	return stats;
}

void expect_stats(const struct vm_reader *reader, uint64_t delivered, uint64_t pending,
		  uint64_t lost_full)
{
	struct sockopt_stats stats = stats_of(reader->sock);

	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_eq(stats.delivered, delivered);
	ck_assert_uint_eq(stats.pending, pending);
	ck_assert_uint_eq(stats.lost_full, lost_full);
	ck_assert_uint_eq(stats.lost_busy, 0);
}

bool is_readable(int fd)
{
	return vm_events(fd, 0) & POLLIN;
}

int ask(const struct vm_reader *reader, void *buf, size_t size)
{
	socklen_t len = (socklen_t)size;

	return vm_get(reader->sock, ICMP, SOCKOPT_RECORDS, buf, &len);
}

struct sockopt_records head_of(const struct vm_reader *reader)
{
	struct sockopt_records head = {
		.size = sizeof(head),
		.flags = SOCKOPT_RECORDS_F_DONTWAIT,
		.cursor = reader->cursor,
	};

	return head;
}

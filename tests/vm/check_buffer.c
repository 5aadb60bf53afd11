/* SPDX-License-Identifier: MIT */
/*
 * Proves that a header which breaks the rules, or a buffer which cannot be read or
 * written, makes a call fail, and that the failed call loses no record.
 */
#include "sequence.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
	vm_expect_nothing(&reader);
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
	vm_expect_nothing(&reader);
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
	vm_expect_nothing(&reader);
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

/* ---- Suite ---- */

Suite *buffer_suite(void)
{
	Suite *suite = suite_create("buffer");
	TCase *tc = vm_case(suite, "rules", 20, sequence_setup);

	tcase_add_loop_test(tc, a_bad_header_of_records_is_refused_and_changes_nothing,
			    0, BAD_HEADS);
	tcase_add_test(tc, a_longer_header_of_zeros_has_the_records_behind_it);
	tcase_add_test(tc, the_header_of_stats_follows_the_rules);
	tcase_add_test(tc, a_buffer_that_ends_too_early_loses_nothing);
	tcase_add_test(tc, a_buffer_that_cannot_be_written_or_read_loses_nothing);
	tcase_add_test(tc, a_call_that_fails_after_its_work_is_done_loses_nothing);
	tcase_add_test(tc, an_open_that_fails_after_its_work_is_done_has_told_the_fd);
	tcase_add_test(tc, an_open_whose_struct_cannot_be_written_makes_no_stream);
	return suite;
}

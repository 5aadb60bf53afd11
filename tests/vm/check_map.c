/* SPDX-License-Identifier: MIT */
/*
 * Proves what may be mapped of a stream, and what not; that a mapping and the two
 * ways to pull keep each other out; and that it holds the stream as a descriptor does.
 */
#include "sequence.h"
#include "sleeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RING 64
#define DATA_PAGES (RING * SLOT_SIZE / VM_PAGE)	/* 2 */
#define RW (PROT_READ | PROT_WRITE)

static struct vm_reader ring;

static void map_setup(void)
{
	sequence_setup();
	vm_reader_open(&ring, RING, 0, RING);
}

/* From a page of the stream on; NULL with errno if it is refused. */
static void *map(int page, int pages, int rights, int flags)
{
	void *at = mmap(NULL, (size_t)pages * VM_PAGE, rights, flags, ring.stream,
			(off_t)page * VM_PAGE);

	return at == MAP_FAILED ? NULL : at;
}

static uint32_t *map_tail(void)
{
	uint32_t *tail = map(0, 1, RW, MAP_SHARED);

	ck_assert_ptr_nonnull(tail);
	return tail;
}

static const uint8_t *map_slots(void)
{
	const uint8_t *slots = map(2, DATA_PAGES, PROT_READ, MAP_SHARED);

	ck_assert_ptr_nonnull(slots);
	return slots;
}

static const struct sockopt_record *slot(const uint8_t *slots, uint32_t pos)
{
	return (const void *)(slots + pos % RING * SLOT_SIZE);
}

static const struct {
	int page, pages, rights, flags, error;
} maps[] = {
	{ 0, 1, RW, MAP_SHARED, 0 }, { 0, 1, PROT_READ, MAP_SHARED, 0 },
	{ 1, 1, PROT_READ, MAP_SHARED, 0 }, { 1, 3, PROT_READ, MAP_SHARED, 0 },
	{ 2, 2, PROT_READ, MAP_SHARED, 0 }, { 3, 1, PROT_READ, MAP_SHARED, 0 },
	{ 1, 3, PROT_NONE, MAP_SHARED, 0 },
	{ 0, 2, RW, MAP_SHARED, EINVAL }, { 0, 4, PROT_READ, MAP_SHARED, EINVAL },
	{ 1, 1, RW, MAP_SHARED, EPERM }, { 2, 2, RW, MAP_SHARED, EPERM },
	{ 2, 1, PROT_WRITE, MAP_SHARED, EPERM },
	{ 0, 1, PROT_READ | PROT_EXEC, MAP_SHARED, EPERM },
	{ 1, 3, PROT_READ | PROT_EXEC, MAP_SHARED, EPERM },
	{ 0, 1, RW, MAP_PRIVATE, EINVAL }, { 1, 3, PROT_READ, MAP_PRIVATE, EINVAL },
	{ 1, 4, PROT_READ, MAP_SHARED, EINVAL }, { 4, 1, PROT_READ, MAP_SHARED, EINVAL },
	{ 3, 2, PROT_READ, MAP_SHARED, EINVAL }, { 1 << 20, 1, PROT_READ, MAP_SHARED, EINVAL },
};

START_TEST(what_may_be_mapped_is_mapped_and_nothing_else)
{
	void *at = map(maps[_i].page, maps[_i].pages, maps[_i].rights, maps[_i].flags);

	ck_assert_int_eq(at ? 0 : errno, maps[_i].error);
	queue(&ring, 1);
	expect_stats(&ring, 0, 1, 0);
	if (at && maps[_i].rights & PROT_WRITE)
		*(uint32_t *)at = ring.cursor + 1;
	if (at)
		ck_assert_int_eq(munmap(at, (size_t)maps[_i].pages * VM_PAGE), 0);
	ck_assert_int_eq(vm_reader_take(&ring), maps[_i].rights == RW && at ? -EINVAL : 1);
}
END_TEST

START_TEST(what_was_mapped_for_reading_never_becomes_writable)
{
	char *shared = map(1, 1 + DATA_PAGES, PROT_READ, MAP_SHARED);
	char byte = 1;
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), i;

	ck_assert_ptr_nonnull(shared);
	for (i = 0; i <= DATA_PAGES; i++) {
		ck_assert_int_eq(mprotect(shared + i * VM_PAGE, VM_PAGE, RW), -1);
		ck_assert_int_eq(errno, EACCES);
		ck_assert_int_eq(mprotect(shared + i * VM_PAGE, VM_PAGE, PROT_EXEC), -1);
		ck_assert_int_eq(errno, EACCES);
		ck_assert_int_eq(pwrite(mem, &byte, 1, (off_t)(intptr_t)(shared + i * VM_PAGE)),
				 -1);
	}
	ck_assert_ptr_eq(mremap(shared, 3 * VM_PAGE, 4 * VM_PAGE, MREMAP_MAYMOVE), MAP_FAILED);
}
END_TEST

START_TEST(the_status_page_tells_geometry_and_place)
{
	const struct sockopt_status *status = map(1, 1, PROT_READ, MAP_SHARED);

	ck_assert_ptr_nonnull(status);
	ck_assert_uint_eq(status->size, sizeof(*status));
	ck_assert_uint_eq(status->flags, 0);
	ck_assert_uint_eq(status->slots, RING);
	ck_assert_uint_eq(status->slot_size, SLOT_SIZE);
	ck_assert_uint_eq(status->snaplen, 96);
	ck_assert_uint_eq(status->start, ring.open.cursor);
	ck_assert_uint_eq(*map_tail(), ring.open.cursor);
	ck_assert_int_eq(vm_stop(ring.sock, ICMP), 0);
	ck_assert_uint_eq(status->flags, SOCKOPT_STATUS_F_ENDED);
}
END_TEST

/* Everything by hand, as uapi.h tells it. */
START_TEST(records_are_taken_from_the_slots_and_the_tail_makes_room)
{
	const uint8_t *slots = map_slots();
	uint32_t *tail = map_tail(), pos = *tail, i;

	for (i = 0; i < 3 * RING; i++, pos++) {
		ck_assert_uint_ne(slot(slots, pos)->seq, pos + 1);
		queue(&ring, 1);
		ck_assert(is_readable(ring.stream));
		ck_assert_uint_eq(slot(slots, pos)->seq, pos + 1);
		ck_assert_uint_eq(number_of(slot(slots, pos)), i);
		*tail = pos + 1;
		ck_assert(!is_readable(ring.stream));
	}
	expect_stats(&ring, 3 * RING, 0, 0);
	queue(&ring, RING + 5);
	expect_stats(&ring, 3 * RING, RING, 5);
	*tail = pos + 1;
	queue(&ring, 1);
	ck_assert_uint_eq(slot(slots, pos + RING)->lost, 5);
}
END_TEST

/* ---- One reader at a time ---- */

static int read_now(void)
{
	char bytes[SLOT_SIZE];

	return read(ring.stream, bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

START_TEST(as_long_as_the_consumers_page_is_mapped_nobody_pulls)
{
	uint32_t *tail = map_tail();

	ck_assert_int_eq(fcntl(ring.stream, F_SETFL, O_NONBLOCK), 0);
	queue(&ring, 4);
	ck_assert_int_eq(vm_reader_take(&ring), -EBUSY);
	ck_assert_int_eq(read_now(), -EBUSY);
	expect_stats(&ring, 0, 4, 0);
	*tail += 2;
	ck_assert_int_eq(munmap(tail, VM_PAGE), 0);
	ck_assert(is_readable(ring.stream));
	ring.cursor += 2;
	take_run(&ring, 2, 2);
	ck_assert(!is_readable(ring.stream));
	vm_expect_nothing(&ring);
	expect_stats(&ring, 4, 0, 0);
}
END_TEST

START_TEST(the_other_pages_keep_nobody_out)
{
	const uint8_t *slots = map_slots();

	queue(&ring, 2);
	take_run(&ring, 0, 2);
	ck_assert_uint_eq(number_of(slot(slots, ring.open.cursor)), 0);
}
END_TEST

/* What it does with the mapping that it inherited, and then it ends. */
static void hold_a_moment(void *arg)
{
	vm_receive(*(int *)arg, NULL, 0);
}

START_TEST(a_mapping_that_was_inherited_counts_until_it_goes)
{
	uint32_t *tail = map_tail();
	int pair[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(hold_a_moment, &pair[1]);
	ck_assert_int_eq(munmap(tail, VM_PAGE), 0);
	queue(&ring, 1);
	ck_assert_int_eq(vm_reader_take(&ring), -EBUSY);
	vm_pass(pair[0], NULL, 0);
	vm_join(child);
	take_run(&ring, 0, 1);
}
END_TEST

static int call_read(struct sleeper *sleeper)
{
	char bytes[SLOT_SIZE];

	(void)sleeper;
	return read(reader.stream, bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

static int (*const pulls[])(struct sleeper *sleeper) = { call_records, call_read };

START_TEST(who_sleeps_in_a_pull_is_told_when_the_ring_is_mapped)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(pulls[_i], true));
	void *tail = mmap(NULL, VM_PAGE, RW, MAP_SHARED, reader.stream, 0);

	ck_assert_ptr_ne(tail, MAP_FAILED);
	ping();
	ck_assert_int_eq(wake(sleeper), -EBUSY);
}
END_TEST

/* ---- Lives ---- */

START_TEST(a_mapping_keeps_the_stream_when_all_descriptors_are_closed)
{
	const uint8_t *slots = map_slots();
	uint32_t *tail = map_tail(), pos = *tail;

	close(ring.stream);
	queue(&ring, 1);
	ck_assert_uint_eq(number_of(slot(slots, pos)), 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(munmap(tail, VM_PAGE), 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(munmap((void *)(uintptr_t)slots, DATA_PAGES * VM_PAGE), 0);
	vm_wait_stream_count(0);
	vm_wait_rings_gone();
}
END_TEST

static void map_and_wait(void *arg)
{
	vm_new_netns_quiet();
	vm_reader_open(&ring, RING, 0, 1);
	map_slots();
	map_tail();
	vm_pass(*(int *)arg, NULL, 0);
	pause();
}

START_TEST(a_reader_killed_with_its_mapping_leaves_nothing)
{
	int pair[2];
	pid_t child;

	vm_reader_close(&ring);
	vm_wait_rings_gone();
	vm_pair(pair);
	child = vm_fork(map_and_wait, &pair[1]);
	vm_receive(pair[0], NULL, 0);
	ck_assert(vm_has_rings());
	vm_kill(child);
	vm_wait_rings_gone();
}
END_TEST

Suite *map_suite(void)
{
	Suite *suite = suite_create("map");
	TCase *tc = vm_case(suite, "rights", 20, map_setup);

	tcase_add_loop_test(tc, what_may_be_mapped_is_mapped_and_nothing_else, 0, VM_COUNT(maps));
	tcase_add_test(tc, what_was_mapped_for_reading_never_becomes_writable);
	tcase_add_test(tc, the_status_page_tells_geometry_and_place);
	tcase_add_test(tc, records_are_taken_from_the_slots_and_the_tail_makes_room);
	tc = vm_case(suite, "one-reader", 20, map_setup);
	tcase_add_test(tc, as_long_as_the_consumers_page_is_mapped_nobody_pulls);
	tcase_add_test(tc, the_other_pages_keep_nobody_out);
	tcase_add_test(tc, a_mapping_that_was_inherited_counts_until_it_goes);
	tc = vm_case(suite, "sleepers", 20, sleeper_setup);
	tcase_add_loop_test(tc, who_sleeps_in_a_pull_is_told_when_the_ring_is_mapped, 0, 2);
	tc = vm_case(suite, "lives", 20, map_setup);
	tcase_add_test(tc, a_mapping_keeps_the_stream_when_all_descriptors_are_closed);
	tcase_add_test(tc, a_reader_killed_with_its_mapping_leaves_nothing);
	return suite;
}

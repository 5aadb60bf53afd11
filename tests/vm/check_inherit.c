/* SPDX-License-Identifier: MIT */
/*
 * Proves that a mapping holds its stream as a descriptor does, whoever has it: after the
 * descriptor, in a process that is killed, in a child, and when two give it up at once.
 */
#include "mapping.h"
#include "sequence.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static struct vm_reader reader;
static struct mapping map;

static void setup(void)
{
	sequence_setup();
	vm_reader_open(&reader, 64, 0, 64);
}

static void map_all(void)
{
	mapping_open(&map, reader.stream, &reader.open);
}

START_TEST(a_mapping_keeps_the_stream_after_the_descriptor)
{
	map_all();
	ck_assert_int_eq(close(reader.stream), 0);
	queue(&reader, 3);
	mapping_release_run(&map, 0, 3);
	expect_stats(&reader, 3, 0, 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(munmap(map.tail, VM_PAGE), 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert_int_eq(munmap((void *)(uintptr_t)map.status, map.shared_len), 0);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_no_stream_on(reader.sock, &reader.open);
	vm_wait_rings_gone();
}
END_TEST

static void hold_for_ever(void *arg)
{
	map_all();
	close(reader.stream);
	vm_pass(*(int *)arg, NULL, 0);
	for (;;)
		pause();
}

START_TEST(a_killed_process_leaves_no_mapping_and_no_ring)
{
	int pair[2];
	pid_t pid;

	vm_pair(pair);
	pid = vm_fork(hold_for_ever, &pair[1]);
	vm_receive(pair[0], NULL, 0);
	close(reader.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(vm_has_rings());
	queue(&reader, 5);
	expect_stats(&reader, 0, 5, 0);
	vm_kill(pid);
	vm_wait_rings_gone();
}
END_TEST

static void release_two_and_wait(void *arg)
{
	mapping_release_run(&map, 0, 2);
	vm_pass(*(int *)arg, NULL, 0);
	vm_receive(*(int *)arg, NULL, 0);
}

START_TEST(a_child_inherits_the_mapping_and_holds_the_tail_as_long_as_it_lives)
{
	int pair[2];
	pid_t pid;

	vm_pair(pair);
	queue(&reader, 3);
	map_all();
	pid = vm_fork(release_two_and_wait, &pair[1]);
	vm_receive(pair[0], NULL, 0);
	ck_assert_uint_eq(number_of(mapping_next(&map)), 2);
	mapping_close(&map);
	ck_assert_int_eq(vm_reader_take(&reader), -EBUSY);
	expect_stats(&reader, 2, 1, 0);
	vm_pass(pair[0], NULL, 0);
	vm_join(pid);
	ck_assert(is_readable(reader.stream));
	reader.cursor += 2;
	take_run(&reader, 2, 1);
}
END_TEST

static void unmap_on_other_processor(void *arg)
{
	vm_move_to(1);
	vm_pass(*(int *)arg, NULL, 0);
	vm_receive(*(int *)arg, NULL, 0);
	mapping_close(&map);
}

/* Whoever is last gives the tail back: it is free, and nothing is readable before it. */
START_TEST(two_processes_that_unmap_at_once_leave_the_tail_free)
{
	uint32_t round;
	int pair[2];
	pid_t pid;

	vm_pair(pair);
	vm_move_to(0);
	for (round = 0; round < 200; round++) {
		queue(&reader, 2);
		map_all();
		pid = vm_fork(unmap_on_other_processor, &pair[1]);
		vm_receive(pair[0], NULL, 0);
		mapping_release_run(&map, 3 * round, 2);
		vm_pass(pair[0], NULL, 0);
		mapping_close(&map);
		vm_join(pid);
		ck_assert(!is_readable(reader.stream));
		queue(&reader, 1);
		reader.cursor = reader.open.cursor + 3 * round + 2;
		take_run(&reader, 3 * round + 2, 1);
		vm_expect_nothing(&reader);
	}
}
END_TEST

Suite *inherit_suite(void)
{
	Suite *suite = suite_create("inherit");
	TCase *tc = vm_case(suite, "inherit", 30, setup);

	tcase_add_test(tc, a_mapping_keeps_the_stream_after_the_descriptor);
	tcase_add_test(tc, a_killed_process_leaves_no_mapping_and_no_ring);
	tcase_add_test(tc, a_child_inherits_the_mapping_and_holds_the_tail_as_long_as_it_lives);
	tcase_add_test(tc, two_processes_that_unmap_at_once_leave_the_tail_free);
	return suite;
}

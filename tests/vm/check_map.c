/* SPDX-License-Identifier: MIT */
/*
 * Proves what of a ring can be mapped, and how; that the right to write the rest of it
 * cannot be had later either; and that a mapping and the other ways to read keep each
 * other out, with an error that says so, and lose nothing.
 */
#include "mapping.h"
#include "sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define R PROT_READ
#define W PROT_WRITE
#define X PROT_EXEC

#define MAP_SLOTS 64
#define PAGES 4		/* of a ring of 64 slots of 128 bytes */

static struct vm_reader reader;
static struct mapping map;

static void setup(void)
{
	sequence_setup();
	vm_reader_open(&reader, MAP_SLOTS, 0, MAP_SLOTS);
	ck_assert_uint_eq(mapping_pages(&reader.open), PAGES);
}

static void map_all(void)
{
	mapping_open(&map, reader.stream, &reader.open);
}

static int read_one(void)
{
	uint8_t buf[SLOT_SIZE];
	ssize_t n = read(reader.stream, buf, sizeof(buf));

	return n < 0 ? -errno : (int)n;
}

static void set_nonblocking(void)
{
	ck_assert_int_eq(fcntl(reader.stream, F_SETFL, O_NONBLOCK), 0);
}

/* All other ways to move the tail. */
static void others_get(int expected)
{
	struct sockopt_records head = head_of(&reader);

	ck_assert_int_eq(vm_reader_take(&reader), expected);
	ck_assert_int_eq(read_one(), expected);
	ck_assert_int_eq(ask(&reader, &head, sizeof(head)), expected == -EAGAIN ? 0 : expected);
}

/* ---- What may be mapped ---- */

static const struct {
	size_t page, count;
	int rights, flags, expected;
} maps[] = {
	{ 0, 1, R | W, MAP_SHARED, 0 }, { 0, 1, R, MAP_SHARED, 0 },
	{ 0, 1, W, MAP_SHARED, 0 }, { 0, 1, PROT_NONE, MAP_SHARED, 0 },
	{ 0, 1, R | W, MAP_SHARED | MAP_POPULATE, 0 },
	{ 0, 2, R, MAP_SHARED, -EINVAL }, { 0, 2, R | W, MAP_SHARED, -EINVAL },
	{ 0, PAGES, R, MAP_SHARED, -EINVAL }, { 0, PAGES + 1, R, MAP_SHARED, -EINVAL },
	{ 1, 1, R, MAP_SHARED, 0 }, { 1, 3, R, MAP_SHARED, 0 }, { 2, 2, R, MAP_SHARED, 0 },
	{ 2, 1, R, MAP_SHARED, 0 }, { 3, 1, R, MAP_SHARED, 0 },
	{ 1, 3, PROT_NONE, MAP_SHARED, 0 },
	{ 1, 1, R | W, MAP_SHARED, -EPERM }, { 1, 3, R | W, MAP_SHARED, -EPERM },
	{ 2, 1, W, MAP_SHARED, -EPERM }, { 3, 1, R | W, MAP_SHARED, -EPERM },
	{ 0, 1, R | W, MAP_PRIVATE, -EINVAL }, { 0, 1, R, MAP_PRIVATE, -EINVAL },
	{ 1, 3, R, MAP_PRIVATE, -EINVAL }, { 2, 1, R | W, MAP_PRIVATE, -EINVAL },
	{ 0, 1, R | X, MAP_SHARED, -EPERM }, { 0, 1, R | W | X, MAP_SHARED, -EPERM },
	{ 1, 1, R | X, MAP_SHARED, -EPERM }, { 2, 2, X, MAP_SHARED, -EPERM },
	{ 1, 4, R, MAP_SHARED, -EINVAL }, { 2, 3, R, MAP_SHARED, -EINVAL },
	{ 3, 2, R, MAP_SHARED, -EINVAL }, { 4, 1, R, MAP_SHARED, -EINVAL },
	{ 5, 1, R, MAP_SHARED, -EINVAL }, { 1UL << 40, 1, R, MAP_SHARED, -EINVAL },
	{ (1UL << 51) - 1, 1, R, MAP_SHARED, -EINVAL }, { 1, 1UL << 20, R, MAP_SHARED, -EINVAL },
};

START_TEST(a_mapping_is_made_or_refused_as_the_interface_says)
{
	void *at;

	ck_assert_int_eq(mapping_try(reader.stream, maps[_i].page, maps[_i].count,
				     maps[_i].rights, maps[_i].flags, &at), maps[_i].expected);
	set_nonblocking();
	if (maps[_i].expected || maps[_i].page)
		others_get(-EAGAIN);
	if (at)
		ck_assert_int_eq(munmap(at, maps[_i].count * VM_PAGE), 0);
	others_get(-EAGAIN);
}
END_TEST

START_TEST(the_right_to_write_or_execute_cannot_be_had_later)
{
	map_all();
	ck_assert_int_eq(mprotect((void *)(uintptr_t)map.status, VM_PAGE, R | W), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect((void *)(uintptr_t)map.slots, VM_PAGE, W), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect((void *)(uintptr_t)map.slots, VM_PAGE, R | X), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect(map.tail, VM_PAGE, R | X), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect(map.tail, VM_PAGE, R), 0);
	ck_assert_int_eq(mprotect(map.tail, VM_PAGE, R | W), 0);
	ck_assert_int_eq(mprotect((void *)(uintptr_t)map.slots, VM_PAGE, PROT_NONE), 0);
	ck_assert_int_eq(mprotect((void *)(uintptr_t)map.slots, VM_PAGE, R), 0);
	queue(&reader, 1);
	mapping_release_run(&map, 0, 1);
}
END_TEST

START_TEST(a_mapping_does_not_grow)
{
	ck_assert_int_eq(mapping_take_tail(&map, reader.stream), 0);
	ck_assert_ptr_eq(mremap(map.tail, VM_PAGE, 2 * VM_PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	ck_assert_ptr_eq(mremap(map.tail, 0, VM_PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	mapping_close(&map);
	map_all();
	ck_assert_ptr_eq(mremap((void *)(uintptr_t)map.status, map.shared_len,
				map.shared_len + VM_PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	mapping_close(&map);
	set_nonblocking();
	others_get(-EAGAIN);
}
END_TEST

START_TEST(a_mapping_that_is_moved_or_taken_in_pieces_is_still_one)
{
	uint8_t *slots;

	map_all();
	map.tail = mremap(map.tail, VM_PAGE, VM_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			  vm_guarded(VM_PAGE));
	ck_assert_ptr_ne(map.tail, MAP_FAILED);
	others_get(-EBUSY);
	queue(&reader, 3);
	mapping_release_run(&map, 0, 3);
	slots = (uint8_t *)(uintptr_t)map.slots;
	ck_assert_int_eq(munmap(slots + VM_PAGE, VM_PAGE), 0);
	ck_assert_int_eq(munmap(slots - VM_PAGE, VM_PAGE), 0);
	ck_assert_int_eq(munmap(slots, VM_PAGE), 0);
	others_get(-EBUSY);
	ck_assert_int_eq(munmap(map.tail, VM_PAGE), 0);
	reader.cursor += 3;
	set_nonblocking();
	others_get(-EAGAIN);
}
END_TEST

static ssize_t write_memory(const volatile void *at)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint32_t nonsense = 0x5a5a5a5a;
	ssize_t n = pwrite(fd, &nonsense, sizeof(nonsense), (off_t)(uintptr_t)at);

	close(fd);
	return n;
}

START_TEST(not_even_the_kernel_writes_the_slots_for_a_program)
{
	struct sockopt_status before;

	map_all();
	queue(&reader, 1);
	memcpy(&before, map.status, sizeof(before));
	ck_assert_int_eq((int)write_memory(map.slots), -1);
	ck_assert_int_eq((int)write_memory(map.status), -1);
	ck_assert_int_eq((int)getrandom((void *)(uintptr_t)map.slots, 4, 0), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_mem_eq(map.status, &before, sizeof(before));
	mapping_release_run(&map, 0, 1);
}
END_TEST

/* ---- What is there ---- */

START_TEST(the_status_page_tells_geometry_and_end)
{
	const struct sockopt_open *open = &reader.open;
	size_t i;

	map_all();
	ck_assert_uint_eq(map.status->size, sizeof(*map.status));
	ck_assert_uint_eq(map.status->flags, 0);
	ck_assert_uint_eq(map.status->slots, open->slots);
	ck_assert_uint_eq(map.status->slot_size, open->slot_size);
	ck_assert_uint_eq(map.status->snaplen, open->snaplen);
	ck_assert_uint_eq(map.status->start, open->cursor);
	ck_assert_uint_eq(*map.tail, open->cursor);
	for (i = sizeof(*map.status); i < VM_PAGE; i++)
		ck_assert_uint_eq(((const uint8_t *)map.status)[i], 0);
	queue(&reader, 2);
	ck_assert_uint_eq(map.status->flags, 0);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_uint_eq(map.status->flags, SOCKOPT_STATUS_F_ENDED);
	mapping_release_run(&map, 0, 2);
	ck_assert_ptr_null(mapping_next(&map));
}
END_TEST

START_TEST(what_is_released_by_a_store_makes_room_and_is_delivered)
{
	uint32_t round;

	map_all();
	for (round = 0; round < 6; round++) {
		queue(&reader, MAP_SLOTS);
		expect_stats(&reader, round * MAP_SLOTS, MAP_SLOTS, 0);
		ck_assert(is_readable(reader.stream));
		mapping_release_run(&map, round * MAP_SLOTS, MAP_SLOTS);
		ck_assert_ptr_null(mapping_next(&map));
		ck_assert(!is_readable(reader.stream));
	}
	expect_stats(&reader, 6 * MAP_SLOTS, 0, 0);
	queue(&reader, MAP_SLOTS + 3);
	expect_stats(&reader, 6 * MAP_SLOTS, MAP_SLOTS, 3);
}
END_TEST

/* ---- With RECORDS and read ---- */

START_TEST(while_the_ring_is_mapped_records_and_read_are_refused_and_then_go_on)
{
	struct mapping second;

	set_nonblocking();
	queue(&reader, 6);
	take_run(&reader, 0, 6);
	map_all();
	others_get(-EBUSY);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EBUSY);
	expect_stats(&reader, 0, 6, 0);
	mapping_release_run(&map, 0, 2);
	ck_assert_int_eq(mapping_take_tail(&second, reader.stream), -EBUSY);
	others_get(-EBUSY);
	mapping_release_run(&map, 2, 1);
	mapping_close(&map);
	ck_assert(is_readable(reader.stream));
	ck_assert_int_eq(read_one(), SLOT_SIZE);
	expect_stats(&reader, 4, 2, 0);
	reader.cursor = reader.open.cursor + 4;
	take_run(&reader, 4, 2);
	others_get(-EAGAIN);
	expect_stats(&reader, 6, 0, 0);
	queue(&reader, 1);
	take_run(&reader, 6, 1);
}
END_TEST

START_TEST(a_mapping_of_the_slots_alone_keeps_nobody_out)
{
	void *at;

	ck_assert_int_eq(mapping_try(reader.stream, 1, PAGES - 1, R, MAP_SHARED, &at), 0);
	queue(&reader, 2);
	take_run(&reader, 0, 2);
	ck_assert_int_eq(read_one(), SLOT_SIZE);
	expect_stats(&reader, 1, 1, 0);
}
END_TEST

/* Somebody's page that is not there until we bring it. */
static int new_fault(void *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register where = {
		.range = { (uintptr_t)page, VM_PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	ck_assert_msg(fd >= 0, "userfaultfd: %s", strerror(errno));
	ck_assert_int_eq(ioctl(fd, UFFDIO_API, &api), 0);
	ck_assert_int_eq(ioctl(fd, UFFDIO_REGISTER, &where), 0);
	return fd;
}

static void bring_page(int fd, void *page)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)page, VM_PAGE } };

	ck_assert_int_eq(ioctl(fd, UFFDIO_ZEROPAGE, &zero), 0);
}

static void *read_to(void *page)
{
	return (void *)read(reader.stream, page, SLOT_SIZE);
}

static void *records_to(void *page)
{
	struct sockopt_records *head = (void *)((uint8_t *)page - sizeof(*head));
	socklen_t len = sizeof(*head) + SLOT_SIZE;

	*head = head_of(&reader);
	return (void *)(long)vm_get(reader.sock, ICMP, SOCKOPT_RECORDS, head, &len);
}

static const struct {
	void *(*call)(void *page);
	long expected;
} at_work[] = { { read_to, SLOT_SIZE }, { records_to, 0 } };

START_TEST(the_ring_is_not_mapped_while_another_way_to_read_is_at_work)
{
	uint8_t *memory = mmap(NULL, 2 * VM_PAGE, R | W, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *page = memory + VM_PAGE;
	int fault = new_fault(page);
	struct uffd_msg msg;
	pthread_t thread;
	void *result;

	queue(&reader, 2);
	ck_assert_int_eq(pthread_create(&thread, NULL, at_work[_i].call, page), 0);
	ck_assert_int_eq((int)read(fault, &msg, sizeof(msg)), (int)sizeof(msg));
	ck_assert_int_eq(mapping_take_tail(&map, reader.stream), -EBUSY);
	bring_page(fault, page);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq((long)result, at_work[_i].expected);
	ck_assert_uint_eq(number_of((const void *)page), 0);
	map_all();
	ck_assert_uint_eq(number_of(mapping_next(&map)), _i ? 0 : 1);
}
END_TEST

/* ---- Suite ---- */

static void add_exclusion(TCase *tc)
{
	tcase_add_test(tc, while_the_ring_is_mapped_records_and_read_are_refused_and_then_go_on);
	tcase_add_test(tc, a_mapping_of_the_slots_alone_keeps_nobody_out);
	tcase_add_loop_test(tc, the_ring_is_not_mapped_while_another_way_to_read_is_at_work, 0, 2);
}

Suite *map_suite(void)
{
	Suite *suite = suite_create("map");
	TCase *tc = vm_case(suite, "map", 30, setup);

	tcase_add_loop_test(tc, a_mapping_is_made_or_refused_as_the_interface_says, 0,
			    VM_COUNT(maps));
	tcase_add_test(tc, the_right_to_write_or_execute_cannot_be_had_later);
	tcase_add_test(tc, a_mapping_does_not_grow);
	tcase_add_test(tc, a_mapping_that_is_moved_or_taken_in_pieces_is_still_one);
	tcase_add_test(tc, not_even_the_kernel_writes_the_slots_for_a_program);
	tcase_add_test(tc, the_status_page_tells_geometry_and_end);
	tcase_add_test(tc, what_is_released_by_a_store_makes_room_and_is_delivered);
	add_exclusion(tc);
	return suite;
}

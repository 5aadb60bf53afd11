/* SPDX-License-Identifier: MIT */
/*
 * Proves that an OPEN whose struct cannot be written back never was: not in the sums
 * either, nor what its stream got while the kernel found that out.
 */
#include "sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sockopt_open *new_args(void)
{
	struct sockopt_open *args = vm_guarded(sizeof(*args));

	*args = vm_open_args();
	args->slots = 2;
	return args;
}

START_TEST(an_open_that_cannot_be_told_of_counts_as_none)
{
	struct sockopt_open *args = new_args(), other;

	vm_read_only(args, sizeof(*args));
	ck_assert_int_eq(vm_open(vm_raw(), ICMP, args), -EFAULT);
	ck_assert_int_eq((int)vm_stat("icmp", "opened"), -1);
	vm_stream(vm_raw(), 2, &other);
	ck_assert_int_eq(vm_open(vm_raw(), ICMP, args), -EFAULT);
	ck_assert_int_eq((int)vm_stat("icmp", "opened"), 1);
	vm_wait_stream_count(1);
}
END_TEST

/* ---- With a record meanwhile ---- */

/* A descriptor by which a write to a page can be made to wait; -1: not on this machine. */
static int open_guard(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	ck_assert_msg(fd >= 0, "userfaultfd: %s", strerror(errno));
	if (!ioctl(fd, UFFDIO_API, &api))
		return fd;
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
	return -1;
}

static bool can_guard(void)
{
	int fd = open_guard();

	close(fd);
	return fd >= 0;
}

/* Who writes there waits until we have looked. */
static int guard_page(void *page)
{
	struct uffdio_register where = {
		.range = { (uintptr_t)page, VM_PAGE }, .mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect protect = {
		.range = { (uintptr_t)page, VM_PAGE }, .mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = open_guard();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, UFFDIO_REGISTER, &where), 0);
	ck_assert_int_eq(ioctl(fd, UFFDIO_WRITEPROTECT, &protect), 0);
	return fd;
}

/* It is nowhere, and who waits for it finds that out. */
static void remove_page(int fd, void *page)
{
	struct uffdio_range range = { (uintptr_t)page, VM_PAGE };

	ck_assert_int_eq(munmap(page, VM_PAGE), 0);
	ck_assert_int_eq(ioctl(fd, UFFDIO_WAKE, &range), 0);
}

static void *open_there(void *args)
{
	return (void *)(long)vm_open(vm_fd, ICMP, args);
}

START_TEST(what_came_before_an_open_failed_is_lost_to_nobody)
{
	VM_SKIP_IF(!can_guard(), "userfaultfd has no write protection on this machine");
	struct sockopt_open *args = new_args(), first;
	void *page = (void *)((uintptr_t)args / VM_PAGE * VM_PAGE), *result;
	struct vm_reader witness;
	struct uffd_msg msg;
	pthread_t thread;
	int fault;

	vm_reader_open(&witness, 16, 0, 16);
	vm_fd = vm_raw();
	first = *args;
	fault = guard_page(page);
	ck_assert_int_eq(pthread_create(&thread, NULL, open_there, args), 0);
	ck_assert_int_eq((int)read(fault, &msg, sizeof(msg)), (int)sizeof(msg));
	ck_assert_int_eq(vm_stream_count(), 2);
	queue(&witness, 3);
	ck_assert_int_eq((int)vm_stat("icmp", "lost_full"), 0);
	ck_assert_int_eq((int)vm_stat("icmp", "streams"), 1);
	remove_page(fault, page);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq((int)(long)result, -EFAULT);
	vm_wait_stream_count(1);
	ck_assert_int_eq(vm_open(vm_fd, ICMP, &first), first.fd);
	vm_reader_close(&witness);
	close(first.fd);
	vm_wait_settled();
	ck_assert_int_eq((int)vm_stat("icmp", "opened"), 2);
	ck_assert_int_eq((int)vm_stat("icmp", "lost_full"), 0);
	ck_assert_int_eq((int)vm_stat("icmp", "lost_closed"), 3);
}
END_TEST

Suite *untold_suite(void)
{
	Suite *suite = suite_create("untold");
	TCase *tc = vm_case(suite, "untold", 30, sequence_setup);

	tcase_add_test(tc, an_open_that_cannot_be_told_of_counts_as_none);
	tcase_add_test(tc, what_came_before_an_open_failed_is_lost_to_nobody);
	return suite;
}

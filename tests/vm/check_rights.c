/* SPDX-License-Identifier: MIT */
/*
 * Proves with which capabilities one is served, by a socket, by a stream that is
 * open already and by /proc; and that who is refused has changed nothing.
 */
#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* ---- Capabilities ---- */

static void as_nobody(void)
{
	vm_become_nobody();
	rights_are(vm_fd, -EPERM);
}

START_TEST(nobody_gets_info_and_channel_and_no_more)
{
	vm_texts_put(vm_fd);
	in_child(as_nobody);
	vm_texts_unchanged(vm_fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

static void as_all_but_net_raw(void)
{
	uint64_t rest = all_capabilities() & ~BIT(CAP_NET_RAW);

	set_capabilities(rest, rest);
	rights_are(vm_fd, -EPERM);
}

START_TEST(root_without_net_raw_is_refused)
{
	vm_texts_put(vm_fd);
	in_child(as_all_but_net_raw);
	vm_texts_unchanged(vm_fd);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(net_admin_alone_is_not_enough)
{
	set_capabilities(BIT(CAP_NET_ADMIN), BIT(CAP_NET_ADMIN));
	rights_are(vm_fd, -EPERM);
}
END_TEST

START_TEST(net_raw_alone_is_enough)
{
	set_capabilities(BIT(CAP_NET_RAW), BIT(CAP_NET_RAW));
	rights_are(vm_fd, 0);
}
END_TEST

START_TEST(a_capability_that_is_not_effective_does_not_count)
{
	set_capabilities(0, all_capabilities());
	rights_are(vm_fd, -EPERM);
	set_capabilities(all_capabilities(), all_capabilities());
	rights_are(vm_fd, 0);
}
END_TEST

START_TEST(a_library_that_may_not_open_says_so)
{
	struct sockopt *so;

	vm_become_nobody();
	ck_assert_int_eq(sockopt_open(&so), -EPERM);
}
END_TEST

/* ---- A stream that is open already ---- */

START_TEST(nobody_reads_a_stream_that_he_holds)
{
	struct sockopt_open args;
	struct sockopt_stats stats;
	struct vm_batch batch;
	int stream = vm_stream(vm_fd, 16, &args), sender = vm_sender();
	struct pollfd pfd = { .fd = stream, .events = POLLIN };

	vm_become_nobody();
	vm_batch_init(&batch, args.slot_size, 16);
	vm_echo(sender, "127.0.0.1", 7, 1, 8, 0);
	vm_wait_queued(vm_fd, 2);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLIN);
	ck_assert_int_eq(vm_records(vm_fd, &batch, &args.cursor, 0), 2);
	ck_assert_int_eq(vm_stats(vm_fd, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, 2);
	ck_assert_int_eq(vm_stop(vm_fd, ICMP), 0);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLIN | POLLHUP);
	ck_assert_int_eq(vm_records(vm_fd, &batch, &args.cursor, 0), 0);
	ck_assert_int_eq(do_open(vm_fd), -EPERM);
	vm_batch_free(&batch);
}
END_TEST

/* ---- /proc ---- */

START_TEST(nobody_reads_stats_and_no_other_file)
{
	char buf[4096];

	vm_texts_put(vm_fd);
	vm_become_nobody();
	ck_assert_int_gt(vm_read(VM_STATS, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_read(VM_STREAMS, buf, sizeof(buf)), -EACCES);
	ck_assert_int_eq(vm_read(VM_MESSAGE, buf, sizeof(buf)), -EACCES);
}
END_TEST

static void write_as_nobody(void)
{
	vm_become_nobody();
	ck_assert_int_eq(vm_write(VM_MESSAGE, "x", 1), -EACCES);
	ck_assert_int_eq(open(VM_MESSAGE, O_RDWR | O_CLOEXEC), -1);
	ck_assert_int_eq(errno, EACCES);
}

START_TEST(nobody_cannot_open_message_for_writing)
{
	vm_texts_put(vm_fd);
	in_child(write_as_nobody);
	vm_texts_unchanged(vm_fd);
}
END_TEST

static int message_fd;

static void write_what_root_opened(void)
{
	char buf[256];

	vm_become_nobody();
	ck_assert_int_eq(write(message_fd, "passed on", 9), 9);
	ck_assert_int_gt(read(message_fd, buf, sizeof(buf)), 0);
}

START_TEST(message_that_root_opened_is_written_by_nobody)
{
	char text[64] = { 0 };

	vm_texts_put(vm_fd);
	message_fd = open(VM_MESSAGE, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(message_fd, 0);
	in_child(write_what_root_opened);
	ck_assert_int_eq(vm_text_get(vm_fd, text, sizeof(text)), 9);
	ck_assert_str_eq(text, "passed on");
}
END_TEST

/* A program with rights must not be a tool of one without, by its standard output. */
START_TEST(message_that_somebody_without_rights_opened_is_not_written_by_root)
{
	uint64_t all = all_capabilities();

	vm_texts_put(vm_fd);
	set_capabilities(all & ~BIT(CAP_NET_RAW), all);
	message_fd = open(VM_MESSAGE, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(message_fd, 0);
	set_capabilities(all, all);
	ck_assert_int_eq(write(message_fd, "x", 1), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "the kernel keeps this", 21), 21);
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* ---- Suite ---- */

static void add_capabilities(TCase *tc)
{
	tcase_add_test(tc, nobody_gets_info_and_channel_and_no_more);
	tcase_add_test(tc, root_without_net_raw_is_refused);
	tcase_add_test(tc, net_admin_alone_is_not_enough);
	tcase_add_test(tc, net_raw_alone_is_enough);
	tcase_add_test(tc, a_capability_that_is_not_effective_does_not_count);
	tcase_add_test(tc, a_library_that_may_not_open_says_so);
	tcase_add_test(tc, nobody_reads_a_stream_that_he_holds);
}

static void add_proc(TCase *tc)
{
	tcase_add_test(tc, nobody_reads_stats_and_no_other_file);
	tcase_add_test(tc, nobody_cannot_open_message_for_writing);
	tcase_add_test(tc, message_that_root_opened_is_written_by_nobody);
	tcase_add_test(tc, message_that_somebody_without_rights_opened_is_not_written_by_root);
}

Suite *rights_suite(void)
{
	Suite *suite = suite_create("rights");

	add_capabilities(access_case(suite, "capabilities", access_setup));
	add_proc(access_case(suite, "proc", access_setup));
	return suite;
}

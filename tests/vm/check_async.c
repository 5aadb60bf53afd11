/* SPDX-License-Identifier: MIT */
/*
 * Proves that O_ASYNC brings SIGIO where a sleeper would be woken, and no more; and
 * that what /proc shows of a descriptor is what the stream is and has counted.
 */
#include "sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- SIGIO ---- */

static struct vm_reader ring;

/* Signals are blocked and taken one by one; a real-time one keeps their number. */
static void ask_for_signals(int fd, int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigaddset(&set, SIGIO);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(fcntl(fd, F_SETSIG, number), 0);
	ck_assert_int_eq(fcntl(fd, F_SETOWN, getpid()), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_ASYNC), 0);
}

/* The next signal within ms, or 0. */
static int signal_within(int number, int ms, siginfo_t *info)
{
	struct timespec timeout = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, number);
	got = sigtimedwait(&set, info, &timeout);
	return got < 0 ? 0 : got;
}

static void open_waking(uint32_t wake_records, uint32_t delay_us)
{
	vm_reader_open(&ring, 64, 0, 64);
	close(ring.stream);
	ring.open = vm_open_args();
	ring.open.slots = 64;
	ring.open.wake_records = wake_records;
	ring.open.wake_delay_us = delay_us;
	ring.stream = vm_open(ring.sock, ICMP, &ring.open);
	ck_assert_int_ge(ring.stream, 0);
	ring.cursor = ring.open.cursor;
}

START_TEST(each_record_brings_a_signal_that_names_the_descriptor)
{
	siginfo_t info;
	int i;

	open_waking(1, 0);
	ask_for_signals(ring.stream, SIGRTMIN);
	ck_assert_int_eq(signal_within(SIGRTMIN, 0, &info), 0);
	for (i = 0; i < 5; i++) {
		send_more(1);
		ck_assert_int_eq(signal_within(SIGRTMIN, 5000, &info), SIGRTMIN);
		ck_assert_int_eq(info.si_fd, ring.stream);
		ck_assert(info.si_band & POLLIN);
		ck_assert_int_eq(signal_within(SIGRTMIN, 0, &info), 0);
	}
}
END_TEST

START_TEST(plain_sigio_comes_without_a_number_of_ones_own)
{
	siginfo_t info;

	open_waking(1, 0);
	ask_for_signals(ring.stream, 0);
	send_more(1);
	ck_assert_int_eq(signal_within(SIGIO, 5000, &info), SIGIO);
}
END_TEST

START_TEST(a_signal_comes_for_so_many_records_as_the_wake_up_asks)
{
	siginfo_t info;
	int i;

	open_waking(4, SOCKOPT_WAKE_DELAY_NONE);
	ask_for_signals(ring.stream, SIGRTMIN);
	for (i = 0; i < 3; i++) {
		queue(&ring, 3);
		ck_assert_int_eq(signal_within(SIGRTMIN, 50, &info), 0);
		queue(&ring, 1);
		ck_assert_int_eq(signal_within(SIGRTMIN, 5000, &info), SIGRTMIN);
	}
}
END_TEST

START_TEST(the_end_of_stream_brings_a_signal)
{
	siginfo_t info;

	open_waking(4, SOCKOPT_WAKE_DELAY_NONE);
	ask_for_signals(ring.stream, SIGRTMIN);
	ck_assert_int_eq(vm_stop(ring.sock, ICMP), 0);
	ck_assert_int_eq(signal_within(SIGRTMIN, 5000, &info), SIGRTMIN);
	ck_assert(info.si_band & POLLHUP);
}
END_TEST

START_TEST(without_o_async_there_is_no_signal)
{
	siginfo_t info;

	open_waking(1, 0);
	ask_for_signals(ring.stream, SIGRTMIN);
	ck_assert_int_eq(fcntl(ring.stream, F_SETFL, 0), 0);
	queue(&ring, 3);
	ck_assert_int_eq(signal_within(SIGRTMIN, 50, &info), 0);
}
END_TEST

/* ---- /proc/self/fdinfo ---- */

static char info[4096];

static void read_info(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", ring.stream);
	ck_assert_int_gt(vm_read(path, info, sizeof(info)), 0);
}

/* What stands behind "sockopt-NAME:" and its tab, up to the end of the line. */
static const char *told(const char *name)
{
	static char value[64];
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\nsockopt-%s:\t", name);
	at = strstr(info, key);
	ck_assert_msg(at != NULL, "no %s in\n%s", name, info);
	ck_assert_int_eq(sscanf(at + strlen(key), "%63[^\n]", value), 1);
	return value;
}

static void expect_number(const char *name, uint64_t number)
{
	ck_assert_msg(strtoull(told(name), NULL, 10) == number, "%s is %s, not %" PRIu64,
		      name, told(name), number);
}

START_TEST(the_link_names_the_channel)
{
	char path[64], link[64];
	ssize_t len;

	open_waking(1, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ring.stream);
	len = readlink(path, link, sizeof(link) - 1);
	ck_assert_int_gt(len, 0);
	link[len] = 0;
	ck_assert_str_eq(link, "anon_inode:[sockopt:icmp]");
}
END_TEST

START_TEST(fdinfo_tells_channel_and_geometry)
{
	open_waking(5, 777);
	read_info();
	ck_assert_str_eq(told("channel"), "icmp");
	expect_number("slots", 64);
	expect_number("slot-size", 128);
	expect_number("snaplen", 96);
	expect_number("wake-records", 5);
	expect_number("wake-delay-us", 777);
	expect_number("mapped", 0);
	ck_assert_str_eq(told("state"), "open");
}
END_TEST

/* By what was sent, what was read, and what the other two places say. */
START_TEST(fdinfo_stats_and_proc_count_what_was_sent_and_read)
{
	char streams[4096], line[512];

	open_waking(1, 0);
	queue(&ring, 100);
	take_run(&ring, 0, 64);
	vm_expect_nothing(&ring);
	queue(&ring, 10);
	expect_stats(&ring, 64, 10, 36);
	read_info();
	expect_number("seen", 110);
	expect_number("filtered", 0);
	expect_number("delivered", 64);
	expect_number("pending", 10);
	expect_number("lost", 36);
	expect_number("lost-full", 36);
	expect_number("lost-busy", 0);
	snprintf(line, sizeof(line), "icmp %lu %d 0 64 96 110 0 64 10 36 0 open\n",
		 vm_inode(ring.sock), getpid());
	ck_assert_int_gt(vm_read(VM_STREAMS, streams, sizeof(streams)), 0);
	ck_assert_msg(strstr(streams, line) != NULL, "no '%s' in\n%s", line, streams);
	ck_assert_int_eq(vm_reader_take(&ring), 10);
	ck_assert_uint_eq(vm_record(&ring.batch, 0)->lost, 36);
	ck_assert_int_eq(vm_stop(ring.sock, ICMP), 0);
	read_info();
	ck_assert_str_eq(told("state"), "ended");
}
END_TEST

Suite *async_suite(void)
{
	Suite *suite = suite_create("async");
	TCase *tc = vm_case(suite, "sigio", 20, sequence_setup);

	tcase_add_test(tc, each_record_brings_a_signal_that_names_the_descriptor);
	tcase_add_test(tc, plain_sigio_comes_without_a_number_of_ones_own);
	tcase_add_test(tc, a_signal_comes_for_so_many_records_as_the_wake_up_asks);
	tcase_add_test(tc, the_end_of_stream_brings_a_signal);
	tcase_add_test(tc, without_o_async_there_is_no_signal);
	tc = vm_case(suite, "fdinfo", 20, sequence_setup);
	tcase_add_test(tc, the_link_names_the_channel);
	tcase_add_test(tc, fdinfo_tells_channel_and_geometry);
	tcase_add_test(tc, fdinfo_stats_and_proc_count_what_was_sent_and_read);
	return suite;
}

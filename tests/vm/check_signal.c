/* SPDX-License-Identifier: MIT */
/*
 * Proves that RECORDS does not sleep when it need not, and that a timeout or a
 * signal ends its sleep without losing a record.
 */
#include "sleeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>

/* ---- Not sleeping ---- */

START_TEST(records_that_are_there_are_brought_without_sleeping)
{
	int i;

	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 4);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 2);
}
END_TEST

START_TEST(dontwait_does_not_sleep)
{
	expect_nothing();
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_nonblocking_socket_does_not_sleep)
{
	int flags = fcntl(reader.sock, F_GETFL);

	ck_assert_int_eq(fcntl(reader.sock, F_SETFL, flags | O_NONBLOCK), 0);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	ping();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 1);
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	ck_assert_int_eq(fcntl(reader.sock, F_SETFL, flags), 0);
	ping();
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), 1);
}
END_TEST

/* ---- Timeouts ---- */

/* SO_RCVTIMEO counts in ticks, and a busy machine may be late with them. */
#define TICKS_MS 20

START_TEST(the_receive_timeout_ends_records_and_not_before)
{
	static const int timeouts[] = { 1, 50, 150 };
	int ms = timeouts[_i];
	int64_t start;

	set_timeout(ms);
	start = now_us();
	ck_assert_int_eq(vm_records(reader.sock, &reader.batch, &reader.cursor, 0), -EAGAIN);
	expect_elapsed(start, ms, TICKS_MS);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_packet_before_the_timeout_is_brought)
{
	struct sleeper *sleeper;

	set_timeout(60000);
	sleeper = put_to_sleep(new_sleeper(call_records, false));
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
}
END_TEST

START_TEST(dontwait_goes_before_the_timeout)
{
	int64_t start = now_us();

	set_timeout(60000);
	expect_nothing();
	ck_assert_int_lt(now_us() - start, 10000000);
}
END_TEST

/* ---- Signals ---- */

static bool had_signal(void *arg)
{
	return __atomic_load_n(&((struct sleeper *)arg)->signals, __ATOMIC_ACQUIRE) > 0;
}

START_TEST(a_signal_interrupts_records_and_nothing_is_lost)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_records, 0));

	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ck_assert_int_eq(sleeper->signals, 1);
	ping();
	vm_wait_queued(reader.sock, 1);
	take(0, 1);
	expect_nothing();
}
END_TEST

START_TEST(a_signal_with_sa_restart_lets_records_go_on)
{
	struct sleeper *sleeper = put_to_sleep(sleep_with_handler(call_records, SA_RESTART));

	send_signal(sleeper);
	vm_wait(had_signal, sleeper, "the handler");
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
	ck_assert_int_eq(sleeper->signals, 1);
}
END_TEST

START_TEST(a_process_that_is_stopped_and_continued_sleeps_on)
{
	struct sleeper *sleeper = put_to_sleep(new_sleeper(call_records, false));

	ck_assert_int_eq(kill(sleeper->pid, SIGSTOP), 0);
	vm_wait(is_stopped, sleeper, "a process to be stopped");
	ck_assert_int_eq(kill(sleeper->pid, SIGCONT), 0);
	expect_asleep(sleeper);
	ping();
	ck_assert_int_eq(wake(sleeper), 1);
	ck_assert_int_eq(sleeper->first, 0);
}
END_TEST

/* As recv(2): a timeout would start anew, so it is not restarted. */
START_TEST(a_signal_interrupts_records_with_a_timeout_even_with_sa_restart)
{
	struct sleeper *sleeper;

	set_timeout(60000);
	sleeper = put_to_sleep(sleep_with_handler(call_records, _i ? SA_RESTART : 0));
	send_signal(sleeper);
	ck_assert_int_eq(wake(sleeper), -EINTR);
	ck_assert_int_eq(sleeper->signals, 1);
}
END_TEST

/* ---- Suite ---- */

Suite *signal_suite(void)
{
	Suite *suite = suite_create("signal");
	TCase *tc = vm_case(suite, "limits", 20, sleeper_setup);

	tcase_add_test(tc, records_that_are_there_are_brought_without_sleeping);
	tcase_add_test(tc, dontwait_does_not_sleep);
	tcase_add_test(tc, a_nonblocking_socket_does_not_sleep);
	tcase_add_loop_test(tc, the_receive_timeout_ends_records_and_not_before, 0, 3);
	tcase_add_test(tc, a_packet_before_the_timeout_is_brought);
	tcase_add_test(tc, dontwait_goes_before_the_timeout);
	tcase_add_test(tc, a_signal_interrupts_records_and_nothing_is_lost);
	tcase_add_test(tc, a_signal_with_sa_restart_lets_records_go_on);
	tcase_add_test(tc, a_process_that_is_stopped_and_continued_sleeps_on);
	tcase_add_loop_test(tc, a_signal_interrupts_records_with_a_timeout_even_with_sa_restart,
			    0, 2);
	return suite;
}

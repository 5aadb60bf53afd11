/* SPDX-License-Identifier: MIT */
/*
 * Proves that a channel of another kernel module is served: records from process
 * context, softirq and hard interrupts, texts, refusals, and its end while programs
 * wait. The module is tests/vm/publisher.
 */
#include "publisher.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "room.h"

#define WORDS 64
#define SNAPLEN (WORDS * 4)
#define ROOM 256

static uint32_t number_of(unsigned int i)
{
	uint32_t number;

	memcpy(&number, sockopt_record_data(vm_record(&publisher.batch, i)), sizeof(number));
	return number;
}

static void expect_record(unsigned int i, uint32_t number)
{
	const struct sockopt_record *rec = vm_record(&publisher.batch, i);
	const uint8_t *data = sockopt_record_data(rec);
	unsigned int word;

	ck_assert_uint_eq(rec->len, SNAPLEN);
	ck_assert_uint_eq(rec->caplen, SNAPLEN);
	ck_assert_uint_eq(rec->flags, 0);
	ck_assert_uint_eq(rec->kind, SOCKOPT_KIND_BYTES);
	ck_assert_uint_eq(rec->family, AF_INET6);
	ck_assert_uint_eq(rec->offset, 7);
	ck_assert_uint_eq(rec->ifindex, 9);
	ck_assert_uint_gt(rec->time, UINT64_C(1500000000000000000));
	for (word = 0; word < WORDS; word++)
		ck_assert_mem_eq(data + 4 * word, &number, 4);
}

static void expect_records(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		expect_record(i, i);
}

/* ---- Records ---- */

START_TEST(the_channel_has_the_properties_that_its_module_gave)
{
	ck_assert_uint_gt(publisher.channel.id, ICMP);
	ck_assert_uint_ne(publisher.channel.generation, 0);
	ck_assert_uint_eq(publisher.channel.flags,
			  SOCKOPT_CHANNEL_F_TEXTS | SOCKOPT_CHANNEL_F_RECORDS);
	ck_assert_uint_eq(publisher.channel.snaplen, 16);
	ck_assert_uint_eq(publisher.channel.snaplen_max, 1024);
}
END_TEST

static const char *const ways[] = { "process 100", "softirq 100", "irq 100" };

START_TEST(records_of_every_context_arrive_whole_and_in_order)
{
	publisher_subscribe(128, SNAPLEN, ROOM);
	publisher_commanded(ways[_i]);
	ck_assert_int_eq(publisher_take_now(), 100);
	expect_records(100);
	ck_assert_int_eq(publisher_take_now(), -EAGAIN);
}
END_TEST

START_TEST(the_default_snap_length_cuts_and_says_so)
{
	publisher_subscribe(0, 0, ROOM);
	ck_assert_uint_eq(publisher.opened.snaplen, 16);
	publisher_commanded("process 1");
	ck_assert_int_eq(publisher_take(0), 1);
	ck_assert_uint_eq(vm_record(&publisher.batch, 0)->len, SNAPLEN);
	ck_assert_uint_eq(vm_record(&publisher.batch, 0)->caplen, 16);
	ck_assert_uint_eq(vm_record(&publisher.batch, 0)->flags, SOCKOPT_RECORD_F_TRUNCATED);
}
END_TEST

static void take_one(void *arg)
{
	(void)arg;
	ck_assert_int_eq(publisher_take(0), 1);
	expect_record(0, 0);
}

static const char *const single[] = { "process 1", "softirq 1", "irq 1" };

START_TEST(a_sleeping_reader_is_woken_from_every_context)
{
	pid_t reader;

	publisher_subscribe(16, SNAPLEN, ROOM);
	reader = vm_fork(take_one, NULL);
	vm_wait_asleep(reader);
	publisher_commanded(single[_i]);
	vm_join(reader);
}
END_TEST

static void poll_one(void *arg)
{
	struct pollfd pfd = { .fd = publisher.stream, .events = POLLIN };

	(void)arg;
	ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
	ck_assert_int_eq(pfd.revents, POLLIN);
}

START_TEST(a_sleeping_poll_is_woken_from_every_context)
{
	pid_t reader;

	publisher_subscribe(16, SNAPLEN, ROOM);
	reader = vm_fork(poll_one, NULL);
	vm_wait_asleep(reader);
	publisher_commanded(single[_i]);
	vm_join(reader);
}
END_TEST

static void publish_ten_thousand(void *arg)
{
	(void)arg;
	publisher_commanded("process 10000");
}

/* Numbers are given once; two publishers may enter them in either order. */
START_TEST(two_publishers_and_an_interrupt_lose_nothing_that_is_not_counted)
{
	static uint8_t seen[20000 + 500];
	struct sockopt_stats stats;
	unsigned int got = 0, i;
	pid_t publishers[2];
	int n;

	publisher_subscribe(64, SNAPLEN, ROOM);
	for (i = 0; i < 2; i++)
		publishers[i] = vm_fork(publish_ten_thousand, NULL);
	for (i = 0; i < 500; i++)
		publisher_commanded("irq 1");
	while ((n = publisher_take_now()) > 0 || waitpid(-1, NULL, WNOHANG) >= 0)
		for (i = 0; n > 0 && i < (unsigned int)n; i++, got++) {
			ck_assert_uint_lt(number_of(i), sizeof(seen));
			ck_assert_uint_eq(seen[number_of(i)]++, 0);
			expect_record(i, number_of(i));
		}
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_eq(stats.seen, 20500);
	ck_assert_uint_eq(stats.lost + got, 20500);
	ck_assert_uint_gt(got, 0);
	(void)publishers;
}
END_TEST

static void expect_two_types(void)
{
	publisher_subscribe_types((const int[]){ 3, 255, -1 }, ROOM);
	publisher_commanded("process 256");
	ck_assert_int_eq(publisher_take_now(), 2);
	ck_assert_uint_eq(number_of(0), 3);
	ck_assert_uint_eq(number_of(1), 255);
}

START_TEST(types_select_the_records_of_any_channel)
{
	expect_two_types();
}
END_TEST

START_TEST(types_select_the_records_of_any_channel_for_the_second_stream_too)
{
	publisher_subscribe_types((const int[]){ 3, -1 }, ROOM);
	publisher.sock = vm_raw();
	expect_two_types();
}
END_TEST

START_TEST(records_reach_the_namespace_they_are_published_in_and_no_other)
{
	int here, there;

	publisher_subscribe(16, SNAPLEN, ROOM);
	here = publisher.sock;
	vm_new_netns();
	there = vm_raw();
	publisher.sock = there;
	publisher_commanded("process 5");
	publisher.sock = here;
	ck_assert_int_eq(publisher_take_now(), -EAGAIN);
	publisher_commanded("process 1");
	ck_assert_int_eq(publisher_take_now(), 1);
	expect_record(0, 5);
}
END_TEST

/* ---- Refusals, ends ---- */

static int command_to_fail(const char *word, int error)
{
	char text[32];

	snprintf(text, sizeof(text), "%s %d", word, error);
	return publisher_command(text);
}

static void refuse(int error)
{
	ck_assert_int_eq(command_to_fail("refuse", error), 0);
}

START_TEST(a_start_that_fails_fails_the_open_and_leaves_no_stream)
{
	struct sockopt_open args = vm_open_args();

	refuse(EUCLEAN);
	ck_assert_int_eq(vm_open(publisher.sock, publisher.channel.id, &args), -EUCLEAN);
	ck_assert_int_eq(args.fd, -1);
	ck_assert_int_eq(vm_stream_count(), 0);
	publisher_commanded("accept");
	publisher_subscribe(16, SNAPLEN, ROOM);
	ck_assert_int_eq(vm_stream_count(), 1);
}
END_TEST

/* Which would say that there is no module. */
START_TEST(a_channel_cannot_say_that_there_is_no_option)
{
	struct sockopt_open args = vm_open_args();

	refuse(ENOPROTOOPT);
	ck_assert_int_eq(vm_open(publisher.sock, publisher.channel.id, &args), -EOPNOTSUPP);
	ck_assert_int_eq(command_to_fail("fail", ENOPROTOOPT), -EOPNOTSUPP);
	ck_assert_int_eq(command_to_fail("fail", EUCLEAN), -EUCLEAN);
}
END_TEST

START_TEST(a_registration_that_makes_no_sense_is_refused)
{
	publisher_commanded("misuse");
}
END_TEST

/* Each has half a MiB to reserve in, for two processors. */
START_TEST(a_registration_that_is_refused_costs_no_memory)
{
	const long margin_kb = 4096;
	long limit;
	int i;

	publisher_commanded("misuse");
	limit = vm_kernel_kb() + margin_kb;
	for (i = 0; i < 50; i++)
		publisher_commanded("misuse");
	vm_wait_kernel_kb(limit);
}
END_TEST

/* The memory of an OPEN that failed is there a moment longer, and so it counts. */
START_TEST(an_open_that_fails_after_all_counts_until_its_memory_is_free)
{
	struct sockopt_open args;
	int tries, ret = -EUCLEAN;

	allow_one_big_ring();
	close(publisher.sock);
	publisher.sock = vm_raw();
	refuse(EUCLEAN);
	for (tries = 0; ret == -EUCLEAN && tries < 100; tries++) {
		args = vm_open_args();
		args.slots = BIG_SLOTS;
		args.snaplen = 96;
		ret = vm_open(publisher.sock, publisher.channel.id, &args);
	}
	ck_assert_int_gt(tries, 1);
	ck_assert_int_eq(ret, -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 0);
	wait_until_a_big_ring_fits();
	vm_sysctls_reset();
}
END_TEST

static void read_to_the_end(void *arg)
{
	(void)arg;
	ck_assert_int_eq(publisher_take(0), 0);
}

static int get_own_text(char *buf, size_t size)
{
	socklen_t len = (socklen_t)size;

	return vm_get(publisher.sock, publisher.channel.id, SOCKOPT_TEXT, buf, &len);
}

/* CAP_NET_RAW opens the socket, and is all that it takes for the channels of the core. */
START_TEST(a_channel_that_asks_for_net_admin_is_not_spoken_to_with_net_raw)
{
	uint64_t all = all_capabilities();
	char buf[64];

	set_capabilities(UINT64_C(1) << CAP_NET_RAW, all);
	publisher.sock = vm_raw();
	ck_assert_int_eq(publisher_command("accept"), -EPERM);
	ck_assert_int_eq(get_own_text(buf, sizeof(buf)), -EPERM);
	ck_assert_int_eq(vm_text_get(publisher.sock, buf, sizeof(buf)), sizeof(VM_GREETING) - 1);
	set_capabilities(all, all);
}
END_TEST

START_TEST(what_a_handler_did_not_write_of_its_reply_is_zero)
{
	static char buf[SOCKOPT_TEXT_MAX], zeros[SOCKOPT_TEXT_MAX];
	size_t room = vm_sizes[_i];

	publisher_commanded("boast");
	memset(buf, VM_CANARY, sizeof(buf));
	ck_assert_int_eq(get_own_text(buf, room), 0);
	ck_assert_mem_eq(buf, zeros, room);
}
END_TEST

START_TEST(a_channel_that_goes_ends_its_streams_and_wakes_who_waits)
{
	struct pollfd pfd = { .events = POLLIN };
	pid_t reader;

	publisher_subscribe(16, SNAPLEN, ROOM);
	reader = vm_fork(read_to_the_end, NULL);
	vm_wait_asleep(reader);
	ck_assert_int_eq(publisher_remove(), 0);
	vm_join(reader);
	pfd.fd = publisher.stream;
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLIN | POLLHUP);
}
END_TEST

START_TEST(what_was_queued_is_read_after_the_channel_has_gone)
{
	struct sockopt_stats stats;

	publisher_subscribe(16, SNAPLEN, ROOM);
	publisher_commanded("process 3");
	ck_assert_int_eq(publisher_remove(), 0);
	ck_assert_int_eq(publisher_take(0), 3);
	expect_records(3);
	ck_assert_int_eq(publisher_take(0), 0);
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_eq(stats.delivered, 3);
	ck_assert_uint_eq(stats.flags, SOCKOPT_STATS_F_ENDED);
}
END_TEST

START_TEST(a_channel_that_has_gone_is_stale_and_its_id_is_not_given_away)
{
	struct sockopt_open args = vm_open_args();
	struct sockopt_channel before = publisher.channel;

	publisher_subscribe(16, SNAPLEN, ROOM);
	ck_assert_int_eq(publisher_remove(), 0);
	ck_assert_int_eq(publisher_command("accept"), -ESTALE);
	ck_assert_int_eq(vm_open(publisher.sock, publisher.channel.id, &args), -ESTALE);
	ck_assert_int_eq(publisher_insert(), 0);
	publisher_look_up();
	ck_assert_uint_ne(publisher.channel.id, before.id);
	ck_assert_uint_ne(publisher.channel.generation, before.generation);
	publisher.channel.id = before.id;
	ck_assert_int_eq(publisher_command("accept"), -ESTALE);
	ck_assert_int_eq(publisher_take(0), 0);
}
END_TEST

/* Early in the suite: the core keeps the first ids in a place of their own, too. */
START_TEST(the_id_of_a_channel_that_has_gone_stays_stale_while_others_come_and_go)
{
	int i;

	ck_assert_int_eq(publisher_remove(), 0);
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(publisher_insert(), 0);
		ck_assert_int_eq(publisher_command("accept"), -ESTALE);
		ck_assert_int_eq(publisher_remove(), 0);
		ck_assert_int_eq(publisher_command("accept"), -ESTALE);
	}
}
END_TEST

static void sleep_in_the_handler(void *arg)
{
	(void)arg;
	publisher_command("sleep");
}

static void remove_while_one_sleeps(void *arg)
{
	(void)arg;
	ck_assert_int_eq(publisher_remove(), 0);
}

static bool has_no_channel(void *arg)
{
	struct sockopt_channel ask = { .size = sizeof(ask), .name = "publisher" };
	socklen_t len = sizeof(ask);

	(void)arg;
	return vm_get(publisher.sock, SOCKOPT_CHANNEL_CORE, SOCKOPT_CHANNEL, &ask, &len) == -ENOENT;
}

/* No new caller gets in; the one inside keeps the module's code. */
START_TEST(a_channel_waits_for_those_who_are_in_its_handler)
{
	pid_t sleeper, remover;

	sleeper = vm_fork(sleep_in_the_handler, NULL);
	vm_wait_asleep(sleeper);
	remover = vm_fork(remove_while_one_sleeps, NULL);
	vm_wait(has_no_channel, NULL, "the channel to be taken off the list");
	ck_assert_int_eq(publisher_command("accept"), -ESTALE);
	ck_assert_int_eq(waitpid(remover, NULL, WNOHANG), 0);
	vm_kill(sleeper);
	vm_join(remover);
	ck_assert_int_ne(access("/sys/module/publisher", F_OK), 0);
}
END_TEST

START_TEST(a_channel_comes_and_goes_a_hundred_times_with_a_stream_and_traffic)
{
	int i, raw;

	for (i = 0; i < 100; i++) {
		publisher_subscribe(2, SNAPLEN, ROOM);
		publisher_commanded("process 3");
		ck_assert_int_eq(publisher_remove(), 0);
		ck_assert_int_eq(publisher_take(0), 2);
		close(publisher.stream);
		vm_batch_free(&publisher.batch);
		raw = publisher.sock;
		publisher.sock = vm_raw();
		close(raw);
		ck_assert_int_eq(publisher_insert(), 0);
		publisher_look_up();
	}
}
END_TEST

Suite *publisher_suite(void)
{
	Suite *suite = suite_create("publisher");
	TCase *tc = tcase_create("publisher");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_test(tc, the_channel_has_the_properties_that_its_module_gave);
	tcase_add_test(tc, the_id_of_a_channel_that_has_gone_stays_stale_while_others_come_and_go);
	tcase_add_loop_test(tc,
		records_of_every_context_arrive_whole_and_in_order, 0, 3);
	tcase_add_test(tc, the_default_snap_length_cuts_and_says_so);
	tcase_add_loop_test(tc,
		a_sleeping_reader_is_woken_from_every_context, 0, 3);
	tcase_add_loop_test(tc,
		a_sleeping_poll_is_woken_from_every_context, 0, 3);
	tcase_add_test(tc, two_publishers_and_an_interrupt_lose_nothing_that_is_not_counted);
	tcase_add_test(tc, types_select_the_records_of_any_channel);
	tcase_add_test(tc, types_select_the_records_of_any_channel_for_the_second_stream_too);
	tcase_add_test(tc, records_reach_the_namespace_they_are_published_in_and_no_other);
	tcase_add_test(tc, a_start_that_fails_fails_the_open_and_leaves_no_stream);
	tcase_add_test(tc, a_channel_cannot_say_that_there_is_no_option);
	tcase_add_test(tc, a_registration_that_makes_no_sense_is_refused);
	tcase_add_test(tc, a_registration_that_is_refused_costs_no_memory);
	tcase_add_test(tc, an_open_that_fails_after_all_counts_until_its_memory_is_free);
	tcase_add_test(tc, a_channel_that_asks_for_net_admin_is_not_spoken_to_with_net_raw);
	tcase_add_loop_test(tc, what_a_handler_did_not_write_of_its_reply_is_zero,
			    0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, a_channel_that_goes_ends_its_streams_and_wakes_who_waits);
	tcase_add_test(tc, what_was_queued_is_read_after_the_channel_has_gone);
	tcase_add_test(tc, a_channel_that_has_gone_is_stale_and_its_id_is_not_given_away);
	tcase_add_test(tc, a_channel_waits_for_those_who_are_in_its_handler);
	tcase_add_test(tc, a_channel_comes_and_goes_a_hundred_times_with_a_stream_and_traffic);
	suite_add_tcase(suite, tc);
	return suite;
}

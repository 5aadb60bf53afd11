/* SPDX-License-Identifier: MIT */
/*
 * Proves that a subscriber which is killed, whatever it does at that time, leaves
 * no stream and no memory behind.
 */
#include "room.h"

#include <sys/resource.h>
#include <unistd.h>

/* A subscriber: opens a ring as large as the limit allows, says so, goes on. */
struct subscriber {
	int pair[2];
	void (*go_on)(int raw, int fd, struct sockopt_open *args);
};

static void subscribe(void *arg)
{
	struct subscriber *subscriber = arg;
	struct sockopt_open args;
	int raw = vm_raw(), fd = big_stream(raw, &args);

	vm_pass(subscriber->pair[1], NULL, 0);
	subscriber->go_on(raw, fd, &args);
}

static pid_t start_subscriber(void (*go_on)(int raw, int fd, struct sockopt_open *args))
{
	struct subscriber subscriber = { .go_on = go_on };
	pid_t child;

	vm_pair(subscriber.pair);
	child = vm_fork(subscribe, &subscriber);
	close(subscriber.pair[1]);
	vm_receive(subscriber.pair[0], NULL, 0);
	close(subscriber.pair[0]);
	return child;
}

static void block_in_records(int raw, int fd, struct sockopt_open *args)
{
	struct vm_batch batch;

	(void)fd;
	vm_batch_init(&batch, args->slot_size, 16);
	vm_records(raw, &batch, &args->cursor, 0);
}

static void block_in_poll(int raw, int fd, struct sockopt_open *args)
{
	(void)raw;
	(void)args;
	vm_events(fd, -1);
}

static void look_away(int raw, int fd, struct sockopt_open *args)
{
	(void)raw;
	(void)fd;
	(void)args;
	for (;;)
		pause();
}

static void read_for_ever(int raw, int fd, struct sockopt_open *args)
{
	struct vm_batch batch;

	(void)fd;
	vm_batch_init(&batch, args->slot_size, 16);
	while (vm_records(raw, &batch, &args->cursor, 0) >= 0)
		;
}

static void kill_subscriber(pid_t child)
{
	ck_assert_int_eq(vm_stream_count(), 1);
	assert_full();
	vm_kill(child);
	vm_wait_stream_count(0);
	wait_until_a_big_ring_fits();
	vm_wait_rings_gone();
}

START_TEST(a_subscriber_killed_while_it_blocks_in_records_leaves_nothing)
{
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(block_in_records);
	vm_wait_asleep(child);
	kill_subscriber(child);
}
END_TEST

START_TEST(a_subscriber_killed_while_it_blocks_in_poll_leaves_nothing)
{
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(block_in_poll);
	vm_wait_asleep(child);
	kill_subscriber(child);
}
END_TEST

static bool is_pending(void *arg)
{
	return vm_stat("icmp", "pending") >= *(long long *)arg;
}

START_TEST(a_subscriber_killed_with_unread_records_leaves_nothing_but_their_count)
{
	long long two = 2;
	pid_t child;

	allow_one_big_ring();
	child = start_subscriber(look_away);
	vm_ping_self(1, 1);
	vm_wait(is_pending, &two, "unread records");
	kill_subscriber(child);
	ck_assert_int_eq(vm_stat("icmp", "lost_closed"), 2);
	ck_assert_int_eq(vm_stat("icmp", "pending"), 0);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

static bool is_delivered(void *arg)
{
	return vm_stat("icmp", "delivered") >= *(long long *)arg;
}

START_TEST(a_subscriber_killed_under_traffic_leaves_nothing)
{
	pid_t pinger, child;
	long long wanted;
	int i;

	allow_one_big_ring();
	pinger = vm_fork(vm_ping_for_ever, NULL);
	for (i = 0; i < 10; i++) {
		child = start_subscriber(read_for_ever);
		wanted = vm_stat("icmp", "delivered") + 20;
		vm_wait(is_delivered, &wanted, "records to be read");
		kill_subscriber(child);
	}
	vm_kill(pinger);
}
END_TEST

/* 50 rings of 4 MiB: the margin is two of them. */
START_TEST(fifty_killed_subscribers_give_their_memory_back)
{
	const long margin_kb = 8192;
	long before;
	int i;

	wait_until_a_big_ring_fits();
	vm_wait_rings_gone();
	before = vm_available_kb() - margin_kb;
	for (i = 0; i < 50; i++)
		vm_kill(start_subscriber(look_away));
	vm_wait_stream_count(0);
	vm_wait_rings_gone();
	vm_wait_available_kb(before);
}
END_TEST

static void hold_a_thousand(void *arg)
{
	const struct rlimit limit = { 4096, 4096 };
	struct sockopt_open args;
	int i;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (i = 0; i < 1000; i++)
		vm_stream(vm_raw(), 2u << i % 6, &args);
	vm_pass(*(int *)arg, NULL, 0);
	for (;;)
		pause();
}

START_TEST(a_killed_process_with_a_thousand_streams_leaves_nothing)
{
	int pair[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(hold_a_thousand, &pair[1]);
	close(pair[1]);
	vm_receive(pair[0], NULL, 0);
	ck_assert_int_eq(vm_stream_count(), 1000);
	vm_ping_self(1, 1);
	ck_assert(vm_has_rings());
	vm_kill(child);
	ck_assert_int_eq(vm_stream_count(), 0);
	vm_wait_rings_gone();
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
}
END_TEST

Suite *kill_suite(void)
{
	Suite *suite = suite_create("kill");
	TCase *tc = vm_loaded_case(suite, "kills");

	tcase_add_test(tc, a_subscriber_killed_while_it_blocks_in_records_leaves_nothing);
	tcase_add_test(tc, a_subscriber_killed_while_it_blocks_in_poll_leaves_nothing);
	tcase_add_test(tc, a_subscriber_killed_with_unread_records_leaves_nothing_but_their_count);
	tcase_add_test(tc, a_subscriber_killed_under_traffic_leaves_nothing);
	tcase_add_test(tc, fifty_killed_subscribers_give_their_memory_back);
	tcase_add_test(tc, a_killed_process_with_a_thousand_streams_leaves_nothing);
	return suite;
}

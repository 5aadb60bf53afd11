/* SPDX-License-Identifier: MIT */
/*
 * Proves that a reader which sleeps whenever it may misses no wake-up while two
 * processors publish as fast as they can.
 */
#include "publisher.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS_HERE 1024
#define EACH 5000
#define ALL (2 * EACH)
#define NONE SOCKOPT_WAKE_DELAY_NONE

static struct sockopt_stats stats(void)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	return stats;
}

/* Records that the reader has had; it is another process. */
static uint32_t *had;

static int take_all(void)
{
	int n;

	while ((n = publisher_take_now()) > 0)
		__atomic_fetch_add(had, (uint32_t)n, __ATOMIC_RELEASE);
	return n;
}

static void sleep_in_poll(void)
{
	ck_assert_int_eq(vm_events(publisher.stream, -1) & POLLIN, POLLIN);
}

static int epfd;

static void sleep_in_epoll(void)
{
	struct epoll_event event;

	ck_assert_int_eq(epoll_wait(epfd, &event, 1, -1), 1);
}

/* Takes what it can, and sleeps; until the end of stream. */
static void read_on(void *arg)
{
	void (*sleep_in)(void) = *(void (**)(void))arg;
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	epfd = epoll_create1(EPOLL_CLOEXEC);
	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_ADD, publisher.stream, &event), 0);
	do
		sleep_in();
	while (take_all() == -EAGAIN);
}

/* Blocks in RECORDS itself. */
static void read_blocking(void *arg)
{
	int n;

	(void)arg;
	while ((n = publisher_take(0)) > 0)
		__atomic_fetch_add(had, (uint32_t)n, __ATOMIC_RELEASE);
	ck_assert_int_eq(n, 0);
}

static uint64_t unread(void)
{
	return ALL - stats().lost - __atomic_load_n(had, __ATOMIC_ACQUIRE);
}

static bool has_enough(void *arg)
{
	return unread() < *(uint64_t *)arg;
}

static void (*const sleeps[])(void) = { sleep_in_poll, sleep_in_epoll, NULL };
static const uint32_t records[] = { 1, 3, 64, 509 };
static const uint32_t delays[] = { NONE, 1000 };
static const char *const floods[] = { "flood 5000 2", "softflood 5000 2" };

#define CASES (3 * 4 * 2 * 2)

START_TEST(after_a_flood_nothing_is_left_asleep)
{
	void (*sleep_in)(void) = sleeps[_i % 3];
	uint32_t wanted = records[_i / 3 % 4], delay = delays[_i / 12 % 2];
	uint64_t too_many = delay == NONE ? wanted : 1;
	pid_t reader;

	had = mmap(NULL, VM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(had, MAP_FAILED);
	publisher_subscribe(SLOTS_HERE, 8, 256);
	ck_assert_int_eq(vm_tune_wake(publisher.sock, publisher.channel.id, wanted, delay), 0);
	reader = vm_fork(sleep_in ? read_on : read_blocking, &sleep_in);
	vm_wait_asleep(reader);
	publisher_commanded(floods[_i / 24]);
	ck_assert_uint_eq(stats().seen, ALL);
	vm_wait(has_enough, &too_many, "a reader to be woken");
	ck_assert_int_eq(vm_stop(publisher.sock, publisher.channel.id), 0);
	vm_join(reader);
	ck_assert_uint_eq(unread(), 0);
	ck_assert_uint_gt(*had, 0);
}
END_TEST

Suite *wake_flood_suite(void)
{
	Suite *suite = suite_create("wake_flood");
	TCase *tc = vm_case(suite, "wake-flood", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc, after_a_flood_nothing_is_left_asleep, 0, CASES);
	return suite;
}

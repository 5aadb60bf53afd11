/* SPDX-License-Identifier: MIT */
/*
 * Proves that poll, select and epoll say 'readable' as long as there is a record
 * that was not returned yet.
 */
#include "sleeper.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

START_TEST(readable_means_not_returned_yet_acknowledged_or_not)
{
	struct timeval none = { 0 };
	int i;

	ck_assert_int_eq(poll_for(0), 0);
	ck_assert_int_eq(select_for(&none), 0);
	for (i = 0; i < 6; i++)
		ping();
	vm_wait_queued(reader.sock, 6);
	ck_assert_int_eq(poll_for(0), POLLIN);
	ck_assert_int_eq(select_for(&none), 1);
	take(0, 4);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(4, 2);
	ck_assert_int_eq(poll_for(0), 0);
	ck_assert_int_eq(select_for(&none), 0);
	ping();
	vm_wait_queued(reader.sock, 3);
	ck_assert_int_eq(poll_for(0), POLLIN);
	take(6, 1);
	ck_assert_int_eq(poll_for(0), 0);
}
END_TEST

START_TEST(epoll_by_level_shows_a_record_until_it_is_returned)
{
	int epfd = new_epoll(0);

	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ping();
	vm_wait_queued(reader.sock, 1);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	ck_assert_int_eq(epoll_for(epfd, 0), EPOLLIN);
	take(0, 1);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ping();
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
}
END_TEST

START_TEST(epoll_by_edge_shows_each_arrival_once)
{
	int epfd = new_epoll(EPOLLET), i;

	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	for (i = 0; i < 3; i++) {
		ping();
		ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN);
		ck_assert_int_eq(epoll_for(epfd, 0), 0);
	}
	take(0, 3);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
	ck_assert_int_eq(vm_stop(reader.sock, ICMP), 0);
	ck_assert_int_eq(epoll_for(epfd, 5000), EPOLLIN | EPOLLHUP);
	ck_assert_int_eq(epoll_for(epfd, 0), 0);
}
END_TEST

Suite *poll_suite(void)
{
	Suite *suite = suite_create("poll");
	TCase *tc = vm_case(suite, "poll", 20, sleeper_setup);

	tcase_add_test(tc, readable_means_not_returned_yet_acknowledged_or_not);
	tcase_add_test(tc, epoll_by_level_shows_a_record_until_it_is_returned);
	tcase_add_test(tc, epoll_by_edge_shows_each_arrival_once);
	return suite;
}

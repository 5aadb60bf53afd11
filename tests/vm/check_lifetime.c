/* SPDX-License-Identifier: MIT */
/*
 * Proves that a network namespace lives as long as a stream in it, and no longer.
 */
#include "place.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Lives ---- */

static void run(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

static void orphan_a_stream(void *arg)
{
	struct sockopt_open args;
	int fd;

	vm_new_netns();
	fd = vm_stream(vm_raw(), 64, &args);
	vm_pass(*(int *)arg, &fd, 1);
	vm_receive(*(int *)arg, NULL, 0);
	run("echo 1 >/proc/sys/net/ipv6/conf/sko1/disable_ipv6 && "
	    "ip addr add 10.77.0.2/24 dev sko1 && ip link set sko1 up");
	ck_assert_int_eq(vm_events(fd, 0), 0);
}

/* A cable into the child's namespace, which shows from outside that it is there. */
static void lay_cable(pid_t child)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ip link add name sko0 type veth && ip link set veth0 name sko1 && "
		 "ip link set sko1 netns %d && ip addr add 10.77.0.1/24 dev sko0 && "
		 "ip link set sko0 up",
		 child);
	run(command);
}

static bool is_cable_gone(void *arg)
{
	(void)arg;
	return !if_nametoindex("sko0");
}

static bool is_cable_up(void *arg)
{
	char buf[16];

	(void)arg;
	return vm_read("/sys/class/net/sko0/carrier", buf, sizeof(buf)) > 0 && buf[0] == '1';
}

/* The address 10.77.0.2 is nobody's but the orphan's, so only it can answer. */
START_TEST(a_namespace_without_processes_lives_on_until_its_stream_is_closed)
{
	struct place a = occupy();
	int pair[2], fd, sender = vm_sender();
	pid_t child;

	vm_pair(pair);
	child = vm_fork(orphan_a_stream, &pair[1]);
	close(pair[1]);
	vm_receive(pair[0], &fd, 1);
	lay_cable(child);
	vm_pass(pair[0], NULL, 0);
	vm_join(child);

	vm_wait(is_cable_up, NULL, "the cable to come up");
	ck_assert_int_eq(vm_events(fd, 0), 0);
	vm_echo(sender, "10.77.0.2", 7, 1, 8, 0);
	ck_assert_int_eq(vm_events(fd, 5000), POLLIN);
	vm_wait_queued(a.raw, 1);
	assert_records_have_id(&a, 1, 7);
	ck_assert_uint_ne(if_nametoindex("sko0"), 0);

	close(fd);
	vm_wait(is_cable_gone, NULL, "the namespace to go");
	assert_seen(&a, 1);
	vacate(&a);
}
END_TEST

/* ---- Many ---- */

/* Their rings alone are more than the margin below. */
static void found_namespaces(int count)
{
	struct sockopt_open args;
	int i, raw;

	for (i = 0; i < count; i++) {
		vm_new_netns();
		raw = vm_raw();
		vm_stream(raw, 1024, &args);
		close(raw);
	}
}

static void found_and_wait(void *arg)
{
	found_namespaces(100);
	vm_pass(*(int *)arg, NULL, 0);
	pause();
}

/*
 * 100 that stand at once, each held by nothing but its stream, and are killed.
 * Returns the memory available while they stood.
 */
static long raise_and_raze(void)
{
	long available;
	int pair[2];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(found_and_wait, &pair[1]);
	close(pair[1]);
	vm_receive(pair[0], NULL, 0);
	ck_assert(vm_has_rings());
	available = vm_available_kb();
	vm_kill(child);
	vm_wait_rings_gone();
	return available;
}

/* What is there when the kernel has given back all that it will: it takes its time. */
static long settled_kb(void)
{
	long most = vm_available_kb();
	int still, tries;

	for (still = 0, tries = 0; still < 20 && tries < 600; still++, tries++) {
		long now;

		poll(NULL, 0, 50);
		now = vm_available_kb();
		if (now > most) {
			most = now;
			still = 0;
		}
	}
	return most;
}

/*
 * The first hundred fills the kernel's caches. The second must cost nothing that
 * lasts; that it cost more than the margin while it stood shows that the margin
 * means something. Rings are found exactly, whatever the margin.
 */
START_TEST(two_hundred_namespaces_with_a_stream_each_come_and_go)
{
	const long margin_kb = 4096;
	long floor, available;

	raise_and_raze();
	floor = settled_kb() - margin_kb;
	available = raise_and_raze();
	if (!vm_keeps_freed()) {
		ck_assert_int_lt(available, floor);
		vm_wait_available_kb(floor);
	}
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

/* ---- Suite ---- */

Suite *lifetime_suite(void)
{
	Suite *suite = suite_create("lifetime");
	TCase *tc = place_case(suite, "netns");

	tcase_add_test(tc, a_namespace_without_processes_lives_on_until_its_stream_is_closed);
	tcase_add_test(tc, two_hundred_namespaces_with_a_stream_each_come_and_go);
	return suite;
}

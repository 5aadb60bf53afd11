/* SPDX-License-Identifier: MIT */
/*
 * Proves that streams of a network namespace which the last process has left keep it, held
 * by descriptors and mappings of others, and that with the last of them all of it goes:
 * hooks, memory, and the namespace, which shows by our end of a cable.
 */
#include "mapping.h"
#include "neighbour.h"
#include "sequence.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define HERE "10.77.0.1"
#define THERE "10.77.0.2"
#define CABLE "cable"

/* A namespace without a process, and what we have of it. */
struct orphan {
	int first, second;		/* streams */
	int raw;			/* the first one's socket */
	int netns;
	struct sockopt_open args;	/* of the first one */
};

/* ---- How it comes and goes ---- */

static void leave_streams(void *arg)
{
	struct sockopt_open first, second;
	int link = *(int *)arg, raw = vm_raw(), fds[4];

	fds[0] = vm_stream(raw, 64, &first);
	fds[1] = vm_stream(vm_raw(), 64, &second);
	fds[2] = raw;
	fds[3] = vm_netns_fd();
	vm_pass(link, fds, 4);
	ck_assert_int_eq(write(link, &first, sizeof(first)), sizeof(first));
}

static struct orphan receive_orphan(int link)
{
	struct orphan orphan;
	int fds[4];

	vm_receive(link, fds, 4);
	orphan.first = fds[0];
	orphan.second = fds[1];
	orphan.raw = fds[2];
	orphan.netns = fds[3];
	ck_assert_int_eq(read(link, &orphan.args, sizeof(orphan.args)), sizeof(orphan.args));
	return orphan;
}

/* Its process has gone when this returns. */
static struct orphan make_orphan(void)
{
	struct neighbour neighbour;
	struct orphan orphan;
	int pair[2];

	vm_pair(pair);
	neighbour_start(&neighbour, AF_INET, leave_streams, &pair[1]);
	neighbour_connect(&neighbour, CABLE);
	neighbour_address(CABLE, HERE);
	neighbour_settle(&neighbour, THERE);
	neighbour_act(&neighbour);
	orphan = receive_orphan(pair[0]);
	close(neighbour.link);
	close(pair[0]);
	close(pair[1]);
	return orphan;
}

static bool is_cable_gone(void *unused)
{
	(void)unused;
	return !if_nametoindex(CABLE);
}

/* Memory goes before the namespace does. */
static void wait_until_gone(void)
{
	vm_wait(is_cable_gone, NULL, "the namespace to go");
	ck_assert(!vm_has_rings());
}

static void setup(void)
{
	vm_new_netns_of(AF_INET);
	vm_wait_rings_gone();
}

/* ---- What keeps it ---- */

/* The address is nobody's but its own, so that only it can have received the packet. */
static void send_there(void)
{
	int sender = vm_sender();

	vm_echo(sender, THERE, 7, 1, 8, 0);
	close(sender);
}

/* As many as the stream can have since it was made. */
static void expect_packets_at(int stream, int count)
{
	uint8_t records[1024];

	send_there();
	while (count-- > 0) {
		ck_assert_int_eq(vm_events(stream, 5000), POLLIN);
		ck_assert_int_eq(read(stream, records, SLOT_SIZE), SLOT_SIZE);
	}
	ck_assert_int_eq(vm_events(stream, 0), 0);
}

static bool has_record(void *map)
{
	return mapping_next(map) != NULL;
}

START_TEST(the_last_descriptor_or_mapping_takes_an_orphaned_namespace_along)
{
	struct orphan orphan = make_orphan();
	struct mapping map;

	close(orphan.netns);
	close(orphan.raw);
	expect_packets_at(orphan.first, 1);
	expect_packets_at(orphan.second, 2);
	close(orphan.second);
	mapping_open(&map, orphan.first, &orphan.args);
	close(orphan.first);
	ck_assert(has_record(&map));
	mapping_release(&map);
	ck_assert(!has_record(&map));
	send_there();
	vm_wait(has_record, &map, "a packet in the mapping");
	ck_assert(vm_has_rings());
	mapping_close(&map);
	wait_until_gone();
}
END_TEST

/* ---- What goes before it ---- */

/* Returns when the request has been received, and so has passed all hooks. */
static void ping_there(void)
{
	int sender = vm_sender();

	vm_echo(sender, VM_LO, 8, 1, 8, 0);
	ck_assert_int_eq(vm_events(sender, 5000), POLLIN);
	close(sender);
}

START_TEST(hooks_and_rings_go_with_the_last_stream_while_an_orphaned_namespace_stays)
{
	struct orphan orphan = make_orphan();
	int home = vm_netns_fd();
	long long seen;

	vm_netns_enter(orphan.netns);
	ck_assert_int_eq(vm_stream_count(), 2);
	vm_ping_self(1, 8);
	vm_wait_queued(orphan.raw, 2);
	close(orphan.first);
	seen = vm_stat("icmp", "seen");
	ping_there();
	ck_assert_int_gt(vm_stat("icmp", "seen"), seen);
	close(orphan.second);
	vm_wait_rings_gone();
	seen = vm_stat("icmp", "seen");
	ping_there();
	ping_there();
	ck_assert_int_eq(vm_stat("icmp", "seen"), seen);
	vm_go_home(home);
	ck_assert(!is_cable_gone(NULL));
	close(orphan.raw);
	close(orphan.netns);
	wait_until_gone();
}
END_TEST

/* ---- Many, under packets ---- */

#define ORPHANS 20
#define FIRST 5		/* fill the kernel's caches */

static void close_all(const struct orphan *orphan)
{
	close(orphan->netns);
	close(orphan->raw);
	close(orphan->second);
	close(orphan->first);
}

struct rival {
	struct orphan orphan;
	int link;
};

static void close_on_other_processor(void *arg)
{
	struct rival *rival = arg;

	vm_move_to(1);
	vm_pass(rival->link, NULL, 0);
	vm_receive(rival->link, NULL, 0);
	close_all(&rival->orphan);
}

/* Two processes have all of it, and give it up at once. */
static void orphan_once(void)
{
	struct rival rival = { .orphan = make_orphan() };
	int pair[2];
	pid_t pid;

	vm_pair(pair);
	rival.link = pair[1];
	pid = vm_fork(close_on_other_processor, &rival);
	vm_receive(pair[0], NULL, 0);
	vm_pass(pair[0], NULL, 0);
	close_all(&rival.orphan);
	vm_join(pid);
	close(pair[0]);
	close(pair[1]);
	wait_until_gone();
}

START_TEST(orphaned_namespaces_that_two_give_up_at_once_under_packets_leave_no_memory)
{
	pid_t flood = vm_fork(vm_flood, (char[]){ THERE });
	long before = 0;
	int i;

	vm_move_to(0);
	for (i = 0; i < ORPHANS; i++) {
		if (i == FIRST)
			before = vm_kernel_kb();
		orphan_once();
	}
	vm_wait_kernel_kb(before + 1024);
	printf("# orphaned namespaces survived: %d; the kernel's memory: %ld kB, then %ld kB\n",
	       ORPHANS, before, vm_kernel_kb());
	fflush(stdout);
	vm_kill(flood);
}
END_TEST

Suite *orphan_suite(void)
{
	Suite *suite = suite_create("orphan");
	TCase *tc = vm_case(suite, "orphan", 120, setup);

	tcase_add_test(tc, the_last_descriptor_or_mapping_takes_an_orphaned_namespace_along);
	tcase_add_test(tc,
		hooks_and_rings_go_with_the_last_stream_while_an_orphaned_namespace_stays);
	tcase_add_test(tc,
		orphaned_namespaces_that_two_give_up_at_once_under_packets_leave_no_memory);
	return suite;
}

/* SPDX-License-Identifier: MIT */
/*
 * Proves that a filter asks for the number of an interface and holds none: it may be
 * renamed, set down and up, and removed, under traffic and while streams come and go, and
 * each stream has the packets of its own interface, all of them and no others.
 */
#include "neighbour.h"
#include "vm.h"

#include <net/if.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define HERE "10.77.0.1"
#define THERE "10.77.0.2"

static struct neighbour neighbour;

/* Nobody replies, so each packet is one. */
static void setup(void)
{
	vm_new_netns_of(AF_INET);
	ck_assert_int_eq(vm_write("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1", 1), 1);
	neighbour_start(&neighbour, AF_INET, NULL, NULL);
}

/* A cable to the neighbour; the number of our end. */
static unsigned int lay_cable(const char *name)
{
	neighbour_connect(&neighbour, name);
	neighbour_address(name, HERE);
	neighbour_settle(&neighbour, THERE);
	return if_nametoindex(name);
}

/* Packets from there, as long as it lives, whenever there is a way. */
static pid_t flood_from_there(void)
{
	int home = neighbour_visit(&neighbour);
	pid_t pid = vm_fork(vm_flood, (char[]){ HERE });

	vm_go_home(home);
	return pid;
}

static struct sockopt_filter filter_of(unsigned int ifindex)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.ifindex = ifindex;
	return filter;
}

static void open_for(struct vm_reader *reader, unsigned int ifindex)
{
	struct sockopt_filter filter = filter_of(ifindex);

	vm_reader_open_filter(reader, &filter, 0, 4);
}

/* ---- One interface ---- */

static void drain(struct vm_reader *reader)
{
	while (vm_reader_take(reader) > 0)
		;
}

/* More packets come, and all are by this interface. */
static void expect_more(struct vm_reader *reader, unsigned int ifindex)
{
	int count, i;

	drain(reader);
	ck_assert_int_eq(vm_events(reader->stream, 5000), POLLIN);
	count = vm_reader_take(reader);
	ck_assert_int_gt(count, 0);
	for (i = 0; i < count; i++)
		ck_assert_uint_eq(vm_record(&reader->batch, (unsigned int)i)->ifindex, ifindex);
}

static uint64_t filtered_by(const struct vm_reader *reader)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(reader->sock, ICMP, &stats), 0);
	return stats.filtered;
}

static bool is_filtered(void *reader)
{
	return filtered_by(reader) > 0;
}

START_TEST(an_interface_that_is_renamed_or_set_down_and_up_is_the_same_to_a_filter)
{
	unsigned int ifindex = lay_cable("before");
	struct vm_reader reader;
	pid_t flood;

	open_for(&reader, ifindex);	/* what is under way meanwhile counts as filtered */
	flood = flood_from_there();
	expect_more(&reader, ifindex);
	neighbour_run("ip link set before down && ip link set before up");
	expect_more(&reader, ifindex);
	neighbour_run("ip link set before down && ip link set before name after && "
		      "ip link set after up");
	ck_assert_uint_eq(if_nametoindex("after"), ifindex);
	expect_more(&reader, ifindex);
	vm_kill(flood);
	ck_assert_uint_eq(filtered_by(&reader), 0);
	vm_reader_close(&reader);
	neighbour_act(&neighbour);
}
END_TEST

START_TEST(an_interface_goes_though_a_filter_asks_for_it_and_another_one_is_not_it)
{
	unsigned int first = lay_cable("cable"), second;
	struct sockopt_filter filter;
	struct vm_reader reader;
	pid_t flood;

	open_for(&reader, first);
	flood = flood_from_there();
	expect_more(&reader, first);
	neighbour_run("ip link del cable");
	ck_assert_uint_eq(if_nametoindex("cable"), 0);
	drain(&reader);
	second = lay_cable("cable");
	ck_assert_uint_ne(second, first);
	vm_wait(is_filtered, &reader, "packets by the new interface");
	vm_expect_nothing(&reader);
	filter = filter_of(second);
	ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), 0);
	expect_more(&reader, second);
	vm_kill(flood);
	vm_reader_close(&reader);
	neighbour_act(&neighbour);
}
END_TEST

/* ---- Many, under traffic ---- */

#define NUMBERS 48	/* interfaces are numbered from 1 up */
#define ROUNDS 8	/* each makes a cable, which takes two numbers */

/* Processes around, in memory that all share. */
static struct around {
	atomic_bool is_over;
	unsigned int sent, opened;
} *around;

/* The one that wants all, and one for each number; how many the first had of each. */
static struct vm_reader all, each[NUMBERS];
static uint64_t came[NUMBERS];

static void open_all(void)
{
	unsigned int i;

	vm_reader_open(&all, 65536, SOCKOPT_SNAPLEN_NONE, 1024);
	for (i = 1; i < NUMBERS; i++)
		open_for(&each[i], i);
}

static void count_all(void)
{
	int count, i;

	while ((count = vm_reader_take(&all)) > 0)
		for (i = 0; i < count; i++) {
			uint32_t ifindex = vm_record(&all.batch, (unsigned int)i)->ifindex;

			VM_EXPECT(ifindex && ifindex < NUMBERS);
			came[ifindex]++;
		}
}

/* Of the loopback device as many as were sent. */
static void expect_counts(void)
{
	unsigned int busy = 0, i;
	struct sockopt_stats stats;
	uint64_t sum = 0;

	for (i = 1; i < NUMBERS; i++) {
		ck_assert_int_eq(vm_stats(each[i].sock, ICMP, &stats), 0);
		ck_assert_msg(stats.pending + stats.lost == came[i], "of interface %u", i);
		sum += came[i];
		busy += came[i] > 0;
	}
	ck_assert_uint_eq(came[if_nametoindex("lo")], around->sent);
	ck_assert_int_eq(vm_stats(all.sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.lost, 0);
	ck_assert_uint_eq(stats.seen, sum);
	printf("# interfaces that came and went: %d; by %u numbers %llu packets, %u streams\n",
	       ROUNDS, busy, (unsigned long long)sum, around->opened);
	fflush(stdout);
	ck_assert_uint_eq(busy, ROUNDS + 1);
	ck_assert_uint_gt(around->opened, ROUNDS);
}

static void ping_until_over(void *unused)
{
	int fd = vm_sender();

	(void)unused;
	while (!atomic_load(&around->is_over)) {
		vm_echo(fd, VM_LO, 1, 1, 8, 0);
		if (++around->sent % 16 == 0)
			poll(NULL, 0, 1);
	}
}

/* Streams for this or that interface, which are there for a moment. */
static void open_until_over(void *unused)
{
	struct sockopt_filter filter;
	struct vm_reader reader;

	(void)unused;
	while (!atomic_load(&around->is_over)) {
		open_for(&reader, 1 + around->opened % NUMBERS);
		filter = filter_of(1 + around->opened * 7 % NUMBERS);
		ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filter, NULL), 0);
		vm_reader_close(&reader);
		around->opened++;
	}
}

static uint64_t awaited;

static bool has_come(void *ifindex)
{
	count_all();
	return came[*(unsigned int *)ifindex] >= awaited;
}

static void wait_for(unsigned int ifindex, uint64_t count)
{
	awaited = count;
	vm_wait(has_come, &ifindex, "packets by an interface");
}

static void wait_for_more(unsigned int ifindex)
{
	wait_for(ifindex, came[ifindex] + 1);
}

static void come_and_go(void)
{
	unsigned int ifindex = lay_cable("cable");

	wait_for_more(ifindex);
	neighbour_run("ip link set cable down && ip link set cable up");
	wait_for_more(ifindex);
	neighbour_run("ip link set cable down && ip link set cable name other && "
		      "ip link set other up");
	wait_for_more(ifindex);
	neighbour_run("ip link del other");
}

/* With an interface go those of its packets that are on their way. */
START_TEST(interfaces_that_come_and_go_under_traffic_bring_each_stream_its_own_packets)
{
	pid_t pinger, opener, flood;
	int i;

	around = mmap(NULL, sizeof(*around), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	ck_assert_ptr_ne(around, MAP_FAILED);
	open_all();
	pinger = vm_fork(ping_until_over, NULL);
	opener = vm_fork(open_until_over, NULL);
	flood = flood_from_there();
	for (i = 0; i < ROUNDS; i++)
		come_and_go();
	vm_kill(flood);
	atomic_store(&around->is_over, true);
	vm_join(pinger);
	vm_join(opener);
	wait_for(if_nametoindex("lo"), around->sent);
	expect_counts();
	neighbour_act(&neighbour);
}
END_TEST

Suite *interface_suite(void)
{
	Suite *suite = suite_create("interface");
	TCase *tc = vm_case(suite, "interface", 60, setup);

	tcase_add_test(tc, an_interface_that_is_renamed_or_set_down_and_up_is_the_same_to_a_filter);
	tcase_add_test(tc, an_interface_goes_though_a_filter_asks_for_it_and_another_one_is_not_it);
	tcase_add_test(tc,
		interfaces_that_come_and_go_under_traffic_bring_each_stream_its_own_packets);
	return suite;
}

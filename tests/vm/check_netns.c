/* SPDX-License-Identifier: MIT */
/*
 * Proves that a network namespace has its own packets, texts, counters, limits
 * and files, that the namespace which counts is the socket's, and that one lives
 * as long as a stream in it.
 *
 * A test stays one process and changes its namespace: a socket keeps the one it
 * was made in.
 */
#include "vm.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LO "127.0.0.1"
#define GREETING "a message from kernel\n"

#define STATS "/proc/net/sockopt/stats"
#define STREAMS "/proc/net/sockopt/streams"
#define LETTER "/proc/net/sockopt/message"

static int home; /* namespace A */

static void set_limit(const char *name, const char *value)
{
	ck_assert_int_eq(vm_sysctl_set(name, value), 0);
}

static void start_in_a(void)
{
	home = vm_netns_fd();
	vm_sysctls_reset();
	vm_wait_rings_gone();
}

/* In the runner itself, also after a test that failed: so nothing here asserts. */
static void restore_limits(void)
{
	vm_sysctl_set("streams_max", "1024");
	vm_sysctl_set("ring_bytes_max", "67108864");
}

/* A namespace with its stream; both usable from anywhere. */
struct place {
	int namespace;
	int raw;
	int stream;
	struct sockopt_open args;
};

/* In the namespace where we are. */
static struct place occupy(void)
{
	struct place place = { .namespace = vm_netns_fd(), .raw = vm_raw() };

	place.stream = vm_stream(place.raw, 64, &place.args);
	return place;
}

static void vacate(struct place *place)
{
	close(place->stream);
	close(place->raw);
	close(place->namespace);
}

/* Each is two packets in the namespace where we are: request and reply. */
static void ping_self(int times, uint16_t id)
{
	int sender = vm_sender(), i;

	for (i = 0; i < times; i++)
		vm_echo(sender, LO, id, (uint16_t)i, 8, 0);
	close(sender);
}

static void assert_seen(const struct place *place, uint64_t seen)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(place->raw, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, seen);
	ck_assert_uint_eq(stats.pending, seen);
}

/* All records of a stream are ours, by the echo identifier that they carry. */
static void assert_records_have_id(const struct place *place, int count, uint16_t id)
{
	uint32_t cursor = place->args.cursor;
	const uint8_t *packet;
	struct vm_batch batch;
	int i;

	vm_batch_init(&batch, place->args.slot_size, 64);
	ck_assert_int_eq(vm_records(place->raw, &batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT),
			 count);
	for (i = 0; i < count; i++) {
		packet = (const uint8_t *)(vm_record(&batch, (unsigned int)i) + 1);
		ck_assert_uint_eq(packet[24] << 8 | packet[25], id);
	}
	vm_batch_free(&batch);
}

static void assert_contents(const char *path, const char *wanted)
{
	char buf[8192];

	ck_assert_int_ge(vm_read(path, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, wanted);
}

static unsigned long inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static bool is_listed(unsigned long inode)
{
	char buf[8192], wanted[32];

	ck_assert_int_gt(vm_read(STREAMS, buf, sizeof(buf)), 0);
	snprintf(wanted, sizeof(wanted), "\nicmp %lu ", inode);
	return strstr(buf, wanted) != NULL;
}

static short events_of(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pollfd, 1, timeout), 0);
	return pollfd.revents;
}

/* ---- Packets ---- */

static void exchange_traffic(struct place *here, struct place *there)
{
	vm_netns_enter(there->namespace);
	ping_self(3, 0xb0b0);
	vm_wait_queued(there->raw, 6);
	assert_seen(here, 0);
	ck_assert_int_eq(events_of(here->stream, 0), 0);

	vm_netns_enter(here->namespace);
	ping_self(2, 0xa0a0);
	vm_wait_queued(here->raw, 4);
	assert_seen(here, 4);
	assert_seen(there, 6);
	assert_records_have_id(here, 4, 0xa0a0);
	assert_records_have_id(there, 6, 0xb0b0);
}

START_TEST(packets_in_b_are_not_seen_in_a_nor_those_in_a_in_b)
{
	struct place a = occupy(), b;

	vm_enter("B");
	b = occupy();
	exchange_traffic(&a, &b);
	vacate(&a);
	vacate(&b);
}
END_TEST

START_TEST(two_fresh_namespaces_see_only_their_own_packets)
{
	struct place first, second;

	vm_new_netns();
	first = occupy();
	vm_new_netns();
	second = occupy();
	exchange_traffic(&first, &second);
	vacate(&first);
	vacate(&second);
}
END_TEST

START_TEST(a_ping_from_a_to_b_is_one_packet_in_each)
{
	struct place a = occupy(), b;
	int sender = vm_sender();

	vm_enter("B");
	b = occupy();
	vm_echo(sender, VM_B, 0xabab, 1, 8, 0);
	vm_wait_queued(a.raw, 1);
	assert_seen(&a, 1);
	assert_seen(&b, 1);
	assert_records_have_id(&a, 1, 0xabab);
	assert_records_have_id(&b, 1, 0xabab);
	close(sender);
	vacate(&a);
	vacate(&b);
}
END_TEST

START_TEST(a_stop_in_one_namespace_ends_no_stream_in_another)
{
	struct place a = occupy(), other;

	vm_new_netns();
	other = occupy();
	ck_assert_int_eq(vm_stop(other.raw, ICMP), 0);
	ck_assert_int_eq(events_of(other.stream, 0), POLLIN | POLLHUP);
	ck_assert_int_eq(events_of(a.stream, 0), 0);
	vm_netns_enter(home);
	ping_self(1, 1);
	vm_wait_queued(a.raw, 2);
	assert_seen(&a, 2);
	vacate(&a);
	vacate(&other);
}
END_TEST

/* ---- Texts ---- */

static void assert_text(int raw, const char *wanted)
{
	char buf[SOCKOPT_TEXT_MAX + 1];
	int len = vm_text_get(raw, buf, SOCKOPT_TEXT_MAX);

	ck_assert_int_ge(len, 0);
	buf[len] = 0;
	ck_assert_str_eq(buf, wanted);
}

START_TEST(the_kernels_text_in_one_namespace_is_not_read_in_another)
{
	int first, second;

	vm_new_netns();
	first = vm_raw();
	ck_assert_int_eq(vm_write(LETTER, "for the first", 13), 13);
	vm_new_netns();
	second = vm_raw();
	assert_text(second, GREETING);
	ck_assert_int_eq(vm_write(LETTER, "for the second", 14), 14);
	assert_text(first, "for the first");
	assert_text(second, "for the second");
	close(first);
	close(second);
}
END_TEST

START_TEST(a_text_sent_in_b_does_not_show_in_a)
{
	char before[8192], after[8192], in_b[8192];
	int raw;

	ck_assert_int_ge(vm_read(LETTER, before, sizeof(before)), 0);
	vm_enter("B");
	raw = vm_raw();
	ck_assert_int_eq(vm_text_set(raw, "said in B", 9), 0);
	ck_assert_int_gt(vm_read(LETTER, in_b, sizeof(in_b)), 0);
	ck_assert_ptr_nonnull(strstr(in_b, "\nsaid in B"));
	vm_netns_enter(home);
	ck_assert_int_ge(vm_read(LETTER, after, sizeof(after)), 0);
	ck_assert_str_eq(before, after);
	ck_assert_ptr_null(strstr(after, "said in B"));
	close(raw);
}
END_TEST

/* ---- Files ---- */

#define STATS_HEAD "channel streams opened seen delivered pending lost_full lost_busy lost_closed\n"
#define STREAMS_HEAD                                                           \
	"channel inode pid uid slots snaplen seen filtered delivered pending " \
	"lost_full lost_busy state\n"

START_TEST(a_fresh_namespace_has_its_own_files_and_nothing_in_them)
{
	struct place a = occupy();

	ping_self(1, 1);
	vm_wait_queued(a.raw, 2);
	vm_new_netns();
	assert_contents(STATS, STATS_HEAD);
	assert_contents(STREAMS, STREAMS_HEAD);
	assert_contents(LETTER, "");
	vacate(&a);
}
END_TEST

START_TEST(hosts_b_and_c_have_the_files_too)
{
	const char *const hosts[] = { "B", "C" };
	char buf[8192];
	size_t i;

	for (i = 0; i < 2; i++) {
		vm_enter(hosts[i]);
		ck_assert_int_gt(vm_read(STATS, buf, sizeof(buf)), 0);
		assert_contents(STREAMS, STREAMS_HEAD);
		ck_assert_int_ge(vm_read(LETTER, buf, sizeof(buf)), 0);
	}
}
END_TEST

START_TEST(the_streams_file_lists_only_the_streams_of_its_namespace)
{
	struct place a = occupy(), b;

	vm_enter("B");
	b = occupy();
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(inode_of(b.raw)));
	ck_assert(!is_listed(inode_of(a.raw)));
	vm_netns_enter(home);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(inode_of(a.raw)));
	ck_assert(!is_listed(inode_of(b.raw)));
	close(b.stream);
	ck_assert_int_eq(vm_stream_count(), 1);
	close(a.stream);
	ck_assert_int_eq(vm_stream_count(), 0);
	close(a.raw);
	close(b.raw);
}
END_TEST

START_TEST(the_counters_of_a_are_not_moved_by_b)
{
	struct place a = occupy(), b;
	char before[4096];
	long long opened;

	ping_self(1, 1);
	vm_wait_queued(a.raw, 2);
	ck_assert_int_gt(vm_read(STATS, before, sizeof(before)), 0);
	vm_enter("B");
	b = occupy();
	opened = vm_stat("icmp", "opened");
	ping_self(4, 2);
	vm_wait_queued(b.raw, 8);
	vacate(&b);
	ck_assert_int_eq(vm_stat("icmp", "opened"), opened);
	vm_netns_enter(home);
	assert_contents(STATS, before);
	vacate(&a);
}
END_TEST

/* ---- The socket's namespace counts ---- */

static void speak_for_another_namespace(void *arg)
{
	struct place other = { .namespace = -1 };
	int letter;

	vm_receive(*(int *)arg, &other.raw, 1);
	other.stream = vm_stream(other.raw, 64, &other.args);
	ck_assert_int_eq(vm_stream_count(), 0);
	ck_assert_int_eq(vm_text_set(other.raw, "from afar", 9), 0);
	letter = other.raw;
	assert_text(letter, "kept there");
	ping_self(2, 3);
	assert_seen(&other, 0);
	vm_pass(*(int *)arg, NULL, 0);
	vm_receive(*(int *)arg, NULL, 0);
	vm_wait_queued(other.raw, 2);
	assert_seen(&other, 2);
}

START_TEST(a_socket_of_another_namespace_used_in_a_speaks_for_that_namespace)
{
	int pair[2], raw;
	char buf[8192];
	pid_t child;

	vm_pair(pair);
	child = vm_fork(speak_for_another_namespace, &pair[1]);
	close(pair[1]);
	vm_new_netns();
	ck_assert_int_eq(vm_write(LETTER, "kept there", 10), 10);
	raw = vm_raw();
	vm_pass(pair[0], &raw, 1);
	vm_receive(pair[0], NULL, 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(inode_of(raw)));
	ck_assert_int_gt(vm_read(LETTER, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nfrom afar"));
	ping_self(1, 4);
	vm_pass(pair[0], NULL, 0);
	vm_join(child);
	ck_assert_int_eq(vm_stream_count(), 0);
	close(raw);
}
END_TEST

/* ---- Limits ---- */

static int try_open(int *raw, uint32_t slots)
{
	struct sockopt_open args = vm_open_args();

	*raw = vm_raw();
	args.slots = slots;
	return vm_open(*raw, ICMP, &args);
}

/* Two streams, and no third one; returns one of the two. */
static int fill_up(uint32_t slots)
{
	int raw, kept;

	ck_assert_int_ge(try_open(&raw, slots), 0);
	kept = try_open(&raw, slots);
	ck_assert_int_ge(kept, 0);
	ck_assert_int_eq(try_open(&raw, slots), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 2);
	return kept;
}

/* Two fresh ones: a ring that was closed counts until its memory has gone. */
static void check_limit_is_per_namespace(void)
{
	int raw, kept, first;

	vm_new_netns();
	first = vm_netns_fd();
	fill_up(64);
	vm_new_netns();
	kept = fill_up(64);
	close(kept);
	ck_assert_int_eq(vm_stream_count(), 1);
	vm_netns_enter(first);
	ck_assert_int_eq(try_open(&raw, 64), -ENOSPC);
	ck_assert_int_eq(vm_stream_count(), 2);
	close(first);
}

START_TEST(a_namespace_full_of_streams_leaves_room_in_another)
{
	set_limit("streams_max", "2");
	check_limit_is_per_namespace();
	set_limit("streams_max", "1024");
}
END_TEST

/* 64 slots of 128 bytes and the consumer's page: 12288 bytes. */
START_TEST(a_namespace_out_of_ring_memory_leaves_room_in_another)
{
	set_limit("ring_bytes_max", "24576");
	check_limit_is_per_namespace();
	set_limit("ring_bytes_max", "67108864");
}
END_TEST

START_TEST(limits_cannot_be_set_from_another_namespace)
{
	vm_enter("B");
	ck_assert_int_eq(access("/proc/sys/net/sockopt", F_OK), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

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
	run("ip addr add 10.77.0.2/24 dev sko1 && ip link set sko1 up");
	ck_assert_int_eq(events_of(fd, 0), 0);
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
	ck_assert_int_eq(events_of(fd, 0), 0);
	vm_echo(sender, "10.77.0.2", 7, 1, 8, 0);
	ck_assert_int_eq(events_of(fd, 5000), POLLIN);
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

static void found_namespaces(int count)
{
	struct place place;
	int i;

	for (i = 0; i < count; i++) {
		vm_new_netns();
		place = occupy();
		close(place.namespace);
		close(place.raw);
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

/*
 * The first hundred fills the kernel's caches. The second must cost nothing that
 * lasts; that it cost more than the margin while it stood shows that the margin
 * means something. Rings are found exactly, whatever the margin.
 */
START_TEST(two_hundred_namespaces_with_a_stream_each_come_and_go)
{
	const long margin_kb = 4096;
	long floor;

	raise_and_raze();
	floor = vm_available_kb() - margin_kb;
	ck_assert_int_lt(raise_and_raze(), floor);
	vm_wait_available_kb(floor);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

static TCase *own_case(void)
{
	TCase *tcase = tcase_create("netns");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, start_in_a, NULL);
	tcase_add_unchecked_fixture(tcase, NULL, restore_limits);
	tcase_add_test(tcase, packets_in_b_are_not_seen_in_a_nor_those_in_a_in_b);
	tcase_add_test(tcase, two_fresh_namespaces_see_only_their_own_packets);
	tcase_add_test(tcase, a_ping_from_a_to_b_is_one_packet_in_each);
	tcase_add_test(tcase, a_stop_in_one_namespace_ends_no_stream_in_another);
	tcase_add_test(tcase, the_kernels_text_in_one_namespace_is_not_read_in_another);
	tcase_add_test(tcase, a_text_sent_in_b_does_not_show_in_a);
	tcase_add_test(tcase, a_fresh_namespace_has_its_own_files_and_nothing_in_them);
	tcase_add_test(tcase, hosts_b_and_c_have_the_files_too);
	tcase_add_test(tcase, the_streams_file_lists_only_the_streams_of_its_namespace);
	tcase_add_test(tcase, the_counters_of_a_are_not_moved_by_b);
	tcase_add_test(tcase, a_socket_of_another_namespace_used_in_a_speaks_for_that_namespace);
	tcase_add_test(tcase, a_namespace_full_of_streams_leaves_room_in_another);
	tcase_add_test(tcase, a_namespace_out_of_ring_memory_leaves_room_in_another);
	tcase_add_test(tcase, limits_cannot_be_set_from_another_namespace);
	tcase_add_test(tcase, a_namespace_without_processes_lives_on_until_its_stream_is_closed);
	tcase_add_test(tcase, two_hundred_namespaces_with_a_stream_each_come_and_go);
	return tcase;
}

Suite *netns_suite(void)
{
	Suite *suite = suite_create("netns");

	suite_add_tcase(suite, own_case());
	return suite;
}

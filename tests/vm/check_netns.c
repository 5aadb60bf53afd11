/* SPDX-License-Identifier: MIT */
/*
 * Proves that a network namespace has its own packets, texts, counters, limits and
 * files, and that the namespace which counts is the socket's.
 */
#include "place.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void assert_contents(const char *path, const char *wanted)
{
	char buf[8192];

	ck_assert_int_ge(vm_read(path, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, wanted);
}

static bool is_listed(unsigned long inode)
{
	char buf[8192], wanted[32];

	ck_assert_int_gt(vm_read(VM_STREAMS, buf, sizeof(buf)), 0);
	snprintf(wanted, sizeof(wanted), "\nicmp %lu ", inode);
	return strstr(buf, wanted) != NULL;
}

/* ---- Packets ---- */

static void exchange_traffic(struct place *here, struct place *there)
{
	vm_netns_enter(there->namespace);
	vm_ping_self(3, 0xb0b0);
	vm_wait_queued(there->raw, 6);
	assert_seen(here, 0);
	ck_assert_int_eq(vm_events(here->stream, 0), 0);

	vm_netns_enter(here->namespace);
	vm_ping_self(2, 0xa0a0);
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
	ck_assert_int_eq(vm_events(other.stream, 0), POLLIN | POLLHUP);
	ck_assert_int_eq(vm_events(a.stream, 0), 0);
	vm_netns_enter(home);
	vm_ping_self(1, 1);
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
	ck_assert_int_eq(vm_write(VM_MESSAGE, "for the first", 13), 13);
	vm_new_netns();
	second = vm_raw();
	assert_text(second, VM_GREETING);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "for the second", 14), 14);
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

	ck_assert_int_ge(vm_read(VM_MESSAGE, before, sizeof(before)), 0);
	vm_enter("B");
	raw = vm_raw();
	ck_assert_int_eq(vm_text_set(raw, "said in B", 9), 0);
	ck_assert_int_gt(vm_read(VM_MESSAGE, in_b, sizeof(in_b)), 0);
	ck_assert_ptr_nonnull(strstr(in_b, "\nsaid in B"));
	vm_netns_enter(home);
	ck_assert_int_ge(vm_read(VM_MESSAGE, after, sizeof(after)), 0);
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

	vm_ping_self(1, 1);
	vm_wait_queued(a.raw, 2);
	vm_new_netns();
	assert_contents(VM_STATS, STATS_HEAD);
	assert_contents(VM_STREAMS, STREAMS_HEAD);
	assert_contents(VM_MESSAGE, "");
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
		ck_assert_int_gt(vm_read(VM_STATS, buf, sizeof(buf)), 0);
		assert_contents(VM_STREAMS, STREAMS_HEAD);
		ck_assert_int_ge(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
	}
}
END_TEST

START_TEST(the_streams_file_lists_only_the_streams_of_its_namespace)
{
	struct place a = occupy(), b;

	vm_enter("B");
	b = occupy();
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(vm_inode(b.raw)));
	ck_assert(!is_listed(vm_inode(a.raw)));
	vm_netns_enter(home);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(vm_inode(a.raw)));
	ck_assert(!is_listed(vm_inode(b.raw)));
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

	vm_ping_self(1, 1);
	vm_wait_queued(a.raw, 2);
	ck_assert_int_gt(vm_read(VM_STATS, before, sizeof(before)), 0);
	vm_enter("B");
	b = occupy();
	opened = vm_stat("icmp", "opened");
	vm_ping_self(4, 2);
	vm_wait_queued(b.raw, 8);
	vacate(&b);
	ck_assert_int_eq(vm_stat("icmp", "opened"), opened);
	vm_netns_enter(home);
	assert_contents(VM_STATS, before);
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
	vm_ping_self(2, 3);
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
	ck_assert_int_eq(vm_write(VM_MESSAGE, "kept there", 10), 10);
	raw = vm_raw();
	vm_pass(pair[0], &raw, 1);
	vm_receive(pair[0], NULL, 0);
	ck_assert_int_eq(vm_stream_count(), 1);
	ck_assert(is_listed(vm_inode(raw)));
	ck_assert_int_gt(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, "\nfrom afar"));
	vm_ping_self(1, 4);
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
	vm_limit_set("streams_max", "2");
	check_limit_is_per_namespace();
	vm_limit_set("streams_max", "1024");
}
END_TEST

/* 64 slots of 128 bytes and two pages: 16384 bytes. */
START_TEST(a_namespace_out_of_ring_memory_leaves_room_in_another)
{
	vm_limit_set("ring_bytes_max", "32768");
	check_limit_is_per_namespace();
	vm_limit_set("ring_bytes_max", "67108864");
}
END_TEST

START_TEST(limits_cannot_be_set_from_another_namespace)
{
	vm_enter("B");
	ck_assert_int_eq(access("/proc/sys/net/sockopt", F_OK), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* ---- Suite ---- */

Suite *netns_suite(void)
{
	Suite *suite = suite_create("netns");
	TCase *tc = place_case(suite, "netns");

	tcase_add_test(tc, packets_in_b_are_not_seen_in_a_nor_those_in_a_in_b);
	tcase_add_test(tc, two_fresh_namespaces_see_only_their_own_packets);
	tcase_add_test(tc, a_ping_from_a_to_b_is_one_packet_in_each);
	tcase_add_test(tc, a_stop_in_one_namespace_ends_no_stream_in_another);
	tcase_add_test(tc, the_kernels_text_in_one_namespace_is_not_read_in_another);
	tcase_add_test(tc, a_text_sent_in_b_does_not_show_in_a);
	tcase_add_test(tc, a_fresh_namespace_has_its_own_files_and_nothing_in_them);
	tcase_add_test(tc, hosts_b_and_c_have_the_files_too);
	tcase_add_test(tc, the_streams_file_lists_only_the_streams_of_its_namespace);
	tcase_add_test(tc, the_counters_of_a_are_not_moved_by_b);
	tcase_add_test(tc, a_socket_of_another_namespace_used_in_a_speaks_for_that_namespace);
	tcase_add_test(tc, a_namespace_full_of_streams_leaves_room_in_another);
	tcase_add_test(tc, a_namespace_out_of_ring_memory_leaves_room_in_another);
	tcase_add_test(tc, limits_cannot_be_set_from_another_namespace);
	return suite;
}

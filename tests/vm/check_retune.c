/* SPDX-License-Identifier: MIT */
/*
 * Proves that a filter is changed without losing a record that both the old and the new
 * one want, and that what is sent behind the change is judged by the new one; under
 * floods from two processors.
 */
#include "craft.h"
#include "publisher.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "publisher/pattern.h"

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid != 0;
}

/* ---- Bytes: types by the low byte of a record's number ---- */

#define EACH 4000
#define TUNES 1000
#define THREADS 2

static bool is_always_wanted(uint32_t number)
{
	return (number & 255) < 128;
}

static struct sockopt_filter filter_of_types(unsigned int first, unsigned int last)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	for (; first <= last; first++)
		sockopt_filter_add(&filter, (uint8_t)first);
	return filter;
}

static void flood(void *arg)
{
	publisher_commanded(arg);
}

/*
 * Every record that is always wanted comes, in order; each other one at most once:
 * so many did.
 */
static uint32_t expect_all_that_are_wanted(void)
{
	uint32_t next[THREADS] = { 0 }, thread, number, others = 0;
	int n, i;

	while ((n = publisher_take_now()) > 0)
		for (i = 0; i < n; i++) {
			const uint8_t *data = sockopt_record_data(vm_record(&publisher.batch,
									    (unsigned int)i));

			memcpy(&thread, data, 4);
			memcpy(&number, data + 4, 4);
			ck_assert_uint_lt(thread, THREADS);
			others += !is_always_wanted(number);
			ck_assert_uint_ge(number, next[thread]);
			for (; next[thread] < number; next[thread]++)
				ck_assert(!is_always_wanted(next[thread]));
			next[thread]++;
		}
	for (thread = 0; thread < THREADS; thread++)
		for (; next[thread] < EACH; next[thread]++)
			ck_assert(!is_always_wanted(next[thread]));
	return others;
}

static char *const floods[] = { "flood 4000 2", "softflood 4000 2" };

START_TEST(what_both_filters_want_is_never_lost_when_they_change)
{
	struct sockopt_filter few = filter_of_types(0, 127), all = filter_of_types(0, 255),
			      some = filter_of_types(0, 200);
	const struct sockopt_filter *const filters[] = { &few, &all, &some, NULL };
	struct sockopt_stats stats;
	unsigned int tunes = 0, floods_so_far, others = 0;
	pid_t flooder;

	publisher_subscribe(16384, PATTERN_MIN, 512);
	for (floods_so_far = 1; tunes < TUNES; floods_so_far++) {
		flooder = vm_fork(flood, floods[_i]);
		for (; !has_ended(flooder); tunes++)
			ck_assert_int_eq(vm_tune_filter(publisher.sock, publisher.channel.id,
							filters[tunes % 4], NULL), 0);
		vm_join(flooder);
		ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
		ck_assert_uint_eq(stats.seen, floods_so_far * THREADS * EACH);
		ck_assert_uint_eq(stats.lost, 0);
		others += expect_all_that_are_wanted();
	}
	ck_assert_uint_gt(others, 0);
	ck_assert_uint_lt(others, (floods_so_far - 1) * EACH);
}
END_TEST

/* The ring is small: what is missing is counted. */
START_TEST(what_both_want_is_delivered_or_counted_by_a_ring_that_overflows)
{
	struct sockopt_filter few = filter_of_types(0, 127), more = filter_of_types(0, 129);
	struct sockopt_stats stats;
	unsigned int i, tunes = 0, wanted = 0, got = 0;
	pid_t flooder;
	int n;

	publisher_subscribe(64, PATTERN_MIN, 64);
	ck_assert_int_eq(vm_tune_filter(publisher.sock, publisher.channel.id, &few, NULL), 0);
	flooder = vm_fork(flood, floods[_i]);
	for (; !has_ended(flooder); tunes++) {
		ck_assert_int_eq(vm_tune_filter(publisher.sock, publisher.channel.id,
						tunes % 2 ? &few : &more, NULL), 0);
		n = publisher_take_now();
		got += n > 0 ? (unsigned int)n : 0;
	}
	vm_join(flooder);
	while ((n = publisher_take_now()) > 0)
		got += (unsigned int)n;
	for (i = 0; i < EACH; i++)
		wanted += THREADS * is_always_wanted(i);
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_ge(got + stats.lost, wanted);
	ck_assert_uint_le(got + stats.lost, wanted + THREADS * 2 * (EACH / 256 + 1));
	ck_assert_uint_gt(stats.lost, 0);
}
END_TEST

/* ---- Packets, and a program ---- */

#define A 200
#define B 201
#define PACKETS 1000

static void send_both(void *arg)
{
	int cpu = *(int *)arg, sender = vm_sender(), i;

	vm_move_to(cpu);
	for (i = 0; i < PACKETS; i++) {
		const uint8_t rest[] = { (uint8_t)cpu, 0, (uint8_t)(i >> 8), (uint8_t)i };

		vm_icmp(sender, VM_LO, A, 0, rest, sizeof(rest));
		vm_icmp(sender, VM_LO, B, 0, rest, sizeof(rest));
	}
}

/* Numbers of A come without a gap, from each processor; of B in order. */
static void expect_packets(struct vm_reader *reader)
{
	int next[2][2] = { { 0 } }, n, i;

	while ((n = vm_reader_take(reader)) > 0)
		for (i = 0; i < n; i++) {
			const uint8_t *icmp = sockopt_record_data(vm_record(&reader->batch,
								(unsigned int)i)) + 20;
			int *at = &next[icmp[0] == B][icmp[4] & 1], number = icmp[6] << 8 | icmp[7];

			if (icmp[0] == A)
				ck_assert_int_eq(number, *at);
			ck_assert_int_ge(number, *at);
			*at = number + 1;
		}
	ck_assert_int_eq(next[0][0], PACKETS);
	ck_assert_int_eq(next[0][1], PACKETS);
}

START_TEST(a_program_comes_and_goes_and_no_packet_is_lost)
{
	static const struct sock_filter a_or_b[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, A, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, B, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sockopt_filter filters[4];
	int cpus[2] = { 0, 1 };
	unsigned int tunes = 0;
	struct vm_reader reader;
	pid_t senders[2];

	vm_new_netns_quiet();
	filters[0] = vm_filter_types((const int[]){ A, -1 });
	filters[1] = vm_filter_types((const int[]){ A, B, -1 });
	filters[2] = filters[1];
	filters[2].program_len = (uint32_t)VM_COUNT(a_or_b);
	filters[3] = filters[0];
	filters[3].codes[0] = 1;
	vm_reader_open(&reader, 4096, 28, 512);
	while (tunes < TUNES) {
		senders[0] = vm_fork(send_both, &cpus[0]);
		senders[1] = vm_fork(send_both, &cpus[1]);
		for (; !has_ended(senders[0]) || !has_ended(senders[1]); tunes++)
			ck_assert_int_eq(vm_tune_filter(reader.sock, ICMP, &filters[tunes % 4],
							a_or_b), 0);
		vm_join(senders[0]);
		vm_join(senders[1]);
		expect_packets(&reader);
	}
}
END_TEST

/* ---- Behind the change ---- */

START_TEST(what_is_sent_behind_tune_is_judged_by_the_new_filter)
{
	struct sockopt_filter yes = vm_filter_all(), no = vm_filter_all();
	int round;

	no.codes[0] = 2;
	craft_icmp(craft_families[_i], 200, 0);
	for (round = 0; round < 300; round++) {
		ck_assert(is_wanted(round % 2 ? NULL : &yes, NULL));
		ck_assert(!is_wanted(&no, NULL));
	}
}
END_TEST

/* Of each family that is wanted now, what comes now. */
START_TEST(seen_counts_those_of_the_families_that_are_wanted)
{
	static const unsigned int of_step[] = { 0, 2, 3, 1 };
	struct sockopt_filter none = { .size = sizeof(none) }, ip4 = none, ip6 = none;
	const struct sockopt_filter *const filters[] = { &none, &ip4, NULL, &ip6 };
	struct sockopt_stats stats;
	uint64_t seen = 0, got = 0;
	int round, step, k;

	sockopt_filter_add(&ip4, 200);
	sockopt_filter_add6(&ip6, 200);

	for (round = 0; round < 12; round++) {
		step = (round * 7 + round / 4) % 4;
		for (k = 0; k < 3; k++) {
			craft_icmp(AF_INET, 200, 0);
			got += is_wanted(filters[step], NULL);
			craft_icmp(AF_INET, 201, 0);
			got += is_wanted(filters[step], NULL);
			craft_icmp(AF_INET6, 200, 0);
			got += is_wanted(filters[step], NULL);
		}
		seen += 3 * of_step[step];
		ck_assert_int_eq(vm_stats(judge_chosen.sock, ICMP, &stats), 0);
		ck_assert_uint_eq(stats.seen, seen);
		ck_assert_uint_eq(stats.delivered + stats.pending, got);
		ck_assert_uint_eq(stats.filtered, seen - got);
	}
	ck_assert_uint_eq(got, 3 * 3 * (1 + 3 + 1));
}
END_TEST

Suite *retune_suite(void)
{
	Suite *suite = suite_create("retune");
	TCase *bytes = vm_case(suite, "retune-bytes", 60, NULL);
	TCase *packets = vm_case(suite, "retune-packets", 60, NULL);
	TCase *after = vm_case(suite, "retune-after", 60, judge_setup);

	tcase_add_unchecked_fixture(bytes, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(bytes, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(bytes, what_both_filters_want_is_never_lost_when_they_change, 0, 2);
	tcase_add_loop_test(bytes,
		what_both_want_is_delivered_or_counted_by_a_ring_that_overflows, 0, 2);
	tcase_add_test(packets, a_program_comes_and_goes_and_no_packet_is_lost);
	tcase_add_loop_test(after, what_is_sent_behind_tune_is_judged_by_the_new_filter, 0, 2);
	tcase_add_test(after, seen_counts_those_of_the_families_that_are_wanted);
	return suite;
}

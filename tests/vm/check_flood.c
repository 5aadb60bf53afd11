/* SPDX-License-Identifier: MIT */
/*
 * Proves that what several processors publish at once, as fast as they can, reaches
 * a reader byte for byte and in the order of each, or is counted. The reader counts
 * for itself.
 */
#include "publisher.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "publisher/pattern.h"

#define THREADS 2
#define ROOM 512

/* What arrived, by what it says itself. */
static struct {
	uint32_t next[THREADS];		/* the least number that may come now */
	uint32_t count[THREADS];
	uint32_t lost;
} got;

static void expect_record(unsigned int i)
{
	const struct sockopt_record *rec = vm_record(&publisher.batch, i);
	const uint8_t *data = sockopt_record_data(rec);
	uint32_t words[PATTERN_WORDS], thread, number;

	ck_assert_uint_ge(rec->caplen, PATTERN_MIN);
	memcpy(&thread, data, 4);
	memcpy(&number, data + 4, 4);
	ck_assert_uint_lt(thread, THREADS);
	ck_assert_uint_ge(number, got.next[thread]);
	ck_assert_uint_eq(rec->len, pattern_len(thread, number));
	ck_assert_uint_eq(rec->caplen, rec->len);
	ck_assert_uint_eq(rec->offset, thread);
	ck_assert_uint_eq(rec->flags, 0);
	pattern_fill(words, thread, number, pattern_len(thread, number));
	ck_assert_mem_eq(data, words, rec->caplen);
	ck_assert_uint_ge(rec->lost, got.lost);
	got.next[thread] = number + 1;
	got.count[thread]++;
	got.lost = rec->lost;
}

/* Everything that is there; false if that is nothing. */
static bool take_all(void)
{
	int n = publisher_take_now(), i;

	ck_assert_msg(n > 0 || n == -EAGAIN, "RECORDS: %d", n);
	for (i = 0; i < n; i++)
		expect_record((unsigned int)i);
	return n > 0;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid != 0;
}

static void command_in_a_process(void *arg)
{
	publisher_commanded(arg);
}

static void read_while(char *command)
{
	pid_t flooder = vm_fork(command_in_a_process, command);
	bool is_over;

	do {
		is_over = has_ended(flooder);
		while (take_all())
			;
		if (!is_over)
			vm_events(publisher.stream, 10);
	} while (!is_over);
	vm_join(flooder);
}

static void expect_sum(uint32_t each)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_eq(stats.seen, THREADS * each);
	ck_assert_uint_eq(got.count[0] + got.count[1] + stats.lost, THREADS * each);
	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_le(got.lost, stats.lost);
	ck_assert_uint_gt(got.count[0] + got.count[1], 0);
}

/* ---- Tests ---- */

static const struct {
	char *command;
	uint32_t slots;
} floods[] = {
	{ "flood 20000 2", 64 }, { "flood 20000 2", 4096 },
	{ "softflood 20000 2", 64 }, { "softflood 20000 2", 4096 },
};

START_TEST(of_a_flood_from_two_processors_each_record_arrives_whole_or_is_counted)
{
	publisher_subscribe(floods[_i].slots, PATTERN_MAX, ROOM);
	read_while(floods[_i].command);
	expect_sum(20000);
}
END_TEST

static char *const fitting[] = { "flood 1000 2", "softflood 1000 2" };

START_TEST(of_a_flood_that_fits_the_ring_nothing_is_lost)
{
	publisher_subscribe(2048, PATTERN_MAX, ROOM);
	publisher_commanded(fitting[_i]);
	while (take_all())
		;
	ck_assert_uint_eq(got.count[0], 1000);
	ck_assert_uint_eq(got.count[1], 1000);
	ck_assert_uint_eq(got.lost, 0);
	expect_sum(1000);
}
END_TEST

START_TEST(a_flood_that_nobody_reads_fills_the_ring_and_counts_the_rest)
{
	struct sockopt_stats stats;

	publisher_subscribe(256, PATTERN_MAX, ROOM);
	publisher_commanded("flood 5000 2");
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_eq(stats.lost, THREADS * 5000 - 256);
	ck_assert(take_all());
	ck_assert_uint_eq(got.count[0] + got.count[1], 256);
	ck_assert(!take_all());
}
END_TEST

static const struct {
	char *command;
	int type;
	int wanted;
} typed[] = {
	{ "flood 300 2 77", 77, 600 }, { "flood 300 2 77", 78, 0 }, { "flood 256 2", 255, 2 },
	{ "softflood 300 2 0", 0, 600 }, { "process 300 5", 5, 300 }, { "softirq 300 5", 5, 300 },
	{ "irq 300 5", 4, 0 },
};

START_TEST(the_publisher_gives_the_type_that_it_is_told)
{
	struct sockopt_stats stats;

	publisher_subscribe_types((const int[]){ typed[_i].type, -1 }, 1024);
	publisher_commanded(typed[_i].command);
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	ck_assert_uint_eq(stats.pending + stats.lost, (unsigned int)typed[_i].wanted);
	ck_assert_int_eq(publisher_take_now(), stats.pending ? (int)stats.pending : -EAGAIN);
}
END_TEST

static bool has_published(void *arg)
{
	struct sockopt_stats stats;

	(void)arg;
	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	return stats.seen > 0;
}

static char *const endless[] = { "flood 2000000000 2", "softflood 2000000000 3" };

START_TEST(a_signal_ends_a_flood)
{
	pid_t flooder;

	publisher_subscribe(64, PATTERN_MAX, ROOM);
	flooder = vm_fork(command_in_a_process, endless[_i]);
	vm_wait(has_published, NULL, "the flood");
	vm_kill(flooder);
	ck_assert_int_eq(publisher_remove(), 0);
}
END_TEST

START_TEST(a_command_that_makes_no_sense_is_refused)
{
	static const char *const bad[] = {
		"flood", "flood 1", "flood 1 0", "flood 1 17", "floods 1 1", "process", "irq", "7",
	};

	ck_assert_int_eq(publisher_command(bad[_i]), -EINVAL);
}
END_TEST

Suite *flood_suite(void)
{
	Suite *suite = suite_create("flood");
	TCase *tc = vm_case(suite, "flood", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc,
		of_a_flood_from_two_processors_each_record_arrives_whole_or_is_counted,
		0, VM_COUNT(floods));
	tcase_add_loop_test(tc, of_a_flood_that_fits_the_ring_nothing_is_lost, 0,
			    VM_COUNT(fitting));
	tcase_add_test(tc, a_flood_that_nobody_reads_fills_the_ring_and_counts_the_rest);
	tcase_add_loop_test(tc, the_publisher_gives_the_type_that_it_is_told, 0, VM_COUNT(typed));
	tcase_add_loop_test(tc, a_signal_ends_a_flood, 0, VM_COUNT(endless));
	tcase_add_loop_test(tc, a_command_that_makes_no_sense_is_refused, 0, 8);
	return suite;
}

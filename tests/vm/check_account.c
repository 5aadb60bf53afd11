/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream's counters add up in every look that one takes, also while two
 * processors publish, that they never go back, that all places tell the same; and that
 * a record which finds its slot's last writer at work is lost as such.
 */
#include "subscriber.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapping.h"

/* ---- Looks ---- */

/* What one look says, wherever one looks. */
struct look {
	uint64_t seen, filtered, delivered, pending, lost_full, lost_busy;
};

static uint64_t told_by_fdinfo(const char *info, const char *name)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\nsockopt-%s:\t", name);
	at = strstr(info, key);
	ck_assert_msg(at != NULL, "no %s in\n%s", name, info);
	return strtoull(at + strlen(key), NULL, 10);
}

static struct look by_fdinfo(int fd)
{
	char path[64], info[4096];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ck_assert_int_gt(vm_read(path, info, sizeof(info)), 0);
	return (struct look){
		.seen = told_by_fdinfo(info, "seen"),
		.filtered = told_by_fdinfo(info, "filtered"),
		.delivered = told_by_fdinfo(info, "delivered"),
		.pending = told_by_fdinfo(info, "pending"),
		.lost_full = told_by_fdinfo(info, "lost-full"),
		.lost_busy = told_by_fdinfo(info, "lost-busy"),
	};
}

/* The line of the stream with so many slots. */
static struct look by_proc(uint32_t slots)
{
	char streams[VM_FILE_MAX], *line;
	struct look look;
	uint32_t told;

	ck_assert_int_gt(vm_read(VM_STREAMS, streams, sizeof(streams)), 0);
	for (line = strtok(streams, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "publisher %*u %*d %*u %" SCNu32 " %*u %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &told, &look.seen,
			   &look.filtered, &look.delivered, &look.pending, &look.lost_full,
			   &look.lost_busy) == 7 && told == slots)
			return look;
	ck_abort_msg("no stream of %u slots in %s", slots, VM_STREAMS);
	return look;
}

static struct look by_stats(struct sockopt_stream *st)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	ck_assert_uint_eq(stats.lost, stats.lost_full + stats.lost_busy);
	return (struct look){ stats.seen, stats.filtered, stats.delivered, stats.pending,
			      stats.lost_full, stats.lost_busy };
}

static struct look look_at(struct sockopt_stream *st, uint32_t slots, int place)
{
	return place == 0 ? by_stats(st) :
	       place == 1 ? by_fdinfo(sockopt_stream_fd(st)) : by_proc(slots);
}

static void expect_sum(const struct look *look)
{
	ck_assert_uint_eq(look->seen, look->filtered + look->delivered + look->pending +
					      look->lost_full + look->lost_busy);
}

/* pending and filtered are what is left over; the others only grow. */
static void expect_no_step_back(const struct look *was, const struct look *is)
{
	ck_assert_uint_ge(is->seen, was->seen);
	ck_assert_uint_ge(is->delivered, was->delivered);
	ck_assert_uint_ge(is->lost_full, was->lost_full);
	ck_assert_uint_ge(is->lost_busy, was->lost_busy);
}

/* ---- Under load ---- */

#define EACH (vm_fewer(390) * 256 + REST)	/* of each thread: 100,000, or a tenth */
#define REST 160	/* types go round, and all below HALF once more */
#define WATCHED 3
#define HALF 128	/* types below it are wanted */

/* One that takes all, one that is mapped, one that wants half of it and takes nothing. */
static struct watched {
	struct subscriber sub;
	uint32_t slots;
	struct look last[3];
} watched[WATCHED] = { { .slots = 1024 }, { .slots = 512 }, { .slots = 256 } };

static void open_half(struct subscriber *sub, uint32_t slots)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockopt_config config = { .size = sizeof(config), .filter = &filter };
	uint32_t type;

	subscriber_open(sub, slots, 1, false);
	for (type = 0; type < HALF; type++)
		sockopt_filter_add(&filter, (uint8_t)type);
	ck_assert_int_eq(sockopt_stream_tune(sub->st, &config), 0);
}

/* Who looks waits for the mapped one: for so many records, not for each. */
static void open_watched(void)
{
	subscriber_open(&watched[0].sub, watched[0].slots, 1, false);
	subscriber_open(&watched[1].sub, watched[1].slots, 64, true);
	open_half(&watched[2].sub, watched[2].slots);
}

static void look(struct watched *one)
{
	int place;

	for (place = 0; place < 3; place++) {
		struct look now = look_at(one->sub.st, one->slots, place);

		expect_sum(&now);
		expect_no_step_back(&one->last[place], &now);
		ck_assert_uint_le(now.pending, one->slots);
		ck_assert_uint_le(now.delivered, one->sub.got);
		one->last[place] = now;
	}
}

static void expect_the_same_everywhere(struct watched *one)
{
	int place;

	for (place = 1; place < 3; place++)
		ck_assert_mem_eq(&one->last[place], &one->last[0], sizeof(one->last[0]));
}

/* What came is known by its number: all, and of one stream those of half the types. */
static void expect_all_counted(void)
{
	struct look *half = &watched[2].last[0];

	subscriber_expect_all(&watched[0].sub, 2 * EACH);
	subscriber_expect_all(&watched[1].sub, 2 * EACH);
	ck_assert_uint_eq(half->seen, 2 * EACH);
	ck_assert_uint_eq(half->delivered, 0);
	ck_assert_uint_eq(half->pending, watched[2].slots);
	ck_assert_uint_eq(half->filtered, 2ULL * (EACH - (EACH / 256 * HALF + HALF)));
}

START_TEST(every_look_adds_up_and_none_goes_back_while_two_processors_publish)
{
	unsigned int looks = 0;
	char flood[32];
	pid_t pid;
	int i;

	snprintf(flood, sizeof(flood), "flood %u 2", EACH);
	open_watched();
	vm_come_first();
	pid = subscriber_flood(flood);
	while (!subscriber_has_ended(pid)) {
		subscriber_take(&watched[0].sub, 300);
		subscriber_take(&watched[1].sub, UINT32_MAX);
		for (i = 0; i < WATCHED; i++, looks++)
			look(&watched[i]);
		sockopt_stream_wait(watched[1].sub.st, 1);
	}
	vm_join(pid);
	for (i = 0; i < WATCHED; i++) {
		look(&watched[i]);
		expect_the_same_everywhere(&watched[i]);
	}
	printf("# looks: %u\n", looks);
	ck_assert_uint_gt(looks, 30);
	expect_all_counted();
}
END_TEST

/* ---- Busy ---- */

static struct mapping victim;
static int is_over;

static bool is_committed(uint32_t pos)
{
	const struct sockopt_record *rec = (const void *)
		(victim.slots + (size_t)(pos & victim.mask) * victim.slot_size);

	return __atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE) == pos + 1;
}

/*
 * A reader that now and then says to be done with the record behind the last one, which
 * may be half written.
 */
static void *run_ahead(void *unused)
{
	uint32_t pos = publisher.opened.cursor, lie = 0;

	vm_move_to(1);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		if (is_committed(pos + 1))
			pos++;
		if (is_committed(pos))
			pos++;
		__atomic_store_n(victim.tail, pos + lie, __ATOMIC_RELEASE);
		lie = !lie;
	}
	return unused;
}

static struct sockopt_stats counts(void)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(publisher.sock, publisher.channel.id, &stats), 0);
	return stats;
}

static uint64_t given(void)
{
	char text[32] = { 0 };
	socklen_t len = sizeof(text) - 1;

	ck_assert_int_eq(vm_get(publisher.sock, publisher.channel.id, SOCKOPT_TEXT, text, &len),
			 0);
	return strtoull(text, NULL, 10);
}

static bool has_met_a_writer(void *unused)
{
	(void)unused;
	publisher_commanded("nested 2000");
	return counts().lost_busy;
}

/*
 * An interrupt finds a record half written in a ring of two, whose reader has given
 * away the room for two more: its second record has no slot, and the ring is not full.
 */
START_TEST(a_record_whose_slot_is_still_written_is_lost_as_busy_and_nothing_else_is)
{
	struct sockopt_stats stats;
	pthread_t thread;

	publisher_subscribe(2, 512, 1);
	mapping_open(&victim, publisher.stream, &publisher.opened);
	vm_move_to(0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_ahead, NULL), 0);
	vm_wait(has_met_a_writer, NULL, "a record that finds a writer in its slot");
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	stats = counts();
	ck_assert_uint_eq(stats.seen, given());
	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_eq(stats.lost, stats.lost_full + stats.lost_busy);
	ck_assert_uint_eq(stats.delivered + stats.pending + stats.lost, given());
	ck_assert_int_eq(vm_stat("publisher", "lost_busy"), (long long)stats.lost_busy);
	ck_assert_uint_eq(by_fdinfo(publisher.stream).lost_busy, stats.lost_busy);
	ck_assert_uint_eq(by_proc(2).lost_busy, stats.lost_busy);
}
END_TEST

Suite *account_suite(void)
{
	Suite *suite = suite_create("account");
	TCase *tc = vm_case(suite, "account", 60, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_test(tc, every_look_adds_up_and_none_goes_back_while_two_processors_publish);
	tcase_add_test(tc,
		a_record_whose_slot_is_still_written_is_lost_as_busy_and_nothing_else_is);
	return suite;
}

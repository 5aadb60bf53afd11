/* SPDX-License-Identifier: MIT */
/*
 * Proves that a pool of 100 subscribers gets 100,000 messages of 768 bytes each, from
 * four threads of the kernel, in every way to read: all of them where the rings have
 * room for a burst; at full speed each one, or it is counted.
 */
#include "subscriber.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "publisher/pattern.h"

#define POOL 100
#define THREADS 4
#define MESSAGES vm_fewer(100000)
#define BURST 1000		/* messages */
#define BURSTS (MESSAGES / BURST)
#define SLOTS 1024		/* have room for a burst */
#define FEW_SLOTS 64
/*
 * At full speed the loop comes first. Where the kernel is preempted for it, it would be woken
 * for every message of a stream, to take one of each of the others.
 */
#define FEW_WAKE 16

static char burst[] = "pool 250 4";
#define ROUND vm_fewer(10000)	/* messages at full speed; then something is told */
#define ROUNDS vm_fewer(10)

enum way { PULL, READ, MAP, WAYS };

static struct member {
	struct sockopt_stream *st;
	uint32_t next[THREADS];		/* the least number that may come now */
	uint64_t got;
} pool[POOL];

static enum way way;
static int epfd;
static uint8_t buffer[64 * (PATTERN_MAX + 64)];	/* for read */

/* ---- The pool ---- */

static void join(struct member *member, struct sockopt *so, uint32_t slots, uint32_t wake)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = slots,
					 .snaplen = PATTERN_MAX, .batch = 65536,
					 .wake_records = wake };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = member };
	int fd;

	ck_assert_int_eq(sockopt_stream_open(&member->st, so, publisher.channel.id, &config), 0);
	if (way == MAP)
		ck_assert_int_eq(sockopt_stream_map(member->st), 0);
	fd = sockopt_stream_fd(member->st);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), 0);
}

static void setup_pool(enum way chosen, uint32_t slots, uint32_t wake)
{
	int i;

	way = chosen;
	epfd = epoll_create1(EPOLL_CLOEXEC);
	vm_limit_set("ring_bytes_max", "200000000");
	for (i = 0; i < POOL; i++) {
		struct sockopt *so;

		ck_assert_int_eq(sockopt_open(&so), 0);
		join(&pool[i], so, slots, wake);
		sockopt_close(so);
	}
}

static void close_pool(void)
{
	int i;

	for (i = 0; i < POOL; i++)
		sockopt_stream_close(pool[i].st);
	close(epfd);
	vm_wait_rings_gone();
	vm_sysctls_reset();
}

/* ---- Messages ---- */

static void count(struct member *member, const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec);
	uint32_t words[PATTERN_WORDS], thread, number;

	VM_EXPECT(rec->caplen == PATTERN_MAX);
	memcpy(&thread, data, 4);
	memcpy(&number, data + 4, 4);
	VM_EXPECT(thread < THREADS);
	VM_EXPECT(number >= member->next[thread]);
	member->next[thread] = number + 1;
	if (member->got++ % 16)
		return;		/* byte for byte, now and then */
	pattern_fill(words, thread, number, PATTERN_MAX);
	VM_EXPECT(!memcmp(data, words, PATTERN_MAX));
}

static bool next(struct member *member)
{
	const struct sockopt_record *rec = sockopt_stream_next(member->st);

	if (!rec)
		return false;
	count(member, rec);
	sockopt_stream_release(member->st);
	return true;
}

static void take_pulled(struct member *member)
{
	int ret;

	while ((ret = sockopt_stream_pull(member->st)) > 0)
		while (next(member))
			;
	VM_EXPECT(ret == -EAGAIN);
}

static void take_read(struct member *member)
{
	size_t slot = sockopt_ring_slot_size(PATTERN_MAX), at;
	ssize_t len;

	while ((len = read(sockopt_stream_fd(member->st), buffer, sizeof(buffer))) > 0)
		for (at = 0; at < (size_t)len; at += slot)
			count(member, (const void *)(buffer + at));
	VM_EXPECT(len < 0 && errno == EAGAIN);
}

static void take_mapped(struct member *member)
{
	while (next(member))
		;
}

static void (*const takers[WAYS])(struct member *member) = {
	[PULL] = take_pulled, [READ] = take_read, [MAP] = take_mapped,
};

/* The loop of the pool: whoever has something. False: nobody has, for so long. */
static bool serve(int timeout)
{
	struct epoll_event events[POOL];
	int i, n = epoll_wait(epfd, events, POOL, timeout);

	VM_EXPECT(n >= 0);
	for (i = 0; i < n; i++)
		takers[way](events[i].data.ptr);
	return n > 0;
}

static struct sockopt_stats counts(const struct member *member)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(member->st, &stats), 0);
	return stats;
}

/* A wake-up may come after what it tells: on a real-time kernel a thread brings it. */
static bool is_all_taken(void *unused)
{
	int i;

	(void)unused;
	while (serve(0))
		;
	for (i = 0; i < POOL; i++)
		if (counts(&pool[i]).pending)
			return false;
	return true;
}

static void serve_until_ended(pid_t publisher_pid)
{
	while (!subscriber_has_ended(publisher_pid))
		serve(10);
	vm_join(publisher_pid);
	vm_wait(is_all_taken, NULL, "the pool to take all");
}

static void expect_all_counted(const struct member *member, uint64_t messages)
{
	struct sockopt_stats stats = counts(member);

	ck_assert_uint_eq(stats.seen, messages);
	ck_assert_uint_eq(stats.filtered + stats.pending, 0);
	ck_assert_uint_eq(stats.delivered, member->got);
	ck_assert_uint_eq(member->got + stats.lost, messages);
}

/* ---- Tests, each in all ways ---- */

static void tell(const char *what, uint64_t number)
{
	printf("# %s: %llu\n", what, (unsigned long long)number);
	fflush(stdout);
}

/* The numbers of a burst begin anew. */
static void begin_burst(void)
{
	int i;

	for (i = 0; i < POOL; i++)
		memset(pool[i].next, 0, sizeof(pool[i].next));
}

START_TEST(where_rings_have_room_for_a_burst_no_message_is_lost)
{
	unsigned int round;
	int i;

	setup_pool((enum way)_i, SLOTS, 1);
	for (round = 0; round < BURSTS; round++) {
		begin_burst();
		serve_until_ended(subscriber_flood(burst));
		if (round % 20 == 19)
			tell("bursts", round + 1);
	}
	for (i = 0; i < POOL; i++) {
		expect_all_counted(&pool[i], MESSAGES);
		ck_assert_uint_eq(pool[i].got, MESSAGES);
	}
	close_pool();
}
END_TEST

START_TEST(at_full_speed_every_message_is_delivered_or_counted)
{
	char flood[32];
	unsigned int round;
	uint64_t got = 0;
	int i;

	setup_pool((enum way)_i, FEW_SLOTS, FEW_WAKE);
	vm_come_first();
	snprintf(flood, sizeof(flood), "pool %d %d", (int)ROUND / THREADS, THREADS);
	for (round = 0; round < ROUNDS; round++) {
		begin_burst();
		serve_until_ended(subscriber_flood(flood));
		tell("rounds at full speed", round + 1);
	}
	for (i = 0; i < POOL; i++) {
		expect_all_counted(&pool[i], (uint64_t)ROUND * ROUNDS);
		ck_assert_uint_ge(pool[i].got, FEW_SLOTS);
		got += pool[i].got;
	}
	tell("messages delivered at full speed, by all", got);
	close_pool();
}
END_TEST

Suite *pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = vm_case(suite, "pool", 400, NULL);

	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_checked_fixture(tc, publisher_setup, publisher_remove_after_all);
	tcase_add_loop_test(tc, where_rings_have_room_for_a_burst_no_message_is_lost, 0, WAYS);
	tcase_add_loop_test(tc, at_full_speed_every_message_is_delivered_or_counted, 0, WAYS);
	return suite;
}

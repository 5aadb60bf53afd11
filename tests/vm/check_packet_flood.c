/* SPDX-License-Identifier: MIT */
/*
 * Proves that of 100,000 real packets from two processors each of three streams, whose
 * filters differ, gets those that it wants, byte for byte and in the order of their
 * sender, or has them counted.
 *
 *   all       no filter, pulled
 *   second    what is sent to the second address: a condition; mapped
 *   odd       every other packet of each sender: a program; pulled, few wake-ups
 */
#include "vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define EACH vm_fewer(50000)
#define SENDERS 2
#define PAYLOAD 40
#define IP_LEN 20

static const char *const addresses[SENDERS] = { "127.0.0.1", "127.0.0.2" };

/* ---- Streams ---- */

struct taker {
	struct sockopt_stream *st;
	bool is_mapped;
	uint16_t step;			/* between numbers that are wanted: 1 or 2 */
	uint32_t next[SENDERS];		/* the least number that may come now */
	uint64_t got[SENDERS];
	uint64_t wanted[SENDERS];	/* how many there are to want */
	uint32_t lost;
};

static struct taker all = { .step = 1 };
static struct taker second = { .step = 1, .is_mapped = true };
static struct taker odd = { .step = 2 };

static void open_all(void)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = 4096,
					 .batch = 65536 };

	ck_assert_int_eq(sockopt_icmp_open(&all.st, &config), 0);
}

static void open_second(void)
{
	struct sockopt_filter filter = { .size = sizeof(filter), .family = AF_INET,
					 .dst_prefix = 32 };
	struct sockopt_config config = { .size = sizeof(config), .slots = 1024,
					 .filter = &filter };

	sockopt_filter_add(&filter, ECHO_REQUEST);
	ck_assert_int_eq(inet_pton(AF_INET, addresses[1], filter.dst), 1);
	ck_assert_int_eq(sockopt_icmp_open(&second.st, &config), 0);
	ck_assert_int_eq(sockopt_stream_map(second.st), 0);
}

/* The last bit of the sequence number. */
static void open_odd(void)
{
	static const struct sockopt_instruction program[] = {
		{ 0x30, 0, 0, IP_LEN + 7 },	/* ldb [27] */
		{ 0x45, 0, 1, 1 },		/* jset #1, next, last */
		{ 0x06, 0, 0, 0xffff },		/* ret #65535 */
		{ 0x06, 0, 0, 0 },		/* ret #0 */
	};
	struct sockopt_filter filter = { .size = sizeof(filter),
					 .program_len = VM_COUNT(program) };
	struct sockopt_config config = { .size = sizeof(config), .slots = 256,
					 .filter = &filter, .program = program,
					 .wake_records = 64 };

	sockopt_filter_add_all(&filter);
	ck_assert_int_eq(sockopt_icmp_open(&odd.st, &config), 0);
	odd.next[0] = odd.next[1] = 1;
}

/* ---- Senders ---- */

static void flood(void *arg)
{
	int who = *(int *)arg, fd = vm_sender();
	uint32_t i;

	vm_move_to(who);
	for (i = 0; i < EACH; i++)
		vm_echo(fd, addresses[who], (uint16_t)who, (uint16_t)i, PAYLOAD, 0);
}

/* ---- Takers ---- */

/* The whole packet but for what the kernel made of the IP header by itself. */
static void expect_bytes(const struct sockopt_record *rec, int who)
{
	const uint8_t *ip = sockopt_record_data(rec), *icmp = ip + IP_LEN;
	uint8_t address[4];
	uint32_t i;

	ck_assert_uint_eq(rec->len, IP_LEN + 8 + PAYLOAD);
	ck_assert_uint_eq(rec->caplen, rec->len);
	ck_assert_uint_eq(rec->offset, IP_LEN);
	ck_assert_uint_eq(vm_checksum(ip, IP_LEN), 0);
	ck_assert_uint_eq(vm_checksum(icmp, 8 + PAYLOAD), 0);
	ck_assert_int_eq(inet_pton(AF_INET, addresses[who], address), 1);
	ck_assert_mem_eq(ip + 16, address, 4);
	ck_assert_uint_eq(icmp[0], ECHO_REQUEST);
	for (i = 0; i < PAYLOAD; i++)
		ck_assert_uint_eq(icmp[8 + i], i);
}

static void check_record(struct taker *taker, const struct sockopt_record *rec)
{
	const uint8_t *icmp = sockopt_record_data(rec) + IP_LEN;
	int who = icmp[4] << 8 | icmp[5];
	uint32_t number = (uint32_t)(icmp[6] << 8 | icmp[7]);

	ck_assert_int_lt(who, SENDERS);
	expect_bytes(rec, who);
	ck_assert_uint_gt(taker->wanted[who], 0);
	ck_assert_uint_lt(number, EACH);
	ck_assert_uint_ge(number, taker->next[who]);
	ck_assert_uint_eq((number - taker->next[who]) % taker->step, 0);
	ck_assert_int_ge((int32_t)(rec->lost - taker->lost), 0);
	taker->next[who] = number + taker->step;
	taker->lost = rec->lost;
	taker->got[who]++;
}

static const struct sockopt_record *next(struct taker *taker)
{
	const struct sockopt_record *rec = sockopt_stream_next(taker->st);
	int n;

	if (rec || taker->is_mapped)
		return rec;
	n = sockopt_stream_pull(taker->st);
	ck_assert_msg(n > 0 || n == -EAGAIN, "pull: %d", n);
	return sockopt_stream_next(taker->st);
}

static unsigned int take_up_to(struct taker *taker, unsigned int most)
{
	const struct sockopt_record *rec;
	unsigned int n = 0;

	for (; n < most && (rec = next(taker)); n++) {
		check_record(taker, rec);
		sockopt_stream_release(taker->st);
	}
	return n;
}

static uint64_t seen(const struct taker *taker)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(sockopt_stream_stats(taker->st, &stats), 0);
	return stats.seen;
}

static void expect_all(struct taker *taker)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	uint64_t wanted = taker->wanted[0] + taker->wanted[1];
	uint64_t got;

	while (take_up_to(taker, 1000))
		;
	got = taker->got[0] + taker->got[1];
	ck_assert_int_eq(sockopt_stream_stats(taker->st, &stats), 0);
	ck_assert_uint_eq(stats.seen, SENDERS * EACH);
	ck_assert_uint_eq(stats.filtered, SENDERS * EACH - wanted);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.delivered, got);
	ck_assert_uint_eq(got + stats.lost, wanted);
	ck_assert_uint_le(taker->lost, stats.lost);
	ck_assert_uint_gt(got, wanted / 100);
	sockopt_stream_close(taker->st);
}

START_TEST(of_100000_packets_each_filter_gets_its_own_or_has_them_counted)
{
	static int names[SENDERS] = { 0, 1 };
	pid_t pids[SENDERS];
	int i;

	open_all();
	open_second();
	open_odd();
	all.wanted[0] = all.wanted[1] = second.wanted[1] = EACH;
	odd.wanted[0] = odd.wanted[1] = EACH / 2;
	for (i = 0; i < SENDERS; i++)
		pids[i] = vm_fork(flood, &names[i]);
	while (seen(&all) < SENDERS * EACH) {
		take_up_to(&second, 500);
		take_up_to(&odd, 100);
		if (!take_up_to(&all, 1000))
			sockopt_stream_wait(all.st, 10);
	}
	for (i = 0; i < SENDERS; i++)
		vm_join(pids[i]);
	expect_all(&all);
	expect_all(&second);
	expect_all(&odd);
}
END_TEST

Suite *packet_flood_suite(void)
{
	Suite *suite = suite_create("packet_flood");
	TCase *tc = vm_case(suite, "flood", 110, vm_new_netns_quiet);

	tcase_add_test(tc, of_100000_packets_each_filter_gets_its_own_or_has_them_counted);
	return suite;
}

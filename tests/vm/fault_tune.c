/* SPDX-License-Identifier: MIT */
/*
 * Proves that a TUNE in which something failed leaves the stream as it was, a STOP leaves
 * it going, and a close ends it all the same; and that the streams beside it go on.
 */
#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "packet.h"

/* ---- A stream, what it wants, and what it gets ---- */

/* In this order; the last one is wanted by every filter, and so tells that all came. */
static const struct {
	const char *address;
	uint8_t type;
} packets[] = { { "::1", 200 }, { VM_LO, 201 }, { VM_LO, 200 }, { VM_LO, 202 } };

#define ALL ((1 << VM_COUNT(packets)) - 1)	/* masks of them, as filters */
#define SOME ((1 << 2) | (1 << 3))
#define OTHERS ((1 << 0) | (1 << 1) | (1 << 3))

#define WAKE_BEFORE 2	/* records */
#define WAKE_AFTER 3
#define BESIDE 4	/* streams: so many that a lane has room for one more */

static const struct sockopt_instruction take_all[] = { { .code = 0x06, .k = 0xffffffff } };

/* Nobody replies to these types. */
static void send_packets(void)
{
	int i;

	for (i = 0; i < VM_COUNT(packets); i++) {
		build(packets[i].address, packets[i].address, 1, 16);
		packet.bytes[packet.offset] = packets[i].type;
		sum_icmp();
		send_packet();
	}
}

static int count_of(int wanted)
{
	return __builtin_popcount((unsigned int)wanted);
}

/* What was sent comes once if it was wanted, in its order, and nothing else. */
static void expect_packets(struct vm_reader *reader, int wanted)
{
	unsigned int at = 0;
	int i;

	vm_wait_queued(reader->sock, (uint64_t)count_of(wanted));
	ck_assert_int_eq(vm_reader_take(reader), count_of(wanted));
	for (i = 0; i < VM_COUNT(packets); i++) {
		const struct sockopt_record *rec;

		if (!(wanted & 1 << i))
			continue;
		rec = vm_record(&reader->batch, at++);
		ck_assert_uint_eq(sockopt_record_data(rec)[rec->offset], packets[i].type);
		ck_assert_uint_eq(rec->family, strchr(packets[i].address, ':') ? AF_INET6 :
									       AF_INET);
	}
	vm_expect_nothing(reader);
}

static struct sockopt_filter filter_of(int wanted)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	int i;

	for (i = 0; i < VM_COUNT(packets); i++)
		if (wanted & 1 << i && strchr(packets[i].address, ':'))
			sockopt_filter_add6(&filter, packets[i].type);
		else if (wanted & 1 << i)
			sockopt_filter_add(&filter, packets[i].type);
	return filter;
}

/* ---- TUNE ---- */

static struct tuning {
	const char *name;
	uint32_t flags;
	int from, to;		/* what is wanted */
	bool has_program;
	bool is_alone;		/* nobody else subscribes: hooks come and go */
	struct vm_reader chosen, beside[BESIDE];
	char info[2048];
} tunings[] = {
	{ .name = "TUNE of the wake-up", .flags = SOCKOPT_TUNE_F_WAKE,
	  .from = SOME, .to = SOME },
	{ .name = "TUNE of the filter", .flags = SOCKOPT_TUNE_F_FILTER,
	  .from = SOME, .to = OTHERS },
	{ .name = "TUNE of the filter, alone", .flags = SOCKOPT_TUNE_F_FILTER,
	  .from = SOME, .to = OTHERS, .is_alone = true },
	{ .name = "TUNE of the filter, with a program", .flags = SOCKOPT_TUNE_F_FILTER,
	  .from = SOME, .to = OTHERS, .has_program = true },
	{ .name = "TUNE of both", .flags = SOCKOPT_TUNE_F_FILTER | SOCKOPT_TUNE_F_WAKE,
	  .from = SOME, .to = OTHERS },
	{ .name = "TUNE from some to all", .flags = SOCKOPT_TUNE_F_FILTER,
	  .from = SOME, .to = ALL },
	{ .name = "TUNE from all to some", .flags = SOCKOPT_TUNE_F_FILTER,
	  .from = ALL, .to = SOME },
};

static int tune(struct tuning *tuning, uint32_t flags, int wanted, uint32_t wake)
{
	struct sockopt_filter filter = filter_of(wanted);
	bool has_filter = flags & SOCKOPT_TUNE_F_FILTER && wanted != ALL;
	struct sockopt_tune arg = {
		.size = sizeof(arg), .flags = flags,
		.wake_records = flags & SOCKOPT_TUNE_F_WAKE ? wake : 0,
	};

	filter.program_len = tuning->has_program ? VM_COUNT(take_all) : 0;
	arg.filter_len = has_filter ? vm_filter_bytes(&filter) : 0;
	return vm_tune(tuning->chosen.sock, ICMP, &arg, has_filter ? &filter : NULL, take_all);
}

static void read_info(const struct tuning *tuning, char *info, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", tuning->chosen.stream);
	ck_assert_int_gt(vm_read(path, info, size), 0);
}

static void expect_at_work(struct tuning *tuning, int wanted)
{
	int i;

	send_packets();
	expect_packets(&tuning->chosen, wanted);
	for (i = 0; !tuning->is_alone && i < BESIDE; i++)
		expect_packets(&tuning->beside[i], ALL);
}

/* From wherever a TUNE that had no memory to leave lanes has left it. */
static void tune_back(void *arg)
{
	struct tuning *tuning = arg;

	ck_assert_int_eq(tune(tuning, SOCKOPT_TUNE_F_FILTER | SOCKOPT_TUNE_F_WAKE,
			      tuning->from, WAKE_BEFORE), 0);
	expect_at_work(tuning, tuning->from);
	read_info(tuning, tuning->info, sizeof(tuning->info));
}

static int try_to_tune(void *arg)
{
	struct tuning *tuning = arg;

	return tune(tuning, tuning->flags, tuning->to, WAKE_AFTER);
}

static void expect_wake(const struct tuning *tuning, const char *info, uint32_t records)
{
	char line[64];

	if (!(tuning->flags & SOCKOPT_TUNE_F_WAKE))
		return;
	snprintf(line, sizeof(line), "\nsockopt-wake-records:\t%u\n", records);
	ck_assert_ptr_nonnull(strstr(info, line));
}

static void check_tuned(void *arg, int ret)
{
	struct tuning *tuning = arg;
	char info[sizeof(tuning->info)];

	read_info(tuning, info, sizeof(info));
	if (ret < 0)
		ck_assert_str_eq(info, tuning->info);
	expect_wake(tuning, info, ret < 0 ? WAKE_BEFORE : WAKE_AFTER);
	expect_at_work(tuning, ret < 0 ? tuning->from : tuning->to);
}

START_TEST(a_tune_that_failed_changes_nothing)
{
	struct tuning *tuning = &tunings[_i];
	const struct fault_call tuned = {
		.name = tuning->name,
		.before = tune_back,
		.make = try_to_tune,
		.after = check_tuned,
	};
	int i;

	vm_reader_open(&tuning->chosen, SLOTS, 0, SLOTS);
	for (i = 0; !tuning->is_alone && i < BESIDE; i++)
		vm_reader_open(&tuning->beside[i], SLOTS, 0, SLOTS);
	fault_sweep(&tuned, tuning);
}
END_TEST

/* ---- STOP ---- */

static void open_with_packets(void *arg)
{
	struct vm_reader *reader = arg;

	vm_reader_open(reader, SLOTS, 0, SLOTS);
	send_packets();
	vm_wait_queued(reader->sock, VM_COUNT(packets));
}

static int try_to_stop(void *arg)
{
	struct vm_reader *reader = arg;

	return vm_stop(reader->sock, ICMP);
}

static void check_stopped(void *arg, int ret)
{
	struct vm_reader *reader = arg;
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_reader_take(reader), VM_COUNT(packets));
	/* acknowledges them: what is queued from now on is new */
	ck_assert_int_eq(vm_reader_take(reader), ret < 0 ? -EAGAIN : 0);
	ck_assert_int_eq(vm_stats(reader->sock, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.flags, ret < 0 ? 0 : SOCKOPT_STATS_F_ENDED);
	send_packets();
	if (ret < 0)
		expect_packets(reader, ALL);
	else
		ck_assert_int_eq(vm_reader_take(reader), 0);
	vm_reader_close(reader);
}

START_TEST(a_stop_that_failed_ends_no_stream)
{
	const struct fault_call stopped = {
		.name = "STOP",
		.before = open_with_packets,
		.make = try_to_stop,
		.after = check_stopped,
	};
	struct vm_reader reader;

	fault_sweep(&stopped, &reader);
}
END_TEST

/* ---- close ---- */

#define STREAMS 4

static void open_some(void *arg)
{
	struct vm_reader *readers = arg;
	int i;

	for (i = 0; i < STREAMS; i++)
		vm_reader_open(&readers[i], SLOTS, 0, SLOTS);
}

/* Half of them: then the lanes are made smaller, if there is memory for it. */
static int close_half(void *arg)
{
	struct vm_reader *readers = arg;

	return -(close(readers[0].stream) || close(readers[1].stream));
}

static void check_closed(void *arg, int ret)
{
	struct vm_reader *readers = arg;
	int i;

	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(vm_stream_count(), STREAMS / 2);
	vm_no_stream_on(readers[0].sock, &readers[0].open);
	vm_no_stream_on(readers[1].sock, &readers[1].open);
	send_packets();
	for (i = STREAMS / 2; i < STREAMS; i++)
		expect_packets(&readers[i], ALL);
	for (i = STREAMS / 2; i < STREAMS; i++)
		close(readers[i].stream);
	for (i = 0; i < STREAMS; i++) {
		close(readers[i].sock);
		vm_batch_free(&readers[i].batch);
	}
}

START_TEST(a_close_ends_its_stream_whatever_fails_and_no_other_one)
{
	const struct fault_call closed = {
		.name = "close",
		.before = open_some,
		.make = close_half,
		.after = check_closed,
	};
	struct vm_reader readers[STREAMS];

	fault_sweep(&closed, readers);
}
END_TEST

Suite *fault_tune_suite(void)
{
	Suite *suite = suite_create("fault_tune");
	TCase *tc = fault_case(suite, "tune", vm_new_netns);

	tcase_add_loop_test(tc, a_tune_that_failed_changes_nothing, 0, VM_COUNT(tunings));
	tcase_add_test(tc, a_stop_that_failed_ends_no_stream);
	tcase_add_test(tc, a_close_ends_its_stream_whatever_fails_and_no_other_one);
	return suite;
}

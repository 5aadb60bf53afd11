/* SPDX-License-Identifier: MIT */
/*
 * Proves that no record is lost when RECORDS or read fails: the same call, repeated, brings
 * the same records, each once.
 */
#include "fault.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sequence.h"

#define RING 64		/* records; two pages of them */
#define TAKEN 40	/* in a call: from both pages, and now and then around the end */
#define PARTS 20	/* of what readv fills: more than the kernel has room for at hand */

static struct vm_reader reader;
static uint32_t acknowledged;	/* records, so far */

static void setup(void)
{
	sequence_setup();
	vm_reader_open(&reader, RING, 0, TAKEN);
	acknowledged = 0;
}

static void fill_ring(void *unused)
{
	(void)unused;
	queue(&reader, RING - (sent - acknowledged));
	expect_stats(&reader, acknowledged, RING, 0);
}

/* ---- RECORDS ---- */

/* From this record on, and all before it are acknowledged by that. */
static int take_from(uint32_t number)
{
	uint32_t cursor = reader.open.cursor + number;

	return vm_records(reader.sock, &reader.batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT);
}

static int take_again(void *unused)
{
	(void)unused;
	return take_from(acknowledged);
}

static void expect_same(void *unused, int ret)
{
	(void)unused;
	ck_assert(is_readable(reader.stream) || ret >= 0);
	if (ret < 0)
		ret = take_from(acknowledged);
	ck_assert_int_eq(ret, TAKEN);
	expect_run(&reader, reader.open.cursor + acknowledged, acknowledged, TAKEN);
	expect_stats(&reader, acknowledged, RING, 0);
}

START_TEST(a_records_that_failed_brings_the_same_when_it_is_repeated)
{
	const struct fault_call taken = {
		.name = "RECORDS",
		.make = take_again,
		.after = expect_same,
	};

	fill_ring(NULL);
	fault_sweep(&taken, NULL);
}
END_TEST

static int acknowledge_one(void *unused)
{
	(void)unused;
	return take_from(acknowledged + 1);
}

/* What was acknowledged stays so, and may be acknowledged again. */
static void expect_next(void *unused, int ret)
{
	uint64_t delivered = stats_of(reader.sock).delivered;

	(void)unused;
	if (ret < 0) {
		ck_assert(delivered == acknowledged || delivered == acknowledged + 1);
		ret = take_from(acknowledged + 1);
	}
	acknowledged++;
	ck_assert_int_eq(ret, TAKEN);
	expect_run(&reader, reader.open.cursor + acknowledged, acknowledged, TAKEN);
	expect_stats(&reader, acknowledged, RING - 1, 0);
}

START_TEST(a_records_that_acknowledges_and_failed_loses_nothing)
{
	const struct fault_call taken = {
		.name = "RECORDS that acknowledges",
		.before = fill_ring,
		.make = acknowledge_one,
		.after = expect_next,
		.may_be_done = true,
	};

	fault_sweep(&taken, NULL);
}
END_TEST

/* ---- read ---- */

static uint8_t buf[TAKEN * SLOT_SIZE];

static int read_once(void *unused)
{
	ssize_t len = read(reader.stream, buf, sizeof(buf));

	(void)unused;
	return len < 0 ? -errno : (int)len;
}

static int read_parts(void *unused)
{
	struct iovec parts[PARTS];
	ssize_t len;
	int i;

	(void)unused;
	for (i = 0; i < PARTS; i++) {
		parts[i].iov_base = buf + (size_t)i * sizeof(buf) / PARTS;
		parts[i].iov_len = sizeof(buf) / PARTS;
	}
	len = readv(reader.stream, parts, PARTS);
	return len < 0 ? -errno : (int)len;
}

/* What a call that failed has not returned it has not consumed either. */
static void expect_read(void *unused, int ret)
{
	uint32_t i;

	if (ret < 0) {
		expect_stats(&reader, acknowledged, RING, 0);
		ck_assert(is_readable(reader.stream));
		ret = read_once(unused);
	}
	ck_assert_int_eq(ret, sizeof(buf));
	for (i = 0; i < TAKEN; i++) {
		const struct sockopt_record *rec = (const void *)(buf + i * SLOT_SIZE);

		ck_assert_uint_eq(rec->seq, reader.open.cursor + acknowledged + 1);
		ck_assert_uint_eq(number_of(rec), acknowledged++);
	}
	expect_stats(&reader, acknowledged, RING - TAKEN, 0);
}

static const struct fault_call reads[] = {
	{ .name = "read", .before = fill_ring, .make = read_once, .after = expect_read },
	{ .name = "readv", .before = fill_ring, .make = read_parts, .after = expect_read },
};

START_TEST(a_read_that_failed_consumes_nothing)
{
	fault_sweep(&reads[_i], NULL);
}
END_TEST

Suite *fault_read_suite(void)
{
	Suite *suite = suite_create("fault_read");
	TCase *tc = fault_case(suite, "read", setup);

	tcase_add_test(tc, a_records_that_failed_brings_the_same_when_it_is_repeated);
	tcase_add_test(tc, a_records_that_acknowledges_and_failed_loses_nothing);
	tcase_add_loop_test(tc, a_read_that_failed_consumes_nothing, 0, VM_COUNT(reads));
	return suite;
}

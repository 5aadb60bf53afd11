/* SPDX-License-Identifier: MIT */
/*
 * Proves that the library's calls, several of the kernel's each, fail as a whole: with an
 * error, no object, and nothing kept; and that what failed can be done again.
 */
#include "fault.h"

#include <errno.h>
#include <string.h>

#include "sequence.h"

static struct sockopt *so;
static struct sockopt_stream *st;

/* ---- Objects that are made ---- */

static int open_handle(void *unused)
{
	(void)unused;
	return sockopt_open(&so);
}

static void close_handle(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_eq(!so, ret < 0);
	sockopt_close(so);
}

static int open_stream(void *unused)
{
	(void)unused;
	return sockopt_icmp_open(&st, NULL);
}

static void close_stream(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_eq(!st, ret < 0);
	ck_assert_int_eq(vm_stream_count(), ret < 0 ? 0 : 1);
	sockopt_stream_close(st);
}

/* Of a socket that it has no memory for the kernel says that there are too many. */
static const struct fault_call openings[] = {
	{ .name = "sockopt_open", .make = open_handle, .after = close_handle,
	  .also = ENFILE },
	{ .name = "sockopt_icmp_open", .make = open_stream, .after = close_stream,
	  .also = ENFILE },
};

START_TEST(an_object_that_could_not_be_made_is_null)
{
	fault_sweep(&openings[_i], NULL);
}
END_TEST

/* ---- A stream ---- */

#define QUEUED 8

static uint32_t released;	/* records so far: the number of the next one */

static void open_reading(void)
{
	const struct sockopt_config config = { .size = sizeof(config), .slots = 64 };

	sequence_setup();
	ck_assert_int_eq(sockopt_icmp_open(&st, &config), 0);
	released = 0;
}

static bool are_all_seen(void *unused)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	(void)unused;
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), 0);
	return stats.seen >= sent;
}

/* What was released is acknowledged before: then the call has nothing to do but its part. */
static void send_some(void *unused)
{
	ck_assert_int_eq(sockopt_stream_pull(st), -EAGAIN);
	send_more(QUEUED);
	vm_wait(are_all_seen, unused, "packets seen");
}

/* All that was sent, once and in order. */
static void expect_all(void)
{
	const struct sockopt_record *rec;

	for (; released < sent; released++) {
		rec = sockopt_stream_next(st);
		if (!rec) {
			ck_assert_int_gt(sockopt_stream_pull(st), 0);
			rec = sockopt_stream_next(st);
		}
		ck_assert_ptr_nonnull(rec);
		ck_assert_uint_eq(number_of(rec), released);
		sockopt_stream_release(st);
	}
	ck_assert_ptr_null(sockopt_stream_next(st));
}

static int pull(void *unused)
{
	(void)unused;
	return sockopt_stream_pull(st);
}

static void check_pulled(void *unused, int ret)
{
	(void)unused;
	ck_assert_int_eq(ret < 0 ? sockopt_stream_pull(st) : ret, QUEUED);
	expect_all();
}

static int map(void *unused)
{
	(void)unused;
	return sockopt_stream_map(st);
}

/* Not mapped: pull brings them, as before. */
static void check_mapped(void *unused, int ret)
{
	(void)unused;
	if (ret < 0) {
		ck_assert_int_eq(sockopt_stream_pull(st), QUEUED);
		ck_assert_int_eq(sockopt_stream_map(st), 0);
	}
	expect_all();
	sockopt_stream_unmap(st);
}

static int tune(void *unused)
{
	const struct sockopt_filter filter = vm_filter_types((const int[]){ ECHO_REQUEST, -1 });
	const struct sockopt_config change = { .size = sizeof(change), .filter = &filter };

	(void)unused;
	return sockopt_stream_tune(st, &change);
}

static void check_tuned(void *unused, int ret)
{
	(void)unused;
	(void)ret;
	expect_all();
}

static int read_stats(void *unused)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int ret = sockopt_stream_stats(st, &stats);

	(void)unused;
	ck_assert_uint_eq(stats.seen, ret < 0 ? 0 : sent);
	return ret;
}

static const struct fault_call uses[] = {
	{ .name = "sockopt_stream_pull", .before = send_some, .make = pull,
	  .after = check_pulled },
	{ .name = "sockopt_stream_map", .before = send_some, .make = map,
	  .after = check_mapped },
	{ .name = "sockopt_stream_tune", .before = send_some, .make = tune,
	  .after = check_tuned },
	{ .name = "sockopt_stream_stats", .make = read_stats },
};

START_TEST(a_stream_of_which_a_call_failed_loses_no_record)
{
	open_reading();
	fault_sweep(&uses[_i], NULL);
	expect_all();
	sockopt_stream_close(st);
}
END_TEST

/* ---- Texts ---- */

static int call_once(void *unused)
{
	char reply[SOCKOPT_TEXT_MAX];

	(void)unused;
	return (int)sockopt_call(so, MESSAGE, 0, "a request", 9, reply, sizeof(reply));
}

static void check_call(void *unused, int ret)
{
	(void)unused;
	if (ret >= 0)
		ck_assert_int_eq(ret, (int)strlen(VM_GREETING));
}

START_TEST(a_call_that_failed_can_be_made_again)
{
	const struct fault_call called = {
		.name = "sockopt_call", .make = call_once, .after = check_call,
		.may_be_done = true,
	};

	ck_assert_int_eq(sockopt_open(&so), 0);
	fault_sweep(&called, NULL);
	sockopt_close(so);
}
END_TEST

Suite *fault_library_suite(void)
{
	Suite *suite = suite_create("fault_library");
	TCase *tc = fault_case(suite, "library", vm_new_netns);

	tcase_add_loop_test(tc, an_object_that_could_not_be_made_is_null, 0,
			    VM_COUNT(openings));
	tcase_add_loop_test(tc, a_stream_of_which_a_call_failed_loses_no_record, 0,
			    VM_COUNT(uses));
	tcase_add_test(tc, a_call_that_failed_can_be_made_again);
	return suite;
}

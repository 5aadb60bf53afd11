/* SPDX-License-Identifier: MIT */
/* See fixture.h. */
#include "fixture.h"

struct sockopt *so;
struct sockopt_stream *st;
int fds_before;

void set_up(void)
{
	fake_reset();
	ck_assert_int_eq(sockopt_open(&so), 0);
	fds_before = fake_count_open();
}

void set_up_stream(void)
{
	set_up();
	fake.start = 0xfffffffe;
	ck_assert_int_eq(sockopt_stream_open(&st, so, CHANNEL, NULL), 0);
}

void tear_down_stream(void)
{
	sockopt_stream_close(st);
	sockopt_close(so);
	ck_assert_int_eq(fake_count_open(), fds_before - 1);
}

void tear_down(void)
{
	ck_assert_int_eq(fake_count_open(), fds_before);
	sockopt_close(so);
}

int open_with(const struct sockopt_config *config)
{
	st = (struct sockopt_stream *)&fake;
	return sockopt_stream_open(&st, so, CHANNEL, config);
}

void fail_to_open(const struct sockopt_config *config, int err)
{
	ck_assert_int_eq(open_with(config), -err);
	ck_assert_ptr_null(st);
}

void expect_record(uint32_t number)
{
	const struct sockopt_record *rec = sockopt_stream_next(st);

	ck_assert_ptr_nonnull(rec);
	ck_assert_uint_eq(rec->len, number);
	ck_assert_uint_eq(rec->seq, fake.start + number + 1);
}

void take_record(uint32_t number)
{
	expect_record(number);
	sockopt_stream_release(st);
}

void expect_none(void)
{
	ck_assert_ptr_null(sockopt_stream_next(st));
	sockopt_stream_release(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
}

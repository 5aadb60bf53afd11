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

void set_up_small(void)
{
	struct sockopt_config config = { .size = sizeof(config), .slots = SLOTS };

	set_up();
	fake.start = 0xfffffffe;
	ck_assert_int_eq(sockopt_stream_open(&st, so, CHANNEL, &config), 0);
}

void set_up_mapped(void)
{
	set_up_small();
	map_ring();
}

void tear_down_stream(void)
{
	sockopt_stream_close(st);
	sockopt_close(so);
	ck_assert_int_eq(fake.maps, 0);
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

void take_records(uint32_t number, uint32_t n)
{
	while (n--)
		take_record(number++);
}

void expect_none(void)
{
	ck_assert_ptr_null(sockopt_stream_next(st));
	sockopt_stream_release(st);
	ck_assert_ptr_null(sockopt_stream_next(st));
}

void expect_idle(void)
{
	int polls = fake.polls;

	expect_none();
	fake.poll_says = 0;
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 0);
	ck_assert_int_eq(fake.polls, polls + 1);
}

void fetch(uint32_t n, uint32_t released)
{
	fake_publish(n);
	ck_assert_int_eq(sockopt_stream_pull(st), (int)n);
	take_records(0, released);
}

void map_ring(void)
{
	ck_assert_int_eq(sockopt_stream_map(st), 0);
	ck_assert_int_eq(fake.maps, 2);
}

void unmap_ring(void)
{
	sockopt_stream_unmap(st);
	ck_assert_int_eq(fake.maps, 0);
}

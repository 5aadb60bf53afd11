// SPDX-License-Identifier: GPL-2.0-only
/* TUNE: wake-up and filter of an open stream. Process context; sleeps. */
#include "tune.h"
#include "channel.h"
#include "filter.h"
#include "option.h"
#include "stream.h"

#include <linux/err.h>
#include <linux/slab.h>
#include <net/sock.h>

#define FLAGS_ALL (SOCKOPT_TUNE_F_WAKE | SOCKOPT_TUNE_F_FILTER)

/* Checked, with all that it needs at hand. */
struct tune {
	struct sockopt_tune arg;
	struct sko_filter *filter;
};

int sko_tune_settle(u32 *wake_records, u32 *wake_delay_us, u32 slots)
{
	if (!*wake_records)
		*wake_records = 1;
	if (!*wake_delay_us)
		*wake_delay_us = SOCKOPT_WAKE_DELAY_DEFAULT;
	return *wake_records > slots ? -EINVAL : 0;
}

static int check(const struct sockopt_tune *arg, size_t behind)
{
	if (!arg->flags || arg->flags & ~FLAGS_ALL || arg->reserved ||
	    arg->filter_len != behind)
		return -EINVAL;
	if (!(arg->flags & SOCKOPT_TUNE_F_WAKE) &&
	    (arg->wake_records || arg->wake_delay_us))
		return -EINVAL;
	if (!(arg->flags & SOCKOPT_TUNE_F_FILTER) && arg->filter_len)
		return -EINVAL;
	return 0;
}

/* As OPEN asks: else one who was handed the stream could widen what it sees. */
static int make_filter(struct sock *sk, u32 id, struct tune *tune,
		       const void *bytes)
{
	struct sko_channel *channel = sko_channel_enter(id, 0);

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	if (!sko_is_permitted(sock_net(sk), channel->open_capability))
		tune->filter = ERR_PTR(-EPERM);
	else
		tune->filter = sko_filter_make(bytes, tune->arg.filter_len,
					       channel->is_ip);
	sko_channel_leave(channel);
	return PTR_ERR_OR_ZERO(tune->filter);
}

/* The wake-up cannot fail any more, so it comes last. The filter is used up. */
static int apply(struct sko_stream *st, struct tune *tune)
{
	struct sockopt_tune *arg = &tune->arg;
	int ret = 0;

	if (arg->flags & SOCKOPT_TUNE_F_WAKE)
		ret = sko_tune_settle(&arg->wake_records, &arg->wake_delay_us,
				      st->ring.mask + 1);
	if (!ret && arg->flags & SOCKOPT_TUNE_F_FILTER)
		ret = sko_stream_refilter(st, tune->filter);
	if (ret) {
		sko_filter_free(tune->filter);
		return ret;
	}
	if (arg->flags & SOCKOPT_TUNE_F_WAKE)
		sko_wake_tune(st, arg->wake_records, arg->wake_delay_us);
	return 0;
}

static int find_and_apply(struct sock *sk, u32 id, struct tune *tune)
{
	struct sko_stream *st = sko_stream_find(sk, id);
	int ret;

	if (!st) {
		sko_filter_free(tune->filter);
		return -ENOTCONN;
	}
	ret = apply(st, tune);
	sko_stream_put(st);
	return ret;
}

static int take(struct sock *sk, u32 id, const void *bytes, size_t len)
{
	struct tune tune = { };
	int size = sko_struct_take(&tune.arg, sizeof(tune.arg),
				   SOCKOPT_TUNE_SIZE_1, bytes, len);
	int ret;

	if (size < 0)
		return size;
	ret = check(&tune.arg, len - size);
	if (!ret && tune.arg.flags & SOCKOPT_TUNE_F_FILTER)
		ret = make_filter(sk, id, &tune, bytes + size);
	return ret ?: find_and_apply(sk, id, &tune);
}

/* A sockptr may be the kernel's own memory, of len bytes and not one more. */
int sko_tune_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len)
{
	void *bytes;
	int ret;

	if (len > SKO_FILTER_LEN_MAX + SKO_STRUCT_MAX)
		return -E2BIG;
	bytes = memdup_sockptr(arg, len);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	ret = take(sk, id, bytes, len);
	kfree(bytes);
	return ret;
}

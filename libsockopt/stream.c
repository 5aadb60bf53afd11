/* SPDX-License-Identifier: MIT */
/*
 * Streams: from open to close, and waiting. Their records are batch.c.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Open and close ---------------------------------------------------- */

static int take_config(struct sockopt_config *own,
		       const struct sockopt_config *config)
{
	int ret;

	memset(own, 0, sizeof(*own));
	if (!config)
		return 0;
	ret = sockopt_internal_take(own, sizeof(*own), config);
	if (ret)
		return ret;
	return own->reserved ? -EINVAL : 0;
}

/*
 * Ask OPEN. The fd is ours as soon as it stands in the struct, also if the call
 * failed afterwards; the caller closes the stream then, and the fd with it.
 */
static int ask_open(struct sockopt_stream *st,
		    const struct sockopt_config *config)
{
	struct sockopt_open head = { 0 };
	struct sockopt_value value;
	socklen_t len;
	int ret;

	head.size = sizeof(head);
	head.fd = -1;
	head.generation = config->generation;
	head.slots = config->slots;
	head.snaplen = config->snaplen;
	head.wake_records = config->wake_records;
	head.wake_delay_us = config->wake_delay_us;
	ret = sockopt_internal_value_open(&value, sizeof(head), config);
	if (ret)
		return ret;
	head.filter_len = value.filter_len;
	memcpy(value.bytes, &head, sizeof(head));
	len = value.len;
	ret = sockopt_internal_get(st->sock, st->channel, SOCKOPT_OPEN,
				   value.bytes, &len);
	memcpy(&head, value.bytes, sizeof(head));
	sockopt_internal_value_close(&value);
	st->fd = head.fd;
	if (ret)
		return ret;
	if (st->fd < 0)
		return -EPROTO;
	st->slots = head.slots;
	st->slot_size = head.slot_size;
	st->cursor = head.cursor;
	st->after = head.cursor;
	return 0;
}

static struct sockopt_stream *alloc_stream(unsigned int channel)
{
	struct sockopt_stream *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->sock = -1;
	st->fd = -1;
	st->channel = channel;
	return st;
}

/* The stream's own descriptor of the socket outlives the handle. */
static int keep_socket(struct sockopt_stream *st, const struct sockopt *so)
{
	st->sock = fcntl(so->fd, F_DUPFD_CLOEXEC, 0);
	return st->sock < 0 ? -errno : 0;
}

int sockopt_stream_open(struct sockopt_stream **st, struct sockopt *so,
			unsigned int channel,
			const struct sockopt_config *config)
{
	struct sockopt_config own;
	struct sockopt_stream *made;
	int ret;

	*st = NULL;
	ret = take_config(&own, config);
	if (ret)
		return ret;
	made = alloc_stream(channel);
	if (!made)
		return -ENOMEM;
	ret = keep_socket(made, so);
	if (!ret)
		ret = ask_open(made, &own);
	if (!ret)
		ret = sockopt_internal_batch_open(made, own.batch,
						  own.wake_records);
	if (ret) {
		sockopt_stream_close(made);
		return ret;
	}
	*st = made;
	return 0;
}

/* Takes a half-built stream too: what is -1 or NULL is not there. */
void sockopt_stream_close(struct sockopt_stream *st)
{
	if (!st)
		return;
	sockopt_stream_unmap(st);
	sockopt_internal_batch_close(st);
	if (st->fd >= 0)
		close(st->fd);
	if (st->sock >= 0)
		close(st->sock);
	free(st);
}

/* ---- Wait, tune, stop, count ------------------------------------------------- */

int sockopt_stream_fd(const struct sockopt_stream *st)
{
	return st->fd;
}

static int wait_fd(const struct sockopt_stream *st, int timeout)
{
	struct pollfd pfd = { 0 };
	int ret;

	pfd.fd = st->fd;
	pfd.events = POLLIN;
	ret = poll(&pfd, 1, timeout);
	if (ret < 0)
		return -errno;
	if (pfd.revents & POLLNVAL)
		return -EBADF;
	return ret > 0;
}

/* 1: a record; 0: none; -ENODATA: none any more. The end is looked at first. */
static int look_at_map(struct sockopt_stream *st)
{
	int is_ended = sockopt_internal_map_is_ended(st);

	if (sockopt_internal_map_next(st))
		return 1;
	return is_ended ? -ENODATA : 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Milliseconds until then, not less. */
static int left_until(int64_t end)
{
	int64_t left = end - now_ns();

	return left > 0 ? (int)((left + 999999) / 1000000) : 0;
}

/*
 * The kernel says that there is one: then it stands where we look, or not for us. One
 * that was discarded is none, and the rest of the time is waited for another.
 */
static int wait_map(struct sockopt_stream *st, int timeout)
{
	int ret = look_at_map(st);
	int64_t end;

	if (ret)
		return ret;
	end = now_ns() + timeout * INT64_C(1000000);
	while (!ret) {
		uint32_t place = st->cursor;

		ret = wait_fd(st, timeout);
		if (ret <= 0)
			return ret;
		ret = look_at_map(st);
		if (!ret && st->cursor == place)
			return -EPROTO;
		if (timeout > 0)
			timeout = left_until(end);
	}
	return ret;
}

/*
 * The kernel's poll shows records that RECORDS has not returned yet. Those that
 * it did return, in a call that failed or in a batch not read to its end, are
 * ours to remember. A batch of the whole ring leaves no room for others, which
 * poll shows too, and for which pull would find nothing.
 */
int sockopt_stream_wait(struct sockopt_stream *st, int timeout)
{
	uint32_t place = st->cursor;
	int ret;

	if (sockopt_internal_is_mapped(st))
		return wait_map(st, timeout);
	if (st->is_pull_due || st->index < st->count)
		return 1;
	if (st->after - st->cursor >= st->slots) {
		ret = sockopt_internal_batch_drop(st);
		if (ret) {
			st->cursor = place;	/* still to be done */
			return ret;
		}
	}
	return wait_fd(st, timeout);
}

/* TUNE's flags for what a config has. */
static uint32_t tune_flags(const struct sockopt_config *config)
{
	return (config->wake_records || config->wake_delay_us ?
		SOCKOPT_TUNE_F_WAKE : 0) |
	       (config->filter ? SOCKOPT_TUNE_F_FILTER : 0);
}

static int ask_tune(const struct sockopt_stream *st,
		    const struct sockopt_config *config)
{
	struct sockopt_tune head = { 0 };
	struct sockopt_value value;
	int ret;

	head.size = sizeof(head);
	head.flags = tune_flags(config);
	head.wake_records = config->wake_records;
	head.wake_delay_us = config->wake_delay_us;
	ret = sockopt_internal_value_open(&value, sizeof(head), config);
	if (ret)
		return ret;
	head.filter_len = value.filter_len;
	memcpy(value.bytes, &head, sizeof(head));
	ret = sockopt_internal_set(st->sock, st->channel, SOCKOPT_TUNE,
				   value.bytes, value.len);
	sockopt_internal_value_close(&value);
	return ret;
}

int sockopt_stream_tune(struct sockopt_stream *st,
			const struct sockopt_config *config)
{
	struct sockopt_config own;
	int ret = take_config(&own, config);

	if (ret)
		return ret;
	if (own.slots || own.snaplen || own.batch || own.generation)
		return -EINVAL;
	return ask_tune(st, &own);
}

/* Also from a signal handler, which must leave errno as it was. */
int sockopt_stream_stop(struct sockopt_stream *st)
{
	struct sockopt_stop stop = { 0 };
	int saved = errno;
	int ret;

	stop.size = sizeof(stop);
	ret = sockopt_internal_set(st->sock, st->channel, SOCKOPT_STOP, &stop,
				   sizeof(stop));
	errno = saved;
	return ret;
}

int sockopt_stream_stats(struct sockopt_stream *st, struct sockopt_stats *stats)
{
	struct sockopt_stats told = { 0 };
	socklen_t len = sizeof(told);
	int ret;

	told.size = sizeof(told);
	ret = sockopt_internal_get(st->sock, st->channel, SOCKOPT_STATS, &told,
				   &len);
	return ret ? ret : sockopt_internal_give(stats, SOCKOPT_STATS_SIZE_1,
						 &told, sizeof(told));
}

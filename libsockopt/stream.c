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
#include <unistd.h>

/* OPEN's value: the filter stands behind the struct. */
struct open_buffer {
	struct sockopt_open head;
	struct sockopt_filter filter;
};

void sockopt_filter_add(struct sockopt_filter *filter, uint8_t type)
{
	filter->types[type / 32] |= UINT32_C(1) << type % 32;
}

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

/* Fill OPEN's value; *len: the bytes of it to pass. */
static int prepare_open(struct open_buffer *open, socklen_t *len,
			const struct sockopt_config *config)
{
	int ret;

	memset(open, 0, sizeof(*open));
	open->head.size = sizeof(open->head);
	open->head.fd = -1;
	open->head.generation = config->generation;
	open->head.slots = config->slots;
	open->head.snaplen = config->snaplen;
	*len = sizeof(open->head);
	if (!config->filter)
		return 0;
	ret = sockopt_internal_take(&open->filter, sizeof(open->filter),
				    config->filter);
	open->filter.size = sizeof(open->filter);
	open->head.filter_len = sizeof(open->filter);
	*len = sizeof(*open);
	return ret;
}

/*
 * Ask OPEN. The fd is ours as soon as it stands in the struct, also if the call
 * failed afterwards; the caller closes the stream then, and the fd with it.
 */
static int ask_open(struct sockopt_stream *st,
		    const struct sockopt_config *config)
{
	struct open_buffer open;
	socklen_t len;
	int ret;

	ret = prepare_open(&open, &len, config);
	if (ret)
		return ret;
	ret = sockopt_internal_get(st->sock, st->channel, SOCKOPT_OPEN, &open,
				   &len);
	st->fd = open.head.fd;
	if (ret)
		return ret;
	if (st->fd < 0)
		return -EPROTO;
	st->slot_size = open.head.slot_size;
	st->cursor = open.head.cursor;
	st->after = open.head.cursor;
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
		ret = sockopt_internal_batch_open(made, own.batch);
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
	sockopt_internal_batch_close(st);
	if (st->fd >= 0)
		close(st->fd);
	if (st->sock >= 0)
		close(st->sock);
	free(st);
}

/* ---- Wait, stop, count ------------------------------------------------- */

int sockopt_stream_fd(const struct sockopt_stream *st)
{
	return st->fd;
}

/*
 * The kernel's poll shows records that RECORDS has not returned yet. Those that
 * it did return, in a call that failed or in a batch not read to its end, are
 * ours to remember.
 */
int sockopt_stream_wait(struct sockopt_stream *st, int timeout)
{
	struct pollfd pfd = { 0 };
	int ret;

	if (st->is_pull_due || st->index < st->count)
		return 1;
	pfd.fd = st->fd;
	pfd.events = POLLIN;
	ret = poll(&pfd, 1, timeout);
	if (ret < 0)
		return -errno;
	if (pfd.revents & POLLNVAL)
		return -EBADF;
	return ret > 0;
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

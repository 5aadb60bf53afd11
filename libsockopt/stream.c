/* SPDX-License-Identifier: MIT */
/*
 * Streams: open, fetch a batch of records, hand them out one by one.
 *
 * The kernel frees a record only when a later RECORDS call brings a cursor
 * behind it. So the stream knows its place by one number, the position of the
 * first record that was not released, and whatever goes wrong with a call, the
 * next one with that cursor brings the same records again.
 *
 *   batch:  | header | record | record | record | record |
 *             cursor ^          ^ index                    ^ count, after
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Where a BPF program is attached to the cgroup's getsockopt, the kernel
 * refuses larger buffers with EFAULT on some machines.
 */
#define BATCH_DEFAULT 4096

struct sockopt_stream {
	int sock;		/* ours: a duplicate of the handle's socket */
	int fd;			/* ours: the kernel's stream */
	unsigned int channel;
	uint32_t slot_size;	/* bytes from record to record */
	uint32_t cursor;	/* position of the batch's first record */
	uint32_t after;		/* position behind its last one */
	uint32_t index;		/* first record in it that was not released */
	uint32_t count;		/* records in it */
	int is_pull_due;	/* a pull failed: poll may not show its records */
	size_t batch;		/* bytes of buffer to fetch at once */
	unsigned char *buffer;	/* ours: struct sockopt_records + records */
};

/* OPEN's value: the filter stands behind the struct. */
struct open_buffer {
	struct sockopt_open head;
	struct sockopt_filter filter;
};

void sockopt_filter_init(struct sockopt_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->size = sizeof(*filter);
}

void sockopt_filter_add(struct sockopt_filter *filter, uint8_t type)
{
	filter->types[type / 32] |= UINT32_C(1) << type % 32;
}

const uint8_t *sockopt_record_data(const struct sockopt_record *rec)
{
	return (const uint8_t *)(rec + 1);
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

/*
 * The buffer holds at least one record. Records in it are read in place, so a
 * slot size that would misalign them, or hold no record, is refused.
 */
static int make_buffer(struct sockopt_stream *st, size_t batch)
{
	size_t least = sizeof(struct sockopt_records) + st->slot_size;

	if (st->slot_size < sizeof(struct sockopt_record) ||
	    st->slot_size % 8 || st->slot_size > INT_MAX / 2)
		return -EPROTO;
	if (!batch)
		batch = BATCH_DEFAULT;
	if (batch > INT_MAX)
		batch = INT_MAX;
	st->batch = batch > least ? batch : least;
	st->buffer = malloc(st->batch);
	return st->buffer ? 0 : -ENOMEM;
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
		ret = make_buffer(made, own.batch);
	if (ret) {
		sockopt_stream_close(made);
		return ret;
	}
	*st = made;
	return 0;
}

/* ---- Batches ----------------------------------------------------------- */

static const struct sockopt_record *record_at(const struct sockopt_stream *st,
					      uint32_t index)
{
	return (const struct sockopt_record *)(const void *)
		(st->buffer + sizeof(struct sockopt_records) +
		 (size_t)index * st->slot_size);
}

static int is_discarded(const struct sockopt_record *rec)
{
	return rec->flags & SOCKOPT_RECORD_F_DISCARDED;
}

static void skip_discarded(struct sockopt_stream *st)
{
	while (st->index < st->count && is_discarded(record_at(st, st->index)))
		st->index++;
}

/* What next will hand out of this batch. */
static int count_records(const struct sockopt_stream *st)
{
	uint32_t i;
	int n = 0;

	for (i = st->index; i < st->count; i++)
		if (!is_discarded(record_at(st, i)))
			n++;
	return n;
}

/* Let go of the batch, and stand at the first record not released. */
static void drop_batch(struct sockopt_stream *st)
{
	st->cursor = st->index < st->count ? st->cursor + st->index : st->after;
	st->after = st->cursor;
	st->index = 0;
	st->count = 0;
}

/* One RECORDS call with the first *len bytes of buf. */
static int ask_records(const struct sockopt_stream *st, void *buf,
		       socklen_t *len)
{
	struct sockopt_records head = { 0 };

	head.size = sizeof(head);
	head.flags = SOCKOPT_RECORDS_F_DONTWAIT;
	head.cursor = st->cursor;
	memcpy(buf, &head, sizeof(head));
	return sockopt_internal_get(st->sock, st->channel, SOCKOPT_RECORDS,
				    buf, len);
}

/* After EFAULT: a batch that the kernel takes anywhere, if a record fits. */
static int shrink_batch(struct sockopt_stream *st)
{
	size_t least = sizeof(struct sockopt_records) + st->slot_size;

	if (st->batch <= BATCH_DEFAULT || least > BATCH_DEFAULT)
		return 0;
	st->batch = BATCH_DEFAULT;
	return 1;
}

/* The kernel's word is checked as far as our memory depends on it. */
static int are_records_within(const struct sockopt_stream *st, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (record_at(st, i)->caplen >
		    st->slot_size - sizeof(struct sockopt_record))
			return 0;
	return 1;
}

/* Take what RECORDS left in len bytes of the buffer as the new batch. */
static int take_batch(struct sockopt_stream *st, size_t len)
{
	struct sockopt_records head;

	if (len < sizeof(head) || len > st->batch)
		return -EPROTO;
	memcpy(&head, st->buffer, sizeof(head));
	if (head.count > (len - sizeof(head)) / st->slot_size ||
	    (head.count && head.slot_size != st->slot_size) ||
	    !are_records_within(st, head.count))
		return -EPROTO;
	st->after = head.cursor;
	st->count = head.count;
	return 0;
}

/*
 * Replace the batch by the next one. Returns its records, 0 at the end of
 * stream. On an error there is no batch, and the place is kept.
 */
static int fetch(struct sockopt_stream *st)
{
	socklen_t len;
	int ret;

	drop_batch(st);
	do {
		len = (socklen_t)st->batch;
		ret = ask_records(st, st->buffer, &len);
	} while (ret == -EFAULT && shrink_batch(st));
	if (!ret)
		ret = take_batch(st, len);
	return ret ? ret : (int)st->count;
}

/* A batch of nothing but discarded records is no news: go on to the next. */
int sockopt_stream_pull(struct sockopt_stream *st)
{
	int ret;

	do {
		ret = fetch(st);
		skip_discarded(st);
	} while (ret > 0 && st->index == st->count);
	st->is_pull_due = ret < 0 && ret != -EAGAIN;
	return ret > 0 ? count_records(st) : ret;
}

const struct sockopt_record *sockopt_stream_next(struct sockopt_stream *st)
{
	return st->index < st->count ? record_at(st, st->index) : NULL;
}

void sockopt_stream_release(struct sockopt_stream *st)
{
	if (st->index < st->count)
		st->index++;
	skip_discarded(st);
}

/* ---- The rest ---------------------------------------------------------- */

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
	if (!ret)
		*stats = told;
	return ret;
}

/* Tell the kernel what was released. If it fails, they count as lost. */
static void acknowledge(struct sockopt_stream *st)
{
	struct sockopt_records head;
	socklen_t len = sizeof(head);

	drop_batch(st);
	ask_records(st, &head, &len);
}

/* Takes a half-built stream too: what is -1 or NULL is not there. */
void sockopt_stream_close(struct sockopt_stream *st)
{
	if (!st)
		return;
	if (st->buffer)
		acknowledge(st);
	if (st->fd >= 0)
		close(st->fd);
	if (st->sock >= 0)
		close(st->sock);
	free(st->buffer);
	free(st);
}

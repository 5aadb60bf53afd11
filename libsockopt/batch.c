/* SPDX-License-Identifier: MIT */
/*
 * The batch of a stream: fetched by pull, handed out record by record.
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
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where a BPF program is attached to the cgroup's getsockopt, the kernel
 * refuses larger buffers with EFAULT on some machines.
 */
#define BATCH_DEFAULT 4096
#define BATCH_DEFAULT_MAX 65536

const uint8_t *sockopt_record_data(const struct sockopt_record *rec)
{
	return (const uint8_t *)(rec + 1);
}

static const struct sockopt_record *record_at(const struct sockopt_stream *st,
					      uint32_t index)
{
	return (const struct sockopt_record *)(const void *)
		(st->buffer + sizeof(struct sockopt_records) +
		 (size_t)index * st->slot_size);
}

static int is_discarded(const struct sockopt_record *rec)
{
	return !!(rec->flags & SOCKOPT_RECORD_F_DISCARDED);
}

static void skip_discarded(struct sockopt_stream *st)
{
	while (st->index < st->count && is_discarded(record_at(st, st->index)))
		st->index++;
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

/*
 * How many of them are to be shown, -EPROTO: the kernel's word is checked as far as
 * our memory depends on it.
 */
static int count_shown(const struct sockopt_stream *st, uint32_t count)
{
	size_t most = st->slot_size - sizeof(struct sockopt_record);
	const unsigned char *at = st->buffer + sizeof(struct sockopt_records);
	const unsigned char *end = at + (size_t)count * st->slot_size;
	int shown = 0;

	for (; at < end; at += st->slot_size) {
		const struct sockopt_record *rec = (const void *)at;

		if (is_discarded(rec))
			continue;
		if (rec->caplen > most)
			return -EPROTO;
		shown++;
	}
	return shown;
}

/* Take what RECORDS left in len bytes of the buffer as the new batch: as above. */
static int take_batch(struct sockopt_stream *st, size_t len)
{
	struct sockopt_records head;
	int shown;

	if (len < sizeof(head) || len > st->batch)
		return -EPROTO;
	memcpy(&head, st->buffer, sizeof(head));
	if (head.count > (len - sizeof(head)) / st->slot_size ||
	    (head.count && head.slot_size != st->slot_size))
		return -EPROTO;
	shown = count_shown(st, head.count);
	if (shown < 0)
		return shown;
	st->after = head.cursor;
	st->count = head.count;
	return shown;
}

/*
 * Replace the batch by the next one. Returns how many of its records are to be
 * shown; with none in it, that is the end of stream. On an error there is no batch,
 * and the place is kept.
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
	return ret ? ret : take_batch(st, len);
}

/* A batch of nothing but discarded records is no news: go on to the next. */
int sockopt_stream_pull(struct sockopt_stream *st)
{
	int ret;

	if (sockopt_internal_is_mapped(st))
		return -EBUSY;
	do {
		ret = fetch(st);
		skip_discarded(st);
	} while (!ret && st->count);
	st->is_pull_due = ret < 0 && ret != -EAGAIN;
	return ret;
}

const struct sockopt_record *sockopt_stream_next(struct sockopt_stream *st)
{
	if (sockopt_internal_is_mapped(st))
		return sockopt_internal_map_next(st);
	return st->index < st->count ? record_at(st, st->index) : NULL;
}

void sockopt_stream_release(struct sockopt_stream *st)
{
	if (sockopt_internal_is_mapped(st)) {
		sockopt_internal_map_release(st);
		return;
	}
	if (st->index < st->count)
		st->index++;
	skip_discarded(st);
}

/* ---- Open and close, with the stream ------------------------------------ */

/* As much as there will be when a sleeper wakes, within reason. */
static size_t default_batch(const struct sockopt_stream *st,
			    uint32_t wake_records)
{
	size_t wanted = sizeof(struct sockopt_records) +
			(size_t)wake_records * st->slot_size;

	if (wanted > BATCH_DEFAULT_MAX)
		wanted = BATCH_DEFAULT_MAX;
	return wanted > BATCH_DEFAULT ? wanted : BATCH_DEFAULT;
}

/*
 * The buffer holds at least one record. Records in it are read in place, so a
 * slot size that would misalign them, or hold no record, is refused.
 */
int sockopt_internal_batch_open(struct sockopt_stream *st, size_t batch,
				uint32_t wake_records)
{
	size_t least = sizeof(struct sockopt_records) + st->slot_size;

	if (st->slot_size < sizeof(struct sockopt_record) ||
	    st->slot_size % 8 || st->slot_size > INT_MAX / 2)
		return -EPROTO;
	if (!batch)
		batch = default_batch(st, wake_records);
	if (batch > INT_MAX)
		batch = INT_MAX;
	st->batch = batch > least ? batch : least;
	st->buffer = malloc(st->batch);
	return st->buffer ? 0 : -ENOMEM;
}

int sockopt_internal_batch_drop(struct sockopt_stream *st)
{
	struct sockopt_records head;
	socklen_t len = sizeof(head);

	drop_batch(st);
	return ask_records(st, &head, &len);
}

/* Tell the kernel what was released. If it fails, they count as lost. */
void sockopt_internal_batch_close(struct sockopt_stream *st)
{
	if (!st->buffer)
		return;
	sockopt_internal_batch_drop(st);
	free(st->buffer);
}

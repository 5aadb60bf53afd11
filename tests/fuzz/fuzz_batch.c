/* SPDX-License-Identifier: MIT */
/*
 * What RECORDS answers, and what a reader does with it. The input opens a stream, then says
 * what is called next, and how the kernel answers: with an error, with records, or with
 * anything. A model of where the reader stands says what has to come out.
 */
#include "fake_ring.h"
#include "fuzz.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define RECORDS_MAX	256	/* in an answer */

/* Of an answer, from its first byte. */
#define ANSWER_FAILS	0x80	/* with the error of the other bits */
#define ANSWER_IS_RAW	0x01	/* the struct is the input's */
#define ANSWER_LEN	0x02	/* the length is the input's */

static struct input *rest;
static struct sockopt_stream *st;

/* The batch as the kernel answered last, and how far it was read. */
static struct model {
	uint32_t place;		/* position of its first record */
	uint32_t after;		/* and behind its last one */
	uint32_t index;
	uint32_t count;
	socklen_t len;		/* bytes that it says it wrote */
	uint8_t is_discarded[RECORDS_MAX];
} model;

/* ---- The model ------------------------------------------------------------- */

static void skip_discarded(void)
{
	while (model.index < model.count && model.is_discarded[model.index])
		model.index++;
}

static uint32_t next_cursor(void)
{
	return model.index < model.count ? model.place + model.index : model.after;
}

static void drop_batch(void)
{
	model.place = model.after = next_cursor();
	model.index = model.count = 0;
}

static uint32_t count_shown(void)
{
	uint32_t i, n = 0;

	for (i = model.index; i < model.count; i++)
		n += !model.is_discarded[i];
	return n;
}

/* ---- The kernel ------------------------------------------------------------ */

/* As a call that fails late, but for an error that means: nobody was asked. */
static int fail(void *buf, socklen_t len, int err)
{
	if (err != ENOPROTOOPT)
		memset(buf, 0xee, len);
	errno = err ? err : EIO;
	return -1;
}

static void fill_record(struct sockopt_record *rec, uint32_t i)
{
	memset(rec, (int)i, fake.slot_size);
	rec->caplen = (uint16_t)take16(rest);
	rec->flags = (uint16_t)take16(rest);
	model.is_discarded[i] = rec->flags & SOCKOPT_RECORD_F_DISCARDED;
}

/* As many as the input says, and fit. */
static void fill(struct sockopt_records *head, size_t room, int is_raw)
{
	uint32_t count = take8(rest), i;
	uint8_t *at = (uint8_t *)(head + 1);

	if (count > room / fake.slot_size)
		count = (uint32_t)(room / fake.slot_size);
	for (i = 0; i < count; i++)
		fill_record((void *)(at + (size_t)i * fake.slot_size), i);
	head->count = count;
	head->slot_size = fake.slot_size;
	head->cursor += count;
	/* the input's struct may count more than were filled: zeros, not discarded */
	memset(model.is_discarded + count, 0, sizeof(model.is_discarded) - count);
	if (is_raw)
		take_bytes(rest, head, sizeof(*head));
	model.after = head->cursor;
	model.count = head->count;
	model.index = 0;
}

static int records(struct sockopt_records *head, socklen_t *len)
{
	unsigned int how = take8(rest);
	socklen_t wrote = sizeof(*head);

	if (model.count <= RECORDS_MAX)
		skip_discarded();
	HOLDS(head->size == sizeof(*head) && head->cursor == next_cursor());
	drop_batch();
	if (!rest->len)
		return fail(head, *len, EAGAIN);
	if (how & ANSWER_FAILS)
		return fail(head, *len, (int)(how & ~(unsigned int)ANSWER_FAILS));
	if (*len == sizeof(*head))
		return 0;	/* it only acknowledges */
	memset(head + 1, 0, *len - sizeof(*head));
	fill(head, *len - sizeof(*head), how & ANSWER_IS_RAW);
	if (model.count <= RECORDS_MAX)
		wrote += model.count * fake.slot_size;
	*len = how & ANSWER_LEN ? take16(rest) : wrote < *len ? wrote : *len;
	model.len = *len;
	return 0;
}

static int answer(int operation, void *buf, socklen_t *len)
{
	return operation == SOCKOPT_RECORDS ? records(buf, len) : 1;
}

/* ---- The reader ------------------------------------------------------------ */

static void pull(void)
{
	int n = sockopt_stream_pull(st);

	if (n >= 0) {
		HOLDS(model.count <= RECORDS_MAX);
		HOLDS(sizeof(struct sockopt_records) + model.count * fake.slot_size <=
		      model.len);
		skip_discarded();
		HOLDS((uint32_t)n == count_shown());
		HOLDS(n || !model.count);
		return;
	}
	/* what it did not take, the next one brings again */
	model.after = model.place;
	model.count = model.index = 0;
}

/* All of it can be read, and nobody said to skip it. */
static void look(void)
{
	const struct sockopt_record *rec = sockopt_stream_next(st);
	const uint8_t *data;
	unsigned int i;

	HOLDS(!rec == (model.index == model.count));
	if (!rec)
		return;
	HOLDS(rec == sockopt_stream_next(st));
	HOLDS(!(rec->flags & SOCKOPT_RECORD_F_DISCARDED));
	HOLDS(rec->caplen <= fake.slot_size - sizeof(*rec));
	data = sockopt_record_data(rec);
	for (i = 0; i < rec->caplen; i++)
		HOLDS(data[i] == (uint8_t)model.index);
}

static void release(void)
{
	sockopt_stream_release(st);
	if (model.index < model.count)
		model.index++;
	skip_discarded();
}

static void wait(void)
{
	int has_some = model.index < model.count, ret;

	fake.poll_says = take8(rest) & 1 ? POLLIN : 0;
	ret = sockopt_stream_wait(st, 0);
	HOLDS(ret <= 1);
	HOLDS(!has_some || ret == 1);
}

static void step(void)
{
	switch (take8(rest) % 4) {
	case 0:
		pull();
		break;
	case 1:
		look();
		break;
	case 2:
		release();
		break;
	default:
		wait();
		break;
	}
}

/* ---- Stream ---------------------------------------------------------------- */

static int open_stream(struct sockopt *so)
{
	struct sockopt_config config = { .size = sizeof(config) };
	int ret;

	config.slots = 2U << take8(rest) % 8;
	config.batch = take16(rest);
	config.wake_records = take8(rest);
	fake.slot_size = take16(rest);
	fake.start = take32(rest);
	ret = sockopt_stream_open(&st, so, 9, &config);
	HOLDS(ret == (fake.slot_size < 32 || fake.slot_size % 8 ? -EPROTO : 0));
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct sockopt *so;

	rest = &in;
	fake_reset();
	HOLDS(!sockopt_open(&so));
	if (!open_stream(so)) {
		memset(&model, 0, sizeof(model));
		model.place = model.after = fake.start;
		fake.answer = answer;
		while (in.len)
			step();
		sockopt_stream_close(st);
		HOLDS(!fake_is_open(fake.stream_fd));
	}
	sockopt_close(so);
	return 0;
}

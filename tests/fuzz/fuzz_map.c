/* SPDX-License-Identifier: MIT */
/*
 * The mapped ring in memory that somebody else writes: the kernel's, whose bytes are taken
 * from the input, anywhere and at any time. Whatever stands there, what is shown lies in
 * the slots, and the reader's own place moves by what it released.
 */
#include "fake_ring.h"
#include "fuzz.h"
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static struct input *rest;
static struct sockopt_stream *st;

/* ---- The kernel ------------------------------------------------------------ */

static void scribble(void)
{
	size_t len, at = take16(rest), n = take8(rest);
	unsigned char *bytes = fake_ring_bytes(&len);
	struct input part = take_part(rest, n);

	if (!len)
		return;
	at %= len;
	memcpy(bytes + at, part.data, part.len < len - at ? part.len : len - at);
}

/* A record that looks as if it were there: at, or near, the reader's place. */
static void put_record(void)
{
	uint32_t pos = st->cursor + take8(rest);
	uint64_t at = 2 * (uint64_t)sysconf(_SC_PAGESIZE) +
		      (uint64_t)(pos & (fake.slots - 1)) * fake.slot_size;
	struct sockopt_record rec;
	unsigned char *bytes;
	size_t len;

	memset(&rec, 0, sizeof(rec));
	rec.seq = pos + 1;
	rec.caplen = (uint16_t)take16(rest);
	rec.flags = (uint16_t)take8(rest);
	bytes = fake_ring_bytes(&len);
	if (at + sizeof(rec) <= len)
		memcpy(bytes + at, &rec, sizeof(rec));
}

/* ---- The reader ------------------------------------------------------------ */

static int is_mapped(void)
{
	return sockopt_internal_is_mapped(st);
}

/* Whole, in the memory that was mapped. */
static void expect_inside(const struct sockopt_record *rec)
{
	const unsigned char *at = (const unsigned char *)rec;
	const unsigned char *slots = st->map.ring.slots;

	HOLDS(at >= slots && !((size_t)(at - slots) % st->slot_size));
	HOLDS((size_t)(at - slots) / st->slot_size < st->slots);
	HOLDS(rec->caplen <= st->slot_size - sizeof(*rec));
	HOLDS(!(rec->flags & SOCKOPT_RECORD_F_DISCARDED));
}

/* Of those that are skipped there is a ring full at most. */
static const struct sockopt_record *look(void)
{
	uint32_t place = st->cursor;
	const struct sockopt_record *rec = sockopt_stream_next(st);

	if (!is_mapped()) {
		HOLDS(!rec || rec->caplen <= st->slot_size - sizeof(*rec));
		return rec;
	}
	HOLDS(st->cursor - place <= st->slots);
	HOLDS(st->cursor == place || *st->map.consumer == st->cursor);
	if (rec)
		expect_inside(rec);
	return rec;
}

static void release(void)
{
	int is_there = look() != NULL;
	uint32_t place = st->cursor;

	sockopt_stream_release(st);
	if (is_mapped())
		HOLDS(st->cursor == place + (is_there ? 1 : 0));
}

static void wait(void)
{
	int ret;

	fake.poll_says = take8(rest) & 1 ? POLLIN : 0;
	ret = sockopt_stream_wait(st, 0);
	HOLDS(ret <= 1);
	HOLDS(!is_mapped() || ret != 1 || look());
}

static void map(void)
{
	int was_mapped = is_mapped(), ret = sockopt_stream_map(st);

	HOLDS(!was_mapped || ret == -EBUSY);
	HOLDS(is_mapped() == (was_mapped || !ret));
	HOLDS(fake.maps == (is_mapped() ? 2 : 0));
}

static void pull(void)
{
	int ret = sockopt_stream_pull(st);

	HOLDS(!is_mapped() || ret == -EBUSY);
}

static void step(void)
{
	static void (*const steps[])(void) = { scribble, put_record, release, wait, map, pull };
	unsigned int which = take8(rest) % 10;

	if (which < sizeof(steps) / sizeof(steps[0]))
		steps[which]();
	else if (which == 6)
		look();
	else if (which == 7)
		sockopt_stream_unmap(st);
	else if (which == 8)
		fake_publish(take8(rest) & 15);
	else
		fake_end();
}

/* ---- Stream ---------------------------------------------------------------- */

/* Geometry that makes no sense is refused, by open or by map. */
static int open_stream(struct sockopt *so)
{
	struct sockopt_config config = { .size = sizeof(config) };

	config.slots = 2U << take8(rest) % 6;
	fake.slot_size = 32 + take8(rest) * 8;
	fake.start = take32(rest);
	fake.lie_no_slots = take8(rest) == 1;
	fake.lie_status.size = take8(rest);
	fake.lie_status.slots = take8(rest);
	fake.lie_status.slot_size = take16(rest);
	return sockopt_stream_open(&st, so, 9, &config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct sockopt *so;

	rest = &in;
	fake_reset();
	HOLDS(!sockopt_open(&so));
	HOLDS(!open_stream(so));
	map();
	while (in.len)
		step();
	sockopt_stream_close(st);
	HOLDS(!fake.maps && !fake_is_open(fake.stream_fd));
	sockopt_close(so);
	return 0;
}

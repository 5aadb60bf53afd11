/* SPDX-License-Identifier: MIT */
/* See call_layout.h. What is said to be 0, or is out only, is 0 here. */
#include "call_layout.h"
#include "call_packet.h"

#include <string.h>

#include <sockopt/uapi.h>

#define COUNT(array) ((uint8_t)(sizeof(array) / sizeof((array)[0])))
#define MEMBER_SIZE(type, member) ((uint8_t)sizeof(((struct type *)NULL)->member))

#define MEMBER(type, member, what, ...) \
	{ .at = offsetof(struct type, member), .size = MEMBER_SIZE(type, member), \
	  .repeat = 1, .kind = (what), .values = (const uint32_t[]){ __VA_ARGS__ }, \
	  .count = COUNT(((const uint32_t[]){ __VA_ARGS__ })) }
#define NUMBER(type, member, ...) MEMBER(type, member, FIELD_NUMBER, __VA_ARGS__)
#define WORDS(type, member, ...) \
	{ .at = offsetof(struct type, member), .size = 4, \
	  .repeat = MEMBER_SIZE(type, member) / 4, .kind = FIELD_NUMBER, \
	  .values = (const uint32_t[]){ __VA_ARGS__ }, \
	  .count = COUNT(((const uint32_t[]){ __VA_ARGS__ })) }
#define ADDRESS(type, member) MEMBER(type, member, FIELD_ADDRESS, 0)
#define SIZE(type) MEMBER(type, size, FIELD_SIZE, sizeof(struct type))
#define LAYOUT(type, percent, array) \
	{ .size = sizeof(struct type), .normal = (percent), .count = COUNT(array), \
	  .fields = (array) }

static const struct field info[] = { SIZE(sockopt_info) };

static const struct field channel[] = {
	SIZE(sockopt_channel),
	NUMBER(sockopt_channel, id, 0, 1, 2, 3, 4, 4095, 4096),
	NUMBER(sockopt_channel, flags, 0),
	WORDS(sockopt_channel, reserved, 0),
	MEMBER(sockopt_channel, name, FIELD_NAME, 0),
};

static const struct field call[] = {
	SIZE(sockopt_call),
	NUMBER(sockopt_call, generation, 0, 1, 2, 3, 4),
	MEMBER(sockopt_call, request_len, FIELD_BEHIND, 1, 0, 4096, 4097),
	NUMBER(sockopt_call, reply_room, 64, 0, 1, 21, 22, 4096, 4097),
	NUMBER(sockopt_call, reply_len, 0),
	NUMBER(sockopt_call, reserved, 0),
};

static const struct field open[] = {
	SIZE(sockopt_open),
	NUMBER(sockopt_open, fd, (uint32_t)-1, 0, 3),
	NUMBER(sockopt_open, generation, 0, 1, 2, 3, 4),
	NUMBER(sockopt_open, flags, 0),
	NUMBER(sockopt_open, slots, 8, 0, 2, 4, 32, 64, 512, 1024, 1, 3, 65536),
	NUMBER(sockopt_open, snaplen, 0, SOCKOPT_SNAPLEN_NONE, 1, 16, 96, 1024, 1025, 65535,
	       65536),
	NUMBER(sockopt_open, wake_records, 0, 1, 2, 3, 4, 8, 9, 64),
	NUMBER(sockopt_open, wake_delay_us, 0, 1, 100, 1000, SOCKOPT_WAKE_DELAY_NONE),
	MEMBER(sockopt_open, filter_len, FIELD_BEHIND, 0, 192, 200, 32960, 32961),
	NUMBER(sockopt_open, slot_size, 0),
	NUMBER(sockopt_open, cursor, 0),
	NUMBER(sockopt_open, reserved, 0),
};

static const struct field tune[] = {
	SIZE(sockopt_tune),
	NUMBER(sockopt_tune, flags, SOCKOPT_TUNE_F_WAKE | SOCKOPT_TUNE_F_FILTER,
	       SOCKOPT_TUNE_F_FILTER, SOCKOPT_TUNE_F_WAKE, 0, 4, 7),
	NUMBER(sockopt_tune, wake_records, 0, 1, 2, 3, 4, 8, 9, 64),
	NUMBER(sockopt_tune, wake_delay_us, 0, 1, 100, 1000, SOCKOPT_WAKE_DELAY_NONE),
	MEMBER(sockopt_tune, filter_len, FIELD_BEHIND, 0, 192, 200, 32960, 32961),
	NUMBER(sockopt_tune, reserved, 0),
};

static const struct field stop[] = {
	SIZE(sockopt_stop),
	NUMBER(sockopt_stop, flags, 0),
};

static const struct field records[] = {
	SIZE(sockopt_records),
	NUMBER(sockopt_records, flags, SOCKOPT_RECORDS_F_DONTWAIT, 0, 2, 3),
	NUMBER(sockopt_records, cursor, 0xffffff00, 0, 0xffffff01, 1),
	NUMBER(sockopt_records, count, 0),
	NUMBER(sockopt_records, slot_size, 0),
	WORDS(sockopt_records, reserved, 0),
};

static const struct field stats[] = {
	SIZE(sockopt_stats),
	NUMBER(sockopt_stats, flags, 0),
};

static const struct field filter[] = {
	SIZE(sockopt_filter),
	NUMBER(sockopt_filter, flags, 0),
	WORDS(sockopt_filter, types, 0xffffffff, 0, 1 << 3, 1 << 8, 1 << 11),
	WORDS(sockopt_filter, types6, 0xffffffff, 0, 1 << 1, 1 << 2, 1 << 3),
	WORDS(sockopt_filter, codes, 0, 1, 2, 8, 0xffffffff),
	NUMBER(sockopt_filter, ifindex, 0, 1, 2, 3, 4),
	NUMBER(sockopt_filter, family, 0, 2, 10, 1),
	NUMBER(sockopt_filter, src_prefix, 0, 8, 13, 32, 33, 64, 128, 129),
	NUMBER(sockopt_filter, dst_prefix, 0, 8, 13, 32, 33, 64, 128, 129),
	NUMBER(sockopt_filter, quoted_protocol, 0, 1, 6, 17, 58, 132, 33, 136, 44),
	ADDRESS(sockopt_filter, src),
	ADDRESS(sockopt_filter, dst),
	ADDRESS(sockopt_filter, quoted_src),
	ADDRESS(sockopt_filter, quoted_dst),
	NUMBER(sockopt_filter, quoted_src_prefix, 0, 8, 13, 32, 33, 64, 128, 129),
	NUMBER(sockopt_filter, quoted_dst_prefix, 0, 8, 13, 32, 33, 64, 128, 129),
	NUMBER(sockopt_filter, quoted_sport, 0, 7, 1024, 4660),
	NUMBER(sockopt_filter, quoted_dport, 0, 7, 1024, 4660),
	NUMBER(sockopt_filter, reserved, 0),
	MEMBER(sockopt_filter, program_len, FIELD_COUNT, 0, 1, 4096, 4097),
	NUMBER(sockopt_filter, reserved2, 0),
};

const struct layout layout_info = LAYOUT(sockopt_info, 95, info);
const struct layout layout_channel = LAYOUT(sockopt_channel, 80, channel);
const struct layout layout_call = LAYOUT(sockopt_call, 92, call);
const struct layout layout_open = LAYOUT(sockopt_open, 90, open);
const struct layout layout_tune = LAYOUT(sockopt_tune, 85, tune);
const struct layout layout_stop = LAYOUT(sockopt_stop, 95, stop);
const struct layout layout_records = LAYOUT(sockopt_records, 70, records);
const struct layout layout_stats = LAYOUT(sockopt_stats, 95, stats);
const struct layout layout_filter = LAYOUT(sockopt_filter, 94, filter);

uint32_t pick_value(struct rng *rng, const uint32_t *values, unsigned int count,
		    uint32_t normal)
{
	if (count && rng_percent(rng, count > 1 ? normal : 98))
		return values[0];
	if (count > 1 && rng_percent(rng, 85))
		return values[1 + rng_below(rng, count - 1)];
	return rng_number(rng);
}

/* Little endian, as the machine is. */
static uint32_t load(const uint8_t *at, uint8_t size)
{
	uint32_t value = 0;

	memcpy(&value, at, size);
	return value;
}

static void store(uint8_t *at, uint8_t size, uint32_t value)
{
	memcpy(at, &value, size);
}

static void put_name(struct rng *rng, uint8_t *at)
{
	static const char *const names[] = { "icmp", "message", "publisher", "cycled", "", "Icmp" };

	memset(at, 0, SOCKOPT_NAME_MAX);
	strcpy((char *)at, names[rng_below(rng, COUNT(names))]);
	if (rng_percent(rng, 5))
		memset(at, 'x', SOCKOPT_NAME_MAX);
}

static void put_field(struct rng *rng, const struct field *field, uint8_t *at,
		      uint32_t normal)
{
	switch (field->kind) {
	case FIELD_ADDRESS:
		packet_address(rng, at);
		break;
	case FIELD_NAME:
		put_name(rng, at);
		break;
	default:
		store(at, field->size, pick_value(rng, field->values, field->count, normal));
		break;
	}
}

void layout_generate(struct rng *rng, const struct layout *layout, uint8_t *bytes)
{
	unsigned int i, j;

	memset(bytes, 0, layout->size);
	for (i = 0; i < layout->count; i++) {
		const struct field *field = &layout->fields[i];

		for (j = 0; j < field->repeat; j++)
			put_field(rng, field, bytes + field->at + j * field->size,
				  layout->normal);
	}
}

static bool is_length(const struct field *field)
{
	return field->kind == FIELD_SIZE || field->kind == FIELD_BEHIND ||
	       field->kind == FIELD_COUNT;
}

/* Lengths more often than the rest: to believe one of them is the worst that can be done. */
static const struct field *pick_field(struct rng *rng, const struct layout *layout)
{
	unsigned int at = rng_below(rng, layout->count), tries = layout->count;

	if (rng_percent(rng, 25))
		while (tries-- && !is_length(&layout->fields[at]))
			at = at + 1 < layout->count ? at + 1 : 0;
	return &layout->fields[at];
}

void layout_mutate(struct rng *rng, const struct layout *layout, uint8_t *bytes)
{
	const struct field *field = pick_field(rng, layout);
	uint8_t *at = bytes + field->at + rng_below(rng, field->repeat) * field->size;

	if (field->kind >= FIELD_ADDRESS || rng_percent(rng, 60))
		put_field(rng, field, at, 25);
	else if (rng_percent(rng, 50))
		store(at, field->size, load(at, field->size) + rng_below(rng, 17) - 8);
	else
		store(at, field->size, load(at, field->size) ^ 1U << rng_below(rng, 32));
}

/* Percent of the lengths that stay as they are, and of those that are nearly true. */
#define LEFT 3
#define NEAR 3

static uint32_t true_length(const struct field *field, const struct layout *layout,
			    size_t behind)
{
	switch (field->kind) {
	case FIELD_SIZE:
		return layout->size;
	case FIELD_COUNT:
		return (uint32_t)(behind / sizeof(struct sockopt_instruction));
	default:
		return (uint32_t)behind;
	}
}

void layout_settle(struct rng *rng, const struct layout *layout, uint8_t *bytes,
		   size_t behind)
{
	uint32_t value, percent;
	unsigned int i;

	for (i = 0; i < layout->count; i++) {
		const struct field *field = &layout->fields[i];

		percent = rng_below(rng, 100);
		if (!is_length(field) || percent < LEFT)
			continue;
		value = true_length(field, layout, behind);
		if (percent < LEFT + NEAR)
			value += rng_below(rng, 17) - 8;
		store(bytes + field->at, field->size, value);
	}
}

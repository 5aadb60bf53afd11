/* SPDX-License-Identifier: MIT */
/*
 * What the bytes of a call mean: the structs of uapi.h, member by member, with values that
 * are worth trying. The first value of a member is the usual one.
 */
#ifndef CALL_LAYOUT_H
#define CALL_LAYOUT_H

#include "call_rng.h"

#include <stddef.h>

enum field_kind {
	FIELD_NUMBER,
	FIELD_SIZE,	/* of the struct */
	FIELD_BEHIND,	/* bytes behind the struct */
	FIELD_COUNT,	/* instructions behind it */
	FIELD_ADDRESS,	/* 16 bytes: one of call_packet.h */
	FIELD_NAME,	/* of a channel */
};

struct field {
	uint16_t at;
	uint8_t size;
	uint8_t repeat;		/* so many of them, one behind the other */
	uint8_t kind;
	uint8_t count;		/* of values */
	const uint32_t *values;
};

struct layout {
	uint16_t size;
	uint8_t normal;		/* percent: a member has its usual value */
	uint8_t count;
	const struct field *fields;
};

extern const struct layout layout_info, layout_channel, layout_call, layout_open,
	layout_tune, layout_stop, layout_records, layout_stats, layout_filter;

/* One of the values, mostly the first; of none: any number. */
uint32_t pick_value(struct rng *rng, const uint32_t *values, unsigned int count,
		    uint32_t normal);

/* Write a whole struct; change one member of it; make the lengths true, mostly. */
void layout_generate(struct rng *rng, const struct layout *layout, uint8_t *bytes);
void layout_mutate(struct rng *rng, const struct layout *layout, uint8_t *bytes);
void layout_settle(struct rng *rng, const struct layout *layout, uint8_t *bytes,
		   size_t behind);

#endif /* CALL_LAYOUT_H */

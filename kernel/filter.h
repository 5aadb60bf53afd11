/* SPDX-License-Identifier: GPL-2.0-only */
/* A filter: which of a channel's records a stream wants. */
#ifndef SKO_FILTER_H
#define SKO_FILTER_H

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <sockopt/channel.h>

#include "packet.h"

#define SKO_TYPES 256

struct bpf_prog;

/* Addresses whose first bits are these. All, if the mask has none. */
struct sko_prefix {
	u64 bits[2], mask[2];		/* as the bytes stand */
};

/* Never changed after it was made. NULL stands for 'all records'. */
struct sko_filter {
	struct sockopt_filter is;	/* checked */
	bool has_conditions;		/* any of the following */
	bool has_codes, has_addresses, has_quoted;
	struct sko_prefix src, dst, quoted_src, quoted_dst;
	struct bpf_prog *program;	/* or NULL */
	struct rcu_head rcu;
};

/* Bytes of the longest filter that OPEN and TUNE take, with its program. */
#define SKO_FILTER_LEN_MAX \
	(SKO_STRUCT_MAX + SOCKOPT_PROGRAM_MAX * sizeof(struct sockopt_instruction))

/*
 * Make a filter of the bytes that a caller passed; len 0: NULL. ERR_PTR: see
 * struct sockopt_filter. Process context. free waits for nobody: NULL is taken,
 * others only after a grace period, or when they were never published.
 */
struct sko_filter *sko_filter_make(const void *bytes, size_t len, bool is_ip);
void sko_filter_free(struct sko_filter *filter);
void sko_filter_free_later(struct sko_filter *filter);

/* Is this type wanted, is any of the half? */
static inline bool sko_filter_has_bit(const u32 *mask, u8 bit)
{
	return mask[bit / 32] >> (bit % 32) & 1;
}

static inline bool sko_filter_wants_type(const struct sko_filter *filter,
					 enum sko_half half, u8 type)
{
	if (!filter)
		return true;
	return sko_filter_has_bit(half == SKO_HALF_IP6 ? filter->is.types6 :
							 filter->is.types, type);
}

bool sko_filter_wants_half(const struct sko_filter *filter, enum sko_half half);

/* What has_conditions stands for. Any context, under RCU. */
bool sko_filter_is_met(const struct sko_filter *filter, struct sko_packet *packet);

/* As far as the type tells, nothing is called. Any context, under RCU. */
static __always_inline bool sko_filter_wants(const struct sko_filter *filter,
					     struct sko_packet *packet)
{
	return sko_filter_wants_type(filter, packet->half, packet->rec->type) &&
	       (!filter || !filter->has_conditions ||
		sko_filter_is_met(filter, packet));
}

#endif /* SKO_FILTER_H */

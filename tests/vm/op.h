/* SPDX-License-Identifier: MIT */
/* The operations of a hostile program, one group a file; see struct op in caller.h. */
#ifndef OP_H
#define OP_H

#include "caller.h"

#define CORE SOCKOPT_CHANNEL_CORE
#define MESSAGE SOCKOPT_CHANNEL_MESSAGE
#define ICMP SOCKOPT_CHANNEL_ICMP

#define OP_SNAPLEN 96		/* of icmp, by default */
#define OP_FIRST 0xffffff00U	/* the first position of a stream */
#define OP_FILTER_MAX (PAGE + SOCKOPT_PROGRAM_MAX * sizeof(struct sockopt_instruction))

extern const struct op op_info, op_channel, op_channel_by_id;
extern const struct op op_text_set, op_text_get, op_text_get_long, op_call, op_call_long;
extern const struct op op_open, op_open_filter, op_open_program;
extern const struct op op_tune, op_tune_filter, op_tune_program;
extern const struct op op_stop, op_records, op_stats;

/* ---- op.c ---- */

/* The value begins with these bytes, and so far has no others. */
void op_fill(struct call *call, const void *bytes, size_t size);
void op_append(struct call *call, const void *bytes, size_t size);
/* A filter for IPv4's type 200 and all of IPv6, and a program that takes all, behind it. */
void op_append_filter(struct call *call);
void op_append_program(struct call *call);

/* op_tune.c: all records are wanted again, else none would come. What was wrong, or NULL. */
const char *op_take_filter_off(void);

#endif /* OP_H */

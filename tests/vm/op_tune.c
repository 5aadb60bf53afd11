/* SPDX-License-Identifier: MIT */
/* TUNE, of a hostile program; see caller.h. */
#include "op.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD sizeof(struct sockopt_tune)
#define WAKE SOCKOPT_TUNE_F_WAKE
#define FILTER SOCKOPT_TUNE_F_FILTER

static void make(struct call *call)
{
	const struct sockopt_tune arg = {
		.size = HEAD, .flags = WAKE, .wake_records = 3, .wake_delay_us = 1000,
	};

	op_fill(call, &arg, HEAD);
}

static void make_head(struct call *call, uint32_t filter_len)
{
	const struct sockopt_tune arg = {
		.size = HEAD, .flags = FILTER, .filter_len = filter_len,
	};

	op_fill(call, &arg, HEAD);
}

static void make_filter(struct call *call)
{
	make_head(call, sizeof(struct sockopt_filter));
	op_append_filter(call);
}

static void make_program(struct call *call)
{
	make_head(call, sizeof(struct sockopt_filter) + 3 * sizeof(struct sockopt_instruction));
	op_append_program(call);
}

static bool is_head_good(const struct sockopt_tune *arg, size_t behind)
{
	bool has_wake = arg->flags & WAKE, has_filter = arg->flags & FILTER;

	return arg->flags && !(arg->flags & ~(uint32_t)(WAKE | FILTER)) && !arg->reserved &&
	       arg->filter_len == behind && (has_filter || !arg->filter_len) &&
	       (has_wake ? arg->wake_records <= STAGE_SLOTS :
			   !arg->wake_records && !arg->wake_delay_us);
}

/* All of the value is read at once. */
static void judge(const struct value *value, struct verdict *verdict)
{
	struct errors *broken = &verdict->broken;
	struct sockopt_tune arg;

	if (!stage.has_streams)
		errors_add(broken, ENOTCONN);
	if ((size_t)value->len > OP_FILTER_MAX + PAGE)
		errors_add(broken, E2BIG);
	if (value->readable < (size_t)value->len)
		errors_add(broken, EFAULT);
	if (!rules_struct(value, SOCKOPT_TUNE_SIZE_1, &arg, HEAD, broken))
		return;
	if (!is_head_good(&arg, (size_t)value->len - arg.size))
		errors_add(broken, EINVAL);
	if (arg.flags & FILTER)
		rules_right(broken);
	if (arg.flags & FILTER && (size_t)value->len <= value->readable)
		rules_filter(value->bytes + arg.size, (size_t)value->len - arg.size, broken);
}

/* With so many zeros behind it that no BPF program is shown the value. */
const char *op_take_filter_off(void)
{
	static struct {
		struct sockopt_tune tune;
		struct sockopt_filter filter;
		uint8_t zeros[PAGE - sizeof(struct sockopt_filter)];
	} value = { .tune = { .size = HEAD, .flags = FILTER, .filter_len = PAGE },
		    .filter.size = PAGE };

	memset(value.filter.types, 0xff, sizeof(value.filter.types));
	memset(value.filter.types6, 0xff, sizeof(value.filter.types6));
	return setsockopt(stage.busy, SOL_IP, SOCKOPT_OPTION(ICMP, SOCKOPT_TUNE), &value,
			  sizeof(value)) ? "the filter cannot be taken off" : NULL;
}

static const char *settle(const struct value *value, const uint8_t *after)
{
	struct sockopt_tune arg;
	char line[128];

	(void)after;
	memcpy(&arg, value->bytes, HEAD);
	if (!(arg.flags & WAKE))
		return op_take_filter_off();
	snprintf(line, sizeof(line), "sockopt-wake-records:\t%u\nsockopt-wake-delay-us:\t%u\n",
		 arg.wake_records ? arg.wake_records : 1,
		 arg.wake_delay_us ? arg.wake_delay_us : SOCKOPT_WAKE_DELAY_DEFAULT);
	return strstr(state_read(STAGE_FDINFO), line) ? NULL : "the wake-up is another one";
}

const struct op op_tune = {
	"TUNE of the wake-up", true, ICMP, SOCKOPT_TUNE, &stage.busy, HEAD,
	make, judge, NULL, settle, STATE_OF(STAGE_FDINFO)
};
const struct op op_tune_filter = {
	"TUNE of the filter", true, ICMP, SOCKOPT_TUNE, &stage.busy, HEAD,
	make_filter, judge, NULL, settle, STATE_OF(STAGE_FDINFO)
};
const struct op op_tune_program = {
	"TUNE of the program", true, ICMP, SOCKOPT_TUNE, &stage.busy, HEAD,
	make_program, judge, NULL, settle, STATE_OF(STAGE_FDINFO)
};

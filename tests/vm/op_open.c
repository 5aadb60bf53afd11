/* SPDX-License-Identifier: MIT */
/* OPEN, of a hostile program; see caller.h. */
#include "op.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sockopt/ring.h>

#define HEAD sizeof(struct sockopt_open)
#define SMALLEST SOCKOPT_SLOTS_MIN	/* a ring that costs little */

static void make(struct call *call)
{
	const struct sockopt_open arg = {
		.size = HEAD, .fd = -1, .generation = stage.generations[ICMP],
		.slots = SMALLEST,
	};

	op_fill(call, &arg, HEAD);
}

static void make_filter(struct call *call)
{
	make(call);
	op_append_filter(call);
	call_set_word(call, offsetof(struct sockopt_open, filter_len),
		      (uint32_t)(call->size - HEAD));
}

static void make_program(struct call *call)
{
	make(call);
	op_append_program(call);
	call_set_word(call, offsetof(struct sockopt_open, filter_len),
		      (uint32_t)(call->size - HEAD));
}

/* ---- Rules ---- */

static uint32_t slots_of(const struct sockopt_open *arg)
{
	return arg->slots ? arg->slots : SOCKOPT_SLOTS_DEFAULT;
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool is_geometry_good(const struct sockopt_open *arg)
{
	uint32_t slots = slots_of(arg);

	return is_power_of_two(slots) && slots >= SOCKOPT_SLOTS_MIN &&
	       slots <= SOCKOPT_SLOTS_MAX && arg->wake_records <= slots &&
	       (arg->snaplen <= SOCKOPT_SNAPLEN_MAX || arg->snaplen == SOCKOPT_SNAPLEN_NONE);
}

static void judge_filter(const struct sockopt_open *arg, const struct value *value,
			 struct errors *broken)
{
	if (arg->filter_len > (uint32_t)value->len - arg->size)
		errors_add(broken, EINVAL);
	else if (arg->filter_len > OP_FILTER_MAX)
		errors_add(broken, E2BIG);
	else if (arg->filter_len > value->readable - arg->size)
		errors_add(broken, EFAULT);
	else
		rules_filter(value->bytes + arg->size, arg->filter_len, broken);
}

static void judge(const struct value *value, struct verdict *verdict)
{
	struct errors *broken = &verdict->broken;
	struct sockopt_open arg;

	rules_right(broken);
	if (!rules_struct(value, SOCKOPT_OPEN_SIZE_1, &arg, HEAD, broken))
		return;
	if (arg.fd != -1 || arg.flags || arg.slot_size || arg.cursor || arg.reserved ||
	    !is_geometry_good(&arg))
		errors_add(broken, EINVAL);
	if (arg.generation && arg.generation != stage.generations[ICMP])
		errors_add(broken, ESTALE);
	judge_filter(&arg, value, broken);
	rules_answer(value, arg.size, verdict);
}

/* ---- What came of it ---- */

static uint32_t or_default(uint32_t asked, uint32_t otherwise)
{
	return asked ? asked : otherwise;
}

static const char *answer(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_open arg, told;

	memcpy(&arg, call->bytes, HEAD);
	memcpy(&told, bytes, HEAD);
	arg.fd = told.fd;
	arg.slots = slots_of(&arg);
	arg.snaplen = arg.snaplen == SOCKOPT_SNAPLEN_NONE ? 0 :
		      or_default(arg.snaplen, OP_SNAPLEN);
	arg.wake_records = or_default(arg.wake_records, 1);
	arg.wake_delay_us = or_default(arg.wake_delay_us, SOCKOPT_WAKE_DELAY_DEFAULT);
	arg.slot_size = sockopt_ring_slot_size(arg.snaplen);
	arg.cursor = OP_FIRST;
	return memcmp(&arg, &told, HEAD) ? "another answer" : NULL;
}

static bool is_stream(int fd)
{
	char path[32], link[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, link, sizeof(link) - 1) > 0 &&
	       !strcmp(link, "anon_inode:[sockopt:icmp]");
}

/*
 * Also when the kernel failed the call afterwards, the number of the one descriptor that
 * is left stands in the caller's memory: a stream, and not for other programs.
 */
static const char *settle(const struct value *value, const uint8_t *after)
{
	struct sockopt_open told;
	int flags;

	(void)value;
	memcpy(&told, after, HEAD);
	flags = fcntl(told.fd, F_GETFD);
	if (!is_stream(told.fd))
		return "there is no stream at the descriptor that was told";
	close(told.fd);
	return flags != FD_CLOEXEC ? "the stream would survive exec" : NULL;
}

const struct op op_open = {
	"OPEN", false, ICMP, SOCKOPT_OPEN, &stage.bare, HEAD,
	make, judge, answer, settle, STATE_OF(STAGE_STATS)
};
const struct op op_open_filter = {
	"OPEN with a filter", false, ICMP, SOCKOPT_OPEN, &stage.bare, HEAD,
	make_filter, judge, answer, settle, STATE_OF(STAGE_STATS)
};
const struct op op_open_program = {
	"OPEN with a program", false, ICMP, SOCKOPT_OPEN, &stage.bare, HEAD,
	make_program, judge, answer, settle, STATE_OF(STAGE_STATS)
};

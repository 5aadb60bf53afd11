/* SPDX-License-Identifier: MIT */
/* STOP, RECORDS and STATS, of a hostile program; see caller.h. */
#include "op.h"

#include <errno.h>
#include <string.h>

#define PACKET_LEN 28		/* of those in the stream: IP and ICMP header */
#define RECORDS_HEAD sizeof(struct sockopt_records)

static void rules_stream(struct errors *broken)
{
	if (!stage.has_streams)
		errors_add(broken, ENOTCONN);
}

/* ---- STOP, of a stream that has ended: it stays so ---- */

static void make_stop(struct call *call)
{
	const struct sockopt_stop arg = { .size = sizeof(arg) };

	op_fill(call, &arg, sizeof(arg));
}

static void judge_stop(const struct value *value, struct verdict *verdict)
{
	struct errors *broken = &verdict->broken;
	struct sockopt_stop arg;

	rules_stream(broken);
	if (value->len > PAGE)
		errors_add(broken, E2BIG);
	if (value->readable < (size_t)value->len)
		errors_add(broken, EFAULT);
	if (rules_struct(value, SOCKOPT_STOP_SIZE_1, &arg, sizeof(arg), broken) && arg.flags)
		errors_add(broken, EINVAL);
}

/* ---- RECORDS ---- */

static void make_records(struct call *call)
{
	const struct sockopt_records arg = {
		.size = RECORDS_HEAD, .flags = SOCKOPT_RECORDS_F_DONTWAIT, .cursor = state_tail,
	};

	op_fill(call, &arg, RECORDS_HEAD);
	call_set_len(call, (int)(RECORDS_HEAD + STAGE_PENDING * stage.slot_size));
}

/* Records that are acknowledged by this cursor; more than there are: it is none. */
static uint32_t acknowledged(const struct sockopt_records *arg)
{
	return arg->cursor - state_tail;
}

static uint32_t count_of(const struct sockopt_records *arg, size_t len)
{
	uint32_t room = (uint32_t)((len - arg->size) / stage.slot_size);
	uint32_t ready = STAGE_PENDING - acknowledged(arg);

	return room < ready ? room : ready;
}

static void judge_room(const struct sockopt_records *arg, const struct value *value,
		       struct verdict *verdict)
{
	size_t behind = (size_t)value->len - arg->size;

	if (behind && behind < stage.slot_size)
		errors_add(&verdict->broken, EINVAL);
	if (acknowledged(arg) > STAGE_PENDING)
		errors_add(&verdict->broken, EINVAL);
	else if (behind && acknowledged(arg) == STAGE_PENDING)
		errors_add(&verdict->broken, EAGAIN);
	else
		rules_answer(value, arg->size + count_of(arg, (size_t)value->len) *
			     stage.slot_size, verdict);
}

/* What it acknowledges stays so, also if there was nothing to return. */
static void judge_records(const struct value *value, struct verdict *verdict)
{
	struct errors *broken = &verdict->broken;
	struct sockopt_records arg;

	rules_stream(broken);
	if (!rules_struct(value, SOCKOPT_RECORDS_SIZE_1, &arg, RECORDS_HEAD, broken))
		return;
	if (arg.flags & ~SOCKOPT_RECORDS_F_DONTWAIT || arg.count || arg.slot_size ||
	    arg.reserved[0] || arg.reserved[1] || arg.reserved[2])
		errors_add(broken, EINVAL);
	if (!stage.has_streams)
		return;
	judge_room(&arg, value, verdict);
	verdict->is_handled = !errors_has(broken, EINVAL);
}

/* As its sender made it, and zeros up to the end of its slot. */
static const char *check_record(const uint8_t *bytes, uint32_t position)
{
	struct sockopt_record rec;
	size_t i;

	memcpy(&rec, bytes, sizeof(rec));
	bytes += sizeof(rec);
	if (rec.seq != position + 1 || rec.lost || !rec.time || rec.len != PACKET_LEN ||
	    rec.caplen != PACKET_LEN || rec.flags || rec.ifindex != 1 || rec.family != 2 ||
	    rec.kind != SOCKOPT_KIND_IP || rec.offset != 20)
		return "a record with another header";
	if (bytes[0] != 0x45 || bytes[9] != 1 || bytes[20] != 8)
		return "a record of another packet";
	for (i = PACKET_LEN; i < stage.slot_size - sizeof(rec); i++)
		if (bytes[i])
			return "a byte behind a record that is not zero";
	return NULL;
}

static const char *answer_records(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_records arg, told;
	const char *wrong = NULL;
	uint32_t i;

	memcpy(&arg, call->bytes, sizeof(arg));
	memcpy(&told, bytes, sizeof(told));
	arg.count = count_of(&arg, (size_t)call->len);
	arg.slot_size = stage.slot_size;
	for (i = 0; i < arg.count && !wrong; i++)
		wrong = check_record(bytes + arg.size + i * arg.slot_size, arg.cursor + i);
	arg.cursor += arg.count;
	return memcmp(&arg, &told, sizeof(arg)) ? "another header" : wrong;
}

/* As many come again as were acknowledged. */
static const char *settle_records(const struct value *value, const uint8_t *after)
{
	struct sockopt_records arg;

	(void)after;
	memcpy(&arg, value->bytes, sizeof(arg));
	if (acknowledged(&arg))
		state_refill(acknowledged(&arg));
	return NULL;
}

/* ---- STATS ---- */

static void make_stats(struct call *call)
{
	const struct sockopt_stats arg = { .size = sizeof(arg) };

	op_fill(call, &arg, sizeof(arg));
}

static void judge_stats(const struct value *value, struct verdict *verdict)
{
	struct errors *broken = &verdict->broken;
	struct sockopt_stats arg;

	rules_stream(broken);
	if (!rules_struct(value, SOCKOPT_STATS_SIZE_1, &arg, sizeof(arg), broken))
		return;
	if (arg.flags)
		errors_add(broken, EINVAL);
	rules_answer(value, arg.size, verdict);
}

static const char *answer_stats(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_stats arg = { .size = 0 };

	memcpy(&arg.size, call->bytes, sizeof(arg.size));
	arg.delivered = state_tail - stage.cursor;
	arg.pending = STAGE_PENDING;
	arg.seen = arg.delivered + arg.pending;
	return memcmp(&arg, bytes, sizeof(arg)) ? "other counts" : NULL;
}

const struct op op_stop = {
	"STOP", true, ICMP, SOCKOPT_STOP, &stage.ended, sizeof(struct sockopt_stop),
	make_stop, judge_stop, NULL, NULL, 0
};
const struct op op_records = {
	"RECORDS", false, ICMP, SOCKOPT_RECORDS, &stage.busy, RECORDS_HEAD,
	make_records, judge_records, answer_records, settle_records, 0
};
const struct op op_stats = {
	"STATS", false, ICMP, SOCKOPT_STATS, &stage.busy, sizeof(struct sockopt_stats),
	make_stats, judge_stats, answer_stats, NULL, 0
};

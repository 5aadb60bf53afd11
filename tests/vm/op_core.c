/* SPDX-License-Identifier: MIT */
/* INFO and CHANNEL, of a hostile program; see caller.h. */
#include "op.h"

#include <errno.h>
#include <string.h>

/* ---- INFO ---- */

static void make_info(struct call *call)
{
	const struct sockopt_info info = { .size = sizeof(info) };

	op_fill(call, &info, sizeof(info));
}

static void judge_info(const struct value *value, struct verdict *verdict)
{
	struct sockopt_info info;

	if (rules_struct(value, SOCKOPT_INFO_SIZE_1, &info, sizeof(info), &verdict->broken))
		rules_answer(value, info.size, verdict);
}

static const char *answer_info(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_info info;
	size_t len;

	memcpy(&info, bytes, sizeof(info));
	if (memcmp(&info.size, call->bytes, sizeof(info.size)))
		return "another size";
	if (info.abi != SOCKOPT_ABI || !info.features || info.text_max != SOCKOPT_TEXT_MAX ||
	    info.slots_max != SOCKOPT_SLOTS_MAX || info.channels_max != SOCKOPT_CHANNELS_MAX ||
	    info.records_max != INT32_MAX)
		return "a wrong member";
	len = strnlen(info.version, sizeof(info.version));
	while (len < sizeof(info.version))
		if (info.version[len++])
			return "the version is not padded with zeros";
	return NULL;
}

/* ---- CHANNEL ---- */

static void make_channel(struct call *call)
{
	const struct sockopt_channel arg = { .size = sizeof(arg), .name = "icmp" };

	op_fill(call, &arg, sizeof(arg));
}

static void make_channel_by_id(struct call *call)
{
	const struct sockopt_channel arg = { .size = sizeof(arg), .id = MESSAGE };

	op_fill(call, &arg, sizeof(arg));
}

/* 0: there is none. */
static uint32_t channel_meant(const struct sockopt_channel *arg)
{
	if (!strcmp(arg->name, "icmp"))
		return ICMP;
	if (!strcmp(arg->name, "message"))
		return MESSAGE;
	if (arg->name[0] || arg->id > ICMP)
		return 0;
	return arg->id > MESSAGE ? arg->id : MESSAGE;
}

static void judge_channel(const struct value *value, struct verdict *verdict)
{
	struct sockopt_channel arg;

	if (!rules_struct(value, SOCKOPT_CHANNEL_SIZE_1, &arg, sizeof(arg), &verdict->broken))
		return;
	if (arg.flags || arg.reserved[0] || arg.reserved[1])
		errors_add(&verdict->broken, EINVAL);
	if (!memchr(arg.name, 0, sizeof(arg.name)))
		errors_add(&verdict->broken, EINVAL);
	else if (!channel_meant(&arg))
		errors_add(&verdict->broken, ENOENT);
	rules_answer(value, arg.size, verdict);
}

static const char *answer_channel(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_channel asked, arg, all = { .size = 0 };

	memcpy(&asked, call->bytes, sizeof(asked));
	memcpy(&arg, bytes, sizeof(arg));
	all.size = asked.size;
	all.id = channel_meant(&asked);
	all.generation = stage.generations[all.id];
	all.flags = all.id == ICMP ? SOCKOPT_CHANNEL_F_RECORDS : SOCKOPT_CHANNEL_F_TEXTS;
	all.snaplen = all.id == ICMP ? OP_SNAPLEN : 0;
	all.snaplen_max = all.id == ICMP ? SOCKOPT_SNAPLEN_MAX : 0;
	strcpy(all.name, all.id == ICMP ? "icmp" : "message");
	return memcmp(&arg, &all, sizeof(all)) ? "another channel" : NULL;
}

const struct op op_info = {
	"INFO", false, CORE, SOCKOPT_INFO, &stage.bare, sizeof(struct sockopt_info),
	make_info, judge_info, answer_info, NULL, 0
};
const struct op op_channel = {
	"CHANNEL by name", false, CORE, SOCKOPT_CHANNEL, &stage.bare,
	sizeof(struct sockopt_channel), make_channel, judge_channel, answer_channel, NULL, 0
};
const struct op op_channel_by_id = {
	"CHANNEL by id", false, CORE, SOCKOPT_CHANNEL, &stage.bare,
	sizeof(struct sockopt_channel), make_channel_by_id, judge_channel, answer_channel, NULL, 0
};

/* SPDX-License-Identifier: MIT */
/* What operations share to make honest calls, and the list of them; see op.h. */
#include "op.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

const struct op *const ops[] = {
	&op_info, &op_channel, &op_channel_by_id,
	&op_text_set, &op_text_get, &op_text_get_long, &op_call, &op_call_long,
	&op_open, &op_open_filter, &op_open_program,
	&op_tune, &op_tune_filter, &op_tune_program,
	&op_stop, &op_records, &op_stats,
};
const size_t op_count = COUNT(ops);

void op_fill(struct call *call, const void *bytes, size_t size)
{
	call->size = 0;
	op_append(call, bytes, size);
}

void op_append(struct call *call, const void *bytes, size_t size)
{
	memcpy(call->bytes + call->size, bytes, size);
	call->size += size;
	call_set_len(call, (int)call->size);
}

/* For none of the records that come here: that it works, if it should not, would be seen. */
static void append_filter(struct call *call, uint32_t instructions)
{
	struct sockopt_filter filter = { .size = sizeof(filter), .program_len = instructions };

	filter.types[6] = 1 << 8;
	memset(filter.types6, 0xff, sizeof(filter.types6));
	op_append(call, &filter, sizeof(filter));
}

void op_append_filter(struct call *call)
{
	append_filter(call, 0);
}

/* Three instructions: the length of the packet, one more, and that is how much it takes. */
void op_append_program(struct call *call)
{
	static const struct sockopt_instruction program[] = {
		{ 0x80, 0, 0, 0 }, { 0x04, 0, 0, 1 }, { 0x16, 0, 0, 0 },
	};

	append_filter(call, COUNT(program));
	op_append(call, program, sizeof(program));
}

struct call *call_new(const struct op *op)
{
	static struct call call;

	call.op = op;
	call.fd = *op->socket;
	call.level = SOL_IP;
	call.option = SOCKOPT_OPTION(op->channel, op->operation);
	call.where = IN_MEMORY;
	call.length_where = IN_MEMORY;
	call.length_room = sizeof(call.len);
	call.foreign = (struct errors){ { 0 } };
	op->make(&call);
	return &call;
}

void call_set_word(struct call *call, size_t at, uint32_t word)
{
	memcpy(call->bytes + at, &word, sizeof(word));
}

/* A length that makes no sense has the memory that an honest one has. */
void call_set_len(struct call *call, int len)
{
	call->len = len;
	call->room = len >= 0 && len <= ROOM ? (size_t)len : call->size;
}

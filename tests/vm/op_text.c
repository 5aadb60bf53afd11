/* SPDX-License-Identifier: MIT */
/* TEXT and CALL, of a hostile program; see caller.h. */
#include "op.h"

#include <errno.h>
#include <string.h>

static const char request[] = "a program asks";
#define REQUEST_LEN (sizeof(request) - 1)
#define SHORT 22		/* bytes of the kernel's text */
#define HEAD sizeof(struct sockopt_call)

/* ---- TEXT ---- */

static void make_set(struct call *call)
{
	op_fill(call, request, REQUEST_LEN);
}

static void judge_set(const struct value *value, struct verdict *verdict)
{
	rules_right(&verdict->broken);
	rules_text(value, 0, (size_t)value->len, &verdict->broken);
}

static const char *settle_set(const struct value *value, const uint8_t *after)
{
	(void)after;
	return state_was_sent(value->bytes, (size_t)value->len) ? NULL : "another text arrived";
}

static void make_get(struct call *call)
{
	state_kernel_text(SHORT);
	op_fill(call, "", 0);
	call_set_len(call, SHORT);
}

static void make_get_long(struct call *call)
{
	state_kernel_text(SOCKOPT_TEXT_MAX);
	op_fill(call, "", 0);
	call_set_len(call, SOCKOPT_TEXT_MAX);
}

static void judge_get(const struct value *value, struct verdict *verdict)
{
	rules_right(&verdict->broken);
	if ((size_t)value->len < text_of_kernel_len)
		errors_add(&verdict->broken, ERANGE);
	rules_answer(value, text_of_kernel_len, verdict);
}

static const char *answer_get(const struct call *call, const uint8_t *bytes)
{
	(void)call;
	return memcmp(bytes, text_of_kernel, text_of_kernel_len) ? "another text" : NULL;
}

/* ---- CALL ---- */

static void make_call_of(struct call *call, uint32_t room)
{
	const struct sockopt_call head = {
		.size = HEAD, .generation = stage.generations[MESSAGE],
		.request_len = REQUEST_LEN, .reply_room = room,
	};

	state_kernel_text(room);
	op_fill(call, &head, HEAD);
	op_append(call, request, REQUEST_LEN);
	call_set_len(call, (int)(HEAD + room));
}

static void make_call(struct call *call)
{
	make_call_of(call, SHORT);
}

static void make_call_long(struct call *call)
{
	make_call_of(call, SOCKOPT_TEXT_MAX);
}

static void judge_head(const struct sockopt_call *head, const struct value *value,
		       struct errors *broken)
{
	uint32_t behind = (uint32_t)value->len - head->size;

	if (head->generation && head->generation != stage.generations[MESSAGE])
		errors_add(broken, ESTALE);
	if (head->reply_len || head->reserved || head->request_len > behind ||
	    head->reply_room > behind)
		errors_add(broken, EINVAL);
	if (head->reply_room < text_of_kernel_len)
		errors_add(broken, ERANGE);
}

/* An answer that cannot be written is a fault behind the request: the one exception. */
static void judge_call(const struct value *value, struct verdict *verdict)
{
	struct sockopt_call head;

	rules_right(&verdict->broken);
	if (!rules_struct(value, SOCKOPT_CALL_SIZE_1, &head, sizeof(head), &verdict->broken))
		return;
	judge_head(&head, value, &verdict->broken);
	rules_text(value, head.size, head.request_len, &verdict->broken);
	verdict->is_handled = errors_none(&verdict->broken);
	rules_answer(value, head.size + text_of_kernel_len, verdict);
}

static const char *answer_call(const struct call *call, const uint8_t *bytes)
{
	struct sockopt_call head, told;

	memcpy(&head, call->bytes, sizeof(head));
	memcpy(&told, bytes, sizeof(told));
	head.reply_len = (uint32_t)text_of_kernel_len;
	if (memcmp(&head, &told, sizeof(head)))
		return "another header";
	return memcmp(bytes + head.size, text_of_kernel, text_of_kernel_len) ? "another reply" :
									      NULL;
}

static const char *settle_call(const struct value *value, const uint8_t *after)
{
	struct sockopt_call head;

	(void)after;
	memcpy(&head, value->bytes, sizeof(head));
	return state_was_sent(value->bytes + head.size, head.request_len) ?
		       NULL : "another request arrived";
}

const struct op op_text_set = {
	"TEXT set", true, MESSAGE, SOCKOPT_TEXT, &stage.bare, 0,
	make_set, judge_set, NULL, settle_set, STATE_OF(STAGE_MESSAGE)
};
const struct op op_text_get = {
	"TEXT get", false, MESSAGE, SOCKOPT_TEXT, &stage.bare, 0,
	make_get, judge_get, answer_get, NULL, 0
};
const struct op op_text_get_long = {
	"TEXT get of the longest", false, MESSAGE, SOCKOPT_TEXT, &stage.bare, 0,
	make_get_long, judge_get, answer_get, NULL, 0
};
const struct op op_call = {
	"CALL", false, MESSAGE, SOCKOPT_CALL, &stage.bare, HEAD,
	make_call, judge_call, answer_call, settle_call, STATE_OF(STAGE_MESSAGE)
};
const struct op op_call_long = {
	"CALL for the longest", false, MESSAGE, SOCKOPT_CALL, &stage.bare, HEAD,
	make_call_long, judge_call, answer_call, settle_call, STATE_OF(STAGE_MESSAGE)
};

/* SPDX-License-Identifier: MIT */
/* One call, and all that must hold when it has returned; see caller.h. */
#include "caller.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- What is to come ---- */

static bool has_length(const struct call *call)
{
	return call->length_where != NOWHERE && call->length_room >= sizeof(call->len);
}

static void judge_get(const struct call *call, struct verdict *verdict)
{
	if (errors_none(&verdict->errors) && call->length_where == READ_ONLY)
		errors_add(&verdict->errors, EFAULT);
	verdict->told = verdict->out;
	if (bpf_is_there())
		bpf_after(call, verdict);
}

/* What is behind the value is poison, also for who judges it. */
static void poison_rest(struct call *call)
{
	if (call->size < call->room)
		memset(call->bytes + call->size, POISON, call->room - call->size);
}

void call_judge(struct call *call, struct verdict *verdict)
{
	bool is_set = call->op->is_set;

	poison_rest(call);
	memset(verdict, 0, sizeof(*verdict));
	verdict->value = (struct value){
		call->bytes, call->len, call->where == NOWHERE ? 0 : call->room,
		call->where == IN_MEMORY ? call->room : 0
	};
	verdict->errors = call->foreign;
	if (!errors_none(&verdict->errors))
		return;
	if (!is_set && !has_length(call))
		errors_add(&verdict->errors, EFAULT);
	else if (call->len < 0)
		errors_add(&verdict->errors, EINVAL);
	else if (!is_set || !bpf_is_there() || bpf_before(verdict)) {
		call->op->judge(&verdict->value, verdict);
		verdict->is_handled |= errors_none(&verdict->broken);
		verdict->errors = verdict->broken;
		if (!is_set)
			judge_get(call, verdict);
	}
}

/* ---- The call ---- */

static uint8_t *begin(const struct memory *memory, enum where where, size_t room)
{
	return (where == READ_ONLY ? memory->readable : memory->writable) + memory->size - room;
}

uint8_t *call_put(const struct call *call)
{
	if (call->where == NOWHERE)
		return call->nowhere;
	memcpy(begin(&value_memory, IN_MEMORY, call->room), call->bytes, call->room);
	return begin(&value_memory, call->where, call->room);
}

void *call_put_length(const struct call *call)
{
	size_t size = sizeof(call->len) < call->length_room ? sizeof(call->len) :
							     call->length_room;

	if (call->length_where == NOWHERE)
		return call->length_nowhere;
	memcpy(begin(&length_memory, IN_MEMORY, call->length_room), &call->len, size);
	return begin(&length_memory, call->length_where, call->length_room);
}

int call_enter(const struct call *call, void *value, void *length)
{
	long ret;

	__atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
	if (call->op->is_set)
		ret = syscall(SYS_setsockopt, call->fd, call->level, call->option, value,
			      call->len);
	else
		ret = syscall(SYS_getsockopt, call->fd, call->level, call->option, value, length);
	return ret < 0 ? -errno : (int)ret;
}

/* ---- What has come ---- */

static void complain(const struct call *call, const char *what)
{
	static const char *const wheres[] = { "", ", read-only", ", nowhere" };
	char bytes[2 * 64 + 1] = "";
	size_t i;

	for (i = 0; i < call->size && i < 64; i++)
		snprintf(bytes + 2 * i, 3, "%02x", call->bytes[i]);
	failure("%s (fd %d, option 0x%x, length %d%s%s, %zu bytes there%s): %s; %s",
		call->op->name, call->fd, (unsigned int)call->option, call->len,
		call->op->is_set ? "" : wheres[call->length_where],
		call->length_room == sizeof(call->len) ? "" : ", odd", call->room,
		wheres[call->where], what, bytes);
}

static bool is_result_right(const struct call *call, const struct verdict *verdict, int ret)
{
	char text[384];

	if (ret < 0 ? errors_has(&verdict->errors, -ret) :
		      ret == 0 && errors_none(&verdict->errors))
		return true;
	snprintf(text, sizeof(text), "%s instead of %s", ret ? strerror(-ret) : "success",
		 errors_text(&verdict->errors));
	complain(call, text);
	return false;
}

/* How many bytes of the value may be others than they were. */
static size_t written(const struct call *call, const struct verdict *verdict, int ret)
{
	size_t whole = call->len > 0 && (size_t)call->len < call->room ? (size_t)call->len :
								       call->room;

	if (call->op->is_set || call->where != IN_MEMORY)
		return 0;
	if (!ret)
		return (size_t)verdict->out;
	return verdict->is_handled || ret == -EFAULT ? whole : 0;
}

static bool is_memory_right(const struct call *call, const struct verdict *verdict, int ret)
{
	const uint8_t *end = value_memory.writable + value_memory.size;
	const uint8_t *at = end - (call->where == NOWHERE ? 0 : call->room);
	size_t from = written(call, verdict, ret);
	const uint8_t *front = at - value_memory.writable > PAGE ? at - PAGE :
								   value_memory.writable;

	return memory_is_poison(front, at) &&
	       (call->where == NOWHERE ||
		!memcmp(at + from, call->bytes + from, call->room - from));
}

/* What the struct has behind the members that we know stays as it was. */
static bool is_tail_right(const struct call *call, const uint8_t *at)
{
	uint32_t size;

	if (!call->op->head)
		return true;
	memcpy(&size, call->bytes, sizeof(size));
	return size <= call->op->head ||
	       !memcmp(at + call->op->head, call->bytes + call->op->head,
		       size - call->op->head);
}

static const char *check_answer(const struct call *call, const struct verdict *verdict,
				const uint8_t *at)
{
	static const uint32_t others = STAGE_BPF_BYTES;

	if (call->op->is_set)
		return NULL;
	if (!is_tail_right(call, at))
		return "a member that it does not know has changed";
	if (verdict->is_replaced)
		return memcmp(at, &others, sizeof(others)) ? "not the BPF program's bytes" : NULL;
	return call->op->answer(call, at);
}

/* Untouched by an error, but for one that came behind the answer. */
static bool is_length_right(const struct call *call, const struct verdict *verdict, int ret)
{
	const uint8_t *page = length_memory.writable, *end = page + length_memory.size;
	const uint8_t *at = end - (call->length_where == NOWHERE ? 0 : call->length_room);
	int len;

	if (call->op->is_set || !has_length(call))
		return memory_is_poison(page, at);
	memcpy(&len, at, sizeof(len));
	return memory_is_poison(page, at) && memory_is_poison(at + sizeof(len), end) &&
	       (ret ? len == call->len || (verdict->is_handled && len == verdict->out) :
		      len == verdict->told);
}

static void clear(const struct call *call)
{
	memset(begin(&value_memory, IN_MEMORY, call->room), POISON, call->room);
	memset(begin(&length_memory, IN_MEMORY, call->length_room), POISON, call->length_room);
}

/* It was handled: so the state changes, where that shows, and nowhere else. */
static const char *settle(const struct call *call, const struct verdict *verdict)
{
	const char *wrong;

	if (!call->op->settle)
		return NULL;
	wrong = call->op->settle(&verdict->value,
				 begin(&value_memory, IN_MEMORY, call->room));
	state_learn(call->op->changes);
	return wrong;
}

static const char *check(const struct call *call, const struct verdict *verdict, int ret)
{
	const char *wrong = NULL;

	if (!is_memory_right(call, verdict, ret))
		return "a byte was written that is not its own";
	if (!is_length_right(call, verdict, ret))
		return "another length";
	if (!ret && verdict->is_handled)
		wrong = check_answer(call, verdict, begin(&value_memory, IN_MEMORY, call->room));
	if (verdict->is_handled && !wrong)
		wrong = settle(call, verdict);
	return wrong;
}

void call_make(struct call *call)
{
	int next = state_next_fd(), ret;
	struct verdict verdict;
	const char *wrong = NULL;

	call_judge(call, &verdict);
	ret = call_enter(call, call_put(call), call_put_length(call));
	if (is_result_right(call, &verdict, ret))
		wrong = check(call, &verdict, ret);
	if (!wrong && state_next_fd() != next)
		wrong = "a descriptor was left";
	if (wrong || !state_is_unchanged(&wrong)) {
		complain(call, wrong);
		state_learn(STATE_ALL);
	}
	clear(call);
}

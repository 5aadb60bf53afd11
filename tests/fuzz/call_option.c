/* SPDX-License-Identifier: MIT */
/*
 * See call_run.h. Options; and what must hold of every answer, whatever was asked.
 */
#include "call_buffer.h"
#include "call_run.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include <sockopt/uapi.h>

#define LAST_ERRNO EHWPOISON	/* what comes behind is the kernel's own */
#define CURSOR_AT offsetof(struct sockopt_records, cursor)

static uint32_t channel_of(const struct call *call)
{
	return call->numbers[1] == CHANNEL_PUBLISHER ?
		__atomic_load_n(&machine.publisher, __ATOMIC_RELAXED) : call->numbers[1];
}

static int option_of(const struct call *call)
{
	return SOCKOPT_OPTION(channel_of(call), call->op->operation);
}

static long check_error(long ret)
{
	if (ret < 0 && errno > LAST_ERRNO)
		finding("errno is %d", errno);
	return ret;
}

static long get(const struct call *call, int option, struct buffer *buffer)
{
	socklen_t told = buffer->len;
	long ret = check_error(getsockopt(socket_at(call->numbers[0]), SOL_IP, option,
					  buffer->told_at, buffer->len_at));

	buffer_check(buffer);
	if (!ret && buffer->len > told)
		finding("a buffer of %u bytes came back with %u", told, buffer->len);
	return ret;
}

static long set(const struct call *call, int option, const struct buffer *buffer)
{
	return check_error(setsockopt(socket_at(call->numbers[0]), SOL_IP, option,
				      buffer->told_at, buffer->len));
}

long run_get(struct worker *worker, const struct call *call)
{
	struct buffer buffer;

	buffer_make(&buffer, worker, call);
	return get(call, option_of(call), &buffer);
}

long run_set(struct worker *worker, const struct call *call)
{
	struct buffer buffer;

	buffer_make(&buffer, worker, call);
	return set(call, option_of(call), &buffer);
}

/* Any number at all. */
long run_number(struct worker *worker, const struct call *call)
{
	struct buffer buffer;

	buffer_make(&buffer, worker, call);
	return call->numbers[4] & 1 ? set(call, (int)call->numbers[1], &buffer) :
				      get(call, (int)call->numbers[1], &buffer);
}

/* ---- Those whose answers say more ---- */

static void take_stream(const struct call *call, const struct sockopt_open *arg)
{
	if (!(call->numbers[3] & CALL_AS_IT_IS))
		fcntl(arg->fd, F_SETFL, O_NONBLOCK);
	put_stream(call->numbers[4], arg->fd);
	__atomic_store_n(&machine.cursors[call->numbers[0] % REGISTERS], arg->cursor,
			 __ATOMIC_RELAXED);
}

/* After an error, too, it may be there: see OPEN in uapi.h. */
long run_open(struct worker *worker, const struct call *call)
{
	struct sockopt_open before = { .size = 0 }, arg = { .size = 0 };
	struct buffer buffer;
	long ret;

	buffer_make(&buffer, worker, call);
	if (buffer.room < sizeof(arg))
		return get(call, option_of(call), &buffer);
	memcpy(&before, buffer.at, sizeof(before));
	ret = get(call, option_of(call), &buffer);
	memcpy(&arg, buffer.at, sizeof(arg));
	if (before.fd == -1 && arg.fd >= 0)
		take_stream(call, &arg);
	else if (!ret)
		finding("OPEN succeeded and brought no descriptor");
	return ret;
}

static void check_records(const struct buffer *buffer, uint32_t cursor)
{
	struct sockopt_records head;
	struct sockopt_record rec;
	uint32_t i;

	memcpy(&head, buffer->at, sizeof(head));
	if (head.cursor != cursor + head.count ||
	    buffer->len != head.size + (uint64_t)head.count * head.slot_size)
		finding("RECORDS from %u: %u of %u bytes to %u, %u bytes in all", cursor,
			head.count, head.slot_size, head.cursor, buffer->len);
	for (i = 0; i < head.count; i++) {
		memcpy(&rec, buffer->at + head.size + (size_t)i * head.slot_size, sizeof(rec));
		if (rec.seq != cursor + i + 1 || (!(rec.flags & SOCKOPT_RECORD_F_DISCARDED) &&
						  rec.caplen > head.slot_size - sizeof(rec)))
			finding("record %u of cursor %u has seq %u, caplen %u", i, cursor,
				rec.seq, rec.caplen);
	}
}

/* With the cursor that the last one brought, unless another one is wanted. */
long run_records(struct worker *worker, const struct call *call)
{
	uint32_t *known = &machine.cursors[call->numbers[0] % REGISTERS];
	struct buffer buffer;
	uint32_t cursor;
	long ret;

	buffer_make(&buffer, worker, call);
	if (buffer.room < sizeof(struct sockopt_records) ||
	    call->numbers[3] & (CALL_AS_IT_IS | CALL_READ_ONLY))
		return get(call, option_of(call), &buffer);
	cursor = __atomic_load_n(known, __ATOMIC_RELAXED);
	memcpy(buffer.at + CURSOR_AT, &cursor, sizeof(cursor));
	ret = get(call, option_of(call), &buffer);
	if (ret || buffer.len_at != &buffer.len)
		return ret;
	check_records(&buffer, cursor);
	memcpy(known, buffer.at + CURSOR_AT, sizeof(cursor));
	return ret;
}

long run_stats(struct worker *worker, const struct call *call)
{
	struct sockopt_stats stats;
	struct buffer buffer;
	long ret;

	buffer_make(&buffer, worker, call);
	ret = get(call, option_of(call), &buffer);
	if (ret || buffer.room < sizeof(stats))
		return ret;
	memcpy(&stats, buffer.at, sizeof(stats));
	if (stats.seen != stats.filtered + stats.delivered + stats.pending + stats.lost)
		finding("seen %llu is not what became of it", (unsigned long long)stats.seen);
	return ret;
}

long run_call(struct worker *worker, const struct call *call)
{
	struct sockopt_call arg;
	struct buffer buffer;
	long ret;

	buffer_make(&buffer, worker, call);
	ret = get(call, option_of(call), &buffer);
	if (ret || buffer.room < sizeof(arg))
		return ret;
	memcpy(&arg, buffer.at, sizeof(arg));
	if (arg.reply_len > arg.reply_room)
		finding("a reply of %u bytes in a room of %u", arg.reply_len, arg.reply_room);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/* See call_buffer.h. */
#include "call_buffer.h"

#include <string.h>
#include <sys/mman.h>

#define CANARY 0xa5
#define CANARY_LEN 64

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The last byte of the data goes on behind it. */
static void fill(const struct buffer *buffer, const struct call *call)
{
	size_t len = smaller(call->len, buffer->room);

	memcpy(buffer->at, call->data, len);
	memset(buffer->at + len, call->len ? call->data[call->len - 1] : 'a',
	       buffer->room - len);
}

static void place(struct buffer *buffer, const struct worker *worker, uint32_t flags)
{
	uint8_t *end = worker->room + ROOM;

	buffer->at = flags & CALL_AT_END ? end - buffer->room : worker->room;
	buffer->has_canary = end - buffer->at >= (ptrdiff_t)buffer->room + CANARY_LEN;
	if (buffer->has_canary)
		memset(buffer->at + buffer->room, CANARY, CANARY_LEN);
}

static void write_read_only(const struct worker *worker, struct buffer *buffer,
			    const struct call *call)
{
	mprotect(worker->read_only, ROOM, PROT_READ | PROT_WRITE);
	if (call->numbers[3] & CALL_READ_ONLY)
		fill(buffer, call);
	if (call->numbers[3] & CALL_NO_LENGTH)
		memcpy(buffer->len_at, &buffer->len, sizeof(buffer->len));
	mprotect(worker->read_only, ROOM, PROT_READ);
}

void buffer_make(struct buffer *buffer, const struct worker *worker, const struct call *call)
{
	uint32_t flags = call->numbers[3];
	uint8_t *last = worker->read_only + ROOM - sizeof(buffer->len);

	memset(buffer, 0, sizeof(*buffer));
	buffer->len = call->len + call->numbers[2];
	buffer->room = smaller(buffer->len, ROOM - sizeof(buffer->len));
	buffer->len_at = flags & CALL_NO_LENGTH ? (socklen_t *)(void *)last : &buffer->len;
	if (flags & CALL_READ_ONLY) {
		buffer->at = worker->read_only;
	} else {
		place(buffer, worker, flags);
		fill(buffer, call);
	}
	if (flags & (CALL_READ_ONLY | CALL_NO_LENGTH))
		write_read_only(worker, buffer, call);
	buffer->told_at = flags & CALL_NO_MEMORY ? (void *)8 : buffer->at;
}

void buffer_check(const struct buffer *buffer)
{
	unsigned int i;

	for (i = 0; buffer->has_canary && i < CANARY_LEN; i++)
		if (buffer->at[buffer->room + i] != CANARY)
			finding("the kernel wrote behind a buffer of %zu bytes", buffer->room);
}

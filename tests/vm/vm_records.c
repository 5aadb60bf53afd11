/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void vm_batch_init(struct vm_batch *batch, uint32_t slot_size, uint32_t room)
{
	batch->size = sizeof(*batch->head) + (size_t)slot_size * room;
	batch->head = calloc(1, batch->size);
	ck_assert_ptr_nonnull(batch->head);
}

void vm_batch_free(struct vm_batch *batch)
{
	free(batch->head);
}

int vm_records_of(int fd, unsigned int channel, struct vm_batch *batch, uint32_t *cursor,
		  uint32_t flags)
{
	socklen_t len = (socklen_t)batch->size;
	int ret;

	memset(batch->head, 0, sizeof(*batch->head));
	batch->head->size = sizeof(*batch->head);
	batch->head->flags = flags;
	batch->head->cursor = *cursor;
	ret = vm_get(fd, channel, SOCKOPT_RECORDS, batch->head, &len);
	if (ret)
		return ret;
	ck_assert_uint_eq(len, sizeof(*batch->head) +
			  batch->head->count * batch->head->slot_size);
	*cursor = batch->head->cursor;
	return (int)batch->head->count;
}

int vm_records(int fd, struct vm_batch *batch, uint32_t *cursor, uint32_t flags)
{
	return vm_records_of(fd, ICMP, batch, cursor, flags);
}

const struct sockopt_record *vm_record(const struct vm_batch *batch, unsigned int i)
{
	VM_EXPECT(i < batch->head->count);
	return (const void *)((const uint8_t *)(batch->head + 1) +
			      (size_t)i * batch->head->slot_size);
}

static void reader_init(struct vm_reader *reader, uint32_t room)
{
	vm_batch_init(&reader->batch, reader->open.slot_size, room);
	reader->cursor = reader->open.cursor;
}

void vm_reader_open(struct vm_reader *reader, uint32_t slots, uint32_t snaplen, uint32_t room)
{
	reader->sock = vm_raw();
	reader->open = vm_open_args();
	reader->open.slots = slots;
	reader->open.snaplen = snaplen;
	reader->stream = vm_open(reader->sock, ICMP, &reader->open);
	ck_assert_msg(reader->stream >= 0, "OPEN: %s", strerror(-reader->stream));
	reader_init(reader, room);
}

void vm_reader_open_types(struct vm_reader *reader, const int *types, uint32_t room)
{
	reader->sock = vm_raw();
	reader->stream = vm_stream_types(reader->sock, &reader->open, types);
	reader_init(reader, room);
}

void vm_reader_open_filter(struct vm_reader *reader, const struct sockopt_filter *filter,
			   uint32_t snaplen, uint32_t room)
{
	reader->sock = vm_raw();
	reader->open = vm_open_args();
	reader->open.snaplen = snaplen;
	reader->stream = vm_open_filter(reader->sock, ICMP, &reader->open, filter, NULL);
	ck_assert_msg(reader->stream >= 0, "OPEN: %s", strerror(-reader->stream));
	reader_init(reader, room);
}

void vm_reader_close(struct vm_reader *reader)
{
	ck_assert_int_eq(close(reader->stream), 0);
	ck_assert_int_eq(close(reader->sock), 0);
	vm_batch_free(&reader->batch);
}

int vm_reader_take(struct vm_reader *reader)
{
	return vm_records(reader->sock, &reader->batch, &reader->cursor,
			  SOCKOPT_RECORDS_F_DONTWAIT);
}

void vm_expect_nothing(struct vm_reader *reader)
{
	ck_assert_int_eq(vm_reader_take(reader), -EAGAIN);
}

int vm_take_now(int raw, const struct sockopt_open *args)
{
	uint32_t cursor = args->cursor;
	struct vm_batch batch;
	int ret;

	vm_batch_init(&batch, args->slot_size, 16);
	ret = vm_records(raw, &batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT);
	vm_batch_free(&batch);
	return ret;
}

void vm_no_stream_on(int raw, const struct sockopt_open *args)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_take_now(raw, args), -ENOTCONN);
	ck_assert_int_eq(vm_stats(raw, ICMP, &stats), -ENOTCONN);
	ck_assert_int_eq(vm_stop(raw, ICMP), -ENOTCONN);
}

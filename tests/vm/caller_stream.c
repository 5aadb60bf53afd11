/* SPDX-License-Identifier: MIT */
/*
 * The descriptor of a stream: read of every length, into memory of every other length and
 * into none, in parts; and what else a file can be asked, to which it says no.
 */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- What must hold ---- */

void unharmed(const char *what, unsigned long arg)
{
	const char *changed;

	__atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
	if (!state_is_unchanged(&changed))
		failure("%s (0x%lx): %s changed", what, arg, changed);
}

void refused(const char *what, unsigned long arg, long ret, ...)
{
	struct errors errors = { { 0 } };
	int error = errno, allowed;
	va_list list;

	va_start(list, ret);
	while ((allowed = va_arg(list, int)) != 0)
		errors_add(&errors, allowed);
	va_end(list);
	if (ret != -1 || !errors_has(&errors, error))
		failure("%s (0x%lx): %s instead of %s", what, arg,
			ret == -1 ? strerror(error) : "success", errors_text(&errors));
	unharmed(what, arg);
}

/* ---- read ---- */

/* What ends where a page begins that nobody may touch. */
static uint8_t *room_of(size_t len)
{
	return value_memory.writable + value_memory.size - len;
}

/* Whole records, as many as 'len' has room for, or nothing. */
static void try_read(size_t len, size_t room)
{
	size_t count = len / stage.slot_size;
	ssize_t ret;

	count = count < STAGE_PENDING ? count : STAGE_PENDING;
	ret = read(stage.stream, room_of(room), len);
	if (!count || count * stage.slot_size > room) {
		refused("read", len, ret, count ? EFAULT : EINVAL, EFAULT, 0);
	} else if (ret != (ssize_t)(count * stage.slot_size)) {
		failure("read of %zu: %zd", len, ret);
	} else {
		if (!memory_is_poison(room_of(room) + ret, room_of(0)))
			failure("read of %zu: a byte behind the records", len);
		state_refill((uint32_t)count);
		unharmed("read", len);
	}
	if (!memory_is_poison(room_of(room + PAGE), room_of(room)))
		failure("read of %zu: a byte before the buffer", len);
	memset(room_of(room), POISON, room);
}

static void try_reads(void)
{
	size_t all = STAGE_PENDING * stage.slot_size, len;

	for (len = 0; len <= 2 * all; len += sparse) {
		try_read(len, len);
		try_read(len, len / 2);
		try_read(all, len / 2);
	}
}

/* More than a program can have is an error, or as if it was what there is. */
static void try_endless_reads(void)
{
	unsigned int bit;
	size_t i, len;

	for (bit = 0; bit < 8 * sizeof(size_t); bit++)
		for (i = 0; i < 3; i++) {
			len = ((size_t)1 << bit) - 1 + i;
			refused("read nowhere", len, read(stage.stream, room_of(0), len), EFAULT,
				EINVAL, 0);
		}
	for (i = 0; i < memory_nowhere_count; i++)
		for (len = 0; len < 2 * stage.slot_size; len += 31)
			refused("read nowhere", i, read(stage.stream, memory_nowhere[i], len),
				EFAULT, len < stage.slot_size ? EINVAL : EFAULT, 0);
	refused("read into what is read-only", 0,
		read(stage.stream, value_memory.readable, PAGE), EFAULT, 0);
}

/* What no compiler would let pass. */
static long read_vector(const struct iovec *parts, long count)
{
	return syscall(SYS_readv, stage.stream, parts, count);
}

/* One of the parts is nowhere. */
static void try_vectors(void)
{
	struct iovec parts[4];
	size_t i, j, k;

	for (i = 0; i < memory_nowhere_count; i++)
		for (j = 0; j < COUNT(parts); j++) {
			for (k = 0; k < COUNT(parts); k++)
				parts[k] = (struct iovec){ room_of(PAGE), 17 };
			parts[j] = (struct iovec){ memory_nowhere[i], stage.slot_size };
			refused("readv", i, read_vector(parts, COUNT(parts)), EFAULT, 0);
		}
	parts[0].iov_len = SIZE_MAX;
	refused("readv", SIZE_MAX, read_vector(parts, 1), EINVAL, EFAULT, 0);
	refused("readv", 1025, read_vector(parts, 1025), EINVAL, 0);
	refused("readv", INT_MAX, read_vector(parts, INT_MAX), EINVAL, 0);
	refused("readv", (unsigned long)-1, read_vector(parts, -1), EINVAL, 0);
	refused("readv", 0, read_vector(NULL, 1), EFAULT, 0);
	memset(room_of(PAGE), POISON, PAGE);
}

/* ---- What else a file can be asked ---- */

/* The kernel answers these itself. */
static bool is_everybodys(unsigned int request)
{
	unsigned int kind = request >> 8 & 0xff;

	return request == FIOCLEX || request == FIONCLEX || request == FIONBIO ||
	       request == FIOASYNC || kind == 'X' || kind == 'f' || kind == 0x94 || request <= 2;
}

static void try_ioctls(void)
{
	static const unsigned int sizes[] = { 0, 0x40040000, 0x80080000, 0xc0100000, 0xffff0000 };
	unsigned int kind, number, i;

	for (kind = 0; kind < 256; kind++)
		for (number = 0; number < (kind == 'T' ? 0x64 : 4); number += sparse)
			for (i = 0; i < COUNT(sizes); i++) {
				unsigned int request = sizes[i] | kind << 8 | number;

				if (!is_everybodys(request))
					refused("ioctl", request, ioctl(stage.stream, request,
						room_of(64)), ENOTTY, 0);
			}
}

static void try_places(void)
{
	int stream = stage.stream, flag;
	struct iovec part = { room_of(PAGE), PAGE };

	for (flag = 0; flag < 3; flag++)
		refused("lseek", (unsigned long)flag, lseek(stream, 128, flag), ESPIPE, 0);
	refused("pread", 0, pread(stream, room_of(PAGE), PAGE, 0), ESPIPE, 0);
	refused("pwrite", 0, pwrite(stream, room_of(PAGE), PAGE, 0), ESPIPE, 0);
	for (flag = 0; flag < 31; flag++)
		refused("preadv2", 1UL << flag, preadv2(stream, &part, 1, 0, 1 << flag), ESPIPE,
			EOPNOTSUPP, 0);
	refused("ftruncate", 0, ftruncate(stream, 0), EINVAL, 0);
	refused("fallocate", 0, fallocate(stream, 0, 0, PAGE), ESPIPE, ENODEV, EOPNOTSUPP, 0);
}

static void try_transfers(void)
{
	int stream = stage.stream, pipes[2];

	refused("write", 0, write(stream, room_of(PAGE), PAGE), EINVAL, 0);
	refused("fsync", 0, fsync(stream), EINVAL, 0);
	refused("sendfile", 0, sendfile(stage.scratch, stream, NULL, PAGE), EINVAL, ESPIPE, 0);
	if (pipe(pipes)) {
		failure("pipe: %s", strerror(errno));
		return;
	}
	refused("splice", 0, splice(stream, NULL, pipes[1], NULL, PAGE, SPLICE_F_NONBLOCK),
		EINVAL, 0);
	if (write(pipes[1], "bytes", 5) == 5)
		refused("splice", 1, splice(pipes[0], NULL, stream, NULL, PAGE,
			SPLICE_F_NONBLOCK), EINVAL, 0);
	close(pipes[0]);
	close(pipes[1]);
}

/* Each event; nothing comes that was not asked for. */
static void try_polls(void)
{
	struct pollfd pfd = { .fd = stage.stream };
	unsigned int bit;

	for (bit = 0; bit < 16; bit++) {
		pfd.events = (short)(1U << bit);
		if (poll(&pfd, 1, 0) < 0 || pfd.revents & ~pfd.events)
			failure("poll of 0x%x: 0x%x", 1U << bit, (unsigned int)pfd.revents);
		unharmed("poll", bit);
	}
}

void stream_sweep(void)
{
	try_reads();
	try_endless_reads();
	try_vectors();
	try_ioctls();
	try_places();
	try_transfers();
	try_polls();
}

/* SPDX-License-Identifier: MIT */
/* See call_ops.h. What each number means stands where the call is carried out. */
#include "call_ops.h"
#include "call_run.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include <sockopt/uapi.h>

#define VALUES(...) \
	.values = (const uint32_t[]){ __VA_ARGS__ }, \
	.count = sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)
#define OF(...) { .kind = NUMBER_CHOICE, VALUES(__VA_ARGS__) }
#define SOCKET { .kind = NUMBER_SOCKET }
#define STREAM { .kind = NUMBER_STREAM }
#define MAP { .kind = NUMBER_MAP }
#define NEW_SOCKET { .kind = NUMBER_NEW_SOCKET }
#define NEW_STREAM { .kind = NUMBER_NEW_STREAM }
#define NEW_MAP { .kind = NUMBER_NEW_MAP }

/* Of an option: a channel and how its buffer lies. */
#define ICMP_FIRST OF(SOCKOPT_CHANNEL_ICMP, CHANNEL_PUBLISHER, SOCKOPT_CHANNEL_MESSAGE, 0, 4, 4095)
#define MESSAGE_FIRST \
	OF(SOCKOPT_CHANNEL_MESSAGE, CHANNEL_PUBLISHER, SOCKOPT_CHANNEL_ICMP, 0, 4, 4095)
#define CORE_FIRST OF(0, 1)
#define MEMORY \
	OF(0, CALL_AT_END, CALL_AT_END, CALL_NO_MEMORY, CALL_READ_ONLY, CALL_NO_LENGTH, \
	   CALL_AS_IT_IS, CALL_AS_IT_IS | CALL_AT_END)

/* Bytes that a buffer has beyond its data. */
#define EXACTLY OF(0, 1, 8, 64, 4096, (uint32_t)-1, (uint32_t)-8, 0x80000000)
#define TO_THE_LIMIT OF(0, 1, 4000, 4095, 4096, (uint32_t)-1, 0x80000000)
#define WITH_ROOM OF(4096, 0, 21, 22, 128, 1000, 4095, 65536, (uint32_t)-1, 0x7fffff00, 0x80000000)
#define RECORDS_ROOM OF(4096, 0, 128, 127, 64, 1024, 32, 16384, 65536, (uint32_t)-1, 0x7fffff00)

#define OPTION(id, often, what, carried_out_by, ...) \
	.name = (id), .weight = (often), .operation = (what), .run = (carried_out_by), __VA_ARGS__

static const uint32_t numbers_of_options[] = {
	SOCKOPT_BASE + 9, SOCKOPT_BASE - 1, SOCKOPT_BASE + 15, SOCKOPT_BASE + 0x2f,
	SOCKOPT_END - 1, SOCKOPT_END, SOCKOPT_BASE + 0x25, SOCKOPT_BASE + 2, 0, 0xffffffff,
};

#define ANY_OPTION \
	{ .kind = NUMBER_CHOICE, .values = numbers_of_options, \
	  .count = sizeof(numbers_of_options) / sizeof(uint32_t) }

const struct op ops[] = {
	{ OPTION("info", 4, SOCKOPT_INFO, run_get, .layout = &layout_info,
		 .numbers = { SOCKET, CORE_FIRST, EXACTLY, MEMORY }) },
	{ OPTION("channel", 8, SOCKOPT_CHANNEL, run_get, .layout = &layout_channel,
		 .numbers = { SOCKET, CORE_FIRST, EXACTLY, MEMORY }) },
	{ OPTION("text_set", 12, SOCKOPT_TEXT, run_set, .tail = TAIL_TEXT,
		 .numbers = { SOCKET, MESSAGE_FIRST, TO_THE_LIMIT, MEMORY }) },
	{ OPTION("text_get", 12, SOCKOPT_TEXT, run_get,
		 .numbers = { SOCKET, MESSAGE_FIRST, WITH_ROOM, MEMORY }) },
	{ OPTION("call", 16, SOCKOPT_CALL, run_call, .layout = &layout_call, .tail = TAIL_TEXT,
		 .numbers = { SOCKET, MESSAGE_FIRST, WITH_ROOM, MEMORY }) },
	{ OPTION("open", 48, SOCKOPT_OPEN, run_open, .layout = &layout_open, .tail = TAIL_FILTER,
		 .numbers = { SOCKET, ICMP_FIRST, EXACTLY, MEMORY, NEW_STREAM }) },
	{ OPTION("tune", 32, SOCKOPT_TUNE, run_set, .needs_stream = true,
		 .layout = &layout_tune, .tail = TAIL_FILTER,
		 .numbers = { SOCKET, ICMP_FIRST, EXACTLY, MEMORY }) },
	{ OPTION("stop", 8, SOCKOPT_STOP, run_set, .needs_stream = true,
		 .layout = &layout_stop,
		 .numbers = { SOCKET, ICMP_FIRST, EXACTLY, MEMORY }) },
	{ OPTION("records", 32, SOCKOPT_RECORDS, run_records, .waits = true,
		 .needs_stream = true, .layout = &layout_records,
		 .numbers = { SOCKET, ICMP_FIRST, RECORDS_ROOM, MEMORY }) },
	{ OPTION("stats", 12, SOCKOPT_STATS, run_stats, .needs_stream = true, .layout = &layout_stats,
		 .numbers = { SOCKET, ICMP_FIRST, EXACTLY, MEMORY }) },
	{ OPTION("number", 4, 0, run_number, .tail = TAIL_TEXT,
		 .numbers = { SOCKET, ANY_OPTION, WITH_ROOM, MEMORY, OF(0, 1) }) },

	{ .name = "socket", .weight = 16, .run = run_socket,
	  .numbers = { NEW_SOCKET, OF(0, 1, 2, 3, 4), OF(2, 0, 1, 40) } },
	{ .name = "close_socket", .weight = 4, .run = run_close_socket, .numbers = { SOCKET } },
	{ .name = "close_stream", .weight = 12, .run = run_close_stream, .numbers = { STREAM } },
	{ .name = "dup", .weight = 4, .run = run_dup, .numbers = { STREAM, NEW_STREAM } },

	{ .name = "read", .weight = 20, .run = run_read, .waits = true,
	  .numbers = { STREAM, OF(4096, 128, 64, 127, 0, 1024, 16384), OF(0, 64, 128, 200), MEMORY } },
	{ .name = "poll", .weight = 12, .run = run_poll,
	  .numbers = { STREAM, OF(POLLIN, 0, 0x7fff), OF(0, 1, 5) } },
	{ .name = "epoll", .weight = 12, .run = run_epoll,
	  .numbers = { STREAM, OF(EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL),
		       OF(EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLEXCLUSIVE,
			  EPOLLIN | EPOLLONESHOT) } },
	{ .name = "epoll_wait", .weight = 8, .run = run_epoll_wait,
	  .numbers = { OF(0, 0), OF(0, 1, 5) } },
	{ .name = "flags", .weight = 8, .run = run_flags,
	  .numbers = { STREAM, OF(O_NONBLOCK, O_NONBLOCK | O_ASYNC, 0, O_ASYNC), OF(1, 0) } },
	{ .name = "send", .weight = 4, .run = run_send, .numbers = { STREAM } },
	{ .name = "receive", .weight = 4, .run = run_receive, .numbers = { NEW_STREAM } },
	{ .name = "other", .weight = 4, .run = run_other,
	  .numbers = { STREAM, OF(0, 1, 2, 3, 4, 5, 6) } },

	{ .name = "map", .weight = 20, .run = run_map,
	  .numbers = { STREAM, NEW_MAP, OF(0, 1, 2, 3, 0xfffff), OF(1, 2, 3, 0, 40),
		       OF(3, 1, 2, 5, 19, 0) } },
	{ .name = "unmap", .weight = 8, .run = run_unmap,
	  .numbers = { MAP, OF(0, 1), OF(63, 1, 2) } },
	{ .name = "protect", .weight = 4, .run = run_protect,
	  .numbers = { MAP, OF(3, 1, 0, 7), OF(1, 2, 3) } },
	{ .name = "remap", .weight = 4, .run = run_remap,
	  .numbers = { MAP, OF(1, 2), OF(2, 1, 3) } },
	{ .name = "poke", .weight = 20, .run = run_poke,
	  .numbers = { MAP, OF(0, 1, 8), OF(1, 0, 2, 64, 0xffffff00, 0xffffffff, 8), OF(0, 1) } },
	{ .name = "fork", .weight = 1, .run = run_fork },

	{ .name = "proc", .weight = 12, .run = run_proc,
	  .numbers = { OF(0, 1, 2, 3), OF(4096, 1, 64, 65536), OF(0, 10, 4096), STREAM } },
	{ .name = "write", .weight = 8, .run = run_write, .tail = TAIL_TEXT,
	  .numbers = { OF(0, 1, 4000, 4096) } },
	{ .name = "sysctl", .weight = 8, .run = run_sysctl,
	  .numbers = { OF(2, 0, 1, 3), OF(1, 0, 2, 20000, 100000, 1 << 20) } },
	{ .name = "net", .weight = 2, .run = run_net, .numbers = { OF(1, 0) } },
	{ .name = "rights", .weight = 4, .run = run_rights, .numbers = { OF(1, 0) } },

	{ .name = "module", .weight = 2, .run = run_module, .numbers = { OF(0, 1) } },
	{ .name = "command", .weight = 20, .run = run_command, .waits = true,
	  .numbers = { SOCKET, OF(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), OF(3, 1, 9, 40, 0) } },
	{ .name = "packet", .weight = 56, .run = run_packet, .tail = TAIL_PACKET,
	  .numbers = { OF(0, 1), OF(1, 2, 5, 12, 40), OF(0, 100, 1400), OF(0, 1) } },
};

const unsigned int ops_count = sizeof(ops) / sizeof(ops[0]);

const struct op *op_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ops_count; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}

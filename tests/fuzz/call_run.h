/* SPDX-License-Identifier: MIT */
/*
 * The functions that carry out calls, by what they are about. Each returns what its system
 * call did; a register that is empty is -1, and the kernel says so.
 */
#ifndef CALL_RUN_H
#define CALL_RUN_H

#include "call_ops.h"
#include "call_worker.h"

typedef long run_fn(struct worker *worker, const struct call *call);

/* ---- call_option.c ---- */

run_fn run_get, run_set, run_open, run_records, run_stats, run_call, run_number;

/* ---- call_register.c: sockets and streams ---- */

run_fn run_socket, run_close_socket, run_close_stream, run_dup;

/* What a register holds; what is put there closes what was there before. */
int socket_at(uint32_t number);
int stream_at(uint32_t number);
void put_stream(uint32_t number, int fd);

/* ---- call_file.c: the stream's descriptor ---- */

run_fn run_read, run_poll, run_epoll, run_epoll_wait, run_flags, run_send, run_receive,
	run_other;

/* ---- call_map.c ---- */

run_fn run_map, run_unmap, run_protect, run_remap, run_poke, run_fork;
/* No register has a mapping. */
void maps_clear(void);

/* ---- call_system.c: /proc, limits, namespaces, rights ---- */

run_fn run_proc, run_write, run_sysctl, run_net, run_rights;
bool system_start(void);
/* What belongs to all programs, and what a worker has of its own, as they were. */
void system_restore(void);
void worker_restore(struct worker *worker);

/* ---- call_publisher.c: the module of the tests, with a channel of its own ---- */

run_fn run_module, run_command;
bool publisher_start(void);
void publisher_restore(void);

/* ---- call_send.c: packets ---- */

run_fn run_packet;
bool send_start(void);

#endif /* CALL_RUN_H */

/* SPDX-License-Identifier: MIT */
/*
 * A cgroup whose getsockopt and setsockopt calls a BPF program meddles with: made of raw
 * instructions, without a library. One in a process, in a mount namespace of its own.
 */
#ifndef BPF_H
#define BPF_H

#include "stage.h"

/* Root of the machine. */
void bpf_cgroup_make(void);
/* This process goes there, with the sockets that it makes from now on. */
void bpf_cgroup_join(void);
/* From now on. */
void bpf_cgroup_meddle(enum stage_bpf kind);
/* When nobody is there any more. */
void bpf_cgroup_remove(void);

#endif /* BPF_H */

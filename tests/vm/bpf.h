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
/* Why this kernel cannot have such a program; NULL: it can. */
const char *bpf_missing(enum stage_bpf kind);
/* From now on. */
void bpf_cgroup_meddle(enum stage_bpf kind);
/* When nobody is there any more. */
void bpf_cgroup_remove(void);

/*
 * Unchecked fixtures of each case that uses the above: a program stands in a cgroup where
 * nobody is. For the kernel rewrites its own code when the first program comes and after the
 * last one has gone, and QEMU 7.2's TCG keeps what another processor translated while the
 * breakpoint was there: that one takes a trap that is not there, for ever ('soft lockup',
 * RIP in __sys_getsockopt), or once ('int3: 0000'). Our module has no part in that. While it
 * stands, getsockopt() reads the length once more than on a machine without such programs.
 */
void bpf_stand(void);
void bpf_stand_down(void);

#endif /* BPF_H */

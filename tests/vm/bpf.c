/* SPDX-License-Identifier: MIT */
/* See bpf.h. */
#include "bpf.h"
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Programs: register 1 is the context, register 0 says whether the call goes on ---- */

#define AT(member) ((short)offsetof(struct bpf_sockopt, member))
#define MOVE(to, from) { BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 }
#define SET(to, value) { BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, (int)(value) }
#define ADD(to, value) { BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value }
#define LOAD(to, member) { BPF_LDX | BPF_MEM | BPF_W, to, 1, AT(member), 0 }
#define LOAD_POINTER(to, member) { BPF_LDX | BPF_MEM | BPF_DW, to, 1, AT(member), 0 }
#define STORE(member, from) { BPF_STX | BPF_MEM | BPF_W, 1, from, AT(member), 0 }
#define STORE_BYTES(to, value) { BPF_ST | BPF_MEM | BPF_W, to, 0, 0, (int)(value) }
#define SKIP_IF_ABOVE(a, b, n) { BPF_JMP | BPF_JGT | BPF_X, a, b, n, 0 }
#define SKIP_UNLESS_0(a, n) { BPF_JMP | BPF_JNE | BPF_K, a, 0, n, 0 }
#define HELP(function) { BPF_JMP | BPF_CALL, 0, 0, 0, function }
#define END(goes_on) SET(0, goes_on), { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }
#define LENGTH(name, len) \
	static const struct bpf_insn name[] = { SET(2, len), STORE(optlen, 2), END(1) }

static const struct bpf_insn pass[] = { END(1) };
static const struct bpf_insn deny[] = { END(0) };
static const struct bpf_insn shrink[] = {
	LOAD(2, optlen), ADD(2, -1), STORE(optlen, 2), END(1)
};
static const struct bpf_insn replace[] = {
	LOAD_POINTER(2, optval), LOAD_POINTER(3, optval_end), MOVE(4, 2), ADD(4, 4),
	SKIP_IF_ABOVE(4, 3, 1), STORE_BYTES(2, STAGE_BPF_BYTES), END(1)
};
static const struct bpf_insn retval_get[] = {
	LOAD(2, retval), SKIP_UNLESS_0(2, 2), SET(2, -STAGE_BPF_ERROR), STORE(retval, 2), END(1)
};
static const struct bpf_insn retval_set[] = {
	SET(1, -STAGE_BPF_ERROR), HELP(BPF_FUNC_set_retval), END(0)
};
LENGTH(zero, 0);
LENGTH(bypass, -1);
LENGTH(negative, INT_MIN);
LENGTH(beyond, INT_MAX);

#define BOTH(program) { program, VM_COUNT(program) }, { program, VM_COUNT(program) }

static const struct {
	struct {
		const struct bpf_insn *code;
		int len;
	} get, set;
} programs[STAGE_BPF_KINDS] = {
	[STAGE_BPF_PASS] = { BOTH(pass) },
	[STAGE_BPF_SHRINK] = { BOTH(shrink) },
	[STAGE_BPF_REPLACE] = { BOTH(replace) },
	[STAGE_BPF_ZERO] = { BOTH(zero) },
	[STAGE_BPF_BYPASS] = { BOTH(bypass) },
	[STAGE_BPF_NEGATIVE] = { BOTH(negative) },
	[STAGE_BPF_BEYOND] = { BOTH(beyond) },
	[STAGE_BPF_DENY] = { BOTH(deny) },
	[STAGE_BPF_RETVAL] = { { retval_get, VM_COUNT(retval_get) },
			       { retval_set, VM_COUNT(retval_set) } },
};

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void attach(int cgroup, enum bpf_attach_type type, const struct bpf_insn *code, int len)
{
	static char log[4096];
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCKOPT;
	attr.expected_attach_type = type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = (uint32_t)len;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	len = bpf(BPF_PROG_LOAD, &attr);
	ck_assert_msg(len >= 0, "BPF program: %s: %s", strerror(errno), log);
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)len;
	attr.attach_type = type;
	ck_assert_msg(!bpf(BPF_PROG_ATTACH, &attr), "BPF program: %s", strerror(errno));
	close(len);
}

/* ---- The cgroup ---- */

static char mounted[] = "/tmp/sko-bpf-XXXXXX";
static char cgroup[64];

void bpf_cgroup_make(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_ptr_nonnull(mkdtemp(mounted));
	ck_assert_int_eq(mount("none", mounted, "cgroup2", 0, NULL), 0);
	snprintf(cgroup, sizeof(cgroup), "%s/sko-bpf-%d", mounted, getpid());
	ck_assert_msg(!mkdir(cgroup, 0755), "%s: %s", cgroup, strerror(errno));
}

void bpf_cgroup_join(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	ck_assert_int_eq(vm_write(path, "0", 1), 1);
}

void bpf_cgroup_meddle(enum stage_bpf kind)
{
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	attach(fd, BPF_CGROUP_GETSOCKOPT, programs[kind].get.code, programs[kind].get.len);
	attach(fd, BPF_CGROUP_SETSOCKOPT, programs[kind].set.code, programs[kind].set.len);
	close(fd);
}

void bpf_cgroup_remove(void)
{
	ck_assert_msg(!rmdir(cgroup), "%s: %s", cgroup, strerror(errno));
	ck_assert_int_eq(umount(mounted), 0);
	ck_assert_int_eq(rmdir(mounted), 0);
}

/* ---- The program that stands ---- */

static int standing[2];
static pid_t stander;

/* Until the runner says so, or is no more. */
static void stand(void *unused)
{
	char byte = 0;

	(void)unused;
	close(standing[0]);
	bpf_cgroup_make();
	bpf_cgroup_meddle(STAGE_BPF_PASS);
	if (write(standing[1], &byte, 1) == 1)
		while (read(standing[1], &byte, 1) < 0)
			;
	bpf_cgroup_remove();
}

void bpf_stand(void)
{
	char byte;

	vm_pair(standing);
	stander = vm_fork(stand, NULL);
	close(standing[1]);
	ck_assert_int_eq(read(standing[0], &byte, 1), 1);
}

void bpf_stand_down(void)
{
	ck_assert_int_eq(write(standing[0], "", 1), 1);
	close(standing[0]);
	vm_join(stander);
}

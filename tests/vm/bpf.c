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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

static char complaint[4096];	/* of the kernel's verifier */

static int load(enum bpf_attach_type type, const struct bpf_insn *code, int len)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCKOPT;
	attr.expected_attach_type = type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = (uint32_t)len;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)complaint;
	attr.log_size = sizeof(complaint);
	attr.log_level = 1;
	return bpf(BPF_PROG_LOAD, &attr);
}

static bool attach(int cgroup, enum bpf_attach_type type, const struct bpf_insn *code, int len)
{
	int program = load(type, code, len);
	union bpf_attr attr;
	bool is_attached;

	if (program < 0)
		return false;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = type;
	is_attached = !bpf(BPF_PROG_ATTACH, &attr);
	close(program);
	return is_attached;
}

static void detach(int cgroup, enum bpf_attach_type type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_type = type;
	bpf(BPF_PROG_DETACH, &attr);
}

/* ---- The cgroup ---- */

static char mounted[] = "/tmp/sko-bpf-XXXXXX";
static char cgroup[64];

static bool make(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(mounted) || mount("none", mounted, "cgroup2", 0, NULL))
		return false;
	snprintf(cgroup, sizeof(cgroup), "%s/sko-bpf-%d", mounted, getpid());
	return !mkdir(cgroup, 0755);
}

static int open_it(void)
{
	return open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * The programs go within the call: those that a cgroup still has when it is removed go some
 * time later, when the next test may be running; see bpf_stand().
 */
static bool remove_it(void)
{
	int fd = open_it();

	detach(fd, BPF_CGROUP_GETSOCKOPT);
	detach(fd, BPF_CGROUP_SETSOCKOPT);
	close(fd);
	return !rmdir(cgroup) && !umount(mounted) && !rmdir(mounted);
}

static bool meddle(int fd, enum stage_bpf kind)
{
	return attach(fd, BPF_CGROUP_GETSOCKOPT, programs[kind].get.code, programs[kind].get.len) &&
	       attach(fd, BPF_CGROUP_SETSOCKOPT, programs[kind].set.code, programs[kind].set.len);
}

void bpf_cgroup_make(void)
{
	ck_assert_msg(make(), "cgroup: %s", strerror(errno));
}

void bpf_cgroup_join(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	ck_assert_int_eq(vm_write(path, "0", 1), 1);
}

const char *bpf_missing(enum stage_bpf kind)
{
	return kind == STAGE_BPF_RETVAL && vm_kernel_is_before(5, 18) ?
	       "before Linux 5.18 no BPF program changes what a call returns" : NULL;
}

/* Before Linux 5.11 programs count against RLIMIT_MEMLOCK. */
static void lift_limit(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &none);
}

void bpf_cgroup_meddle(enum stage_bpf kind)
{
	int fd = open_it();

	lift_limit();
	ck_assert_int_ge(fd, 0);
	ck_assert_msg(meddle(fd, kind), "BPF program: %s: %s", strerror(errno), complaint);
	close(fd);
}

void bpf_cgroup_remove(void)
{
	ck_assert_msg(remove_it(), "%s: %s", cgroup, strerror(errno));
}

/* ---- The program that stands: nothing asserts, for a fixture that fails ends all ---- */

static int standing[2];
static pid_t stander;

/* Until the runner says so, or is no more. */
static void stand(void)
{
	char byte = 0;
	int fd;

	close(standing[0]);
	if (!make())
		return;
	lift_limit();
	fd = open_it();
	if (meddle(fd, STAGE_BPF_PASS) && write(standing[1], &byte, 1) == 1)
		while (read(standing[1], &byte, 1) < 0)
			;
	close(fd);
	remove_it();
}

void bpf_stand(void)
{
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, standing))
		return;
	stander = fork();
	if (!stander) {
		stand();
		_exit(0);
	}
	close(standing[1]);
	if (read(standing[0], &byte, 1) != 1)
		printf("# no BPF program stands: a processor may hang in __sys_getsockopt\n");
}

void bpf_stand_down(void)
{
	if (stander <= 0)
		return;
	send(standing[0], "", 1, MSG_NOSIGNAL);
	close(standing[0]);
	waitpid(stander, NULL, 0);
}

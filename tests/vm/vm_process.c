/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t vm_fork(void (*run)(void *arg), void *arg)
{
	pid_t pid = fork();

	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		run(arg);
		_exit(0);
	}
	return pid;
}

struct child {
	pid_t pid;
	int status;
};

static bool has_exited(void *arg)
{
	struct child *child = arg;

	return waitpid(child->pid, &child->status, WNOHANG) == child->pid;
}

void vm_join(pid_t pid)
{
	struct child child = { .pid = pid };

	vm_wait(has_exited, &child, "a process to end");
	ck_assert_msg(WIFEXITED(child.status) && !WEXITSTATUS(child.status),
		      "a process ended with status 0x%x", child.status);
}

void vm_kill(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "child %d had ended, status 0x%x", pid, status);
}

void vm_pair(int pair[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

/* A message of one byte, with room for n descriptors; head ends with a flexible array. */
__extension__ struct parcel {
	struct msghdr msg;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
};

static void parcel_init(struct parcel *parcel, int n)
{
	ck_assert_int_le(n, 4);
	memset(parcel, 0, sizeof(*parcel));
	parcel->iov.iov_base = &parcel->byte;
	parcel->iov.iov_len = 1;
	parcel->msg.msg_iov = &parcel->iov;
	parcel->msg.msg_iovlen = 1;
	if (!n)
		return;
	parcel->msg.msg_control = &parcel->control;
	parcel->msg.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
}

void vm_pass(int to, const int *fds, int n)
{
	struct parcel parcel;

	parcel_init(&parcel, n);
	if (n) {
		parcel.control.head.cmsg_level = SOL_SOCKET;
		parcel.control.head.cmsg_type = SCM_RIGHTS;
		parcel.control.head.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(&parcel.control.head), fds, (size_t)n * sizeof(int));
	}
	ck_assert_msg(sendmsg(to, &parcel.msg, MSG_NOSIGNAL) == 1, "sendmsg: %s", strerror(errno));
}

void vm_receive(int from, int *fds, int n)
{
	struct parcel parcel;

	parcel_init(&parcel, n);
	ck_assert_msg(recvmsg(from, &parcel.msg, MSG_CMSG_CLOEXEC) == 1, "no byte came");
	if (!n)
		return;
	ck_assert_uint_eq(parcel.control.head.cmsg_len, CMSG_LEN((size_t)n * sizeof(int)));
	memcpy(fds, CMSG_DATA(&parcel.control.head), (size_t)n * sizeof(int));
}

void vm_move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

void vm_come_first(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	ck_assert_int_eq(sched_setscheduler(0, SCHED_FIFO, &param), 0);
}

void vm_become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
}

void vm_become_any_user(void)
{
	vm_become_nobody();
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

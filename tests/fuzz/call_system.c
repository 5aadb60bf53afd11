/* SPDX-License-Identifier: MIT */
/* See call_run.h. */
#include "call_run.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PROC "/proc/thread-self/net/sockopt/"
#define SYSCTL "/proc/sys/net/sockopt/"

static const struct limit {
	const char *path;
	const char *usual;
	uint32_t most;		/* with more of it there would be no memory left */
} limits[] = {
	{ SYSCTL "ring_bytes_max", "67108864", 64U << 20 },
	{ SYSCTL "streams_max", "1024", UINT32_MAX },
	{ SYSCTL "userns", "0", UINT32_MAX },
	{ SYSCTL "log_messages", "0", UINT32_MAX },
};

/* The machine's own namespace, and one that a user namespace owns. */
static int home_net, other_net;

/* ---- /proc ---- */

/* numbers: which, bytes, offset, stream, whose fdinfo is the fourth */
long run_proc(struct worker *worker, const struct call *call)
{
	static const char *const files[] = { PROC "stats", PROC "streams", PROC "message" };
	size_t len = call->numbers[1] < ROOM ? call->numbers[1] : ROOM;
	uint32_t which = call->numbers[0];
	char path[64];
	long ret;
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", stream_at(call->numbers[3]));
	fd = open(which < COUNT(files) ? files[which] : path, O_RDONLY | O_CLOEXEC);
	ret = pread(fd, worker->room, len, (off_t)call->numbers[2]);
	close(fd);
	return ret;
}

static long write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long ret = write(fd, bytes, len);

	close(fd);
	return ret;
}

/* The kernel's text. numbers: bytes beyond the data, which are as its first one */
long run_write(struct worker *worker, const struct call *call)
{
	size_t len = (call->len + call->numbers[0]) % ROOM;

	memset(worker->room, call->len ? call->data[0] : 'k', len);
	memcpy(worker->room, call->data, call->len < len ? call->len : len);
	return write_file(PROC "message", worker->room, len);
}

/* numbers: which, value */
long run_sysctl(struct worker *worker, const struct call *call)
{
	const struct limit *limit = &limits[call->numbers[0] % COUNT(limits)];
	uint32_t number = call->numbers[1] < limit->most ? call->numbers[1] : limit->most;
	char value[16];

	(void)worker;
	machine.has_changed = true;
	snprintf(value, sizeof(value), "%d", (int)number);
	return write_file(limit->path, value, strlen(value));
}

/* ---- A worker's own ---- */

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* numbers: 0: a new one, else that of another user namespace */
long run_net(struct worker *worker, const struct call *call)
{
	long ret;

	if (call->numbers[0])
		ret = setns(other_net, CLONE_NEWNET);
	else
		ret = unshare(CLONE_NEWNET);
	if (!ret)
		loopback_up();
	worker->is_elsewhere |= !ret;
	return ret;
}

/* Of the thread alone. They stay permitted, so that they can be taken back. */
static long set_rights(bool is_weak)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3];
	unsigned int i;

	if (syscall(SYS_capget, &head, rights))
		return -1;
	for (i = 0; i < COUNT(rights); i++)
		rights[i].effective = is_weak ? 0 : rights[i].permitted;
	return syscall(SYS_capset, &head, rights);
}

/* numbers: 1: none, 0: all */
long run_rights(struct worker *worker, const struct call *call)
{
	worker->is_weak = call->numbers[0] & 1;
	return set_rights(worker->is_weak);
}

void worker_restore(struct worker *worker)
{
	if (worker->is_weak && set_rights(false))
		finding("the rights do not come back");
	if (worker->is_elsewhere && setns(home_net, CLONE_NEWNET))
		finding("there is no way home");
	worker->is_weak = false;
	worker->is_elsewhere = false;
}

/* ---- The machine ---- */

void system_restore(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(limits); i++)
		if (write_file(limits[i].path, limits[i].usual, strlen(limits[i].usual)) < 0)
			finding("%s cannot be restored", limits[i].path);
}

/* A child makes it, and goes when we hold it. */
static int open_other_net(void)
{
	char path[64], byte = 0;
	int pipes[2][2], fd;
	pid_t pid;

	if (pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		byte = unshare(CLONE_NEWUSER | CLONE_NEWNET) ? 'n' : 'y';
		_exit(write(pipes[0][1], &byte, 1) != 1 || read(pipes[1][0], &byte, 1) != 1);
	}
	fd = read(pipes[0][0], &byte, 1) == 1 && byte == 'y' ? 0 : -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (!fd)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (write(pipes[1][1], &byte, 1) != 1 || waitpid(pid, NULL, 0) != pid)
		return -1;
	return fd;
}

bool system_start(void)
{
	home_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	other_net = open_other_net();
	if (home_net < 0 || other_net < 0) {
		perror("network namespaces");
		return false;
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int netns_of(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

int vm_netns_fd(void)
{
	return netns_of("thread-self");
}

void vm_netns_enter(int netns)
{
	ck_assert_int_eq(setns(netns, CLONE_NEWNET), 0);
}

int vm_visit(const char *pid)
{
	int home = vm_netns_fd(), netns = netns_of(pid);

	vm_netns_enter(netns);
	close(netns);
	return home;
}

void vm_go_home(int home)
{
	vm_netns_enter(home);
	close(home);
}

/* /proc/net follows the process: /proc/self/net. */
void vm_enter(const char *host)
{
	char name[16];
	const char *pid;

	snprintf(name, sizeof(name), "SKO_%s", host);
	pid = getenv(name);
	ck_assert_msg(pid != NULL, "%s is not set", name);
	close(vm_visit(pid));
}

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
}

void vm_new_netns(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	lo_up();
}

static void set_ip6(const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/%s", name);
	ck_assert_int_eq(vm_write(path, value, 1), 1);
}

/* For interfaces that come later; lo has no neighbours. */
static void speak_ip6(void)
{
	set_ip6("conf/all/accept_dad", "0");
	set_ip6("conf/default/accept_dad", "0");
	set_ip6("auto_flowlabels", "0");
	set_ip6("icmp/ratelimit", "0");
}

void vm_new_netns_of(int family)
{
	vm_new_netns();
	if (family == AF_INET6)
		speak_ip6();
	else
		set_ip6("conf/default/disable_ipv6", "1");
}

void vm_new_netns_quiet(void)
{
	vm_new_netns();
	ck_assert_int_eq(vm_write("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1", 1), 1);
}

void vm_new_userns(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[64];
	int len;

	ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
	ck_assert_int_eq(vm_write("/proc/self/setgroups", "deny", 4), 4);
	len = snprintf(map, sizeof(map), "0 %u 1", uid);
	ck_assert_int_eq(vm_write("/proc/self/uid_map", map, (size_t)len), len);
	len = snprintf(map, sizeof(map), "0 %u 1", gid);
	ck_assert_int_eq(vm_write("/proc/self/gid_map", map, (size_t)len), len);
	lo_up();
}

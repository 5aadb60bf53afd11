/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int vm_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) != 0) {
		if (n < 0) {
			n = -errno;
			close(fd);
			return (int)n;
		}
		len += (size_t)n;
	}
	close(fd);
	buf[len] = 0;
	return (int)len;
}

int vm_write(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	n = n < 0 ? -errno : n;
	close(fd);
	return (int)n;
}

long long vm_sysctl(const char *name)
{
	char path[128], buf[64];
	int home = vm_visit("1"), len;

	snprintf(path, sizeof(path), VM_SYSCTL "/%s", name);
	len = vm_read(path, buf, sizeof(buf));
	vm_go_home(home);
	ck_assert_msg(len > 0, "%s: %s", path, strerror(-len));
	return atoll(buf);
}

int vm_sysctl_set(const char *name, const char *value)
{
	int home = vm_visit("1"), len;
	char path[128];

	snprintf(path, sizeof(path), VM_SYSCTL "/%s", name);
	len = vm_write(path, value, strlen(value));
	vm_go_home(home);
	return len < 0 ? len : 0;
}

void vm_sysctls_reset(void)
{
	ck_assert_int_eq(vm_sysctl_set("ring_bytes_max", "67108864"), 0);
	ck_assert_int_eq(vm_sysctl_set("streams_max", "1024"), 0);
	ck_assert_int_eq(vm_sysctl_set("userns", "0"), 0);
	ck_assert_int_eq(vm_sysctl_set("log_messages", "0"), 0);
}

/* Columns are named by the file's first line. */
long long vm_stat(const char *channel, const char *column)
{
	char buf[4096], *line, *word, *save, *save_line;
	int wanted = -1, i;

	ck_assert_int_gt(vm_read(VM_STATS, buf, sizeof(buf)), 0);
	line = strtok_r(buf, "\n", &save_line);
	for (i = 0, word = strtok_r(line, " ", &save); word; i++, word = strtok_r(NULL, " ", &save))
		if (!strcmp(word, column))
			wanted = i;
	ck_assert_msg(wanted > 0, "no column %s", column);
	while ((line = strtok_r(NULL, "\n", &save_line)) != NULL) {
		word = strtok_r(line, " ", &save);
		if (strcmp(word, channel))
			continue;
		for (i = 0; i < wanted; i++)
			word = strtok_r(NULL, " ", &save);
		return atoll(word);
	}
	return -1;
}

unsigned long vm_inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

void vm_limit_set(const char *name, const char *value)
{
	ck_assert_int_eq(vm_sysctl_set(name, value), 0);
}

void vm_limits_restore(void)
{
	vm_sysctl_set("streams_max", "1024");
	vm_sysctl_set("ring_bytes_max", "67108864");
}

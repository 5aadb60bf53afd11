/* SPDX-License-Identifier: MIT */
/*
 * The table is an array, sorted by inode and PID.
 */
#include "holders.h"

#include "tool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHARE	20	/* at most one part in so many of the time is spent here */
#define OLD_MS	1000	/* then it is read again although the socket is in it */
#define REST_MS	100	/* and at least so long nothing is read again */

struct holders {
	struct holder *all;
	size_t count;
	size_t room;
	uint64_t read;		/* now_ms() when it was read */
	uint64_t next;		/* and when it may be again */
};

struct holders *holders_open(void)
{
	return calloc(1, sizeof(struct holders));
}

void holders_close(struct holders *holders)
{
	if (!holders)
		return;
	free(holders->all);
	free(holders);
}

/* ---- A process ---------------------------------------------------------- */

/* Reads a small file of a process. -1: there is none any more. */
static ssize_t read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

/* Field 22 of /proc/PID/stat; the command in field 2 may hold anything. 0: gone. */
static unsigned long long start_of(pid_t pid)
{
	char text[1024], *at;
	unsigned long long start;

	if (read_file(pid, "stat", text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
			  "%*d %*d %*d %*d %*d %*d %llu", &start) != 1)
		return 0;
	return start;
}

/* The socket behind a link of /proc/PID/fd, 0: it is none. */
static uint32_t inode_at(int dir, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
	unsigned int inode;

	if (n <= 0)
		return 0;
	target[n] = '\0';
	return sscanf(target, "socket:[%u]", &inode) == 1 ? inode : 0;
}

int holder_is_there(const struct holder *holder)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)holder->pid, holder->fd);
	return inode_at(AT_FDCWD, path) == holder->inode &&
	       start_of(holder->pid) == holder->start;
}

int holder_command(const struct holder *holder, char *command, size_t size)
{
	ssize_t n = read_file(holder->pid, "comm", command, size);

	if (n <= 0)
		return -1;
	if (command[n - 1] == '\n')
		command[n - 1] = '\0';
	return 0;
}

/* ---- All of them -------------------------------------------------------- */

static int add(struct holders *holders, const struct holder *holder)
{
	size_t room = holders->room ? 2 * holders->room : 256;
	struct holder *all;

	if (holders->count == holders->room) {
		all = realloc(holders->all, room * sizeof(*all));
		if (!all)
			return -1;
		holders->all = all;
		holders->room = room;
	}
	holders->all[holders->count++] = *holder;
	return 0;
}

static void read_process(struct holders *holders, pid_t pid)
{
	struct holder holder = { 0, pid, 0, 0, 0 };
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return;
	holder.start = start_of(pid);
	while ((entry = readdir(dir)) != NULL) {
		holder.inode = inode_at(dirfd(dir), entry->d_name);
		holder.fd = atoi(entry->d_name);
		if (holder.inode && add(holders, &holder))
			break;
	}
	closedir(dir);
}

static int compare(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

/* One entry an inode, that of the lowest PID, which knows how many others there are. */
static void merge(struct holders *holders)
{
	struct holder *last = NULL;
	pid_t pid = 0;
	size_t i, kept = 0;

	for (i = 0; i < holders->count; i++) {
		struct holder *one = &holders->all[i];

		if (!last || last->inode != one->inode) {
			holders->all[kept] = *one;
			last = &holders->all[kept++];
		} else if (one->pid != pid) {
			last->others++;
		}
		pid = one->pid;
	}
	holders->count = kept;
}

static void read_all(struct holders *holders)
{
	uint64_t began = now_ms(), rest;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int pid;

	holders->count = 0;
	while (proc && (entry = readdir(proc)) != NULL) {
		pid = atoi(entry->d_name);
		if (pid > 0)
			read_process(holders, pid);
	}
	if (proc)
		closedir(proc);
	if (holders->count)
		qsort(holders->all, holders->count, sizeof(*holders->all), compare);
	merge(holders);
	holders->read = now_ms();
	rest = SHARE * (holders->read - began);
	holders->next = holders->read + (rest > REST_MS ? rest : REST_MS);
}

static const struct holder *find(const struct holders *holders, uint32_t inode)
{
	size_t low = 0, high = holders->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (holders->all[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < holders->count && holders->all[low].inode == inode ?
	       &holders->all[low] : NULL;
}

/* Others may have got the socket since. */
static int is_old(const struct holders *holders)
{
	return now_ms() >= holders->read + OLD_MS;
}

int holders_find(struct holders *holders, uint32_t inode, struct holder *holder)
{
	const struct holder *found = find(holders, inode);

	if ((!found || !holder_is_there(found) || is_old(holders)) &&
	    now_ms() >= holders->next) {
		read_all(holders);
		found = find(holders, inode);
	}
	if (!found)
		return 0;
	*holder = *found;
	return 1;
}

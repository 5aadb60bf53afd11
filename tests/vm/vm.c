/* SPDX-License-Identifier: MIT */
/* What the tests in the VM share; see vm.h. */
#include "vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/membarrier.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 5000
#define MESSAGE_FILE "/proc/net/sockopt/message"

/* ---- System calls ---- */

int vm_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	ck_assert_msg(fd >= 0, "raw socket: %s", strerror(errno));
	return fd;
}

int vm_get(int fd, unsigned int channel, int operation, void *buf, socklen_t *len)
{
	int option = SOCKOPT_OPTION(channel, operation);

	return getsockopt(fd, SOL_IP, option, buf, len) ? -errno : 0;
}

int vm_set(int fd, unsigned int channel, int operation, const void *buf, socklen_t len)
{
	int option = SOCKOPT_OPTION(channel, operation);

	return setsockopt(fd, SOL_IP, option, buf, len) ? -errno : 0;
}

int vm_text_set(int fd, const char *text, size_t len)
{
	return vm_set(fd, MESSAGE, SOCKOPT_TEXT, text, (socklen_t)len);
}

int vm_text_get(int fd, char *buf, size_t size)
{
	socklen_t len = (socklen_t)size;
	int ret = vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len);

	return ret ? ret : (int)len;
}

void vm_fill(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = (char)(1 + i % 255);
}

int vm_sent(char *text, size_t size)
{
	char file[SOCKOPT_TEXT_MAX + 256];
	int len = vm_read(MESSAGE_FILE, file, sizeof(file));
	char *body;

	ck_assert_msg(len >= 0, "%s: %s", MESSAGE_FILE, strerror(-len));
	text[0] = 0;
	if (!len)
		return 0;
	body = strchr(file, '\n');
	ck_assert_ptr_nonnull(body);
	len -= (int)(++body - file);
	ck_assert_int_lt(len, (int)size);
	memcpy(text, body, (size_t)len + 1);
	return len;
}

#define KERNEL_KEEPS "the kernel keeps this"
#define PROGRAM_SENT "a program sent this"

void vm_texts_put(int fd)
{
	ck_assert_int_eq(vm_write(MESSAGE_FILE, KERNEL_KEEPS, strlen(KERNEL_KEEPS)),
			 (int)strlen(KERNEL_KEEPS));
	ck_assert_int_eq(vm_text_set(fd, PROGRAM_SENT, strlen(PROGRAM_SENT)), 0);
	vm_texts_unchanged(fd);
}

void vm_texts_unchanged(int fd)
{
	char text[SOCKOPT_TEXT_MAX + 1] = { 0 };

	ck_assert_int_eq(vm_text_get(fd, text, SOCKOPT_TEXT_MAX), (int)strlen(KERNEL_KEEPS));
	ck_assert_str_eq(text, KERNEL_KEEPS);
	ck_assert_int_eq(vm_sent(text, sizeof(text)), (int)strlen(PROGRAM_SENT));
	ck_assert_str_eq(text, PROGRAM_SENT);
}

struct sockopt_open vm_open_args(void)
{
	struct sockopt_open args = { .size = sizeof(args), .fd = -1 };

	return args;
}

int vm_open(int fd, unsigned int channel, struct sockopt_open *args)
{
	socklen_t len = sizeof(*args);
	int ret = vm_get(fd, channel, SOCKOPT_OPEN, args, &len);

	return ret ? ret : args->fd;
}

int vm_stream(int fd, uint32_t slots, struct sockopt_open *args)
{
	int ret;

	*args = vm_open_args();
	args->slots = slots;
	ret = vm_open(fd, ICMP, args);
	ck_assert_msg(ret >= 0, "OPEN: %s", strerror(-ret));
	return ret;
}

int vm_stream_types(int fd, struct sockopt_open *args, const int *types)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} both = { .open = vm_open_args() };
	socklen_t len = sizeof(both);
	int ret;

	sockopt_filter_init(&both.filter);
	for (; *types >= 0; types++)
		sockopt_filter_add(&both.filter, (uint8_t)*types);
	both.open.filter_len = sizeof(both.filter);
	ret = vm_get(fd, ICMP, SOCKOPT_OPEN, &both, &len);
	ck_assert_msg(ret >= 0, "OPEN: %s", strerror(-ret));
	*args = both.open;
	return args->fd;
}

int vm_stop(int fd, unsigned int channel)
{
	struct sockopt_stop stop = { .size = sizeof(stop) };

	return vm_set(fd, channel, SOCKOPT_STOP, &stop, sizeof(stop));
}

int vm_stats(int fd, unsigned int channel, struct sockopt_stats *stats)
{
	socklen_t len = sizeof(*stats);

	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	return vm_get(fd, channel, SOCKOPT_STATS, stats, &len);
}

void vm_batch_init(struct vm_batch *batch, uint32_t slot_size, uint32_t room)
{
	batch->size = sizeof(*batch->head) + (size_t)slot_size * room;
	batch->head = calloc(1, batch->size);
	ck_assert_ptr_nonnull(batch->head);
}

void vm_batch_free(struct vm_batch *batch)
{
	free(batch->head);
}

int vm_records(int fd, struct vm_batch *batch, uint32_t *cursor, uint32_t flags)
{
	socklen_t len = (socklen_t)batch->size;
	int ret;

	memset(batch->head, 0, sizeof(*batch->head));
	batch->head->size = sizeof(*batch->head);
	batch->head->flags = flags;
	batch->head->cursor = *cursor;
	ret = vm_get(fd, ICMP, SOCKOPT_RECORDS, batch->head, &len);
	if (ret)
		return ret;
	ck_assert_uint_eq(len, sizeof(*batch->head) +
			  batch->head->count * batch->head->slot_size);
	*cursor = batch->head->cursor;
	return (int)batch->head->count;
}

const struct sockopt_record *vm_record(const struct vm_batch *batch, unsigned int i)
{
	ck_assert_uint_lt(i, batch->head->count);
	return (const void *)((const uint8_t *)(batch->head + 1) +
			      (size_t)i * batch->head->slot_size);
}

static void reader_init(struct vm_reader *reader, uint32_t room)
{
	vm_batch_init(&reader->batch, reader->open.slot_size, room);
	reader->cursor = reader->open.cursor;
}

void vm_reader_open(struct vm_reader *reader, uint32_t slots, uint32_t snaplen, uint32_t room)
{
	reader->sock = vm_raw();
	reader->open = vm_open_args();
	reader->open.slots = slots;
	reader->open.snaplen = snaplen;
	reader->stream = vm_open(reader->sock, ICMP, &reader->open);
	ck_assert_msg(reader->stream >= 0, "OPEN: %s", strerror(-reader->stream));
	reader_init(reader, room);
}

void vm_reader_open_types(struct vm_reader *reader, const int *types, uint32_t room)
{
	reader->sock = vm_raw();
	reader->stream = vm_stream_types(reader->sock, &reader->open, types);
	reader_init(reader, room);
}

void vm_reader_close(struct vm_reader *reader)
{
	ck_assert_int_eq(close(reader->stream), 0);
	ck_assert_int_eq(close(reader->sock), 0);
	vm_batch_free(&reader->batch);
}

int vm_reader_take(struct vm_reader *reader)
{
	return vm_records(reader->sock, &reader->batch, &reader->cursor,
			  SOCKOPT_RECORDS_F_DONTWAIT);
}

/* ---- Memory ---- */

static size_t whole_pages(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len + page - 1) / page * page;
}

void *vm_guarded(size_t len)
{
	size_t room = whole_pages(len), page = whole_pages(1);
	char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(mprotect(memory + room, page, PROT_NONE), 0);
	return memory + room - len;
}

void vm_read_only(void *memory, size_t len)
{
	size_t room = whole_pages(len);

	ck_assert_int_eq(mprotect((char *)memory + len - room, room, PROT_READ), 0);
}

/* ---- Packets ---- */

int vm_sender(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	ck_assert_msg(fd >= 0, "ICMP socket: %s", strerror(errno));
	return fd;
}

uint16_t vm_checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct sockaddr_in address(const char *to, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

	ck_assert_int_eq(inet_pton(AF_INET, to, &addr.sin_addr), 1);
	return addr;
}

void vm_icmp(int sender, const char *to, uint8_t type, uint8_t code, const void *rest, size_t len)
{
	struct sockaddr_in addr = address(to, 0);
	uint8_t packet[4 + 8192] = { type, code };
	uint16_t sum;

	ck_assert_uint_le(len, sizeof(packet) - 4);
	memcpy(packet + 4, rest, len);
	sum = vm_checksum(packet, 4 + len);
	packet[2] = (uint8_t)(sum >> 8);
	packet[3] = (uint8_t)sum;
	ck_assert_msg(sendto(sender, packet, 4 + len, 0, (struct sockaddr *)&addr,
			     sizeof(addr)) == (ssize_t)(4 + len),
		      "sendto %s: %s", to, strerror(errno));
}

void vm_echo(int sender, const char *to, uint16_t id, uint16_t seq, size_t payload, int ttl)
{
	uint8_t rest[8192] = { (uint8_t)(id >> 8), (uint8_t)id,
			       (uint8_t)(seq >> 8), (uint8_t)seq };
	int any = ttl ? ttl : 64;
	size_t i;

	ck_assert_uint_le(payload, sizeof(rest) - 4);
	for (i = 0; i < payload; i++)
		rest[4 + i] = (uint8_t)i;
	ck_assert_int_eq(setsockopt(sender, IPPROTO_IP, IP_TTL, &any, sizeof(any)), 0);
	vm_icmp(sender, to, 8, 0, rest, 4 + payload);
}

uint16_t vm_udp(const char *to, uint16_t port)
{
	struct sockaddr_in addr = address(to, port), mine;
	socklen_t len = sizeof(mine);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&mine, &len), 0);
	close(fd);
	return ntohs(mine.sin_port);
}

/* ---- States ---- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void vm_wait(bool (*is_true)(void *arg), void *arg, const char *what)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int64_t end = now_ms() + DEADLINE_MS;

	while (!is_true(arg)) {
		ck_assert_msg(now_ms() < end, "in vain: %s", what);
		nanosleep(&pause, NULL);
	}
}

struct awaited {
	int fd;
	uint64_t number;
};

static bool has_seen(void *arg)
{
	const struct awaited *awaited = arg;
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(awaited->fd, ICMP, &stats), 0);
	return stats.seen >= awaited->number;
}

static bool has_queued(void *arg)
{
	const struct awaited *awaited = arg;
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(awaited->fd, ICMP, &stats), 0);
	return stats.pending >= awaited->number;
}

/*
 * STATS counts a record from when its slot is reserved, a moment before it can be
 * read. Publishers run under RCU, and this call waits for all that do.
 */
static void let_publishers_finish(void)
{
	ck_assert_int_eq((int)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
}

void vm_wait_seen(int fd, uint64_t seen)
{
	struct awaited awaited = { fd, seen };

	vm_wait(has_seen, &awaited, "packets seen");
	let_publishers_finish();
}

void vm_wait_queued(int fd, uint64_t pending)
{
	struct awaited awaited = { fd, pending };

	vm_wait(has_queued, &awaited, "records queued");
	let_publishers_finish();
}

int vm_stream_count(void)
{
	char buf[65536];
	int lines = 0;
	char *at;

	ck_assert_int_gt(vm_read("/proc/net/sockopt/streams", buf, sizeof(buf)), 0);
	for (at = strchr(buf, '\n'); at; at = strchr(at + 1, '\n'))
		lines++;
	return lines - 1;
}

static bool is_stream_count(void *arg)
{
	return vm_stream_count() == *(int *)arg;
}

void vm_wait_stream_count(int count)
{
	vm_wait(is_stream_count, &count, "number of streams");
}

static bool is_asleep(void *arg)
{
	char path[64], buf[512], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)arg);
	if (vm_read(path, buf, sizeof(buf)) <= 0)
		return false;
	at = strrchr(buf, ')');
	return at && at[2] == 'S';
}

void vm_wait_asleep(pid_t pid)
{
	vm_wait(is_asleep, &pid, "a process to be asleep");
}

/* ---- Processes ---- */

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

/* A message of one byte, with room for n descriptors. */
struct parcel {
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

/* ---- Memory that the module has ---- */

bool vm_has_rings(void)
{
	static char buf[1 << 20];

	ck_assert_int_gt(vm_read("/proc/vmallocinfo", buf, sizeof(buf)), 0);
	return strstr(buf, "sko_buffer_alloc") != NULL;
}

static bool are_rings_gone(void *arg)
{
	(void)arg;
	return !vm_stream_count() && !vm_has_rings();
}

void vm_wait_rings_gone(void)
{
	vm_wait(are_rings_gone, NULL, "rings to go");
}

long vm_available_kb(void)
{
	char buf[4096], *at;

	ck_assert_int_gt(vm_read("/proc/meminfo", buf, sizeof(buf)), 0);
	at = strstr(buf, "MemAvailable:");
	ck_assert_ptr_nonnull(at);
	return atol(at + strlen("MemAvailable:"));
}

static bool is_available(void *arg)
{
	return vm_available_kb() >= *(long *)arg;
}

void vm_wait_available_kb(long wanted)
{
	vm_wait(is_available, &wanted, "memory to be given back");
}

/* ---- Files ---- */

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

/* Enter the namespace of a process; returns an fd of the one left. */
static int visit(const char *pid)
{
	int home = vm_netns_fd(), netns = netns_of(pid);

	vm_netns_enter(netns);
	close(netns);
	return home;
}

static void go_home(int home)
{
	vm_netns_enter(home);
	close(home);
}

long long vm_sysctl(const char *name)
{
	char path[128], buf[64];
	int home = visit("1"), len;

	snprintf(path, sizeof(path), "/proc/sys/net/sockopt/%s", name);
	len = vm_read(path, buf, sizeof(buf));
	go_home(home);
	ck_assert_msg(len > 0, "%s: %s", path, strerror(-len));
	return atoll(buf);
}

int vm_sysctl_set(const char *name, const char *value)
{
	int home = visit("1"), len;
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/sockopt/%s", name);
	len = vm_write(path, value, strlen(value));
	go_home(home);
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

	ck_assert_int_gt(vm_read("/proc/net/sockopt/stats", buf, sizeof(buf)), 0);
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

/* ---- Namespaces, users ---- */

/* /proc/net follows the process: /proc/self/net. */
void vm_enter(const char *host)
{
	char name[16];
	const char *pid;

	snprintf(name, sizeof(name), "SKO_%s", host);
	pid = getenv(name);
	ck_assert_msg(pid != NULL, "%s is not set", name);
	close(visit(pid));
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

void vm_become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
}

/* ---- Modules ---- */

int vm_insmod(void)
{
	const char *dir = getenv("SKO_MODULES");
	char path[256];
	long ret;
	int fd;

	snprintf(path, sizeof(path), "%s/sockopt.ko", dir ? dir : "/lib/modules");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ret = syscall(SYS_finit_module, fd, "", 0);
	ret = ret ? -errno : 0;
	close(fd);
	return (int)ret;
}

int vm_rmmod(void)
{
	return syscall(SYS_delete_module, "sockopt", O_NONBLOCK) ? -errno : 0;
}

static bool is_removed(void *arg)
{
	int ret = vm_rmmod();

	(void)arg;
	ck_assert_msg(!ret || ret == -EAGAIN || ret == -EBUSY, "rmmod: %s", strerror(-ret));
	return !ret;
}

void vm_wait_rmmod(void)
{
	vm_wait(is_removed, NULL, "rmmod");
}

/* SPDX-License-Identifier: MIT */
/* See role.h. */
#include "role.h"
#include "access.h"
#include "bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 65536

uint32_t *role_calls;

/* ---- Rights ---- */

/* In either case all there are may have ping sockets. */
static void enter_namespaces(enum role_rights rights)
{
	bool has_userns = rights == ROLE_USERNS || rights == ROLE_USERNS_OFF;
	const char *groups = has_userns ? "0 0" : "0 65534";

	if (has_userns) {
		vm_become_any_user();
		vm_new_userns();
	}
	vm_new_netns_quiet();
	ck_assert_int_eq(vm_write("/proc/sys/net/ipv4/ping_group_range", groups, strlen(groups)),
			 (int)strlen(groups));
}

static void give_up_rights(enum role_rights rights)
{
	if (rights != ROLE_NET_RAW && rights != ROLE_NOBODY)
		return;
	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, rights == ROLE_NET_RAW, 0, 0, 0), 0);
	vm_become_nobody();
	if (rights == ROLE_NOBODY)
		return;
	set_capabilities(BIT(CAP_NET_RAW), BIT(CAP_NET_RAW));
	ck_assert_int_eq(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0), 0);
}

/* ---- The stage ---- */

static uint32_t generation_of(int raw, uint32_t id)
{
	struct sockopt_channel arg = { .size = sizeof(arg), .id = id };
	socklen_t len = sizeof(arg);

	ck_assert_int_eq(vm_get(raw, CORE, SOCKOPT_CHANNEL, &arg, &len), 0);
	return arg.generation;
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

static void open_streams(struct stage *stage)
{
	struct sockopt_open args;
	char path[64];
	int i;

	vm_stream(stage->ended, STAGE_SLOTS, &args);
	ck_assert_int_eq(fcntl(args.fd, F_SETFD, 0), 0);
	ck_assert_int_eq(vm_stop(stage->ended, ICMP), 0);
	stage->stream = vm_stream(stage->busy, STAGE_SLOTS, &args);
	stage->cursor = args.cursor;
	stage->slot_size = args.slot_size;
	for (i = 0; i < STAGE_PENDING; i++)
		vm_icmp(stage->sender, VM_LO, ECHO_REQUEST, 0, "\0\0\0\0", 4);
	vm_wait_queued(stage->busy, STAGE_PENDING);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", stage->stream);
	stage->files[STAGE_FDINFO] = open_file(path, O_RDONLY);
}

/* Nobody is to wait: neither for records nor on a stream. */
static void inherit(int fd, bool is_nonblocking)
{
	if (fd < 0)
		return;
	ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
	if (is_nonblocking)
		ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void set_stage(struct stage *stage, enum role_rights rights)
{
	memset(stage, 0, sizeof(*stage));
	stage->has_right = rights != ROLE_NOBODY && rights != ROLE_USERNS_OFF;
	stage->has_streams = rights != ROLE_USERNS_OFF;
	stage->bare = vm_raw();
	stage->busy = vm_raw();
	stage->ended = vm_raw();
	stage->sender = vm_sender();
	stage->stream = -1;
	stage->generations[MESSAGE] = generation_of(stage->bare, MESSAGE);
	stage->generations[ICMP] = generation_of(stage->bare, ICMP);
	stage->files[STAGE_MESSAGE] = open_file(VM_MESSAGE, O_RDWR);
	stage->files[STAGE_STREAMS] = open_file(VM_STREAMS, O_RDONLY);
	stage->files[STAGE_STATS] = open_file(VM_STATS, O_RDONLY);
	stage->files[STAGE_FDINFO] = -1;
	if (stage->has_streams)
		open_streams(stage);
	inherit(stage->bare, true);
	inherit(stage->busy, true);
	inherit(stage->ended, true);
	inherit(stage->stream, true);
	inherit(stage->sender, false);
}

/* ---- To become the program ---- */

struct entrance {
	const struct role *role;
	const char *sweep;
	int program, output;
};

/* A socket belongs to the cgroup that it was made in. */
static int unwatched_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void tell(const struct stage *stage)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], stage, sizeof(*stage)), sizeof(*stage));
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
}

static void become(void *arg)
{
	const struct entrance *entrance = arg;
	char *const argv[] = { (char *)(uintptr_t)entrance->role->program,
			       (char *)(uintptr_t)entrance->sweep, NULL };
	struct stage stage;
	int scratch = unwatched_socket();

	if (entrance->role->bpf)
		bpf_cgroup_join();
	enter_namespaces(entrance->role->rights);
	set_stage(&stage, entrance->role->rights);
	if (entrance->role->bpf)
		bpf_cgroup_meddle(entrance->role->bpf);
	stage.bpf = entrance->role->bpf;
	stage.sparse = entrance->role->sparse;
	stage.scratch = scratch;
	tell(&stage);
	give_up_rights(entrance->role->rights);
	dup2(entrance->output, STDOUT_FILENO);
	dup2(entrance->output, STDERR_FILENO);
	fexecve(entrance->program, argv, environ);
	ck_abort_msg("%s does not start: %s%s", entrance->role->program, strerror(errno),
		     errno == ENOEXEC ? " (this kernel runs no programs of 32 bits)" : "");
}

static const char *path_of(const char *name)
{
	const char *dir = getenv("SKO_BIN");
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "/bin", name);
	return path;
}

/* ---- What it says ---- */

static void read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, OUTPUT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
}

/* Its last line; those before it tell what was wrong. */
static void count_calls(char *text)
{
	char *last = strstr(text, "calls: ");

	ck_assert_msg(last != NULL, "it did not come to its end: %s", text);
	__atomic_fetch_add(role_calls, (uint32_t)strtoul(last + 7, NULL, 10), __ATOMIC_RELAXED);
	*last = 0;
}

static void show(const char *text)
{
	char line[512];
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		printf("# %s\n", line);
	}
	fflush(stdout);
}

static void perform(const struct role *role, const char *sweep)
{
	static char text[OUTPUT_MAX];
	struct entrance entrance = { role, sweep, -1, -1 };
	int ends[2], status;
	pid_t pid;

	entrance.program = open_file(path_of(role->program), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	entrance.output = ends[1];
	pid = vm_fork(become, &entrance);
	close(ends[1]);
	close(entrance.program);
	read_all(ends[0], text);
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	count_calls(text);
	show(text);
	ck_assert_msg(!status, "%s, rights %d, BPF %u: %.200s", role->program, role->rights,
		      role->bpf, text);
}

/* ---- Around it ---- */

static struct {
	char message[VM_FILE_MAX], streams[4096], stats[4096];
	long long sysctls[4];
} before, after;

#define LOOK(where) look((where).message, (where).streams, (where).stats, (where).sysctls)

static void look(char *message, char *streams, char *stats, long long *sysctls)
{
	ck_assert_int_gt(vm_read(VM_MESSAGE, message, VM_FILE_MAX), 0);
	ck_assert_int_gt(vm_read(VM_STREAMS, streams, 4096), 0);
	ck_assert_int_gt(vm_read(VM_STATS, stats, 4096), 0);
	sysctls[0] = vm_sysctl("userns");
	sysctls[1] = vm_sysctl("streams_max");
	sysctls[2] = vm_sysctl("ring_bytes_max");
	sysctls[3] = vm_sysctl("log_messages");
}

static int log_end(void)
{
	int fd = open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	ck_assert_int_ge((int)lseek(fd, 0, SEEK_END), 0);
	return fd;
}

/*
 * A machine may have a word of its own to say, of a timer that was late or a BPF program
 * whose length it ignores; but not we, nor anybody else for each call.
 */
static void expect_silence(int log)
{
	char line[1024], *text;
	int lines = 0;
	ssize_t n;

	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		text = strchr(line, ';');
		ck_assert_msg(!text || strncmp(text, ";sockopt", 8), "the kernel log: %s", line);
		ck_assert_msg(++lines <= 8, "the kernel log: %s", line);
	}
	ck_assert_msg(n < 0 && errno == EAGAIN, "the kernel log ran over");
	close(log);
}

/* What the machine or its kernel has not; NULL: it has all. */
static const char *missing(const struct role *role)
{
	if (!strcmp(role->program, "caller32") && access(path_of(role->program), X_OK))
		return "this machine has no programs of 32 bits";
	if (role->bpf && vm_kernel_is_before(5, 18))
		return "before Linux 5.18 BPF programs have other rules, which no test knows";
	return NULL;
}

void role_play(const struct role *role, const char *sweep)
{
	struct sockopt_open args;
	int log;

	VM_SKIP_IF(missing(role), missing(role));
	vm_limit_set("userns", role->rights == ROLE_USERNS ? "1" : "0");
	vm_limit_set("ring_bytes_max", "268435456");
	vm_texts_put(vm_fd);
	vm_stream(vm_fd, 2, &args);
	LOOK(before);
	log = log_end();
	if (role->bpf)
		bpf_cgroup_make();
	perform(role, sweep);
	if (role->bpf)
		bpf_cgroup_remove();
	expect_silence(log);
	LOOK(after);
	ck_assert_mem_eq(&before, &after, sizeof(before));
}

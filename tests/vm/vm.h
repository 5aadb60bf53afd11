/* SPDX-License-Identifier: MIT */
/*
 * What the tests in the VM share: the raw system calls, packets, namespaces,
 * and waiting for a state with a deadline. The headings name the files. A function
 * that cannot do its part fails the test that called it, unless it says what it
 * returns.
 *
 * Hosts, see guest-lib.sh:  A 10.9.0.1 -- 10.9.0.2 B 10.9.1.1 -- 10.9.1.2 C
 * Tests run in A, each in a process of its own.
 */
#ifndef VM_H
#define VM_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <sockopt/ring.h>
#include <sockopt/sockopt.h>

#define VM_A "10.9.0.1"
#define VM_B "10.9.0.2"
#define VM_B_FAR "10.9.1.1"
#define VM_C "10.9.1.2"
#define VM_LO "127.0.0.1"

#define VM_PROC "/proc/net/sockopt"
#define VM_MESSAGE VM_PROC "/message"
#define VM_STREAMS VM_PROC "/streams"
#define VM_STATS VM_PROC "/stats"
#define VM_SYSCTL "/proc/sys/net/sockopt"
#define VM_FILE_MAX (SOCKOPT_TEXT_MAX + 256)	/* message with its header */

#define ICMP SOCKOPT_CHANNEL_ICMP
#define MESSAGE SOCKOPT_CHANNEL_MESSAGE
#define CORE SOCKOPT_CHANNEL_CORE

/* RFC 792 */
#define ECHO_REPLY 0
#define UNREACHABLE 3
#define REDIRECT 5
#define ECHO_REQUEST 8
#define TIME_EXCEEDED 11

/* RFC 4443 */
#define UNREACHABLE6 1
#define TOO_BIG6 2
#define TIME_EXCEEDED6 3
#define ECHO_REQUEST6 128
#define ECHO_REPLY6 129

/* The kernel's text of a new namespace. */
#define VM_GREETING "a message from kernel\n"

/* For what is asked a million times: Check writes down each assertion that it passes. */
#define VM_EXPECT(what) \
	do { \
		if (!(what)) \
			ck_abort_msg("not so: %s", #what); \
	} while (0)

#define VM_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define VM_CANARY 0x5a		/* what stands where nobody may write */
#define VM_PAGE 4096

/* The suites, one a file. */
Suite *info_suite(void);
Suite *text_suite(void);
Suite *number_suite(void);
Suite *handle_suite(void);
Suite *call_suite(void);
Suite *caller_suite(void);
Suite *policy_suite(void);
Suite *untold_suite(void);
Suite *refusal_suite(void);
Suite *message_suite(void);
Suite *proc_suite(void);
Suite *sysctl_suite(void);
Suite *socket_suite(void);
Suite *rights_suite(void);
Suite *userns_suite(void);
Suite *argument_suite(void);
Suite *limits_suite(void);
Suite *packet_suite(void);
Suite *host_suite(void);
Suite *route6_suite(void);
Suite *filter_suite(void);
Suite *hook_suite(void);
Suite *icmp_suite(void);
Suite *publisher_suite(void);
Suite *cycle_suite(void);
Suite *reserve_suite(void);
Suite *flood_suite(void);
Suite *vrf_suite(void);
Suite *vlan_suite(void);
Suite *bridge_suite(void);
Suite *shape_suite(void);
Suite *snaplen_suite(void);
Suite *nonlinear_suite(void);
Suite *stream_suite(void);
Suite *records_suite(void);
Suite *buffer_suite(void);
Suite *read_suite(void);
Suite *map_suite(void);
Suite *inherit_suite(void);
Suite *mapped_suite(void);
Suite *loss_suite(void);
Suite *account_suite(void);
Suite *library_suite(void);
Suite *wait_suite(void);
Suite *waiters_suite(void);
Suite *signal_suite(void);
Suite *stop_suite(void);
Suite *poll_suite(void);
Suite *async_suite(void);
Suite *million_suite(void);
Suite *pool_suite(void);
Suite *packet_flood_suite(void);
Suite *hostile_suite(void);
Suite *icmp6_suite(void);
Suite *memory_suite(void);
Suite *wake_suite(void);
Suite *delay_suite(void);
Suite *wake_flood_suite(void);
Suite *condition_suite(void);
Suite *quote_suite(void);
Suite *program_suite(void);
Suite *bad_filter_suite(void);
Suite *connection_suite(void);
Suite *tune_suite(void);
Suite *retune_suite(void);
Suite *lane_suite(void);
Suite *netns_suite(void);
Suite *lifetime_suite(void);
Suite *descriptor_suite(void);
Suite *kill_suite(void);
Suite *module_suite(void);
Suite *leaver_suite(void);
Suite *orphan_suite(void);
Suite *interface_suite(void);
Suite *shared_suite(void);
Suite *turmoil_suite(void);
Suite *reload_suite(void);
Suite *storm_suite(void);

/* ---- vm.c: cases ---- */

/* A case of tests that have 'seconds' each, and this fixture, if any. */
TCase *vm_case(Suite *suite, const char *name, double seconds, SFun before);

/* A raw socket in a network namespace, both made by vm_setup(): a fixture. */
extern int vm_fd;
void vm_setup(void);

/* n, divided by SKO_FEWER, where a kernel or its machine is slow: for floods. */
unsigned int vm_fewer(unsigned int n);

/* ---- vm.c: system calls: 0 or more, or -errno ---- */

/* A SOCK_RAW, IPPROTO_RAW, close-on-exec IPv4 socket. */
int vm_raw(void);
int vm_get(int fd, unsigned int channel, int operation, void *buf, socklen_t *len);
int vm_set(int fd, unsigned int channel, int operation, const void *buf, socklen_t len);

/* An OPEN struct with defaults, to be changed before the call. */
struct sockopt_open vm_open_args(void);
/* OPEN without a filter; returns the fd; fills args. */
int vm_open(int fd, unsigned int channel, struct sockopt_open *args);
/* OPEN of icmp with slots and defaults; fails the test on an error. */
int vm_stream(int fd, uint32_t slots, struct sockopt_open *args);
/* OPEN of icmp for these types only (terminated by -1); fails the test. */
int vm_stream_types(int fd, struct sockopt_open *args, const int *types);

int vm_stop(int fd, unsigned int channel);
int vm_stats(int fd, unsigned int channel, struct sockopt_stats *stats);

/* ---- vm.c: texts ---- */

/* TEXT of channel message. get returns the length. */
int vm_text_set(int fd, const char *text, size_t len);
int vm_text_get(int fd, char *buf, size_t size);
/* Fill with a text: every byte value but NUL, in turn. */
void vm_fill(char *text, size_t len);
/* The last text that a program sent, from /proc, with a NUL; its length, 0: none yet. */
int vm_sent(char *text, size_t size);
/* Put a known text on each side of channel message; later: they must still be there. */
void vm_texts_put(int fd);
void vm_texts_unchanged(int fd);
/* The kernel's text becomes one of len bytes; they are returned. */
const char *vm_kernel_text(size_t len);
/* Lengths of texts that can be sent either way; some where the kernel keeps them elsewhere. */
extern const size_t vm_sizes[10];

/* ---- vm_kernel.c: what this kernel and its machine can ---- */

/*
 * At the beginning of a test that cannot be made on this kernel or machine: it ends, and the
 * verdict says why it was left out. The kernels of this tree's own jobs leave out none.
 */
#define VM_SKIP_IF(is_so, why) \
	do { \
		if (is_so) { \
			vm_skip(why); \
			return; \
		} \
	} while (0)
/* Says why the test that runs is left out. */
void vm_skip(const char *why);

bool vm_kernel_is_before(unsigned int major, unsigned int minor);
/* Do softirqs and wake-ups have threads of their own, and locks more to remember? */
bool vm_is_realtime(void);
/* Does an instruction that meets a missing page in a copy begin that copy anew? */
bool vm_copies_anew(void);
/* May a module that is loaded where another processor has just run one meet code of that? */
bool vm_runs_old_code(void);
/* Are rings charged to memory cgroups? See kernel/compat.h. */
bool vm_is_charged(void);

/* ---- vm_records.c ---- */

/* RECORDS. A buffer of 'room' records; head->cursor is kept by the caller. */
struct vm_batch {
	struct sockopt_records *head;	/* start of the buffer */
	size_t size;			/* of the buffer */
};
void vm_batch_init(struct vm_batch *batch, uint32_t slot_size, uint32_t room);
void vm_batch_free(struct vm_batch *batch);
/* Returns the count, or -errno. *cursor moves on success. Of icmp, of any channel. */
int vm_records(int fd, struct vm_batch *batch, uint32_t *cursor, uint32_t flags);
int vm_records_of(int fd, unsigned int channel, struct vm_batch *batch, uint32_t *cursor,
		  uint32_t flags);
const struct sockopt_record *vm_record(const struct vm_batch *batch, unsigned int i);

/* A stream of icmp and all that reads it. */
struct vm_reader {
	int sock;
	int stream;
	struct sockopt_open open;	/* as the kernel told it */
	struct vm_batch batch;
	uint32_t cursor;
};
/* The buffer holds 'room' records. slots, snaplen: as in OPEN. */
void vm_reader_open(struct vm_reader *reader, uint32_t slots, uint32_t snaplen, uint32_t room);
/* Of these types only (terminated by -1), with defaults. */
void vm_reader_open_types(struct vm_reader *reader, const int *types, uint32_t room);
/* Of what the filter wants; snaplen as in OPEN. */
void vm_reader_open_filter(struct vm_reader *reader, const struct sockopt_filter *filter,
			   uint32_t snaplen, uint32_t room);
void vm_reader_close(struct vm_reader *reader);
/* RECORDS, without waiting: the count, or -errno. */
int vm_reader_take(struct vm_reader *reader);
/* There is no record that was not returned yet. */
void vm_expect_nothing(struct vm_reader *reader);
/* One RECORDS that does not wait, from the first record on: the count, or -errno. */
int vm_take_now(int raw, const struct sockopt_open *args);
/* RECORDS, STATS and STOP say that this socket has no stream. */
void vm_no_stream_on(int raw, const struct sockopt_open *args);

/* ---- vm_tune.c: TUNE, and OPEN with a filter: 0 or more, or -errno ---- */

/* filter: NULL for none; program: its program_len instructions. */
int vm_tune(int fd, unsigned int channel, const struct sockopt_tune *tune,
	    const struct sockopt_filter *filter, const void *program);
int vm_tune_wake(int fd, unsigned int channel, uint32_t records, uint32_t delay_us);
int vm_tune_filter(int fd, unsigned int channel, const struct sockopt_filter *filter,
		   const void *program);
/* Returns the fd; fills args. */
int vm_open_filter(int fd, unsigned int channel, struct sockopt_open *args,
		   const struct sockopt_filter *filter, const void *program);
/* Bytes of a filter with its program, as filter_len; of NULL: 0. */
uint32_t vm_filter_bytes(const struct sockopt_filter *filter);
/* Filters of all types of both families, and of some of one (terminated by -1). */
struct sockopt_filter vm_filter_all(void);
struct sockopt_filter vm_filter_types(const int *types);
struct sockopt_filter vm_filter_types6(const int *types);

/* ---- vm_memory.c ---- */

/* len zeroed bytes that end where a page begins that nobody may touch. Never freed. */
void *vm_guarded(size_t len);
/* Take the right to write from the pages of memory that vm_guarded made. */
void vm_read_only(void *memory, size_t len);

/* Has the module rings anywhere? Exact: a ring is a mapping that names its maker. */
bool vm_has_rings(void);
/*
 * Wait until there are none, nor streams in this namespace: then the counts of
 * those closed are settled too, and what they were charged is about to be.
 */
void vm_wait_rings_gone(void);
/*
 * What the kernel has for itself: neither free, nor a program's, nor in a file. Exact to
 * some pages.
 */
long vm_kernel_kb(void);
/*
 * Does this kernel watch its memory, with more of it around each object, and what was freed
 * kept back? Then how much is free says nothing of small things; kmemleak, on one of them,
 * looks for what was forgotten.
 */
bool vm_keeps_freed(void);
/* Wait until the kernel has less than that for itself, if that says anything. */
void vm_wait_kernel_kb(long limit);
/* MemAvailable and what processors keep at hand; and waiting until it is at least so much. */
long vm_available_kb(void);
void vm_wait_available_kb(long wanted);

/* ---- vm_packet.c ---- */

/* A sender of ICMP packets, reused: a raw ICMP socket of this namespace. */
int vm_sender(void);
/* Send an echo request of 'payload' bytes 0, 1, 2 ... (mod 256). ttl 0: default. */
void vm_echo(int sender, const char *to, uint16_t id, uint16_t seq, size_t payload, int ttl);
/* Send any ICMP message: type, code and the rest, checksummed here. */
void vm_icmp(int sender, const char *to, uint8_t type, uint8_t code, const void *rest, size_t len);
/* The checksum of RFC 1071, to be stored big-endian; 0 over bytes that contain theirs. */
uint16_t vm_checksum(const uint8_t *data, size_t len);
/* A UDP datagram to a port, from a port that is returned. */
uint16_t vm_udp(const char *to, uint16_t port);
/* Each is two packets in the namespace where we are: request and reply. */
void vm_ping_self(int times, uint16_t id);
/* Until it is killed; in bursts, which leave the processor to others too. */
void vm_ping_for_ever(void *arg);
/* The same to an address, whether or not there is a way to it just now. */
void vm_flood(void *to);

/* ---- vm_state.c ---- */

/*
 * How many times the usual time a kernel that watches may take: CK_TIMEOUT_MULTIPLIER, which
 * gives Check's tests more time, too.
 */
double vm_patience(void);
/* Wait until is_true(arg), at most five seconds times that; else fail the test, naming what. */
void vm_wait(bool (*is_true)(void *arg), void *arg, const char *what);
/* Wait until a stream's stats show at least this many, and all can be read. */
void vm_wait_seen(int fd, uint64_t seen);
void vm_wait_queued(int fd, uint64_t pending);
/* Streams in this namespace, from /proc/net/sockopt/streams. */
int vm_stream_count(void);
void vm_wait_stream_count(int count);
/* Is this process (or thread) asleep in the kernel (state S, and off its processor)? */
bool vm_is_asleep(pid_t pid);
void vm_wait_asleep(pid_t pid);
/* Wait until this namespace has no record that is pending, not even of a closed stream. */
void vm_wait_settled(void);
/* What poll says of POLLIN, within timeout ms. */
short vm_events(int fd, int timeout);

/* ---- vm_process.c ---- */

/* run(arg) in a process of its own, which exits with 0 unless a check fails. */
pid_t vm_fork(void (*run)(void *arg), void *arg);
/* Wait for its end, at most five seconds; anything but exit 0 fails the test. */
void vm_join(pid_t pid);
/* SIGKILL to a process that must still be there, and wait until it is gone. */
void vm_kill(pid_t pid);
/* A pair of connected unix sockets, close-on-exec. */
void vm_pair(int pair[2]);
/* A byte over a unix socket, with n (up to 4) descriptors; n 0: just to say 'go on'. */
void vm_pass(int to, const int *fds, int n);
void vm_receive(int from, int *fds, int n);
/* This thread: on one processor alone; before all ordinary ones. */
void vm_move_to(int cpu);
void vm_come_first(void);
/* uid, gid 65534, no capabilities. */
void vm_become_nobody(void);
/* The same, but one who owns the files of this process in /proc. */
void vm_become_any_user(void);

/* ---- vm_file.c ---- */

/* The whole file with a NUL behind; its length, or -errno. */
int vm_read(const char *path, char *buf, size_t size);
/* One write; its result, or -errno. */
int vm_write(const char *path, const char *text, size_t len);
/* net.sockopt.NAME, which only the initial namespace has; set returns 0 or -errno. */
long long vm_sysctl(const char *name);
int vm_sysctl_set(const char *name, const char *value);
/* All of net.sockopt as the module has it after loading. */
void vm_sysctls_reset(void);
/* As vm_sysctl_set, which must succeed. */
void vm_limit_set(const char *name, const char *value);
/* In the runner itself, also after a test that failed: so nothing here asserts. */
void vm_limits_restore(void);
/* One number of /proc/net/sockopt/stats: its column's name, for a channel; -1: no line. */
long long vm_stat(const char *channel, const char *column);
unsigned long vm_inode(int fd);

/* ---- vm_netns.c ---- */

void vm_enter(const char *host);	/* "B" or "C": network namespace, and its /proc */
int vm_netns_fd(void);			/* an fd of the namespace we are in */
void vm_netns_enter(int netns);		/* go to a namespace by such an fd */
int vm_visit(const char *pid);		/* go to a process's; an fd of the one left */
void vm_go_home(int home);		/* back there; closes the fd */
void vm_new_netns(void);		/* a new one, lo up */
void vm_new_netns_quiet(void);		/* and pings get no reply: one record each */
/*
 * And what is made there speaks this family. AF_INET: no neighbour discovery. AF_INET6:
 * addresses are not checked for duplicates, flow labels are 0, errors have no rate limit.
 */
void vm_new_netns_of(int family);
void vm_new_userns(void);		/* new user and network namespace, as its root */

/* ---- vm_module.c ---- */

/* Any module of ours by its name: 0 or -errno; removing never waits for users. */
int vm_insert(const char *name);
int vm_remove(const char *name);
int vm_module_file(const char *name);	/* and in two steps: its file; the rest */
int vm_insert_file(int fd);
int vm_insmod(void);			/* sockopt */
int vm_rmmod(void);
/* Wait until rmmod succeeds (deferred frees may hold nothing, but fputs do). */
void vm_wait_rmmod(void);
bool vm_is_loaded(void);
/* Unload, then load. */
void vm_reload(void);
/*
 * A case of tests that may unload the module: each starts by loading it if it is not
 * there, and the last word is a fixture in the runner itself.
 */
TCase *vm_loaded_case(Suite *suite, const char *name);
/*
 * Fixtures in the runner itself: between them RCU hurries, which most of an unload waits for,
 * and there are more of them in the same time. Afterwards it does as before.
 */
void vm_hurry(void);
void vm_hurry_no_more(void);

#endif /* VM_H */

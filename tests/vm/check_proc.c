/* SPDX-License-Identifier: MIT */
/*
 * Proves that /proc/net/sockopt shows and takes what it says, to whom it says,
 * and that net.sockopt has its switches, with their defaults, in the initial
 * namespace and nowhere else. Every test has a network namespace of its own.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define DIR "/proc/net/sockopt/"
#define MESSAGE_FILE DIR "message"
#define STREAMS_FILE DIR "streams"
#define STATS_FILE DIR "stats"
#define FILE_MAX (SOCKOPT_TEXT_MAX + 256)

static int fd;

static void setup(void)
{
	vm_new_netns();
	fd = vm_raw();
}

/* ---- Files ---- */

static const struct {
	const char *name;
	mode_t mode;
} files[] = {
	{ STATS_FILE, S_IFREG | 0444 },
	{ STREAMS_FILE, S_IFREG | 0440 },
	{ MESSAGE_FILE, S_IFREG | 0640 },
};

START_TEST(the_files_have_their_modes_and_belong_to_root)
{
	struct stat st;

	ck_assert_int_eq(stat(files[_i].name, &st), 0);
	ck_assert_uint_eq(st.st_mode, files[_i].mode);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_gid, 0);
}
END_TEST

START_TEST(stats_and_streams_cannot_be_written)
{
	ck_assert_int_lt(vm_write(STATS_FILE, "x", 1), 0);
	ck_assert_int_lt(vm_write(STREAMS_FILE, "x", 1), 0);
}
END_TEST

START_TEST(stats_and_streams_begin_with_the_names_of_their_columns)
{
	char buf[FILE_MAX];

	ck_assert_int_gt(vm_read(STATS_FILE, buf, sizeof(buf)), 0);
	*strchr(buf, '\n') = 0;
	ck_assert_str_eq(buf, "channel streams opened seen delivered pending "
			 "lost_full lost_busy lost_closed");
	ck_assert_int_gt(vm_read(STREAMS_FILE, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "channel inode pid uid slots snaplen seen filtered "
			 "delivered pending lost_full lost_busy state\n");
}
END_TEST

/* ---- message, read ---- */

/* The first line of /proc/net/sockopt/message. */
struct letter {
	struct timespec time;
	int pid;
	unsigned int uid;
	size_t len;
	const char *text;
};

static void parse(const char *file, struct letter *letter)
{
	char again[256];
	int at = 0;

	ck_assert_int_eq(sscanf(file, "time %ld.%9ld pid %d uid %u len %zu\n%n",
				&letter->time.tv_sec, &letter->time.tv_nsec, &letter->pid,
				&letter->uid, &letter->len, &at), 5);
	snprintf(again, sizeof(again), "time %ld.%09ld pid %d uid %u len %zu\n",
		 letter->time.tv_sec, letter->time.tv_nsec, letter->pid, letter->uid,
		 letter->len);
	letter->text = file + strlen(again);
	ck_assert_mem_eq(file, again, strlen(again));
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec <= b->tv_nsec);
}

static int read_letter(struct letter *letter)
{
	static char file[FILE_MAX];
	int len = vm_read(MESSAGE_FILE, file, sizeof(file));

	ck_assert_int_gt(len, 0);
	parse(file, letter);
	ck_assert_int_eq(len, (int)(letter->text - file + (long)letter->len));
	return len;
}

START_TEST(message_is_empty_before_any_text)
{
	char buf[64];

	ck_assert_int_eq(vm_read(MESSAGE_FILE, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "kernel's", 8), 8);
	ck_assert_int_eq(vm_read(MESSAGE_FILE, buf, sizeof(buf)), 0);
}
END_TEST

START_TEST(message_shows_the_last_text_and_when_and_who)
{
	struct timespec before, after;
	struct letter letter;

	clock_gettime(CLOCK_REALTIME, &before);
	ck_assert_int_eq(vm_text_set(fd, "line one\nand two\n", 17), 0);
	clock_gettime(CLOCK_REALTIME, &after);
	read_letter(&letter);
	ck_assert(is_before(&before, &letter.time));
	ck_assert(is_before(&letter.time, &after));
	ck_assert_int_eq(letter.pid, getpid());
	ck_assert_uint_eq(letter.uid, 0);
	ck_assert_uint_eq(letter.len, 17);
	ck_assert_str_eq(letter.text, "line one\nand two\n");
}
END_TEST

START_TEST(message_shows_the_real_user_who_sent_it)
{
	struct letter letter;

	ck_assert_int_eq(setresuid(1234, 0, 0), 0);
	ck_assert_int_eq(vm_text_set(fd, "mine", 4), 0);
	read_letter(&letter);
	ck_assert_uint_eq(letter.uid, 1234);
}
END_TEST

START_TEST(message_keeps_the_pid_of_a_process_that_is_gone)
{
	pid_t pid = fork();
	struct letter letter;
	int status;

	if (!pid)
		_exit(vm_text_set(fd, "last words", 10) ? 1 : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	read_letter(&letter);
	ck_assert_int_eq(letter.pid, pid);
	ck_assert_str_eq(letter.text, "last words");
}
END_TEST

/* Exit status 0: the reader saw this pid. */
static void reader_sees(int pid)
{
	pid_t child = fork();
	struct letter letter;
	int status;

	if (!child) {
		read_letter(&letter);
		_exit(letter.pid == pid ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(message_shows_a_pid_as_the_reader_knows_it)
{
	ck_assert_int_eq(vm_text_set(fd, "text", 4), 0);
	reader_sees(getpid());
	ck_assert_int_eq(unshare(CLONE_NEWPID), 0);
	reader_sees(0);
}
END_TEST

START_TEST(message_shows_the_longest_text)
{
	char text[SOCKOPT_TEXT_MAX];
	struct letter letter;

	vm_fill(text, sizeof(text));
	ck_assert_int_eq(vm_text_set(fd, text, sizeof(text)), 0);
	read_letter(&letter);
	ck_assert_uint_eq(letter.len, sizeof(text));
	ck_assert_mem_eq(letter.text, text, sizeof(text));
}
END_TEST

START_TEST(message_read_in_small_pieces_is_one_text)
{
	char whole[FILE_MAX], pieces[FILE_MAX];
	int len, at = 0, n, file;

	ck_assert_int_eq(vm_text_set(fd, "a text in pieces", 16), 0);
	len = vm_read(MESSAGE_FILE, whole, sizeof(whole));
	file = open(MESSAGE_FILE, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(file, pieces, 1), 1);
	ck_assert_int_eq(vm_text_set(fd, "another one, and longer", 23), 0);
	for (at = 1; (n = (int)read(file, pieces + at, 7)) > 0; at += n)
		;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(at, len);
	ck_assert_mem_eq(pieces, whole, (size_t)len);
	close(file);
}
END_TEST

/* ---- message, write ---- */

static const size_t good_sizes[] = { 1, 2, 4095, 4096 };

START_TEST(a_write_to_message_is_what_programs_read)
{
	char text[SOCKOPT_TEXT_MAX], buf[SOCKOPT_TEXT_MAX];
	size_t size = good_sizes[_i];

	vm_fill(text, size);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, size), (int)size);
	ck_assert_int_eq(vm_text_get(fd, buf, sizeof(buf)), (int)size);
	ck_assert_mem_eq(buf, text, size);
	ck_assert_int_eq(vm_sent(text, sizeof(text)), 0);
}
END_TEST

START_TEST(every_write_to_message_is_a_whole_text)
{
	int file = open(MESSAGE_FILE, O_WRONLY | O_CLOEXEC);
	char buf[16] = { 0 };

	ck_assert_int_eq(write(file, "the first", 9), 9);
	ck_assert_int_eq(write(file, "second", 6), 6);
	ck_assert_int_eq(vm_text_get(fd, buf, sizeof(buf)), 6);
	ck_assert_str_eq(buf, "second");
	close(file);
}
END_TEST

START_TEST(a_write_to_message_that_is_no_text_is_refused)
{
	char text[2 * SOCKOPT_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	vm_texts_put(fd);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, 0), -EINVAL);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, SOCKOPT_TEXT_MAX + 1), -EMSGSIZE);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, sizeof(text)), -EMSGSIZE);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "", 1), -EINVAL);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "text", 5), -EINVAL);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, "te\0xt", 5), -EINVAL);
	text[SOCKOPT_TEXT_MAX - 1] = 0;
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, SOCKOPT_TEXT_MAX), -EINVAL);
	vm_texts_unchanged(fd);
}
END_TEST

START_TEST(a_write_to_message_from_memory_that_is_not_there_is_a_fault)
{
	char *text = vm_guarded(8);

	memset(text, 'x', 8);
	vm_texts_put(fd);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, NULL, 8), -EFAULT);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, 9), -EFAULT);
	vm_texts_unchanged(fd);
	ck_assert_int_eq(vm_write(MESSAGE_FILE, text, 8), 8);
}
END_TEST

/* ---- streams ---- */

struct line {
	char channel[32];
	unsigned long inode;
	int pid;
	unsigned int uid;
	unsigned int slots;
	unsigned int snaplen;
	unsigned long long counts[6];
	char state[32];
};

/* The only line of /proc/net/sockopt/streams. */
static void read_line(struct line *line)
{
	unsigned long long *c = line->counts;
	char file[FILE_MAX];
	int end = 0;

	ck_assert_int_gt(vm_read(STREAMS_FILE, file, sizeof(file)), 0);
	ck_assert_int_eq(sscanf(strchr(file, '\n') + 1,
				"%31s %lu %d %u %u %u %llu %llu %llu %llu %llu %llu %31s\n%n",
				line->channel, &line->inode, &line->pid, &line->uid,
				&line->slots, &line->snaplen, c, c + 1, c + 2, c + 3, c + 4,
				c + 5, line->state, &end), 13);
	ck_assert_int_eq(strchr(file, '\n')[1 + end], 0);
}

static unsigned long inode_of(int any)
{
	struct stat st;

	ck_assert_int_eq(fstat(any, &st), 0);
	return st.st_ino;
}

START_TEST(streams_shows_a_stream_while_it_is_open)
{
	struct sockopt_open args = vm_open_args();
	struct line line;
	int stream;

	ck_assert_int_eq(vm_stream_count(), 0);
	args.slots = 16;
	args.snaplen = 100;
	stream = vm_open(fd, ICMP, &args);
	ck_assert_int_ge(stream, 0);
	read_line(&line);
	ck_assert_str_eq(line.channel, "icmp");
	ck_assert_uint_eq(line.inode, inode_of(fd));
	ck_assert_int_eq(line.pid, getpid());
	ck_assert_uint_eq(line.uid, 0);
	ck_assert_uint_eq(line.slots, 16);
	ck_assert_uint_eq(line.snaplen, 100);
	ck_assert_str_eq(line.state, "open");
	close(stream);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

START_TEST(streams_shows_the_counts_of_a_stream)
{
	struct sockopt_open args;
	struct sockopt_stats stats;
	struct line line;
	int sender = vm_sender();

	vm_stream_types(fd, &args, (int[]){ 0, -1 });
	vm_echo(sender, "127.0.0.1", 1, 1, 8, 0);
	vm_wait_seen(fd, 2);
	read_line(&line);
	ck_assert_int_eq(vm_stats(fd, ICMP, &stats), 0);
	ck_assert_mem_eq(line.counts, &stats.seen, sizeof(line.counts));
	ck_assert_uint_eq(line.counts[0], 2);
	ck_assert_uint_eq(line.counts[1], 1);
	ck_assert_uint_eq(line.counts[3], 1);
}
END_TEST

START_TEST(streams_shows_the_user_who_opened_it)
{
	struct sockopt_open args;
	struct line line;

	ck_assert_int_eq(setresuid(1234, 0, 0), 0);
	vm_stream(fd, 2, &args);
	read_line(&line);
	ck_assert_uint_eq(line.uid, 1234);
}
END_TEST

START_TEST(streams_shows_that_a_stream_has_ended)
{
	struct sockopt_open args;
	struct line line;

	vm_stream(fd, 2, &args);
	ck_assert_int_eq(vm_stop(fd, ICMP), 0);
	read_line(&line);
	ck_assert_str_eq(line.state, "ended");
}
END_TEST

START_TEST(streams_shows_inode_0_when_the_socket_is_closed)
{
	struct sockopt_open args;
	struct line line;

	vm_stream(fd, 2, &args);
	close(fd);
	read_line(&line);
	ck_assert_uint_eq(line.inode, 0);
	ck_assert_str_eq(line.state, "open");
}
END_TEST

START_TEST(streams_shows_those_of_this_namespace_only)
{
	struct sockopt_open args;
	int home = vm_netns_fd();

	vm_stream(fd, 2, &args);
	vm_new_netns();
	ck_assert_int_eq(vm_stream_count(), 0);
	ck_assert_int_eq(vm_stat("icmp", "streams"), -1);
	vm_netns_enter(home);
	ck_assert_int_eq(vm_stream_count(), 1);
}
END_TEST

/* ---- stats ---- */

START_TEST(stats_counts_streams_and_their_records)
{
	struct sockopt_open args;
	int stream, sender = vm_sender();

	ck_assert_int_eq(vm_stat("message", "streams"), -1);
	stream = vm_stream(fd, 16, &args);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 1);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
	vm_echo(sender, "127.0.0.1", 1, 1, 8, 0);
	vm_wait_queued(fd, 2);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 2);
	ck_assert_int_eq(vm_stat("icmp", "pending"), 2);
	ck_assert_int_eq(vm_stat("icmp", "delivered"), 0);
	ck_assert_int_eq(vm_stat("icmp", "lost_full"), 0);
	ck_assert_int_eq(vm_stat("icmp", "lost_busy"), 0);
	close(stream);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 0);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
}
END_TEST

/* ---- sysctl ---- */

static const struct {
	const char *name;
	long long value;
} defaults[] = {
	{ "ring_bytes_max", 67108864 },
	{ "streams_max", 1024 },
	{ "userns", 0 },
	{ "log_messages", 0 },
};

/* Read before anything is reset: the values that the module came with. */
static long long first_values[COUNT(defaults)];

static void remember_first_values(void)
{
	int i;

	for (i = 0; i < COUNT(defaults); i++)
		first_values[i] = vm_sysctl(defaults[i].name);
}

START_TEST(a_sysctl_has_its_default)
{
	ck_assert_int_eq(first_values[_i], defaults[_i].value);
}
END_TEST

START_TEST(a_sysctl_is_for_root_to_write_and_for_all_to_read)
{
	int init = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	char path[128];
	struct stat st;

	vm_netns_enter(init);
	snprintf(path, sizeof(path), "/proc/sys/net/sockopt/%s", defaults[_i].name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);
	ck_assert_uint_eq(st.st_uid, 0);
	vm_become_nobody();
	ck_assert_int_eq(vm_write(path, "1", 1), -EACCES);
}
END_TEST

START_TEST(a_sysctl_takes_a_value_and_gives_it_back)
{
	ck_assert_int_eq(vm_sysctl_set(defaults[_i].name, "1"), 0);
	ck_assert_int_eq(vm_sysctl(defaults[_i].name), 1);
	ck_assert_int_eq(vm_sysctl_set(defaults[_i].name, "0"), 0);
	ck_assert_int_eq(vm_sysctl(defaults[_i].name), 0);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
} nonsense[] = {
	{ "userns", "2" }, { "userns", "-1" }, { "userns", "yes" },
	{ "userns", "4294967296" },
	{ "log_messages", "2" }, { "log_messages", "-1" }, { "log_messages", "on" },
	{ "streams_max", "-1" }, { "streams_max", "4294967296" }, { "streams_max", "all" },
	{ "ring_bytes_max", "all" },
};

START_TEST(a_sysctl_refuses_nonsense)
{
	long long before = vm_sysctl(nonsense[_i].name);

	ck_assert_int_eq(vm_sysctl_set(nonsense[_i].name, nonsense[_i].value), -EINVAL);
	ck_assert_int_eq(vm_sysctl(nonsense[_i].name), before);
}
END_TEST

START_TEST(a_sysctl_of_bytes_does_not_become_negative)
{
	vm_sysctl_set("ring_bytes_max", "-1");
	ck_assert_int_eq(vm_sysctl("ring_bytes_max"), 67108864);
}
END_TEST

START_TEST(another_namespace_has_no_sysctls)
{
	int file;

	ck_assert_int_eq(access("/proc/sys/net/sockopt", F_OK), -1);
	ck_assert_int_eq(errno, ENOENT);
	file = open("/proc/sys/net/sockopt/userns", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(file, -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(access("/proc/sys/net/ipv4/ip_forward", F_OK), 0);
}
END_TEST

/* ---- log_messages ---- */

/* The kernel log as it is: /dev/kmsg would escape what must not be in it. */
static const char *log_text(void)
{
	static char *text;
	int size = klogctl(10, NULL, 0), len;

	free(text);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	len = klogctl(3, text, size);
	ck_assert_int_ge(len, 0);
	text[len] = 0;
	return text;
}

/* A word that is in the log of no earlier test. */
static const char *new_word(void)
{
	static char word[64];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(word, sizeof(word), "word-%d-%ld%09ld", getpid(), now.tv_sec, now.tv_nsec);
	return word;
}

static void send_string(const char *text)
{
	ck_assert_int_eq(vm_text_set(fd, text, strlen(text)), 0);
}

START_TEST(texts_do_not_go_to_the_log)
{
	const char *word = new_word();

	send_string(word);
	ck_assert_int_gt(vm_write(MESSAGE_FILE, word, strlen(word)), 0);
	ck_assert_ptr_null(strstr(log_text(), word));
}
END_TEST

START_TEST(texts_go_to_the_log_when_asked_and_no_longer)
{
	char line[128];
	const char *word;

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	word = new_word();
	send_string(word);
	snprintf(line, sizeof(line), "sockopt: pid %d: \"%s\"\n", getpid(), word);
	ck_assert_ptr_nonnull(strstr(log_text(), line));
	ck_assert_int_eq(vm_sysctl_set("log_messages", "0"), 0);
	word = new_word();
	send_string(word);
	ck_assert_ptr_null(strstr(log_text(), word));
}
END_TEST

/* Whoever reads the log on a terminal must not be commanded, nor deceived. */
START_TEST(texts_in_the_log_are_escaped)
{
	const char *word = new_word(), *at, *end;
	char text[128];

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	snprintf(text, sizeof(text), "%s\nforged\r\t\x01\x1b[2J\x7f\x9b-end", word);
	send_string(text);
	at = strstr(log_text(), word);
	ck_assert_ptr_nonnull(at);
	end = strchr(at, '\n');
	ck_assert_ptr_nonnull(end);
	for (; at < end; at++)
		ck_assert_msg(*at >= ' ' && *at < 0x7f, "byte 0x%02x", (unsigned char)*at);
	ck_assert_mem_eq(end - 5, "-end\"", 5);
	ck_assert_ptr_null(strstr(end, "forged"));
}
END_TEST

START_TEST(a_text_in_the_log_is_cut_at_256_bytes)
{
	char text[SOCKOPT_TEXT_MAX], line[320];
	const char *word = new_word();

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	memset(text, 'x', sizeof(text));
	memcpy(text, word, strlen(word));
	ck_assert_int_eq(vm_text_set(fd, text, sizeof(text)), 0);
	snprintf(line, sizeof(line), "\"%.256s\"\n", text);
	ck_assert_ptr_nonnull(strstr(log_text(), line));
}
END_TEST

/* ---- Suite ---- */

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

/* Defaults before each test, for one that failed left its own, and behind the last. */
static TCase *new_sysctl_case(Suite *suite, const char *name)
{
	TCase *tc = new_case(suite, name);

	tcase_add_unchecked_fixture(tc, remember_first_values, vm_sysctls_reset);
	tcase_add_checked_fixture(tc, vm_sysctls_reset, NULL);
	return tc;
}

static void add_files(TCase *tc)
{
	tcase_add_loop_test(tc, the_files_have_their_modes_and_belong_to_root, 0, COUNT(files));
	tcase_add_test(tc, stats_and_streams_cannot_be_written);
	tcase_add_test(tc, stats_and_streams_begin_with_the_names_of_their_columns);
}

static void add_message(TCase *tc)
{
	tcase_add_test(tc, message_is_empty_before_any_text);
	tcase_add_test(tc, message_shows_the_last_text_and_when_and_who);
	tcase_add_test(tc, message_shows_the_real_user_who_sent_it);
	tcase_add_test(tc, message_keeps_the_pid_of_a_process_that_is_gone);
	tcase_add_test(tc, message_shows_a_pid_as_the_reader_knows_it);
	tcase_add_test(tc, message_shows_the_longest_text);
	tcase_add_test(tc, message_read_in_small_pieces_is_one_text);
	tcase_add_loop_test(tc, a_write_to_message_is_what_programs_read, 0, COUNT(good_sizes));
	tcase_add_test(tc, every_write_to_message_is_a_whole_text);
	tcase_add_test(tc, a_write_to_message_that_is_no_text_is_refused);
	tcase_add_test(tc, a_write_to_message_from_memory_that_is_not_there_is_a_fault);
}

static void add_streams(TCase *tc)
{
	tcase_add_test(tc, streams_shows_a_stream_while_it_is_open);
	tcase_add_test(tc, streams_shows_the_counts_of_a_stream);
	tcase_add_test(tc, streams_shows_the_user_who_opened_it);
	tcase_add_test(tc, streams_shows_that_a_stream_has_ended);
	tcase_add_test(tc, streams_shows_inode_0_when_the_socket_is_closed);
	tcase_add_test(tc, streams_shows_those_of_this_namespace_only);
	tcase_add_test(tc, stats_counts_streams_and_their_records);
}

static void add_sysctl(TCase *tc)
{
	tcase_add_loop_test(tc, a_sysctl_has_its_default, 0, COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_is_for_root_to_write_and_for_all_to_read,
			    0, COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_takes_a_value_and_gives_it_back, 0, COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_refuses_nonsense, 0, COUNT(nonsense));
	tcase_add_test(tc, a_sysctl_of_bytes_does_not_become_negative);
	tcase_add_test(tc, another_namespace_has_no_sysctls);
}

static void add_log(TCase *tc)
{
	tcase_add_test(tc, texts_do_not_go_to_the_log);
	tcase_add_test(tc, texts_go_to_the_log_when_asked_and_no_longer);
	tcase_add_test(tc, texts_in_the_log_are_escaped);
	tcase_add_test(tc, a_text_in_the_log_is_cut_at_256_bytes);
}

Suite *proc_suite(void)
{
	Suite *suite = suite_create("proc");

	add_files(new_case(suite, "files"));
	add_message(new_case(suite, "message"));
	add_streams(new_case(suite, "streams"));
	add_sysctl(new_sysctl_case(suite, "sysctl"));
	add_log(new_sysctl_case(suite, "log"));
	return suite;
}

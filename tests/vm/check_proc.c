/* SPDX-License-Identifier: MIT */
/*
 * Proves that /proc/net/sockopt has its files, and that streams and stats show the
 * streams that there are and what they count. Every test has a network namespace of
 * its own.
 */
#include "vm.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ---- */

static const struct {
	const char *name;
	mode_t mode;
} files[] = {
	{ VM_STATS, S_IFREG | 0444 },
	{ VM_STREAMS, S_IFREG | 0440 },
	{ VM_MESSAGE, S_IFREG | 0640 },
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
	ck_assert_int_lt(vm_write(VM_STATS, "x", 1), 0);
	ck_assert_int_lt(vm_write(VM_STREAMS, "x", 1), 0);
}
END_TEST

START_TEST(stats_and_streams_begin_with_the_names_of_their_columns)
{
	char buf[VM_FILE_MAX];

	ck_assert_int_gt(vm_read(VM_STATS, buf, sizeof(buf)), 0);
	*strchr(buf, '\n') = 0;
	ck_assert_str_eq(buf, "channel streams opened seen delivered pending "
			 "lost_full lost_busy lost_closed");
	ck_assert_int_gt(vm_read(VM_STREAMS, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "channel inode pid uid slots snaplen seen filtered "
			 "delivered pending lost_full lost_busy state\n");
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
	char file[VM_FILE_MAX];
	int end = 0;

	ck_assert_int_gt(vm_read(VM_STREAMS, file, sizeof(file)), 0);
	ck_assert_int_eq(sscanf(strchr(file, '\n') + 1,
				"%31s %lu %d %u %u %u %llu %llu %llu %llu %llu %llu %31s\n%n",
				line->channel, &line->inode, &line->pid, &line->uid,
				&line->slots, &line->snaplen, c, c + 1, c + 2, c + 3, c + 4,
				c + 5, line->state, &end), 13);
	ck_assert_int_eq(strchr(file, '\n')[1 + end], 0);
}

START_TEST(streams_shows_a_stream_while_it_is_open)
{
	struct sockopt_open args = vm_open_args();
	struct line line;
	int stream;

	ck_assert_int_eq(vm_stream_count(), 0);
	args.slots = 16;
	args.snaplen = 100;
	stream = vm_open(vm_fd, ICMP, &args);
	ck_assert_int_ge(stream, 0);
	read_line(&line);
	ck_assert_str_eq(line.channel, "icmp");
	ck_assert_uint_eq(line.inode, vm_inode(vm_fd));
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

	vm_stream_types(vm_fd, &args, (int[]){ 0, -1 });
	vm_echo(sender, "127.0.0.1", 1, 1, 8, 0);
	vm_wait_seen(vm_fd, 2);
	read_line(&line);
	ck_assert_int_eq(vm_stats(vm_fd, ICMP, &stats), 0);
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
	vm_stream(vm_fd, 2, &args);
	read_line(&line);
	ck_assert_uint_eq(line.uid, 1234);
}
END_TEST

START_TEST(streams_shows_that_a_stream_has_ended)
{
	struct sockopt_open args;
	struct line line;

	vm_stream(vm_fd, 2, &args);
	ck_assert_int_eq(vm_stop(vm_fd, ICMP), 0);
	read_line(&line);
	ck_assert_str_eq(line.state, "ended");
}
END_TEST

START_TEST(streams_shows_inode_0_when_the_socket_is_closed)
{
	struct sockopt_open args;
	struct line line;

	vm_stream(vm_fd, 2, &args);
	close(vm_fd);
	read_line(&line);
	ck_assert_uint_eq(line.inode, 0);
	ck_assert_str_eq(line.state, "open");
}
END_TEST

START_TEST(streams_shows_those_of_this_namespace_only)
{
	struct sockopt_open args;
	int home = vm_netns_fd();

	vm_stream(vm_fd, 2, &args);
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
	stream = vm_stream(vm_fd, 16, &args);
	ck_assert_int_eq(vm_stat("icmp", "streams"), 1);
	ck_assert_int_eq(vm_stat("icmp", "opened"), 1);
	vm_echo(sender, "127.0.0.1", 1, 1, 8, 0);
	vm_wait_queued(vm_fd, 2);
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

/* ---- Suite ---- */

static void add_files(TCase *tc)
{
	tcase_add_loop_test(tc, the_files_have_their_modes_and_belong_to_root, 0, VM_COUNT(files));
	tcase_add_test(tc, stats_and_streams_cannot_be_written);
	tcase_add_test(tc, stats_and_streams_begin_with_the_names_of_their_columns);
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

Suite *proc_suite(void)
{
	Suite *suite = suite_create("proc");

	add_files(vm_case(suite, "files", 30, vm_setup));
	add_streams(vm_case(suite, "streams", 30, vm_setup));
	return suite;
}

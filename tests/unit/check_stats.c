/* SPDX-License-Identifier: MIT */
/* sockopt stats and streams, from files of our own. */
#include "../../tools/stats.h"
#include "../../tools/streams.h"
#include "capture.h"
#include "directory.h"
#include "tools.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char two_channels[] = STATS_HEADER
	"icmp 2 5 100 80 7 6 4 3\n"
	"other 0 1 18446744073709551615 0 0 0 0 0\n";

static int show_stats(const void *format)
{
	return stats_show(directory, *(const enum format *)format);
}

static int show_streams(const void *format)
{
	return streams_show(directory, *(const enum format *)format);
}

static void show(int (*run)(const void *format), enum format format)
{
	ck_assert_int_eq(run_captured(run, &format), EXIT_SUCCESS);
	ck_assert_str_eq(complained, "");
}

START_TEST(stats_are_a_table)
{
	has_file("stats", two_channels);
	show(show_stats, FORMAT_TABLE);
	ck_assert_str_eq(written,
"CHANNEL  STREAMS  OPENED                  SEEN  DELIVERED  PENDING  LOST_FULL  LOST_BUSY  LOST_CLOSED\n"
"icmp           2       5                   100         80        7          6          4            3\n"
"other          0       1  18446744073709551615          0        0          0          0            0\n");
}
END_TEST

/* Each line as OpenMetrics 1.0 wants it, and a version only where there is a module. */
START_TEST(openmetrics_says_the_numbers_given)
{
	struct rows rows;
	FILE *to;
	size_t len;
	char *text;

	has_file("stats", two_channels);
	ck_assert_int_eq(rows_read(&rows, "stats", directory, "stats", stats_columns,
				   STATS_COLUMNS), 0);
	to = open_memstream(&text, &len);
	metrics_write(to, &rows, "1.2\"3\\");
	fclose(to);
	rows_free(&rows);
	ck_assert_str_eq(text,
"# TYPE sockopt_info gauge\n"
"# HELP sockopt_info The kernel module; always 1.\n"
"sockopt_info{version=\"1.2\\\"3\\\\\"} 1\n"
"# TYPE sockopt_channel_streams gauge\n"
"# HELP sockopt_channel_streams Streams that are open now.\n"
"sockopt_channel_streams{channel=\"icmp\"} 2\n"
"sockopt_channel_streams{channel=\"other\"} 0\n"
"# TYPE sockopt_channel_streams_opened counter\n"
"# HELP sockopt_channel_streams_opened Streams that were opened so far.\n"
"sockopt_channel_streams_opened_total{channel=\"icmp\"} 5\n"
"sockopt_channel_streams_opened_total{channel=\"other\"} 1\n"
"# TYPE sockopt_channel_records_seen counter\n"
"# HELP sockopt_channel_records_seen Records that the channel had.\n"
"sockopt_channel_records_seen_total{channel=\"icmp\"} 100\n"
"sockopt_channel_records_seen_total{channel=\"other\"} 18446744073709551615\n"
"# TYPE sockopt_channel_records_delivered counter\n"
"# HELP sockopt_channel_records_delivered Records that programs have taken, over all streams.\n"
"sockopt_channel_records_delivered_total{channel=\"icmp\"} 80\n"
"sockopt_channel_records_delivered_total{channel=\"other\"} 0\n"
"# TYPE sockopt_channel_records_pending gauge\n"
"# HELP sockopt_channel_records_pending Records that are in a ring now, over all streams.\n"
"sockopt_channel_records_pending{channel=\"icmp\"} 7\n"
"sockopt_channel_records_pending{channel=\"other\"} 0\n"
"# TYPE sockopt_channel_records_lost counter\n"
"# HELP sockopt_channel_records_lost Records that did not reach a program, over all streams, by cause.\n"
"sockopt_channel_records_lost_total{channel=\"icmp\",cause=\"full\"} 6\n"
"sockopt_channel_records_lost_total{channel=\"icmp\",cause=\"busy\"} 4\n"
"sockopt_channel_records_lost_total{channel=\"icmp\",cause=\"closed\"} 3\n"
"sockopt_channel_records_lost_total{channel=\"other\",cause=\"full\"} 0\n"
"sockopt_channel_records_lost_total{channel=\"other\",cause=\"busy\"} 0\n"
"sockopt_channel_records_lost_total{channel=\"other\",cause=\"closed\"} 0\n"
"# EOF\n");
	free(text);
}
END_TEST

START_TEST(openmetrics_of_no_channel_still_ends)
{
	has_file("stats", STATS_HEADER);
	show(show_stats, FORMAT_OPENMETRICS);
	ck_assert(strstr(written, "{channel") == NULL);
	ck_assert(written_len > 6 && !strcmp(written + written_len - 6, "# EOF\n"));
}
END_TEST

START_TEST(a_stream_has_the_names_of_its_process_and_user)
{
	char text[512], wanted[512];
	int fds[2];
	struct stat stat;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(fstat(fds[0], &stat), 0);
	snprintf(text, sizeof(text), STREAMS_HEADER
		 "icmp %lu %d 0 512 96 10 1 5 2 3 4 open\n",
		 (unsigned long)stat.st_ino, (int)getpid());
	has_file("streams", text);
	show(show_streams, FORMAT_TABLE);
	snprintf(wanted, sizeof(wanted),
		 "icmp     %*d  check_tools  root    512       96    10         1          5        2     7  open\n",
		 getpid() > 999 ? 0 : 3, (int)getpid());
	ck_assert_msg(strstr(written, wanted) != NULL, "%s", written);
	ck_assert(!strncmp(written, "CHANNEL ", 8));
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* A socket's number that nobody has, with the process ID of somebody. */
START_TEST(a_process_that_has_not_the_stream_is_not_named)
{
	char text[512];

	snprintf(text, sizeof(text), STREAMS_HEADER
		 "icmp 4294967295 %d 0 512 96 10 1 5 2 3 4 open\n", (int)getpid());
	has_file("streams", text);
	show(show_streams, FORMAT_TABLE);
	ck_assert_ptr_nonnull(strstr(written, "  -        root"));
	ck_assert_ptr_null(strstr(written, "check_tools"));
}
END_TEST

/* No such process, none of our namespace, and a user without a name. */
START_TEST(a_stream_of_nobody_has_numbers)
{
	has_file("streams", STREAMS_HEADER
		 "icmp 99 0 4294967294 512 96 10 1 5 2 3 4 ended\n");
	show(show_streams, FORMAT_TABLE);
	ck_assert_msg(strstr(written, "icmp       0  -        4294967294    512       96    10"
			     "         1          5        2     7  ended\n") != NULL,
		      "%s", written);
}
END_TEST

START_TEST(the_largest_losses_have_a_sum)
{
	has_file("streams", STREAMS_HEADER
		 "icmp 99 0 0 512 96 10 1 5 2 9223372036854775807 9223372036854775808 open\n");
	show(show_streams, FORMAT_TABLE);
	ck_assert(strstr(written, " 18446744073709551615  open\n") != NULL);
}
END_TEST

static int run_stats(void)
{
	return run_command(cmd_stats, "sockopt stats");
}

START_TEST(without_module_both_name_the_remedy)
{
	if (!access(PROCFS, F_OK))
		return;
	ck_assert_int_eq(run_stats(), EXIT_FAILURE);
	ck_assert(strstr(complained, "modprobe sockopt") != NULL);
	ck_assert_int_eq(run_command(cmd_streams, "sockopt streams"), EXIT_FAILURE);
	ck_assert(strstr(complained, "modprobe sockopt") != NULL);
	ck_assert_str_eq(written, "");
}
END_TEST

#if HAVE_JANSSON

START_TEST(json_has_an_object_for_each_channel)
{
	has_file("stats", STATS_HEADER "icmp 2 5 100 80 7 6 4 3\nx 0 1 2 0 0 0 0 0\n");
	show(show_stats, FORMAT_JSON);
	ck_assert_str_eq(written,
"{\"channel\":\"icmp\",\"streams\":2,\"opened\":5,\"seen\":100,\"delivered\":80,\"pending\":7,\"lost_full\":6,\"lost_busy\":4,\"lost_closed\":3}\n"
"{\"channel\":\"x\",\"streams\":0,\"opened\":1,\"seen\":2,\"delivered\":0,\"pending\":0,\"lost_full\":0,\"lost_busy\":0,\"lost_closed\":0}\n");
}
END_TEST

START_TEST(json_of_a_stream_has_each_loss_and_null_for_no_name)
{
	has_file("streams", STREAMS_HEADER
		 "icmp 99 0 4294967294 512 96 10 1 5 2 3 4 ended\n");
	show(show_streams, FORMAT_JSON);
	ck_assert_str_eq(written,
"{\"channel\":\"icmp\",\"inode\":99,\"pid\":0,\"uid\":4294967294,\"slots\":512,\"snaplen\":96,\"seen\":10,\"filtered\":1,\"delivered\":5,\"pending\":2,\"lost_full\":3,\"lost_busy\":4,\"state\":\"ended\",\"command\":null,\"user\":null}\n");
}
END_TEST

#else

START_TEST(json_says_what_the_build_lacks)
{
	ck_assert_int_eq(run_command(cmd_stats, "sockopt stats --json"), EXIT_FAILURE);
	ck_assert(strstr(complained, "built without jansson") != NULL);
	ck_assert_str_eq(written, "");
}
END_TEST

#endif

Suite *stats_suite(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");

	tcase_add_checked_fixture(tc, set_up_directory, tear_down_directory);
	tcase_add_test(tc, stats_are_a_table);
	tcase_add_test(tc, openmetrics_says_the_numbers_given);
	tcase_add_test(tc, openmetrics_of_no_channel_still_ends);
	tcase_add_test(tc, a_stream_has_the_names_of_its_process_and_user);
	tcase_add_test(tc, a_process_that_has_not_the_stream_is_not_named);
	tcase_add_test(tc, a_stream_of_nobody_has_numbers);
	tcase_add_test(tc, the_largest_losses_have_a_sum);
	tcase_add_test(tc, without_module_both_name_the_remedy);
#if HAVE_JANSSON
	tcase_add_test(tc, json_has_an_object_for_each_channel);
	tcase_add_test(tc, json_of_a_stream_has_each_loss_and_null_for_no_name);
#else
	tcase_add_test(tc, json_says_what_the_build_lacks);
#endif
	suite_add_tcase(suite, tc);
	return suite;
}

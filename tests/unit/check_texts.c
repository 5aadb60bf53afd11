/* SPDX-License-Identifier: MIT */
/* sockopt send, recv, call, channels, against the fake kernel. */
#include "../../tools/texts.h"
#include "capture.h"
#include "fake_kernel.h"
#include "tools.h"

#include <errno.h>
#include <string.h>

static void set_up(void)
{
	fake_reset();
}

static void says(const char *words)
{
	ck_assert_msg(strstr(complained, words) != NULL, "said: %s", complained);
	ck_assert_str_eq(written, "");
}

/* The command line is wrong: nothing reaches the kernel. */
static void refuse(command_fn *command, const char *words, const char *why)
{
	ck_assert_int_eq(run_command(command, words), EXIT_USAGE);
	says(why);
	says(" --help' for what there is.\n");
	ck_assert_int_eq(fake.gets + fake.sets, 0);
}

START_TEST(a_text_of_the_command_line_is_sent)
{
	ck_assert_int_eq(run_command(cmd_send, "sockopt send -m hi icmp"), 0);
	ck_assert_str_eq(fake.said, "hi");
	ck_assert_int_eq(run_command(cmd_send, "sockopt send icmp --message=ho"), 0);
	ck_assert_str_eq(fake.said, "ho");
	ck_assert_int_eq(fake.sets, 2);
	ck_assert_int_eq(fake.option, SOCKOPT_OPTION(SOCKOPT_CHANNEL_ICMP, SOCKOPT_TEXT));
	ck_assert_str_eq(written, "");
	ck_assert_str_eq(complained, "");
}
END_TEST

START_TEST(standard_input_is_sent_as_it_is)
{
	static const char bytes[] = "a\nb\t\377\033\n\n";

	ck_assert_int_eq(run_with_input(cmd_send, "sockopt send icmp", bytes,
					sizeof(bytes) - 1), 0);
	ck_assert_str_eq(fake.said, bytes);
}
END_TEST

START_TEST(the_longest_text_is_sent_and_a_longer_one_is_not)
{
	char text[SOCKOPT_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(run_with_input(cmd_send, "sockopt send icmp", text,
					SOCKOPT_TEXT_MAX), 0);
	ck_assert_int_eq(fake.sets, 1);
	ck_assert_uint_eq(strlen(fake.said), SOCKOPT_TEXT_MAX);
	fake.gets = 0;
	ck_assert_int_eq(run_with_input(cmd_send, "sockopt send icmp", text,
					SOCKOPT_TEXT_MAX + 1), EXIT_FAILURE);
	says("send: the text is too long: at most 4096 bytes");
	ck_assert_int_eq(fake.sets, 1);
	ck_assert_int_eq(fake.gets, 0);
}
END_TEST

START_TEST(a_nul_that_the_kernel_refuses_is_named)
{
	fake.text_error = EINVAL;
	ck_assert_int_eq(run_with_input(cmd_send, "sockopt send icmp", "ab\0c", 4),
			 EXIT_FAILURE);
	says("send: byte 3 of the text is NUL: a text has 1 to 4096 bytes, and no NUL");
}
END_TEST

START_TEST(other_errors_of_the_channel_are_told)
{
	fake.text_error = EINVAL;
	ck_assert_int_eq(run_command(cmd_send, "sockopt send -m hi icmp"), EXIT_FAILURE);
	says("channel 'icmp' does not take this");
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv icmp"), EXIT_FAILURE);
	says("channel 'icmp' does not take this");
	fake.text_error = EOPNOTSUPP;
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv icmp"), EXIT_FAILURE);
	says("recv: channel 'icmp' answers no texts");
	fake.text_error = EPERM;
	ck_assert_int_eq(run_command(cmd_call, "sockopt call -m hi icmp"), EXIT_FAILURE);
	says("call: this needs CAP_NET_RAW");
}
END_TEST

START_TEST(a_reply_is_written_as_it_is)
{
	fake.text = "a\033[1m\r\nb";
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv icmp"), 0);
	ck_assert_str_eq(written, fake.text);
	ck_assert_uint_eq(written_len, strlen(fake.text));
	ck_assert_int_eq(fake.sets, 0);
	ck_assert_str_eq(complained, "");
}
END_TEST

START_TEST(a_call_sends_and_shows_by_one_system_call)
{
	fake.text = "pong";
	ck_assert_int_eq(run_command(cmd_call, "sockopt call -m ping icmp"), 0);
	ck_assert_str_eq(written, "pong");
	ck_assert_str_eq(fake.said, "ping");
	ck_assert_uint_eq(fake.call.generation, 5);
	ck_assert_int_eq(fake.sets, 0);
	ck_assert_int_eq(fake.gets, 3);
}
END_TEST

START_TEST(an_unknown_channel_lists_those_there_are)
{
	ck_assert_int_eq(run_command(cmd_send, "sockopt send -m hi no\033pe"),
			 EXIT_FAILURE);
	says("send: there is no channel 'no\\x1bpe'; there are: icmp\n");
	ck_assert_int_eq(fake.sets, 0);
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv"), EXIT_FAILURE);
	says("recv: there is no channel 'message'; there are: icmp\n");
}
END_TEST

static int tell_channel(int operation, void *buf, socklen_t *len)
{
	struct sockopt_channel *channel = buf;

	(void)len;
	if (operation != SOCKOPT_CHANNEL)
		return 1;
	if (channel->name[0] || channel->id > 1) {
		errno = ENOENT;
		return -1;
	}
	channel->id = 1;
	strcpy(channel->name, "a\033b");
	return 0;
}

START_TEST(names_of_channels_move_no_cursor)
{
	fake.answer = tell_channel;
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv"), EXIT_FAILURE);
	says("there are: a\\x1bb\n");
}
END_TEST

START_TEST(a_wrong_line_changes_nothing)
{
	refuse(cmd_send, "sockopt send -m hi icmp more", "'more' is one word too many");
	refuse(cmd_send, "sockopt send -m  icmp", "the text is empty: it has 1 to 4096 bytes");
	refuse(cmd_send, "sockopt send", "the text is empty");
	refuse(cmd_send, "sockopt send -m", "requires an argument");
	refuse(cmd_send, "sockopt send -x", "invalid option");
	refuse(cmd_recv, "sockopt recv -m hi", "invalid option");
	refuse(cmd_recv, "sockopt recv icmp more", "'more' is one word too many\n");
	refuse(cmd_recv, "sockopt recv ", "a channel's name is not empty");
	refuse(cmd_call, "sockopt call", "the text is empty");
	refuse(cmd_channels, "sockopt channels icmp", "'icmp' is one word too many");
	refuse(cmd_channels, "sockopt channels --openmetrics", "unrecognized option");
	refuse(cmd_streams, "sockopt streams --openmetrics", "unrecognized option");
	refuse(cmd_streams, "sockopt streams 1", "'1' is one word too many");
	refuse(cmd_stats, "sockopt stats --json --openmetrics", "not both");
	refuse(cmd_stats, "sockopt stats -j", "invalid option");
}
END_TEST

START_TEST(help_is_no_error)
{
	static command_fn *const commands[] = { cmd_send, cmd_recv, cmd_call,
						cmd_channels, cmd_streams, cmd_stats };
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		ck_assert_int_eq(run_command(commands[i], "sockopt x --help"), 0);
		ck_assert(!strncmp(written, "usage: sockopt ", 15));
		ck_assert_str_eq(complained, "");
		ck_assert_int_eq(run_command(commands[i], "sockopt x -h"), 0);
	}
	ck_assert_int_eq(fake.gets + fake.sets, 0);
}
END_TEST

START_TEST(without_module_each_names_the_remedy)
{
	fake.absent = 1000;
	ck_assert_int_eq(run_command(cmd_send, "sockopt send -m hi"), EXIT_FAILURE);
	says("send: the kernel module is not loaded: run \"modprobe sockopt\"");
	ck_assert_int_eq(run_command(cmd_recv, "sockopt recv"), EXIT_FAILURE);
	says("modprobe sockopt");
	ck_assert_int_eq(run_command(cmd_call, "sockopt call -m hi"), EXIT_FAILURE);
	says("modprobe sockopt");
	ck_assert_int_eq(run_command(cmd_channels, "sockopt channels"), EXIT_FAILURE);
	says("modprobe sockopt");
}
END_TEST

START_TEST(channels_are_listed)
{
	ck_assert_int_eq(run_command(cmd_channels, "sockopt channels"), 0);
	ck_assert_str_eq(written,
			 "CHANNEL  ID  GENERATION  DOES  SNAPLEN  MAX\n"
			 "icmp      2           5  -           -    -\n");
}
END_TEST

static void shows(const char *text, const char *wanted)
{
	char *got;
	size_t len;
	FILE *memory = open_memstream(&got, &len);

	texts_show(memory, text, strlen(text));
	fclose(memory);
	ck_assert_str_eq(got, wanted);
	free(got);
}

START_TEST(a_terminal_is_shown_no_control_characters)
{
	shows("hello\n", "hello\n");
	shows("no newline", "no newline\n");
	shows("a\tb\n\nc\n", "a\tb\n\nc\n");
	shows("\033[2J\r\a\177", "\\x1b[2J\\x0d\\x07\\x7f\n");
	shows("", "");
}
END_TEST

/*
 * A control of its own, one that is longer than it need be, half of a character; half of a
 * pair of UTF-16, and what is behind the last character.
 */
START_TEST(a_terminal_is_shown_characters_of_utf8_and_no_other_bytes)
{
	shows("stra\xc3\x9f" "e \xe6\x97\xa5 \xf0\x9f\x98\x80\n",
	      "stra\xc3\x9f" "e \xe6\x97\xa5 \xf0\x9f\x98\x80\n");
	shows("\xc2\x9b" "2J", "\\xc2\\x9b2J\n");
	shows("\xe0\x82\x9b", "\\xe0\\x82\\x9b\n");
	shows("\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b\n");
	shows("\xe6\x97", "\\xe6\\x97\n");
	shows("\xff\x9b", "\\xff\\x9b\n");
	shows("\xed\x9f\xbf\xed\xa0\x80", "\xed\x9f\xbf\\xed\\xa0\\x80\n");
	shows("\xf4\x8f\xbf\xbf\xf4\x90\x80\x80",
	      "\xf4\x8f\xbf\xbf\\xf4\\x90\\x80\\x80\n");
}
END_TEST

Suite *texts_suite(void)
{
	Suite *suite = suite_create("texts");
	TCase *tc = tcase_create("texts");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, a_text_of_the_command_line_is_sent);
	tcase_add_test(tc, standard_input_is_sent_as_it_is);
	tcase_add_test(tc, the_longest_text_is_sent_and_a_longer_one_is_not);
	tcase_add_test(tc, a_nul_that_the_kernel_refuses_is_named);
	tcase_add_test(tc, other_errors_of_the_channel_are_told);
	tcase_add_test(tc, a_reply_is_written_as_it_is);
	tcase_add_test(tc, a_call_sends_and_shows_by_one_system_call);
	tcase_add_test(tc, an_unknown_channel_lists_those_there_are);
	tcase_add_test(tc, names_of_channels_move_no_cursor);
	tcase_add_test(tc, a_wrong_line_changes_nothing);
	tcase_add_test(tc, help_is_no_error);
	tcase_add_test(tc, without_module_each_names_the_remedy);
	tcase_add_test(tc, channels_are_listed);
	tcase_add_test(tc, a_terminal_is_shown_no_control_characters);
	tcase_add_test(tc, a_terminal_is_shown_characters_of_utf8_and_no_other_bytes);
	suite_add_tcase(suite, tc);
	return suite;
}

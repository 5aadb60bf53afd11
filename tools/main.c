/* SPDX-License-Identifier: MIT */
/*
 * sockopt(8): finds the command, and nothing else.
 */
#include "tool.h"

#include <stdio.h>
#include <string.h>

#include <sockopt/sockopt.h>

static const struct command {
	const char *name;
	char *title;		/* argv[0] of the command */
	command_fn *run;
	const char *summary;
} commands[] = {
	{ "icmp", "sockopt icmp", cmd_icmp, "show ICMP packets as they arrive" },
	{ "top", "sockopt top", cmd_top, "a live screen of what comes, and how much" },
	{ "send", "sockopt send", cmd_send, "hand a text to a channel" },
	{ "recv", "sockopt recv", cmd_recv, "show the text of a channel" },
	{ "call", "sockopt call", cmd_call, "hand a text to a channel, show its reply" },
	{ "channels", "sockopt channels", cmd_channels, "list the channels" },
	{ "streams", "sockopt streams", cmd_streams, "list the open streams" },
	{ "stats", "sockopt stats", cmd_stats, "show the counters of the channels" },
	{ "doctor", "sockopt doctor", cmd_doctor, "say what stands in the way, and what to type" },
};

static void help(FILE *to)
{
	size_t i;

	fputs("usage: sockopt COMMAND [OPTION]...\n\n", to);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].summary);
	fputs("\n'sockopt COMMAND --help' tells its options; sockopt(8) tells all.\n", to);
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int is_one_of(const char *word, const char *one, const char *other)
{
	return !strcmp(word, one) || !strcmp(word, other);
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (is_one_of(argv[1], "--help", "-h")) {
		help(stdout);
		return end_output();
	}
	if (is_one_of(argv[1], "--version", "-V")) {
		printf("sockopt %s\n", sockopt_version());
		return end_output();
	}
	command = find(argv[1]);
	if (!command)
		return usage_error("sockopt", "there is no command '%s'", argv[1]);
	argv[1] = command->title;
	return command->run(argc - 1, argv + 1);
}

/* SPDX-License-Identifier: MIT */
/*
 * sockopt send, recv, call: a text to a channel, from a channel, or both at once.
 */
#include "texts.h"

#include "text.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include <sockopt/sockopt.h>

static const char send_usage[] =
	"usage: sockopt send [OPTION] [CHANNEL]\n"
	"Hands a text of 1 to 4096 bytes, without NUL, to a channel ('message').\n"
	"\n"
	"  -m, --message TEXT         the text; without it: standard input, to its end\n"
	"  -h, --help\n";

static const char recv_usage[] =
	"usage: sockopt recv [CHANNEL]\n"
	"Shows the text of a channel ('message').\n"
	"\n"
	"  -h, --help\n";

static const char call_usage[] =
	"usage: sockopt call [OPTION] [CHANNEL]\n"
	"Hands a text of 1 to 4096 bytes, without NUL, to a channel ('message'), and\n"
	"shows its reply.\n"
	"\n"
	"  -m, --message TEXT         the text; without it: standard input, to its end\n"
	"  -h, --help\n";

static const struct option sending[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "message", required_argument, NULL, 'm' },
	{ NULL, 0, NULL, 0 },
};

static const struct option receiving[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct talk {
	const char *title;	/* "sockopt send" */
	const char *command;	/* "send" */
	const char *usage;
	int has_text;		/* sends one */
	int has_reply;
	int is_helped;
	const char *name;	/* of the channel */
	const char *message;	/* NULL: standard input */
	const char *text;	/* what is sent */
	size_t len;
	char input[SOCKOPT_TEXT_MAX + 1];	/* one more: it is too long */
};

/* ---- Command line ------------------------------------------------------ */

static int set_option(struct talk *talk, int option)
{
	if (option == 'h')
		talk->is_helped = 1;
	else if (option == 'm')
		talk->message = optarg;
	else
		return usage_hint(talk->title);
	return EXIT_SUCCESS;
}

static int set_channel(struct talk *talk, int argc, char **argv)
{
	if (argc > 1)
		return usage_error(talk->title, "'%s' is one word too many%s", argv[1],
				   talk->has_text ? " (the text goes behind -m)" : "");
	talk->name = argc ? argv[0] : "message";
	if (!*talk->name)
		return usage_error(talk->title, "a channel's name is not empty");
	return EXIT_SUCCESS;
}

static int parse(struct talk *talk, int argc, char **argv)
{
	const char *letters = talk->has_text ? "hm:" : "h";
	const struct option *options = talk->has_text ? sending : receiving;
	int option, ret = EXIT_SUCCESS;

	talk->title = argv[0];
	while (!ret && (option = getopt_long(argc, argv, letters, options, NULL)) != -1)
		ret = set_option(talk, option);
	return ret ? ret : set_channel(talk, argc - optind, argv + optind);
}

/* ---- The text to be sent ----------------------------------------------- */

/* No more than shows that it is too long. */
static int read_input(struct talk *talk)
{
	ssize_t n = 1;

	while (n && talk->len < sizeof(talk->input)) {
		n = read(STDIN_FILENO, talk->input + talk->len,
			 sizeof(talk->input) - talk->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			warn("%s: standard input", talk->command);
			return EXIT_FAILURE;
		}
		talk->len += (size_t)n;
	}
	talk->text = talk->input;
	return EXIT_SUCCESS;
}

/* The kernel would refuse both, too; but of a long input we have a part only. */
static int check_length(const struct talk *talk)
{
	if (!talk->len)
		return usage_error(talk->title, "the text is empty: it has 1 to %d bytes",
				   SOCKOPT_TEXT_MAX);
	if (talk->len > SOCKOPT_TEXT_MAX)
		return complain(-EMSGSIZE, talk->command);
	return EXIT_SUCCESS;
}

static int take_text(struct talk *talk)
{
	int ret = EXIT_SUCCESS;

	if (talk->message) {
		talk->text = talk->message;
		talk->len = strlen(talk->message);
	} else {
		ret = read_input(talk);
	}
	return ret ? ret : check_length(talk);
}

/* ---- Errors ------------------------------------------------------------ */

static int complain_unknown(const struct talk *talk, struct sockopt *so)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	const char *between = "";
	int id = 0;

	fprintf(stderr, "sockopt: %s: there is no channel '", talk->command);
	text_escaped(stderr, talk->name, strlen(talk->name));
	fputs("'; there are: ", stderr);
	while ((id = sockopt_channel_from(so, (unsigned int)id, &channel)) >= 0) {
		fputs(between, stderr);
		text_escaped(stderr, channel.name, strlen(channel.name));
		between = ", ";
		id++;
	}
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

/* -EINVAL has no words that fit all: the kernel finds a NUL, or the channel objects. */
static int complain_text(const struct talk *talk, int err)
{
	const char *nul = talk->has_text ? memchr(talk->text, 0, talk->len) : NULL;

	if (err == -EINVAL && nul) {
		warnx("%s: byte %lu of the text is NUL: a text has 1 to %d bytes, and no NUL",
		      talk->command, (unsigned long)(nul - talk->text + 1),
		      SOCKOPT_TEXT_MAX);
		return EXIT_FAILURE;
	}
	if (err == -EOPNOTSUPP)
		warnx("%s: channel '%s' answers no texts", talk->command, talk->name);
	else if (err == -EINVAL)
		warnx("%s: channel '%s' does not take this", talk->command, talk->name);
	else
		complain(err, talk->command);
	return EXIT_FAILURE;
}

/* ---- Conversation ------------------------------------------------------ */

void texts_show(FILE *to, const char *text, size_t len)
{
	size_t from = 0, i;

	for (i = 0; i < len; i++) {
		if (text[i] != '\n' && text[i] != '\t')
			continue;
		text_escaped(to, text + from, i - from);
		fputc(text[i], to);
		from = i + 1;
	}
	text_escaped(to, text + from, len - from);
	if (len && text[len - 1] != '\n')
		fputc('\n', to);
}

static int write_reply(const char *reply, size_t len)
{
	if (isatty(STDOUT_FILENO))
		texts_show(stdout, reply, len);
	else
		fwrite(reply, 1, len, stdout);
	return end_output();
}

static ssize_t exchange(const struct talk *talk, struct sockopt *so,
			const struct sockopt_channel *channel, char *reply)
{
	if (!talk->has_reply)
		return sockopt_text_set(so, channel->id, talk->text, talk->len);
	if (!talk->has_text)
		return sockopt_text_get(so, channel->id, reply, SOCKOPT_TEXT_MAX);
	return sockopt_call(so, channel->id, channel->generation, talk->text,
			    talk->len, reply, SOCKOPT_TEXT_MAX);
}

static int converse(const struct talk *talk, struct sockopt *so)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	char reply[SOCKOPT_TEXT_MAX];
	ssize_t len;
	int id = sockopt_channel(so, talk->name, &channel);

	if (id == -ENOENT)
		return complain_unknown(talk, so);
	if (id < 0)
		return complain(id, talk->command);
	len = exchange(talk, so, &channel, reply);
	if (len < 0)
		return complain_text(talk, (int)len);
	return talk->has_reply ? write_reply(reply, (size_t)len) : EXIT_SUCCESS;
}

static int talk_all(struct talk *talk, int argc, char **argv)
{
	struct sockopt *so;
	int ret = parse(talk, argc, argv);

	if (ret)
		return ret;
	if (talk->is_helped) {
		fputs(talk->usage, stdout);
		return end_output();
	}
	if (talk->has_text)
		ret = take_text(talk);
	if (ret)
		return ret;
	ret = sockopt_open(&so);
	ret = ret ? complain(ret, talk->command) : converse(talk, so);
	sockopt_close(so);
	return ret;
}

/* ---- Commands ---------------------------------------------------------- */

int cmd_send(int argc, char **argv)
{
	struct talk talk = { .command = "send", .usage = send_usage, .has_text = 1 };

	return talk_all(&talk, argc, argv);
}

int cmd_recv(int argc, char **argv)
{
	struct talk talk = { .command = "recv", .usage = recv_usage, .has_reply = 1 };

	return talk_all(&talk, argc, argv);
}

int cmd_call(int argc, char **argv)
{
	struct talk talk = { .command = "call", .usage = call_usage, .has_text = 1,
			     .has_reply = 1 };

	return talk_all(&talk, argc, argv);
}

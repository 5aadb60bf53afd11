/* SPDX-License-Identifier: MIT */
/*
 * The shortest conversation with the kernel: hand a text to the channel
 * 'message', and bring back what it has to say.
 */
#include <stdio.h>
#include <string.h>

#include <sockopt/sockopt.h>

static int fail(const char *program, int err)
{
	fprintf(stderr, "%s: %s\n", program, sockopt_strerror(err));
	return 1;
}

static int converse(struct sockopt *so)
{
	static const char text[] = "a message from userspace\n";
	char answer[SOCKOPT_TEXT_MAX + 1];
	ssize_t len;
	int ret;

	ret = sockopt_text_set(so, SOCKOPT_CHANNEL_MESSAGE, text, strlen(text));
	if (ret < 0)
		return ret;
	printf("sent:     %s", text);
	len = sockopt_text_get(so, SOCKOPT_CHANNEL_MESSAGE, answer,
			       sizeof(answer));
	if (len < 0)
		return (int)len;
	printf("received: %s", answer);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockopt *so;
	int ret;

	if (argc > 1) {
		int is_help = argc == 2 && !strcmp(argv[1], "--help");

		fprintf(is_help ? stdout : stderr, "usage: %s [--help]\n",
			argv[0]);
		return is_help ? 0 : 2;
	}
	ret = sockopt_open(&so);
	if (!ret)
		ret = converse(so);
	sockopt_close(so);
	return ret ? fail(argv[0], ret) : 0;
}

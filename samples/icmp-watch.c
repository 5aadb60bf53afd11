/* SPDX-License-Identifier: MIT */
/*
 * Show every ICMP packet that reaches this host until Ctrl-C, then how many
 * there were. A line has what sockopt_icmp_format() tells, and the numbers.
 */
#define _POSIX_C_SOURCE 200809L	/* sigaction with -std=c99 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sockopt/sockopt.h>

static struct sockopt_stream *stream;

/* Ends the stream: what is queued is still shown, then pull returns 0. Once. */
static void on_signal(int sig)
{
	(void)sig;
	sockopt_stream_stop(stream);
}

static unsigned int show(const struct sockopt_record *rec)
{
	char line[SOCKOPT_ICMP_LINE];
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	if (sockopt_icmp_decode(rec, &icmp) < 0 ||
	    sockopt_icmp_format(rec, line, sizeof(line)) < 0)
		return 0;
	return printf("%s (type %u code %u)\n", line, icmp.type, icmp.code) > 0;
}

static int watch(unsigned int *shown)
{
	const struct sockopt_record *rec;
	int n;

	do {
		n = sockopt_stream_wait(stream, -1);
		if (n > 0)
			n = sockopt_stream_pull(stream);
		while ((rec = sockopt_stream_next(stream)) != NULL) {
			*shown += show(rec);
			sockopt_stream_release(stream);
		}
	} while (n > 0 || n == -EINTR || n == -EAGAIN);
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sockopt_stats stats = { .size = sizeof(stats) };
	unsigned int shown = 0;
	int ret, is_help = argc == 2 && !strcmp(argv[1], "--help");

	if (argc > 1) {
		fprintf(is_help ? stdout : stderr, "usage: %s [--help]\n", argv[0]);
		return is_help ? 0 : 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = sockopt_icmp_open(&stream, NULL);
	if (ret == 0) {
		action.sa_flags = SA_RESTART | (int)SA_RESETHAND;
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
		ret = watch(&shown);
	}
	if (ret == 0)
		ret = sockopt_stream_stats(stream, &stats);
	if (ret == 0)
		printf("%" PRIu64 " seen, %u shown, %" PRIu64 " lost\n",
		       stats.seen, shown, stats.lost);
	else
		fprintf(stderr, "%s: %s\n", argv[0], sockopt_strerror(ret));
	sockopt_stream_close(stream);
	return ret ? 1 : 0;
}

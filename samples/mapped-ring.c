/* SPDX-License-Identifier: MIT */
/*
 * Count ICMP packets where the kernel wrote them, with no system call as long as
 * there are any. A line every second, and the sum after as many packets as the
 * argument says, or at Ctrl-C.
 */
#define _POSIX_C_SOURCE 200809L	/* sigaction with -std=c99 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sockopt/sockopt.h>

static struct sockopt_stream *stream;
static unsigned long packets, bytes, told;
static uint64_t second;

/* Ends the stream: what is queued is still counted, then wait says -ENODATA. */
static void on_signal(int sig)
{
	(void)sig;
	sockopt_stream_stop(stream);
}

static void tell(uint64_t now, uint32_t lost)
{
	if (now <= second)
		return;
	printf("%lu packets/s, %" PRIu32 " lost\n", packets - told, lost);
	told = packets;
	second = now;
}

/* A record brings the time, so that nobody has to be asked for it. */
static int watch(unsigned long limit)
{
	const struct sockopt_record *rec;
	uint32_t lost = 0;
	int n;

	while ((n = sockopt_stream_wait(stream, 1000)) >= 0 || n == -EINTR) {
		while ((rec = sockopt_stream_next(stream)) != NULL) {
			lost = rec->lost;
			tell(rec->time / 1000000000, lost);
			bytes += rec->len;
			sockopt_stream_release(stream);
			if (++packets == limit)
				return 0;
		}
		tell((uint64_t)time(NULL), lost);
	}
	return n == -ENODATA ? 0 : n;
}

static int run(unsigned long limit)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int ret = sockopt_stream_map(stream);

	second = (uint64_t)time(NULL);
	if (ret == 0)
		ret = watch(limit);
	if (ret == 0)
		ret = sockopt_stream_stats(stream, &stats);
	if (ret == 0)
		printf("%lu packets, %lu bytes, %" PRIu64 " lost\n", packets,
		       bytes, stats.lost);
	return ret;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	unsigned long limit = argc < 2 ? ULONG_MAX : strtoul(argv[1], NULL, 10);
	int ret, is_help = argc == 2 && !strcmp(argv[1], "--help");

	if (argc > 2 || !limit ||
	    (argc == 2 && argv[1][strspn(argv[1], "0123456789")])) {
		fprintf(is_help ? stdout : stderr, "usage: %s [PACKETS]\n", argv[0]);
		return is_help ? 0 : 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = sockopt_icmp_open(&stream, NULL);
	if (ret == 0) {
		action.sa_flags = (int)SA_RESETHAND;
		sigaction(SIGINT, &action, NULL);
		ret = run(limit);
	}
	if (ret)
		fprintf(stderr, "%s: %s\n", argv[0], sockopt_strerror(ret));
	sockopt_stream_close(stream);
	return ret ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * One epoll over ICMP packets (a line each), a timer (counters every second), and
 * Ctrl-C. It is woken for 32 packets, or when one has waited 250 ms.
 */
#define _POSIX_C_SOURCE 200809L	/* sigset_t, itimerspec with -std=c99 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <sockopt/sockopt.h>

static struct sockopt_stream *stream;
static unsigned int records, wakeups;

static int tell(void)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int ret = sockopt_stream_stats(stream, &stats);

	printf("%u records, %u wake-ups, %" PRIu64 " lost\n", records, wakeups, stats.lost);
	return ret;
}

/* Until -EAGAIN: epoll does not know what pull has fetched. 1: end of stream. */
static int drain(void)
{
	const struct sockopt_record *rec;
	char line[SOCKOPT_ICMP_LINE];
	int n;

	for (wakeups++; (n = sockopt_stream_pull(stream)) > 0;)
		for (; (rec = sockopt_stream_next(stream)) != NULL; records++) {
			if (sockopt_icmp_format(rec, line, sizeof(line)) > 0)
				puts(line);
			sockopt_stream_release(stream);
		}
	return n == -EAGAIN ? 0 : n < 0 ? n : 1;
}

/* Ctrl-C ends the stream, not the loop: what is queued still comes. */
static int loop(const sigset_t *ends)
{
	const struct itimerspec second = { { 1, 0 }, { 1, 0 } };
	int fds[] = { sockopt_stream_fd(stream),
		      timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC),
		      signalfd(-1, ends, SFD_CLOEXEC) };
	int i, ret = 0, epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	char info[sizeof(struct signalfd_siginfo)];	/* a timer's is less */

	for (i = 0; i < 3; i++) {
		event.data.fd = fds[i];
		if (fds[i] < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event))
			return -errno;
	}
	timerfd_settime(fds[1], 0, &second, NULL);
	while (ret == 0) {
		if (epoll_wait(epoll, &event, 1, -1) < 0)
			ret = errno == EINTR ? 0 : -errno;
		else if (event.data.fd == fds[0])
			ret = drain();
		else if (read(event.data.fd, info, sizeof(info)) > 0)
			ret = event.data.fd == fds[1] ? tell() :
			      sockopt_stream_stop(stream);
	}
	return ret < 0 ? ret : tell();
}

int main(int argc, char **argv)
{
	struct sockopt_config config = { .size = sizeof(config),
		.wake_records = 32, .wake_delay_us = 250000 };
	int ret, is_help = argc == 2 && !strcmp(argv[1], "--help");
	sigset_t ends;

	if (argc > 1) {
		fprintf(is_help ? stdout : stderr, "usage: %s [--help]\n", argv[0]);
		return is_help ? 0 : 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	ret = sockopt_icmp_open(&stream, &config);
	if (ret == 0)
		ret = loop(&ends);
	if (ret < 0)
		fprintf(stderr, "%s: %s\n", argv[0], sockopt_strerror(ret));
	sockopt_stream_close(stream);
	return ret ? 1 : 0;
}

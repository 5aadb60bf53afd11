/* SPDX-License-Identifier: MIT */
/*
 * Errors of my connection: send a UDP datagram to a host and port, and show every
 * ICMP error that is about it, and nothing else, until Ctrl-C.
 */
#define _POSIX_C_SOURCE 200809L	/* getaddrinfo, sigaction with -std=c99 */

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <sockopt/sockopt.h>

static struct sockopt_stream *stream;

static void on_signal(int sig)
{
	(void)sig;
	sockopt_stream_stop(stream);
}

/* A connected socket, or -1 when the reason is told. */
static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *to;
	int fd, ret = getaddrinfo(host, port, &hints, &to);

	if (ret) {
		fprintf(stderr, "%s, port %s: %s\n", host, port, gai_strerror(ret));
		return -1;
	}
	fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
	ret = fd < 0 ? -1 : connect(fd, to->ai_addr, to->ai_addrlen);
	if (ret)
		perror(host);
	freeaddrinfo(to);
	return ret ? -1 : fd;
}

static int open_stream(int fd)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockopt_config config = { .size = sizeof(config) };
	int ret = sockopt_icmp_filter_socket(&filter, fd);

	config.filter = &filter;
	return ret ? ret : sockopt_icmp_open(&stream, &config);
}

static int watch(struct sockopt_stats *stats)
{
	const struct sockopt_record *rec;
	char line[SOCKOPT_ICMP_LINE];
	int n;

	do {
		n = sockopt_stream_wait(stream, -1);
		if (n > 0)
			n = sockopt_stream_pull(stream);
		for (; (rec = sockopt_stream_next(stream)) != NULL;
		     sockopt_stream_release(stream))
			if (sockopt_icmp_format(rec, line, sizeof(line)) > 0)
				puts(line);
	} while (n > 0 || n == -EINTR || n == -EAGAIN);
	return n ? n : sockopt_stream_stats(stream, stats);
}

int main(int argc, char **argv)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int fd, ret, is_help = argc == 2 && !strcmp(argv[1], "--help");

	if (argc != 3 || argv[1][0] == '-') {
		fprintf(is_help ? stdout : stderr, "usage: %s HOST PORT\n", argv[0]);
		return is_help ? 0 : 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = connect_to(argv[1], argv[2]);
	if (fd < 0)
		return 1;
	ret = open_stream(fd);
	if (ret == 0) {		/* only now can no error be missed */
		sigaction(SIGINT, &(struct sigaction){ .sa_handler = on_signal }, NULL);
		if (send(fd, "?", 1, 0) < 0)
			perror(argv[1]);
		ret = watch(&stats);
	}
	if (ret == 0)
		printf("%" PRIu64 " errors, %" PRIu64 " other packets left out, %"
		       PRIu64 " lost\n", stats.delivered, stats.filtered, stats.lost);
	else
		fprintf(stderr, "%s: %s\n", argv[0], sockopt_strerror(ret));
	sockopt_stream_close(stream);
	return ret ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Records from the kernel, read from the mapped ring: no system call as long as there
 * are any.
 */
#include "source.h"
#include "tool.h"

#include <errno.h>

struct live {
	struct source source;	/* first */
	struct sockopt_stream *stream;
};

static struct live *live_of(struct source *source)
{
	return (struct live *)(void *)source;
}

static int wait_live(struct source *source, int timeout)
{
	return sockopt_stream_wait(live_of(source)->stream, timeout);
}

static const struct sockopt_record *next_live(struct source *source)
{
	return sockopt_stream_next(live_of(source)->stream);
}

static void release_live(struct source *source)
{
	sockopt_stream_release(live_of(source)->stream);
}

static void stop_live(struct source *source)
{
	sockopt_stream_stop(live_of(source)->stream);
}

static int count_live(struct source *source, struct counts *counts)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };
	int ret = sockopt_stream_stats(live_of(source)->stream, &stats);

	if (ret)
		return ret;
	counts->seen = stats.seen;
	counts->filtered = stats.filtered;
	counts->lost = stats.lost;
	return 0;
}

static int fd_live(struct source *source)
{
	return sockopt_stream_fd(live_of(source)->stream);
}

static int tune_live(struct source *source, const struct filter *filter)
{
	struct sockopt_config config = { .size = sizeof(config) };

	filter_use(filter, &config);
	return sockopt_stream_tune(live_of(source)->stream, &config);
}

static void close_live(struct source *source)
{
	sockopt_stream_close(live_of(source)->stream);
	free(live_of(source));
}

static const struct source_ops live_ops = {
	.wait = wait_live,
	.next = next_live,
	.release = release_live,
	.stop = stop_live,
	.count = count_live,
	.fd = fd_live,
	.tune = tune_live,
	.close = close_live,
};

static int open_stream(struct live *live, const struct filter *filter,
		       const struct shape *shape)
{
	struct sockopt_config config = { .size = sizeof(config) };
	int ret;

	config.slots = shape->slots;
	config.snaplen = shape->snaplen;
	config.wake_records = shape->wake_records;
	config.wake_delay_us = shape->wake_delay_us;
	filter_use(filter, &config);
	ret = sockopt_icmp_open(&live->stream, &config);
	if (ret)
		return ret;
	ret = sockopt_stream_map(live->stream);
	if (ret)
		sockopt_stream_close(live->stream);
	return ret;
}

int source_open_live(struct source **source, const struct filter *filter,
		     const struct shape *shape)
{
	struct live *live = calloc(1, sizeof(*live));
	int ret = live ? open_stream(live, filter, shape) : -ENOMEM;

	if (ret) {
		free(live);
		if (ret == -ENOSPC)
			warnx("try a smaller ring (-B) or snap length (-s)");
		return complain(ret, "icmp");
	}
	live->source.ops = &live_ops;
	live->source.is_live = 1;
	*source = &live->source;
	return EXIT_SUCCESS;
}

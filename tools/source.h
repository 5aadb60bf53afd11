/* SPDX-License-Identifier: MIT */
/*
 * Where records come from: the kernel (live.c), or a file (reader.c). Errors are those
 * of the library; what they mean was said where a function says so.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "filter.h"

#include <stdint.h>

#include <sockopt/sockopt.h>

/* seen = shown or to be shown + filtered + lost */
struct counts {
	uint64_t seen;
	uint64_t filtered;
	uint64_t lost;
};

struct source;

struct source_ops {
	int (*wait)(struct source *source, int timeout);
	const struct sockopt_record *(*next)(struct source *source);
	void (*release)(struct source *source);
	void (*stop)(struct source *source);
	int (*count)(struct source *source, struct counts *counts);
	int (*fd)(struct source *source);	/* of live sources, as tune */
	int (*tune)(struct source *source, const struct filter *filter);
	void (*close)(struct source *source);
};

struct source {
	const struct source_ops *ops;
	int is_live;
};

/* How large the ring is, and when to wake; 0: defaults of the library. */
struct shape {
	uint32_t slots;
	uint32_t snaplen;
	uint32_t wake_records;
	uint32_t wake_delay_us;
};

/* Both return EXIT_SUCCESS, or EXIT_FAILURE: why was said. Filter stays the caller's. */
int source_open_live(struct source **source, const struct filter *filter,
		     const struct shape *shape);
int source_open_file(struct source **source, const struct filter *filter,
		     const char *path);

/*
 * Wait until next has something, timeout ms, -1: without end. 1; 0: timed out; -EINTR;
 * -ENODATA: there will be no more; else another error.
 */
static inline int source_wait(struct source *source, int timeout)
{
	return source->ops->wait(source, timeout);
}

/* The next record, which belongs to the source until release; NULL: wait. */
static inline const struct sockopt_record *source_next(struct source *source)
{
	return source->ops->next(source);
}

static inline void source_release(struct source *source)
{
	source->ops->release(source);
}

/* What is there is still handed out, then it ends. For signal handlers, too. */
static inline void source_stop(struct source *source)
{
	source->ops->stop(source);
}

static inline int source_count(struct source *source, struct counts *counts)
{
	return source->ops->count(source, counts);
}

/*
 * Of a live source: to be polled together with others. Look with next first, and again
 * with wait for 0 ms: what it has to say besides records does not show there.
 */
static inline int source_fd(struct source *source)
{
	return source->ops->fd(source);
}

/* Of a live source: another filter from now on, which stays the caller's. 0 or -errno. */
static inline int source_tune(struct source *source, const struct filter *filter)
{
	return source->ops->tune(source, filter);
}

static inline void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}

#endif /* SOURCE_H */

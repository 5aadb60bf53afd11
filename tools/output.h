/* SPDX-License-Identifier: MIT */
/*
 * Where packets go to: lines (line.c), JSON (json.c), or files (writer.c).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "process.h"

#include <sockopt/sockopt.h>

/* A packet on its way out. */
struct item {
	const struct sockopt_record *rec;
	const struct sockopt_icmp *icmp;
	const struct process *process;	/* NULL: not known */
};

struct output;

/* Each returns EXIT_SUCCESS, or EXIT_FAILURE: why was said. */
struct output_ops {
	int (*put)(struct output *output, const struct item *item);
	int (*flush)(struct output *output);
	int (*tick)(struct output *output);	/* other results; may be NULL */
	int (*close)(struct output *output, int64_t *missing);
};

struct output {
	const struct output_ops *ops;
};

/* How packets are shown. */
struct style {
	int is_color;
	int has_date;
	int has_names;		/* of hosts and services */
	int is_hex;
	int is_line_buffered;
};

int output_open_line(struct output **output, const struct style *style);
int output_open_json(struct output **output, const struct style *style);

/* Files of packets, and when the next one begins; 0: never. */
struct rotation {
	uint64_t size;		/* bytes */
	uint64_t seconds;
	uint64_t files;
};

/* path "-": standard output. */
int output_open_files(struct output **output, const char *path, uint32_t snaplen,
		      const struct rotation *rotation);

static inline int output_put(struct output *output, const struct item *item)
{
	return output->ops->put(output, item);
}

/* What was put is where it should be. Called whenever no more is there. */
static inline int output_flush(struct output *output)
{
	return output->ops->flush(output);
}

/*
 * What is due by time; called at least ten times a second. 0; 1: it has all that it was
 * to have; -1: it failed, which was said.
 */
static inline int output_tick(struct output *output)
{
	return output->ops->tick ? output->ops->tick(output) : 0;
}

/*
 * *missing: how many of the packets that were put did not arrive after all;
 * -1: one more did.
 */
static inline int output_close(struct output *output, int64_t *missing)
{
	*missing = 0;
	return output ? output->ops->close(output, missing) : 0;
}

#endif /* OUTPUT_H */

/* SPDX-License-Identifier: MIT */
/*
 * sockopt icmp: packets from a source, through a filter, to an output, until it ends.
 */
#include "options.h"
#include "output.h"
#include "process.h"
#include "source.h"
#include "tool.h"
#include "user.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICK_MS		100	/* how late what is due by time may be */
#define BATCH		1024	/* packets between two looks at the clock and the disk */
#define RING_BYTES	16000000	/* of a ring that nobody asked for */
#define RING_RECORDS	4096

#define SNAPLEN_SHOWN	256	/* quoted flow, and most of what routers add */
#define SNAPLEN_WRITTEN	9216	/* a jumbo frame */

/* ---- A run ------------------------------------------------------------- */

struct run {
	const struct options *options;
	struct source *source;
	struct output *output;
	struct processes *processes;	/* NULL: no names */
	uint64_t shown;
	uint64_t deadline;		/* now_ms(); 0: none */
	uint64_t checked;		/* when the interface was last looked at */
	uint32_t ifindex;		/* 0: any */
};

/* For the signal handler: ours alone, and as long as it is installed. */
static struct source *stopped_by_signal;

static void on_signal(int sig)
{
	(void)sig;
	source_stop(stopped_by_signal);
}

static int is_ignored(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

/*
 * Once: a second Ctrl-C ends a program that hangs. To read a pipe is not begun again, for
 * it may bring nothing for ever. What cannot be written is an error, no signal.
 */
static void catch_signals(struct source *source)
{
	struct sigaction action = { .sa_handler = on_signal };

	stopped_by_signal = source;
	action.sa_flags = (int)SA_RESETHAND | (source->is_live ? SA_RESTART : 0);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!is_ignored(SIGHUP))	/* nohup(1) */
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static int has_enough(const struct run *run)
{
	return run->options->count && run->shown >= run->options->count;
}

/* When the time is over: what has come until then is still shown, as after Ctrl-C. */
static void stop_in_time(struct run *run)
{
	if (!run->deadline || now_ms() < run->deadline)
		return;
	source_stop(run->source);
	run->deadline = 0;
}

static int show(struct run *run, const struct sockopt_record *rec)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct item item = { rec, &icmp, NULL };
	struct process process;

	if (sockopt_icmp_decode(rec, &icmp))
		return EXIT_SUCCESS;	/* a kind that a later kernel may bring */
	if (run->processes && icmp.flags & SOCKOPT_ICMP_F_PORTS &&
	    processes_find(run->processes, rec, &icmp, &process))
		item.process = &process;
	if (output_put(run->output, &item))
		return EXIT_FAILURE;
	run->shown++;
	return EXIT_SUCCESS;
}

/* What is there, and no more than was asked for, or than keeps us from what is due. */
static int show_some(struct run *run)
{
	const struct sockopt_record *rec;
	int ret = EXIT_SUCCESS, n;

	for (n = 0; n < BATCH && !ret && !has_enough(run); n++) {
		rec = source_next(run->source);
		if (!rec)
			break;
		ret = show(run, rec);
		source_release(run->source);
	}
	return ret;
}

static int look_at_interface(struct run *run)
{
	char name[IF_NAMESIZE];
	uint64_t now = now_ms();

	if (!run->ifindex || now < run->checked + 1000)
		return EXIT_SUCCESS;
	run->checked = now;
	if (if_indextoname(run->ifindex, name))
		return EXIT_SUCCESS;
	warnx("interface %s has gone", run->options->wish.interface);
	return EXIT_FAILURE;
}

/* How long to sleep at most. */
static int nap(struct run *run)
{
	uint64_t now = now_ms(), left;
	int ms = run->options->rotation.seconds ? TICK_MS : 1000, due;

	if (run->processes) {
		due = processes_look(run->processes);
		ms = due < ms ? due : ms;
	}
	if (run->deadline) {
		left = run->deadline > now ? run->deadline - now : 0;
		ms = left < (uint64_t)ms ? (int)left : ms;
	}
	return ms;
}

/* 0: go on. 1: the end. -1: an end with a failure, which was said. */
static int step(struct run *run)
{
	int n = source_wait(run->source, nap(run));
	int ticked;

	if (n == -ENODATA)
		return 1;
	if (n == -EIO)
		return -1;
	if (n < 0 && n != -EINTR) {
		complain(n, "icmp");
		return -1;
	}
	if (show_some(run))
		return -1;
	stop_in_time(run);
	if (!run->source->is_live)	/* a file: packets are there at once */
		return has_enough(run);
	ticked = output_flush(run->output) ? -1 : output_tick(run->output);
	if (ticked)
		return ticked;
	return look_at_interface(run) ? -1 : has_enough(run);
}

static int watch(struct run *run)
{
	int ret;

	do
		ret = step(run);
	while (!ret);
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int summarize(const struct run *run)
{
	struct counts counts;
	int ret = source_count(run->source, &counts);

	if (ret)
		return complain(ret, "icmp");
	if (!run->options->is_quiet)
		fprintf(stderr, "%" PRIu64 " seen, %" PRIu64 " %s, %" PRIu64
			" filtered, %" PRIu64 " lost\n", counts.seen, run->shown,
			run->options->write_path ? "written" : "shown",
			counts.filtered, counts.lost);
	return EXIT_SUCCESS;
}

/* ---- From options to a run --------------------------------------------- */

/* A file that is not to grow must hold a packet: its header has 24 bytes, a packet's 16. */
static uint32_t snaplen_of(const struct options *options)
{
	uint64_t snaplen = options->write_path ? SNAPLEN_WRITTEN : SNAPLEN_SHOWN;
	uint64_t size = options->rotation.size;

	if (options->snaplen)
		snaplen = options->snaplen;
	return (uint32_t)(size && size - 40 < snaplen ? size - 40 : snaplen);
}

static uint32_t slots_of(const struct options *options)
{
	uint32_t slots = RING_RECORDS;

	if (options->slots)
		return (uint32_t)options->slots;
	while (slots > SOCKOPT_SLOTS_MIN && slots * (uint64_t)snaplen_of(options) >
	       RING_BYTES)
		slots /= 2;
	return slots;
}

/* A file may wait for some packets, a reader of lines should not. */
static int open_source(struct run *run, const struct filter *filter)
{
	const struct options *options = run->options;
	struct shape shape = { 0, 0, 0, 0 };

	if (options->read_path)
		return source_open_file(&run->source, filter, options->read_path);
	shape.snaplen = snaplen_of(options);
	shape.slots = slots_of(options);
	if (options->write_path && strcmp(options->write_path, "-")) {
		shape.wake_records = shape.slots / 8 ? shape.slots / 8 : 1;
		shape.wake_delay_us = 50000;
	}
	return source_open_live(&run->source, filter, &shape);
}

static int is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return !stat(one, &a) && !stat(other, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int open_output(struct run *run)
{
	const struct options *options = run->options;

	if (options->is_json)
		return output_open_json(&run->output, &options->style);
	if (!options->write_path)
		return output_open_line(&run->output, &options->style);
	if (!strcmp(options->write_path, "-") && isatty(STDOUT_FILENO))
		return usage_error("sockopt icmp",
				   "-w -: packets are not for a terminal");
	if (options->read_path && is_same_file(options->read_path, options->write_path)) {
		warnx("-r and -w: %s is the same file", options->write_path);
		return EXIT_FAILURE;
	}
	return output_open_files(&run->output, options->write_path,
				 options->read_path ? SOCKOPT_SNAPLEN_MAX :
				 snaplen_of(options), &options->rotation);
}

/* Only of packets that come now, and only where lines are shown. */
static void open_processes(struct run *run)
{
	const struct options *options = run->options;
	const char *why;

	if (options->has_no_process || options->read_path || options->write_path)
		return;
	run->processes = processes_open(&why);
	if (!run->processes && !options->is_quiet)
		warnx("no names of processes: %s", why);
}

static void start_clocks(struct run *run, const struct filter *filter)
{
	run->ifindex = filter->types.ifindex;
	if (run->options->duration_ms)
		run->deadline = now_ms() + run->options->duration_ms;
}

static int run_open(struct run *run, const struct filter *filter,
		    const struct user *user)
{
	int ret = open_source(run, filter);

	if (ret)
		return ret;
	open_processes(run);
	if (user->name)
		ret = user_become(user);
	if (!ret)
		ret = open_output(run);
	if (ret)
		return ret;
	start_clocks(run, filter);
	catch_signals(run->source);
	return EXIT_SUCCESS;
}

/* The first failure is the program's. */
static int run_all(struct run *run, const struct filter *filter,
		   const struct user *user)
{
	int ret = run_open(run, filter, user), last;
	int64_t missing;

	if (!ret) {
		ret = watch(run);
		last = output_close(run->output, &missing);
		run->shown -= (uint64_t)missing;
		ret = ret ? ret : last;
		last = summarize(run);
		ret = ret ? ret : last;
	}
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (!is_ignored(SIGHUP))
		signal(SIGHUP, SIG_DFL);
	processes_close(run->processes);
	source_close(run->source);
	return ret;
}

int cmd_icmp(int argc, char **argv)
{
	struct options options;
	struct run run = { .options = &options };
	struct user user = { NULL, 0, 0 };
	struct filter filter;
	int ret;

	ret = options_parse(&options, argc, argv);
	if (ret)
		return ret;
	if (options.is_helped)
		return options_help();
	if (options.user_name)
		ret = user_find(&user, options.user_name);
	if (!ret)
		ret = filter_open(&filter, &options.wish);
	if (ret)
		return ret;
	ret = run_all(&run, &filter, &user);
	filter_close(&filter);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * sockopt top: the command line, the stream, the terminal; what then happens is a session.
 */
#include "tool.h"

#if HAVE_NCURSES

#include "session.h"
#include "terminal.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RING_RECORDS	4096
#define SNAPLEN		256	/* quoted flows, also behind some headers of IPv6 */
#define WAKE_DELAY_US	20000	/* nobody sees it: we are woken less often */
#define DELAY_MIN	100	/* ms */
#define DELAY_MAX	3600000

/* ---- Command line ------------------------------------------------------ */

static const char usage[] =
	"usage: sockopt top [OPTION]... [FILTER]\n"
	"A screen that shows how many ICMP packets come, and what.\n"
	"FILTER: as tcpdump's, see pcap-filter(7). The key h tells the others.\n"
	"\n"
	"  -d, --delay SECONDS        between two screens, 0.1 to 3600\n"
	"  -i, --interface NAME       only what came in by it\n"
	"      --errors               only messages that tell of trouble\n"
	"  -B, --ring N               packets that the ring holds, a power of two\n"
	"  -h, --help\n";

#define OPT_ERRORS 256

static const struct option long_options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "errors", no_argument, NULL, OPT_ERRORS },
	{ "help", no_argument, NULL, 'h' },
	{ "interface", required_argument, NULL, 'i' },
	{ "ring", required_argument, NULL, 'B' },
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct wish wish;
	uint64_t delay_ms;
	uint64_t slots;
	int is_helped;
};

static int set_delay(struct options *options, const char *value)
{
	return parse_seconds(value, DELAY_MAX, &options->delay_ms) ||
	       options->delay_ms < DELAY_MIN;
}

/* 0; 1: it has no such value. -1: it is no such option, and getopt has complained. */
static int set_option(struct options *options, int option, const char *value)
{
	switch (option) {
	case 'B':
		return !!parse_slots(value, &options->slots);
	case 'd':
		return set_delay(options, value);
	case 'h':
		options->is_helped = 1;
		return 0;
	case 'i':
		options->wish.interface = value;
		return 0;
	case OPT_ERRORS:
		options->wish.is_errors = 1;
		return 0;
	default:
		return -1;
	}
}

static int parse(struct options *options, int argc, char **argv)
{
	int option, ret;

	options->delay_ms = 1000;
	options->slots = RING_RECORDS;
	while ((option = getopt_long(argc, argv, "+B:d:hi:", long_options, NULL)) != -1) {
		ret = set_option(options, option, optarg);
		if (ret > 0)
			return usage_error(argv[0], "'%s' is no value for -%c", optarg,
					   option);
		if (ret < 0)
			return usage_hint(argv[0]);
	}
	options->wish.words = argv + optind;
	return EXIT_SUCCESS;
}

/* ---- Signals ----------------------------------------------------------- */

/* For the handler: ours alone, and as long as it is installed. */
static struct source *stopped_by_signal;
static volatile sig_atomic_t is_signalled;

static void on_signal(int sig)
{
	(void)sig;
	is_signalled = 1;
	source_stop(stopped_by_signal);
}

/*
 * Stopping the stream ends any wait for it, whenever the signal comes. Once: a second
 * Ctrl-C ends a program that hangs. Before the terminal is opened: ncurses would take
 * those that nobody has.
 */
static void catch_signals(struct source *source)
{
	struct sigaction action = { .sa_handler = on_signal };

	stopped_by_signal = source;
	action.sa_flags = SA_RESTART | (int)SA_RESETHAND;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static void release_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

/* ---- A run ------------------------------------------------------------- */

static int open_source(struct setup *setup, uint64_t slots)
{
	struct shape shape = { (uint32_t)slots, SNAPLEN, 0, WAKE_DELAY_US };
	struct filter filter;
	int ret = filter_open(&filter, setup->wish);

	if (ret)
		return ret;
	shape.wake_records = shape.slots / 8 ? shape.slots / 8 : 1;
	ret = source_open_live(&setup->source, &filter, &shape);
	setup->ifindex = filter.types.ifindex;
	filter_close(&filter);
	return ret;
}

static int complain_end(int err, const struct setup *setup)
{
	if (err == -ENODATA)
		warnx("icmp: the stream has ended");
	else if (err == -ENODEV)
		warnx("interface %s has gone", setup->wish->interface);
	else
		complain(err, "icmp");
	return EXIT_FAILURE;
}

/* The terminal is what it was before anything is said. */
static int run(const struct setup *setup)
{
	int ret;

	catch_signals(setup->source);
	ret = terminal_open();
	if (!ret) {
		ret = session_run(setup);
		terminal_close();
		ret = ret && !is_signalled ? complain_end(ret, setup) : EXIT_SUCCESS;
	}
	release_signals();
	return ret;
}

int cmd_top(int argc, char **argv)
{
	struct options options;
	struct setup setup = { NULL, &options.wish, 0, 0 };
	int ret;

	memset(&options, 0, sizeof(options));
	ret = parse(&options, argc, argv);
	if (ret)
		return ret;
	if (options.is_helped) {
		fputs(usage, stdout);
		return end_output();
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return usage_error(argv[0], "this is for a terminal; 'sockopt icmp' "
				   "writes lines");
	setup.delay_ms = options.delay_ms;
	ret = open_source(&setup, options.slots);
	if (ret)
		return ret;
	ret = run(&setup);
	source_close(setup.source);
	return ret;
}

#else

int cmd_top(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return complain_missing("top", "ncurses");
}

#endif /* HAVE_NCURSES */

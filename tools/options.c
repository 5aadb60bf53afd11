/* SPDX-License-Identifier: MIT */
/*
 * The command line of sockopt icmp: values are looked at one by one, then all together.
 */
#include "options.h"

#include "tool.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: sockopt icmp [OPTION]... [FILTER]\n"
	"Shows ICMP packets as they arrive. FILTER: as tcpdump's, see pcap-filter(7).\n"
	"\n"
	"  -i, --interface NAME       only what came in by it\n"
	"      --errors               only messages that tell of trouble\n"
	"  -c, --count N              end after so many packets\n"
	"      --duration SECONDS     end after so long\n"
	"  -r, --read FILE            read a file of packets ('-': standard input)\n"
	"\n"
	"      --json                 a JSON object a line\n"
	"  -n, --numeric              numbers only, as by default\n"
	"      --names                names of hosts and services\n"
	"      --no-process           do not look whose socket an error hits\n"
	"      --date                 show the date, too\n"
	"  -x, --hex                  show the bytes, too\n"
	"      --color WHEN           auto, always, never\n"
	"  -l, --line-buffered        write each line at once\n"
	"  -q, --quiet                no summary\n"
	"\n"
	"  -w, --write FILE           write packets to a file ('-': standard output)\n"
	"  -C, --rotate-size SIZE     a new file after so many bytes (k, M, G)\n"
	"  -G, --rotate-seconds N     a new file every N seconds; FILE: strftime(3)\n"
	"  -W, --rotate-files N       -C: keep N files; -G: end after N\n"
	"\n"
	"  -s, --snapshot-length N    bytes kept of a packet, 40 to 65535 or 'max'\n"
	"  -B, --ring N               packets that the ring holds, a power of two\n"
	"  -Z, --user USER            give up all privileges once the stream is open\n"
	"  -h, --help\n";

#define SNAPLEN_MIN	40	/* an IP header of both families */
#define ROTATION_MIN	128	/* bytes of a file with a packet of so little */

enum long_option {
	OPT_COLOR = 256,
	OPT_DATE,
	OPT_DURATION,
	OPT_ERRORS,
	OPT_JSON,
	OPT_NAMES,
	OPT_NO_PROCESS,
};

static const struct option long_options[] = {
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "count", required_argument, NULL, 'c' },
	{ "date", no_argument, NULL, OPT_DATE },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "errors", no_argument, NULL, OPT_ERRORS },
	{ "help", no_argument, NULL, 'h' },
	{ "hex", no_argument, NULL, 'x' },
	{ "interface", required_argument, NULL, 'i' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "line-buffered", no_argument, NULL, 'l' },
	{ "names", no_argument, NULL, OPT_NAMES },
	{ "no-process", no_argument, NULL, OPT_NO_PROCESS },
	{ "numeric", no_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "read", required_argument, NULL, 'r' },
	{ "ring", required_argument, NULL, 'B' },
	{ "rotate-files", required_argument, NULL, 'W' },
	{ "rotate-seconds", required_argument, NULL, 'G' },
	{ "rotate-size", required_argument, NULL, 'C' },
	{ "snapshot-length", required_argument, NULL, 's' },
	{ "user", required_argument, NULL, 'Z' },
	{ "write", required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

static int set_color(struct options *options, const char *when)
{
	if (!strcmp(when, "always"))
		options->style.is_color = 1;
	else if (!strcmp(when, "never"))
		options->style.is_color = 0;
	else if (strcmp(when, "auto"))
		return -1;
	return 0;
}

static int set_snaplen(struct options *options, const char *text)
{
	if (!strcmp(text, "max") || !strcmp(text, "MAX")) {
		options->snaplen = SOCKOPT_SNAPLEN_MAX;
		return 0;
	}
	return parse_number(text, SNAPLEN_MIN, SOCKOPT_SNAPLEN_MAX, &options->snaplen);
}

/* An option with a value. 1: it has no such value. -1: it is no such option. */
static int set_value(struct options *options, int option, const char *value)
{
	switch (option) {
	case 'B':
		return !!parse_slots(value, &options->slots);
	case 'c':
		return !!parse_number(value, 1, UINT64_MAX, &options->count);
	case 'C':
		return !!parse_size(value, ROTATION_MIN, INT64_MAX,
				    &options->rotation.size);
	case 'G':
		return !!parse_number(value, 1, UINT32_MAX,
				      &options->rotation.seconds);
	case 'i':
		options->wish.interface = value;
		return 0;
	case 'r':
		options->read_path = value;
		return 0;
	case 's':
		return !!set_snaplen(options, value);
	case 'w':
		options->write_path = value;
		return 0;
	case 'W':
		return !!parse_number(value, 1, 1000000, &options->rotation.files);
	case 'Z':
		options->user_name = value;
		return 0;
	case OPT_COLOR:
		return !!set_color(options, value);
	case OPT_DURATION:
		return !!parse_seconds(value, UINT32_MAX, &options->duration_ms);
	default:
		return -1;
	}
}

/* 0, or -1: getopt has complained. */
static int set_flag(struct options *options, int option)
{
	switch (option) {
	case 'h':
		options->is_helped = 1;
		return 0;
	case 'l':
		options->style.is_line_buffered = 1;
		return 0;
	case 'n':	/* as of tcpdump: there are no names unless asked for */
		options->style.has_names = 0;
		return 0;
	case 'q':
		options->is_quiet = 1;
		return 0;
	case 'x':
		options->style.is_hex = 1;
		return 0;
	case OPT_DATE:
		options->style.has_date = 1;
		return 0;
	case OPT_ERRORS:
		options->wish.is_errors = 1;
		return 0;
	case OPT_JSON:
		options->is_json = 1;
		return 0;
	case OPT_NAMES:
		options->style.has_names = 1;
		return 0;
	case OPT_NO_PROCESS:
		options->has_no_process = 1;
		return 0;
	default:
		return -1;
	}
}

/* What makes no sense together. */
static const char *conflict(const struct options *options)
{
	if (options->read_path && options->wish.interface)
		return "-i: a file does not tell interfaces";
	if (options->read_path && (options->slots || options->snaplen))
		return "-B and -s are for packets that arrive, not for files";
	if (options->read_path && options->rotation.seconds)
		return "-G is for packets that arrive, not for files";
	if (options->write_path && options->is_json)
		return "--json or -w, not both";
	if (!options->write_path && (options->rotation.size ||
	    options->rotation.seconds || options->rotation.files))
		return "-C, -G and -W need -w";
	if (options->rotation.files && !options->rotation.size ==
	    !options->rotation.seconds)
		return "-W needs -C or -G, and not both";
	if (options->write_path && !strcmp(options->write_path, "-") &&
	    (options->rotation.size || options->rotation.seconds))
		return "standard output cannot be rotated";
	return NULL;
}

int options_parse(struct options *options, int argc, char **argv)
{
	const char *no_color = getenv("NO_COLOR"), *wrong;
	int option, index = -1, ret;

	memset(options, 0, sizeof(*options));
	options->style.is_color = isatty(STDOUT_FILENO) && (!no_color || !*no_color);
	options->style.is_line_buffered = isatty(STDOUT_FILENO);
	while ((option = getopt_long(argc, argv, "+B:c:C:G:hi:lnqr:s:w:W:xZ:",
				     long_options, &index)) != -1) {
		ret = set_value(options, option, optarg);
		if (ret > 0)
			return usage_error(argv[0], "'%s' is no value for %s%s", optarg,
					   option < 256 ? "-" : "--", option < 256 ?
					   (char[]){ (char)option, 0 } :
					   long_options[index].name);
		if (ret < 0 && set_flag(options, option))
			return usage_hint(argv[0]);
	}
	options->wish.words = argv + optind;
	wrong = conflict(options);
	return wrong ? usage_error(argv[0], "%s", wrong) : EXIT_SUCCESS;
}

int options_help(void)
{
	fputs(usage, stdout);
	return end_output();
}

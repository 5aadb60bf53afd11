/* SPDX-License-Identifier: MIT */
/*
 * A packet as a line for people. Time, interface and label are columns; what follows
 * is as long as it is. Where a terminal would break it, it is broken between words.
 */
#include "text.h"
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TIME_WIDTH 15		/* columns: '10:21:33.123456' */
#define INTERFACE_WIDTH 6	/* 'enp0s3' */
#define LABEL_WIDTH 20		/* 'frag needed mtu 1400' */

#define LABELS_MAX 8		/* of a stack of MPLS that a line shows */

struct lines {
	struct output output;	/* first */
	struct style style;
	FILE *to;		/* standard output, or memory */
	int is_terminal;
};

/* ---- Colours ----------------------------------------------------------- */

enum color { PLAIN, TIME, TROUBLE, PROCESS };

static void paint(const struct lines *lines, enum color color)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m",
		[TIME] = "\033[2m",
		[TROUBLE] = "\033[1;31m",
		[PROCESS] = "\033[1;36m",
	};

	if (lines->style.is_color)
		fputs(codes[color], lines->to);
}

/* ---- Columns ----------------------------------------------------------- */

static void write_time(const struct lines *lines, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	char text[32];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), lines->style.has_date ? "%F %T" : "%T", &tm);
	paint(lines, TIME);
	fprintf(lines->to, "%s.%06" PRIu64, text, ns % 1000000000 / 1000);
	paint(lines, PLAIN);
}

static void write_interface(const struct lines *lines, uint32_t ifindex)
{
	const char *name = text_interface(ifindex);
	char text[16];

	if (!name) {
		snprintf(text, sizeof(text), ifindex ? "if%" PRIu32 : "-", ifindex);
		name = text;
	}
	fprintf(lines->to, " %-*s", INTERFACE_WIDTH, name);
}

static void write_label(const struct lines *lines, const struct sockopt_icmp *icmp)
{
	char text[LABEL_TEXT];
	int is_error = text_is_error(icmp);

	text_label(text, icmp);
	fputc(' ', lines->to);
	if (is_error)
		paint(lines, TROUBLE);
	fputs(text, lines->to);
	if (is_error)
		paint(lines, PLAIN);
	fprintf(lines->to, "%*s", LABEL_WIDTH > strlen(text) ? (int)(LABEL_WIDTH - strlen(text)) :
	       0, "");
}

/* ---- Behind the columns ------------------------------------------------ */

static void write_host(const struct lines *lines, const char *word, unsigned int family,
		       const uint8_t *address)
{
	char text[HOST_TEXT];

	fprintf(lines->to, " %s %s", word,
		text_host(text, family, address, lines->style.has_names));
}

/* An error goes to whom it concerns: then the flow says enough. */
static int is_to_sender(const struct sockopt_icmp *icmp)
{
	return icmp->flags & SOCKOPT_ICMP_F_QUOTED &&
	       icmp->quoted_family == icmp->family &&
	       !memcmp(icmp->dst, icmp->quoted_src, sizeof(icmp->dst));
}

static void write_ends(const struct lines *lines, const struct sockopt_icmp *icmp)
{
	write_host(lines, "from", icmp->family, icmp->src);
	if (!is_to_sender(icmp))
		write_host(lines, "to", icmp->family, icmp->dst);
}

static void write_details(const struct lines *lines, const struct sockopt_icmp *icmp)
{
	if (icmp->flags & SOCKOPT_ICMP_F_ECHO)
		fprintf(lines->to, " id %u seq %u", icmp->id, icmp->seq);
	if (icmp->flags & SOCKOPT_ICMP_F_POINTER)
		fprintf(lines->to, " at byte %" PRIu32, icmp->pointer);
	if (icmp->flags & SOCKOPT_ICMP_F_LIFETIME)
		fprintf(lines->to, " lifetime %u", icmp->lifetime);
	if (icmp->flags & SOCKOPT_ICMP_F_GATEWAY)
		write_host(lines, "use", icmp->family, icmp->gateway);
	if (icmp->flags & SOCKOPT_ICMP_F_TARGET)
		write_host(lines, "about", icmp->family, icmp->target);
}

static void write_process(const struct lines *lines, const struct process *process)
{
	fputs(" (", lines->to);
	paint(lines, PROCESS);
	text_escaped(lines->to, process->command, strlen(process->command));
	fprintf(lines->to, " %d", (int)process->pid);
	paint(lines, PLAIN);
	if (process->others)
		fprintf(lines->to, " +%u", process->others);
	fputc(')', lines->to);
}

static void write_cause(const struct lines *lines, const struct item *item)
{
	if (!(item->icmp->flags & SOCKOPT_ICMP_F_QUOTED))
		return;
	fputs(" for ", lines->to);
	text_flow(lines->to, item->icmp, lines->style.has_names);
	if (item->process)
		write_process(lines, item->process);
}

/* Returns how many labels there are now. */
static unsigned int write_mpls(const struct lines *lines,
			       const struct sockopt_icmp_extension *ext,
			       unsigned int count)
{
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	unsigned int i;

	for (i = 0; sockopt_icmp_mpls(ext, i, &mpls) > 0; i++) {
		if (count == LABELS_MAX)
			fputs(" ...", lines->to);
		if (count++ < LABELS_MAX)
			fprintf(lines->to, " mpls %" PRIu32 " tc %u ttl %u", mpls.label, mpls.tc,
			       mpls.ttl);
	}
	return count;
}

static void write_extensions(const struct lines *lines, const struct item *item)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
	unsigned int count = 0;

	if (!(item->icmp->flags & SOCKOPT_ICMP_F_EXTENSIONS))
		return;
	while (count <= LABELS_MAX && sockopt_icmp_extension(item->rec, &ext) > 0)
		count = write_mpls(lines, &ext, count);
}

/* As tcpdump -x: 16 bytes a line, in pairs. */
static void write_hex(const struct lines *lines, const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec);
	size_t i;

	for (i = 0; i < rec->caplen; i++) {
		if (i % 16 == 0)
			fprintf(lines->to, "%s\t0x%04zx: ", i ? "\n" : "", i);
		fprintf(lines->to, i % 2 ? "%02x" : " %02x", data[i]);
	}
	fputc('\n', lines->to);
}

/* ---- Narrow terminals -------------------------------------------------- */

/* What follows the columns goes on below itself, if need be at any character. */
#define INDENT (TIME_WIDTH + 1 + INTERFACE_WIDTH + 1)

static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* How many bytes of text are an escape sequence of ours, "\033[...m". */
static size_t escape_len(const char *text)
{
	return *text == '\033' ? strcspn(text, "m") + 1 : 0;
}

/* Bytes of the first part, that fits width; ends before a space, if there is one. */
static size_t part_len(const char *text, size_t width)
{
	size_t at = 0, columns = 0, space = 0, escape;

	while (text[at] && columns < width) {
		escape = escape_len(text + at);
		if (escape) {
			at += escape;
			continue;
		}
		if (text[at] == ' ')
			space = at;
		/* bytes within a character of UTF-8 take no column */
		columns += (text[at++] & 0xc0) != 0x80;
	}
	if (!text[at] || text[at] == ' ' || !space)
		return at;
	return space;
}

static void write_folded(const char *text, size_t width)
{
	size_t len = part_len(text, width);

	fwrite(text, 1, len, stdout);
	text += len;
	while (*text) {
		text += *text == ' ';
		len = part_len(text, width - INDENT);
		printf("\n%*s", INDENT, "");
		fwrite(text, 1, len, stdout);
		text += len;
	}
}

/* ---- Output ------------------------------------------------------------ */

static void write_item(const struct lines *lines, const struct item *item)
{
	write_time(lines, item->rec->time);
	write_interface(lines, item->rec->ifindex);
	write_label(lines, item->icmp);
	write_ends(lines, item->icmp);
	write_details(lines, item->icmp);
	write_cause(lines, item);
	write_extensions(lines, item);
	if (item->icmp->flags & SOCKOPT_ICMP_F_TRUNCATED)
		fputs(" [truncated]", lines->to);
}

/* On a terminal, the line is written to memory first. */
static void put_folded(struct lines *lines, const struct item *item, size_t width)
{
	char *text = NULL;
	size_t len;

	lines->to = open_memstream(&text, &len);
	if (!lines->to)
		err(EXIT_FAILURE, "lines");
	write_item(lines, item);
	if (fclose(lines->to))
		err(EXIT_FAILURE, "lines");
	lines->to = stdout;
	write_folded(text, width);
	free(text);
}

static int put_line(struct output *output, const struct item *item)
{
	struct lines *lines = (struct lines *)(void *)output;
	size_t width = lines->is_terminal ? terminal_width() : 0;

	if (width > (size_t)2 * INDENT)
		put_folded(lines, item, width);
	else
		write_item(lines, item);
	putchar('\n');
	if (lines->style.is_hex)
		write_hex(lines, item->rec);
	return lines->style.is_line_buffered || ferror(stdout) ? end_output() : EXIT_SUCCESS;
}

static int flush_lines(struct output *output)
{
	(void)output;
	return end_output();
}

static int close_lines(struct output *output, int64_t *missing)
{
	(void)missing;	/* who reads a stream knows what came */
	free(output);
	return end_output();
}

static const struct output_ops line_ops = {
	.put = put_line,
	.flush = flush_lines,
	.close = close_lines,
};

int output_open_line(struct output **output, const struct style *style)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (!lines)
		err(EXIT_FAILURE, "lines");
	lines->output.ops = &line_ops;
	lines->style = *style;
	lines->to = stdout;
	lines->is_terminal = isatty(STDOUT_FILENO);
	*output = &lines->output;
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * sockopt icmp -r: a file of packets, as anybody may have sent it, on its way to lines, to
 * JSON, or to another file, which is read again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* memfd_create with -std=c99 */
#endif

#include "fuzz.h"
#include "objects.h"
#include "tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS 16

static unsigned int width;		/* of the terminal; 0: there is none */

int __wrap_isatty(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_isatty(int fd)
{
	(void)fd;
	return width != 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct winsize *size;
	va_list args;

	(void)fd;
	HOLDS(request == TIOCGWINSZ);
	va_start(args, request);
	size = va_arg(args, struct winsize *);
	va_end(args);
	size->ws_col = (unsigned short)width;
	return 0;
}

/* ---- Files ----------------------------------------------------------------- */

struct file {
	int fd;
	char path[64];
};

static void file_open(struct file *file, const uint8_t *data, size_t len)
{
	file->fd = memfd_create("packets", MFD_CLOEXEC);
	HOLDS(file->fd >= 0 && write(file->fd, data, len) == (ssize_t)len);
	snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
}

/* ---- A run of the command -------------------------------------------------- */

struct counts {
	int status;
	uint64_t seen;
	uint64_t shown;
	uint64_t filtered;
};

/* The last line of what it says tells them; an error need not have one. */
static void take_counts(struct counts *counts)
{
	const char *line = err_out.text + err_out.len;
	char how[16];

	while (line > err_out.text && (line[-1] != '\n' || line[0] == '\0'))
		line--;
	counts->seen = counts->shown = counts->filtered = 0;
	if (sscanf(line, "%" SCNu64 " seen, %" SCNu64 " %15[a-z], %" SCNu64
		   " filtered, 0 lost\n", &counts->seen, &counts->shown, how,
		   &counts->filtered) == 4)
		return;
	HOLDS(counts->status != EXIT_SUCCESS);
}

static void run(struct counts *counts, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	optind = 0;
	capture_begin();
	counts->status = cmd_icmp(argc, argv);
	capture_end();
	HOLDS(counts->status == EXIT_SUCCESS || counts->status == EXIT_FAILURE);
	HOLDS(is_text(err_out.text, err_out.len));
	take_counts(counts);
	HOLDS(counts->shown + counts->filtered <= counts->seen);
}

static uint64_t count_lines(const char *text)
{
	uint64_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

/* ---- Lines ----------------------------------------------------------------- */

/* No line is longer than the terminal, but where there are bytes in hex. */
static void expect_folded(const char *text)
{
	size_t len;

	for (; *text; text += len + 1) {
		len = strcspn(text, "\n");
		HOLDS(len <= width || *text == '\t');
	}
}

static void expect_lines(const struct counts *counts, int is_hex)
{
	size_t len = without_colors(out.text, out.len);

	HOLDS(is_plain(out.text, len, is_hex ? "\n\t" : "\n"));
	if (width > 100)
		expect_folded(out.text);
	if (!width && !is_hex)
		HOLDS(count_lines(out.text) == counts->shown);
}

/* ---- JSON ------------------------------------------------------------------ */

/* A record as the kernel makes it. */
static void expect_record(const char *line)
{
	const char *at = strstr(line, "\"len\":");
	unsigned int len, caplen;

	HOLDS(at && sscanf(at, "\"len\":%u,\"caplen\":%u", &len, &caplen) == 2);
	HOLDS(caplen <= len && caplen <= SOCKOPT_SNAPLEN_MAX);
}

static void expect_objects(const struct counts *counts)
{
	const char *line = out.text, *end;

	HOLDS(are_objects(out.text, out.len));
	HOLDS(count_lines(out.text) == counts->shown);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		expect_record(line);
}

/* ---- Another file ---------------------------------------------------------- */

/* The same packets come out of it. */
static void read_again(const char *path, const struct counts *before)
{
	char *argv[] = { "sockopt icmp", "--json", "-r", (char *)path, NULL };
	struct counts counts;

	if (before->status != EXIT_SUCCESS)
		return;
	run(&counts, argv);
	HOLDS(counts.status == EXIT_SUCCESS);
	HOLDS(counts.seen == before->shown && counts.shown == before->shown);
}

static void write_and_read(char **argv, int n)
{
	struct counts counts;
	struct file copy;

	file_open(&copy, NULL, 0);
	argv[n++] = "-w";
	argv[n++] = copy.path;
	run(&counts, argv);
	HOLDS(!out.len);
	read_again(copy.path, &counts);
	close(copy.fd);
}

/* ---- The input ------------------------------------------------------------- */

static void run_as(unsigned int how, char **argv, int n)
{
	struct counts counts;

	switch (how & 3) {
	case 0:
#if HAVE_JANSSON
		argv[n] = "--json";
		run(&counts, argv);
		expect_objects(&counts);
#endif
		break;
	case 1:
		width = 0;
		write_and_read(argv, n);
		break;
	case 2:
		argv[n] = "-x";
		run(&counts, argv);
		expect_lines(&counts, 1);
		break;
	default:
		run(&counts, argv);
		expect_lines(&counts, 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = take8(&in);
	char *argv[WORDS] = { "sockopt icmp", "-r", NULL };
	struct file file;
	int n = 3;

	setenv("TZ", "UTC", 1);
	width = take8(&in);
	file_open(&file, in.data, in.len);
	argv[2] = file.path;
	if (how & 4)
		argv[n++] = "--date";
	if (how & 8)
		argv[n++] = "-c2";
	if (how & 16)
		argv[n++] = "--errors";
	if (how & 32)
		argv[n++] = "--color=always";
	run_as(how, argv, n);
	close(file.fd);
	return 0;
}

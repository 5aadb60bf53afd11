/* SPDX-License-Identifier: MIT */
/*
 * Packets as files: pcap with nanoseconds and link type RAW, written by libpcap. A file
 * is whole whenever output_flush() returned, and is brought back to that if a later
 * write failed.
 */
#include "output.h"
#include "tool.h"

#if HAVE_PCAP

#include <inttypes.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_HEADER	24	/* bytes of a pcap file's, and of a packet's header */
#define PACKET_HEADER	16
#define NUMBER_ROOM	24	/* of a name, and the NUL behind */

struct writer {
	struct output output;	/* first */
	const char *path;	/* as asked for */
	struct rotation rotation;
	pcap_t *pcap;		/* ours: says snap length and link type */
	/* The file that is being written. */
	pcap_dumper_t *dumper;	/* ours, NULL: none */
	FILE *stream;		/* the dumper's */
	char name[PATH_MAX];
	uint64_t size;		/* of all that was put */
	uint64_t whole;		/* of that what was flushed */
	int64_t unsure;		/* packets that were put since */
	int has_failed;		/* and was said to have */
	char last[PATH_MAX];	/* name of the file before */
	uint64_t number;	/* of files before it */
	uint64_t until;		/* now_ms() when the next one begins; 0: never */
};

static struct writer *writer_of(struct output *output)
{
	return (struct writer *)(void *)output;
}

static int is_stdout(const struct writer *writer)
{
	return !strcmp(writer->path, "-");
}

static int cannot_write(struct writer *writer)
{
	if (!writer->has_failed)
		warn("%s", writer->name);
	writer->has_failed = 1;
	return EXIT_FAILURE;
}

/* ---- Names ------------------------------------------------------------- */

/* Digits that every number below files needs. */
static int digits(uint64_t files)
{
	int n = 1;

	for (files--; files >= 10; files /= 10)
		n++;
	return n;
}

static int number_is_shown(const struct writer *writer)
{
	if (writer->rotation.size && writer->rotation.files)
		return 1;
	return writer->number > 0;
}

/* The files of a ring have numbers of one length; others begin without. */
static void add_number(struct writer *writer)
{
	const struct rotation *rotation = &writer->rotation;
	size_t len = strlen(writer->name);
	uint64_t number = writer->number;
	int width = 1;

	if (rotation->size && rotation->files) {
		number %= rotation->files;
		width = digits(rotation->files);
	}
	snprintf(writer->name + len, sizeof(writer->name) - len, "%0*" PRIu64, width,
		 number);
}

/* The name says no more than an hour, say, and it is still the same one. */
static int is_last_name(const struct writer *writer)
{
	return writer->number && !strcmp(writer->name, writer->last);
}

static int has_time(const struct writer *writer)
{
	return writer->rotation.seconds && strchr(writer->path, '%');
}

static int set_name(struct writer *writer)
{
	time_t now = time(NULL);
	int is_same;
	struct tm tm;

	if (is_stdout(writer)) {
		snprintf(writer->name, sizeof(writer->name), "standard output");
		return EXIT_SUCCESS;
	}
	if (strlen(writer->path) >= sizeof(writer->name) - NUMBER_ROOM)
		writer->name[0] = '\0';
	else if (!has_time(writer))
		snprintf(writer->name, sizeof(writer->name), "%s", writer->path);
	else if (!localtime_r(&now, &tm) ||
		 !strftime(writer->name, sizeof(writer->name) - NUMBER_ROOM,
			   writer->path, &tm))
		writer->name[0] = '\0';
	if (!writer->name[0]) {
		warnx("-w: '%.60s' makes no name", writer->path);
		return EXIT_FAILURE;
	}
	is_same = is_last_name(writer);
	snprintf(writer->last, sizeof(writer->last), "%s", writer->name);
	if (is_same || (number_is_shown(writer) &&
	    (!has_time(writer) || writer->rotation.size)))
		add_number(writer);
	return EXIT_SUCCESS;
}

/* ---- Files ------------------------------------------------------------- */

/*
 * To read, too, where a failed write may have to be cut; not if it is a pipe with a name,
 * whose reader would be ourselves.
 */
static FILE *open_stream(const struct writer *writer)
{
	struct stat stat_of;

	if (is_stdout(writer))
		return stdout;
	if (!stat(writer->name, &stat_of) && !S_ISREG(stat_of.st_mode))
		return fopen(writer->name, "we");
	return fopen(writer->name, "w+e");
}

static int begin_file(struct writer *writer)
{
	int ret = set_name(writer);

	if (ret)
		return ret;
	writer->stream = open_stream(writer);
	if (!writer->stream)
		return cannot_write(writer);
	writer->dumper = pcap_dump_fopen(writer->pcap, writer->stream);
	if (!writer->dumper) {
		warnx("%s: %s", writer->name, pcap_geterr(writer->pcap));
		return EXIT_FAILURE;
	}
	writer->size = FILE_HEADER;
	writer->whole = 0;
	return EXIT_SUCCESS;
}

static int flush_file(struct output *output)
{
	struct writer *writer = writer_of(output);

	if (!writer->dumper || writer->whole == writer->size)
		return EXIT_SUCCESS;
	if (fflush(writer->stream) || ferror(writer->stream))
		return cannot_write(writer);
	writer->whole = writer->size;
	writer->unsure = 0;
	return EXIT_SUCCESS;
}

/* Where the packet at 'at' ends; 0: it does not, within size. */
static uint64_t end_of_packet(int fd, uint64_t at, uint64_t size)
{
	uint32_t header[4];	/* seconds, nanoseconds, caplen, len */
	uint64_t end;

	if (pread(fd, header, sizeof(header), (off_t)at) != sizeof(header))
		return 0;
	end = at + PACKET_HEADER + header[2];
	return end <= size ? end : 0;
}

/*
 * Cuts a file behind the last packet that is whole. Takes those that are there off the
 * unsure ones: with one that could not be put, and is there after all, -1 remain.
 */
static int cut(struct writer *writer, int fd)
{
	uint64_t at = writer->whole > FILE_HEADER ? writer->whole : FILE_HEADER, end;
	struct stat stat;

	if (fstat(fd, &stat))
		return -1;
	if (!S_ISREG(stat.st_mode) || (uint64_t)stat.st_size < FILE_HEADER)
		return 0;
	while ((end = end_of_packet(fd, at, (uint64_t)stat.st_size)) != 0) {
		at = end;
		writer->unsure--;
	}
	return ftruncate(fd, (off_t)at);
}

/* After a failure: closing writes what it can of what is in the buffer, so first that. */
static void abandon_file(struct writer *writer)
{
	int fd = dup(fileno(writer->stream));

	pcap_dump_close(writer->dumper);
	writer->dumper = NULL;
	/* of standard output, what was there before is not ours */
	if (!is_stdout(writer) && (fd < 0 || cut(writer, fd)))
		warn("%s", writer->name);
	if (fd >= 0)
		close(fd);
}

/* Some file systems tell at close that they could not write after all. */
static int end_writes(struct writer *writer)
{
	int fd = dup(fileno(writer->stream));

	return fd < 0 || close(fd) ? cannot_write(writer) : EXIT_SUCCESS;
}

static int end_file(struct writer *writer)
{
	int ret = flush_file(&writer->output);

	if (!writer->dumper)
		return ret;
	if (ret) {
		abandon_file(writer);
		return ret;
	}
	ret = end_writes(writer);
	pcap_dump_close(writer->dumper);
	writer->dumper = NULL;
	writer->number++;
	return ret;
}

static int next_file(struct writer *writer)
{
	int ret = end_file(writer);

	return ret ? ret : begin_file(writer);
}

/* ---- Output ------------------------------------------------------------ */

static int is_full(const struct writer *writer, size_t more)
{
	return writer->rotation.size && writer->size > FILE_HEADER &&
	       writer->size + more > writer->rotation.size;
}

static int put_packet(struct output *output, const struct item *item)
{
	struct writer *writer = writer_of(output);
	const struct sockopt_record *rec = item->rec;
	size_t size = PACKET_HEADER + (size_t)rec->caplen;
	struct pcap_pkthdr header;
	int ret = is_full(writer, size) ? next_file(writer) : EXIT_SUCCESS;

	if (ret)
		return ret;
	memset(&header, 0, sizeof(header));
	header.ts.tv_sec = (time_t)(rec->time / 1000000000);
	header.ts.tv_usec = (suseconds_t)(rec->time % 1000000000);
	header.caplen = rec->caplen;
	header.len = rec->len;
	pcap_dump((u_char *)writer->dumper, &header, sockopt_record_data(rec));
	writer->size += size;
	if (ferror(writer->stream))
		return cannot_write(writer);
	writer->unsure++;
	return EXIT_SUCCESS;
}

static int is_last(const struct writer *writer)
{
	const struct rotation *rotation = &writer->rotation;

	return rotation->files && !rotation->size &&
	       writer->number + 1 >= rotation->files;
}

static int tick_file(struct output *output)
{
	struct writer *writer = writer_of(output);

	if (!writer->until || now_ms() < writer->until)
		return 0;
	if (is_last(writer))
		return 1;
	writer->until += writer->rotation.seconds * 1000;
	return next_file(writer) ? -1 : 0;
}

static int close_files(struct output *output, int64_t *missing)
{
	struct writer *writer = writer_of(output);
	int ret = end_file(writer);

	*missing = writer->unsure;
	pcap_close(writer->pcap);
	free(writer);
	return ret;
}

static const struct output_ops writer_ops = {
	.put = put_packet,
	.flush = flush_file,
	.tick = tick_file,
	.close = close_files,
};

int output_open_files(struct output **output, const char *path, uint32_t snaplen,
		      const struct rotation *rotation)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	int64_t missing;
	int ret;

	if (!writer)
		err(EXIT_FAILURE, "%s", path);
	writer->output.ops = &writer_ops;
	writer->path = path;
	writer->rotation = *rotation;
	writer->pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, (int)snaplen,
			PCAP_TSTAMP_PRECISION_NANO);
	if (!writer->pcap)
		errx(EXIT_FAILURE, "%s: out of memory", path);
	if (rotation->seconds)
		writer->until = now_ms() + rotation->seconds * 1000;
	ret = begin_file(writer);
	if (!ret)
		ret = flush_file(&writer->output);
	if (ret) {
		close_files(&writer->output, &missing);
		return ret;
	}
	*output = &writer->output;
	return EXIT_SUCCESS;
}

#else

int output_open_files(struct output **output, const char *path, uint32_t snaplen,
		      const struct rotation *rotation)
{
	(void)output;
	(void)path;
	(void)snaplen;
	(void)rotation;
	return complain_missing("-w", "libpcap");
}

#endif /* HAVE_PCAP */

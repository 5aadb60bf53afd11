/* SPDX-License-Identifier: MIT */
/*
 * Records from a file: pcap or pcapng, of several link types, read by libpcap. What is
 * no ICMP packet is passed over.
 */
#include "frame.h"
#include "source.h"
#include "tool.h"

#if HAVE_PCAP

#include <errno.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <string.h>

struct reader {
	struct source source;	/* first */
	pcap_t *pcap;		/* ours */
	const char *path;
	const struct filter *filter;
	struct counts counts;
	volatile sig_atomic_t is_stopped;
	int is_there;		/* a record: handed out by next */
	int is_at_end;
	/* One record as the kernel makes it. */
	struct sockopt_record record;
	uint8_t payload[SOCKOPT_SNAPLEN_MAX];
};

SOCKOPT_ASSERT_AT(reader, payload, __builtin_offsetof(struct reader, record) +
		  sizeof(struct sockopt_record));

static struct reader *reader_of(struct source *source)
{
	return (struct reader *)(void *)source;
}

static uint16_t bounded(size_t len)
{
	return len < SOCKOPT_SNAPLEN_MAX ? (uint16_t)len : SOCKOPT_SNAPLEN_MAX;
}

/* 1: the record is one that is wanted. */
static int take(struct reader *reader, const struct pcap_pkthdr *header,
		const u_char *data)
{
	struct frame frame = { data, header->caplen, header->len };
	struct sockopt_record *rec = &reader->record;
	size_t offset;
	int family;

	if (frame.len < frame.caplen)	/* whatever the file says: it has them */
		frame.len = frame.caplen;
	family = frame_to_ip(&frame, pcap_datalink(reader->pcap));
	offset = family ? frame_icmp_offset(&frame, family) : 0;
	if (!offset)
		return 0;
	memset(rec, 0, sizeof(*rec));
	rec->seq = (uint32_t)++reader->counts.seen;
	/* nanoseconds: pcap_open was asked for them */
	rec->time = (uint64_t)header->ts.tv_sec * 1000000000 +
		    (uint64_t)header->ts.tv_usec;
	rec->len = (uint32_t)frame.len;
	rec->caplen = bounded(frame.caplen);
	rec->flags = rec->caplen < rec->len ? SOCKOPT_RECORD_F_TRUNCATED : 0;
	rec->family = (uint8_t)family;
	rec->kind = SOCKOPT_KIND_IP;
	rec->offset = bounded(offset);
	memcpy(reader->payload, frame.data, rec->caplen);
	if (filter_wants(reader->filter, rec))
		return 1;
	reader->counts.filtered++;
	return 0;
}

/* 1: there is a record. 0: the end. */
static int read_record(struct reader *reader)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int ret;

	while (!reader->is_stopped) {
		ret = pcap_next_ex(reader->pcap, &header, &data);
		if (ret == PCAP_ERROR && reader->is_stopped)
			return 0;	/* by a signal, which ended the reading */
		if (ret == PCAP_ERROR) {
			warnx("%s: %s", reader->path, pcap_geterr(reader->pcap));
			return -EIO;
		}
		if (ret != 1)
			return 0;
		if (take(reader, header, data))
			return 1;
	}
	return 0;
}

static int wait_file(struct source *source, int timeout)
{
	struct reader *reader = reader_of(source);
	int ret;

	(void)timeout;
	if (reader->is_there)
		return 1;
	if (reader->is_at_end)
		return -ENODATA;
	ret = read_record(reader);
	reader->is_there = ret > 0;
	reader->is_at_end = ret <= 0;
	return ret ? ret : -ENODATA;
}

static const struct sockopt_record *next_file(struct source *source)
{
	struct reader *reader = reader_of(source);

	return reader->is_there ? &reader->record : NULL;
}

static void release_file(struct source *source)
{
	reader_of(source)->is_there = 0;
}

static void stop_file(struct source *source)
{
	reader_of(source)->is_stopped = 1;
}

static int count_file(struct source *source, struct counts *counts)
{
	*counts = reader_of(source)->counts;
	return 0;
}

static void close_file(struct source *source)
{
	pcap_close(reader_of(source)->pcap);
	free(reader_of(source));
}

static const struct source_ops file_ops = {
	.wait = wait_file,
	.next = next_file,
	.release = release_file,
	.stop = stop_file,
	.count = count_file,
	.close = close_file,
};

/* NULL: why was said. */
static pcap_t *open_pcap(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path,
			PCAP_TSTAMP_PRECISION_NANO, why);

	if (!pcap) {
		warnx("%s", why);
		return NULL;
	}
	if (frame_knows(pcap_datalink(pcap)))
		return pcap;
	warnx("%s: packets of link type %s cannot be read here", path,
	      pcap_datalink_val_to_description_or_dlt(pcap_datalink(pcap)));
	pcap_close(pcap);
	return NULL;
}

int source_open_file(struct source **source, const struct filter *filter,
		     const char *path)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		err(EXIT_FAILURE, "%s", path);
	reader->pcap = open_pcap(path);
	if (!reader->pcap) {
		free(reader);
		return EXIT_FAILURE;
	}
	reader->source.ops = &file_ops;
	reader->path = path;
	reader->filter = filter;
	*source = &reader->source;
	return EXIT_SUCCESS;
}

#else

int source_open_file(struct source **source, const struct filter *filter,
		     const char *path)
{
	(void)source;
	(void)filter;
	(void)path;
	return complain_missing("-r", "libpcap");
}

#endif /* HAVE_PCAP */

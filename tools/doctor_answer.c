/* SPDX-License-Identifier: MIT */
/*
 * Who answers to our option numbers, and how.
 */
#include "doctor.h"

#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sockopt/sockopt.h>

/* ---- numbers ------------------------------------------------------------- */

/* Whoever changes all answers hides those that would tell. */
static int is_strange(const struct doctor *d)
{
	return d->probe.control_error != -ENOPROTOOPT;
}

static void say_strange(struct doctor *d)
{
	int error = -d->probe.control_error;

	findings_add(&d->findings, STATUS_FAIL, "numbers",
		     "getsockopt of a number behind sockopt's, which should have nobody, %s%s",
		     error ? "says: " : "succeeds", error ? strerror(error) : "");
	findings_advise(&d->findings, "A seccomp filter or a BPF program answers for the kernel: "
			"look at the sandbox, and at '%sbpftool cgroup tree'.", sudo(d));
	findings_advise(&d->findings, "Or another kernel module has a range of numbers that goes "
			"beyond sockopt's: find it by lsmod, and unload it (%srmmod NAME).",
			sudo(d));
}

static void say_taken(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "numbers",
		     "another kernel module answers to option %#x, one of sockopt's",
		     (unsigned int)d->probe.number);
	findings_advise(&d->findings, "Find it by lsmod, and unload it (%srmmod NAME): with it, "
			"modprobe says 'Device or resource busy'.", sudo(d));
}

void check_numbers(struct doctor *d)
{
	if (d->survey.is_loaded || d->survey.is_fixed)
		return;
	if (d->probe.socket_error) {
		findings_add(&d->findings, STATUS_NOTE, "numbers",
			     "whether another module has sockopt's was not looked at: that "
			     "needs a raw socket");
		findings_advise(&d->findings, d->is_root ?
				"Why there is none is said below." :
				"Look as root: sudo sockopt doctor");
	} else if (is_strange(d)) {
		say_strange(d);
	} else if (d->probe.number) {
		say_taken(d);
	} else {
		findings_add(&d->findings, STATUS_OK, "numbers",
			     "no other module answers to getsockopt of sockopt's numbers");
	}
}

/* ---- answer -------------------------------------------------------------- */

#define FEATURES	(SOCKOPT_FEAT_TEXT | SOCKOPT_FEAT_PULL | SOCKOPT_FEAT_POLL | \
			 SOCKOPT_FEAT_TYPES | SOCKOPT_FEAT_ICMP4 | SOCKOPT_FEAT_READ | \
			 SOCKOPT_FEAT_MAP | SOCKOPT_FEAT_WAKE | SOCKOPT_FEAT_TUNE | \
			 SOCKOPT_FEAT_FILTER | SOCKOPT_FEAT_BPF | SOCKOPT_FEAT_ICMP6)

static void say_silence(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "answer",
		     "the module is loaded, but does not answer");
	findings_advise(&d->findings, "Another module may have its numbers, or a BPF program of "
			"the cgroup answers for it:");
	findings_advise(&d->findings, "%sbpftool cgroup tree; %sdmesg | grep sockopt", sudo(d),
			sudo(d));
}

static void say_other_version(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "answer",
		     "module and library speak different versions (the library is %s)",
		     sockopt_version());
	findings_advise(&d->findings, "Install both from one release, then: "
			"%smodprobe -r sockopt && %smodprobe sockopt", sudo(d), sudo(d));
}

static void say_error(struct doctor *d, const char *what, int error)
{
	findings_add(&d->findings, STATUS_FAIL, "answer", "%s: %s", what, strerror(-error));
	findings_advise(&d->findings, "%s", sockopt_strerror(error));
}

static void say_answer(struct doctor *d)
{
	int is_full = (d->probe.features & FEATURES) == FEATURES;

	findings_add(&d->findings, is_full ? STATUS_OK : STATUS_NOTE, "answer",
		     "version %s, ABI %u%s; a stream of 'icmp' was opened and closed",
		     d->probe.version, SOCKOPT_ABI, is_full ? "" : ", lacks features");
	if (!is_full)
		findings_advise(&d->findings, "Install the module of the same release as this "
				"program, which is %s.", sockopt_version());
}

/* ENOSPC is check_limits()'s, EPERM of a stream check_namespace()'s. */
static void say_no_stream(struct doctor *d)
{
	const struct finding *namespace = findings_of(&d->findings, "namespace");

	if (d->probe.stream_error == -ENOSPC)
		return;
	if (d->probe.stream_error == -EPERM && namespace &&
	    namespace->status == STATUS_FAIL)
		return;
	say_error(d, "no stream of 'icmp'", d->probe.stream_error);
}

void check_answer(struct doctor *d)
{
	int error = d->probe.open_error;

	if (!d->survey.is_loaded || d->probe.socket_error)
		return;
	if (error == -ENOPROTOOPT)
		say_silence(d);
	else if (error == -EPROTO)
		say_other_version(d);
	else if (error)
		say_error(d, "no answer", error);
	else if (d->probe.stream_error)
		say_no_stream(d);
	else
		say_answer(d);
}

/* ---- limits -------------------------------------------------------------- */

#define DIRECTORY	"/proc/sys/net/sockopt/"
#define ICMP_SLOTS	4096	/* of a stream of 'sockopt icmp' */
#define ICMP_SNAPLEN	256
#define FEW_STREAMS	4

struct usage {
	uint64_t streams_max, ring_bytes_max;
	uint64_t streams, ring_bytes;	/* in use */
	uint64_t ring_needed;		/* bytes of a stream of 'sockopt icmp' */
	int is_exact;			/* ring_bytes could be looked at */
};

/* Each line of 'stats' has the streams of a channel. */
static void count_streams(const struct doctor *d, struct usage *usage)
{
	FILE *file = facts_open(d->root, "/proc/net/sockopt/stats");
	unsigned long streams;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu", &streams) == 1)
			usage->streams += streams;
	if (file)
		fclose(file);
}

/* Slots, rounded up to whole pages, and two pages more: sockopt(4). */
static uint64_t bytes_of(const struct doctor *d, unsigned long slots, unsigned long snaplen)
{
	uint64_t bytes = (uint64_t)slots * ((snaplen + 32 + 63) / 64 * 64);
	uint64_t page = d->page_size;

	return (bytes + page - 1) / page * page + 2 * page;
}

static void count_bytes(const struct doctor *d, struct usage *usage)
{
	FILE *file = facts_open(d->root, "/proc/net/sockopt/streams");
	unsigned long slots, snaplen;
	char line[512];

	usage->is_exact = file != NULL;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*u %*d %*u %lu %lu", &slots, &snaplen) == 2)
			usage->ring_bytes += bytes_of(d, slots, snaplen);
	if (file)
		fclose(file);
}

/* -1: they are not to be seen in this network namespace. */
static int find_usage(const struct doctor *d, struct usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	if (facts_number(d->root, DIRECTORY "streams_max", &usage->streams_max) ||
	    facts_number(d->root, DIRECTORY "ring_bytes_max", &usage->ring_bytes_max))
		return -1;
	count_streams(d, usage);
	count_bytes(d, usage);
	usage->ring_needed = bytes_of(d, ICMP_SLOTS, ICMP_SNAPLEN);
	return 0;
}

static void advise_close(struct doctor *d)
{
	findings_advise(&d->findings, "Or end some that are open; 'sockopt streams' shows whose "
			"they are.");
}

/* A limit with room for one more, also where it was lowered below what is in use. */
static unsigned long long larger_ring_bytes(const struct usage *usage)
{
	uint64_t least = usage->ring_bytes + usage->ring_needed;
	uint64_t max = usage->ring_bytes_max < 32 << 20 ? 64 << 20 : usage->ring_bytes_max * 2;

	return max < least ? least : max;
}

static void say_full(struct doctor *d, const struct usage *usage)
{
	struct findings *f = &d->findings;

	if (usage->streams >= usage->streams_max) {
		findings_add(f, STATUS_FAIL, "limits",
			     "%llu streams are open, and net.sockopt.streams_max is %llu",
			     (unsigned long long)usage->streams,
			     (unsigned long long)usage->streams_max);
		findings_advise(f, "%ssysctl -w net.sockopt.streams_max=%llu", sudo(d),
				(unsigned long long)(usage->streams * 2 < 1024 ? 1024 :
						     usage->streams * 2));
	} else {
		findings_add(f, STATUS_FAIL, "limits",
			     "no room for another ring: net.sockopt.ring_bytes_max is %llu",
			     (unsigned long long)usage->ring_bytes_max);
		findings_advise(f, "%ssysctl -w net.sockopt.ring_bytes_max=%llu", sudo(d),
				larger_ring_bytes(usage));
	}
	if (usage->streams)
		advise_close(d);
}

static void say_full_unseen(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "limits",
		     "net.sockopt.streams_max or net.sockopt.ring_bytes_max is reached");
	findings_advise(&d->findings, "As root of the machine, in its own network namespace, "
			"raise one: sysctl net.sockopt");
	advise_close(d);
}

static int is_ring_tight(const struct usage *usage)
{
	return usage->ring_bytes + usage->ring_needed > usage->ring_bytes_max;
}

static int is_tight(const struct usage *usage)
{
	return usage->streams_max < FEW_STREAMS || is_ring_tight(usage);
}

static void say_usage(struct doctor *d, const struct usage *usage)
{
	char bytes[32] = "?";

	if (usage->is_exact)
		snprintf(bytes, sizeof(bytes), "%llu",
			 (unsigned long long)usage->ring_bytes >> 10);
	findings_add(&d->findings, is_tight(usage) ? STATUS_NOTE : STATUS_OK, "limits",
		     "%llu of %llu streams, %s of %llu KiB of rings in use",
		     (unsigned long long)usage->streams,
		     (unsigned long long)usage->streams_max, bytes,
		     (unsigned long long)usage->ring_bytes_max >> 10);
	if (usage->streams_max < FEW_STREAMS)
		findings_advise(&d->findings, "%ssysctl -w net.sockopt.streams_max=1024",
				sudo(d));
	if (is_ring_tight(usage))
		findings_advise(&d->findings, "'sockopt icmp' needs %llu KiB: "
				"%ssysctl -w net.sockopt.ring_bytes_max=%llu",
				(unsigned long long)usage->ring_needed >> 10, sudo(d),
				larger_ring_bytes(usage));
}

static void say_log(struct doctor *d)
{
	findings_add(&d->findings, STATUS_NOTE, "limits",
		     "texts to the channel 'message' go to the kernel log");
	findings_advise(&d->findings, "If they should not: %ssysctl -w "
			"net.sockopt.log_messages=0", sudo(d));
}

void check_limits(struct doctor *d)
{
	int is_full = d->probe.stream_error == -ENOSPC, is_seen;
	struct usage usage;
	uint64_t log = 0;

	if (!d->survey.is_loaded)
		return;
	is_seen = !find_usage(d, &usage);
	if (is_full && is_seen)
		say_full(d, &usage);
	else if (is_full)
		say_full_unseen(d);
	else if (is_seen)
		say_usage(d, &usage);
	if (!facts_number(d->root, DIRECTORY "log_messages", &log) && log)
		say_log(d);
}

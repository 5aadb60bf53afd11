/* SPDX-License-Identifier: MIT */
/*
 * Expressions are compiled for packets that begin with their IP header (DLT_RAW):
 * the one form in which the kernel, and filter_wants(), show them.
 */
#include "filter.h"

#include "tool.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#if HAVE_PCAP
#include <pcap/pcap.h>
#endif

/* ---- Interface --------------------------------------------------------- */

static int complain_interface(const char *name)
{
	struct if_nameindex *all = if_nameindex(), *one;

	fprintf(stderr, "sockopt: there is no interface '%s'; there are:", name);
	for (one = all; one && one->if_index; one++)
		fprintf(stderr, " %s", one->if_name);
	fputc('\n', stderr);
	if (all)
		if_freenameindex(all);
	return EXIT_FAILURE;
}

static int set_interface(struct filter *filter, const char *name)
{
	filter->types.ifindex = if_nametoindex(name);
	return filter->types.ifindex ? EXIT_SUCCESS : complain_interface(name);
}

/* ---- Expression -------------------------------------------------------- */

/* One string of all words, to be freed. */
static char *join(char **words)
{
	size_t len = 1;
	char **word, *text;

	for (word = words; *word; word++)
		len += strlen(*word) + 1;
	text = calloc(1, len);
	if (!text)
		err(EXIT_FAILURE, "filter");
	for (word = words; *word; word++) {
		if (word != words)
			strcat(text, " ");
		strcat(text, *word);
	}
	return text;
}

#if HAVE_PCAP

/* libpcap's instructions are the kernel's, and ours. */
static void take(struct filter *filter, const struct bpf_program *program)
{
	unsigned int i;

	filter->program = calloc(program->bf_len, sizeof(*filter->program));
	if (!filter->program)
		err(EXIT_FAILURE, "filter");
	for (i = 0; i < program->bf_len; i++) {
		filter->program[i].code = program->bf_insns[i].code;
		filter->program[i].jt = program->bf_insns[i].jt;
		filter->program[i].jf = program->bf_insns[i].jf;
		filter->program[i].k = program->bf_insns[i].k;
	}
	filter->types.program_len = program->bf_len;
}

static int compile(struct filter *filter, const char *text)
{
	pcap_t *raw = pcap_open_dead(DLT_RAW, SOCKOPT_SNAPLEN_MAX);
	struct bpf_program program;
	int ret = EXIT_FAILURE;

	if (!raw)
		err(EXIT_FAILURE, "filter");
	if (pcap_compile(raw, &program, text, 1, PCAP_NETMASK_UNKNOWN)) {
		warnx("filter '%s': %s; see pcap-filter(7)", text, pcap_geterr(raw));
		ret = EXIT_USAGE;
	} else if (program.bf_len > SOCKOPT_PROGRAM_MAX) {
		warnx("filter: %u instructions, the kernel takes %u", program.bf_len,
		      SOCKOPT_PROGRAM_MAX);
		pcap_freecode(&program);
	} else {
		take(filter, &program);
		pcap_freecode(&program);
		ret = EXIT_SUCCESS;
	}
	pcap_close(raw);
	return ret;
}

static int program_wants(const struct filter *filter,
			 const struct sockopt_record *rec)
{
	/* the layouts are the same: take() */
	const void *program = filter->program;

	return bpf_filter(program, sockopt_record_data(rec), rec->len,
			  rec->caplen) != 0;
}

#else

static int compile(struct filter *filter, const char *text)
{
	(void)filter;
	(void)text;
	return complain_missing("filter", "libpcap");
}

static int program_wants(const struct filter *filter,
			 const struct sockopt_record *rec)
{
	(void)filter;
	(void)rec;
	return 1;
}

#endif /* HAVE_PCAP */

static int set_expression(struct filter *filter, char **words)
{
	char *text = join(words);
	int ret = compile(filter, text);

	free(text);
	return ret;
}

/* ---- Filter ------------------------------------------------------------ */

int filter_open(struct filter *filter, const struct wish *wish)
{
	int ret = EXIT_SUCCESS;

	memset(filter, 0, sizeof(*filter));
	filter->types.size = sizeof(filter->types);
	if (wish->is_errors)
		sockopt_filter_add_errors(&filter->types);
	else
		sockopt_filter_add_all(&filter->types);
	if (wish->is_errors)
		sockopt_filter_add6(&filter->types, 137);	/* redirect */
	if (wish->interface)
		ret = set_interface(filter, wish->interface);
	if (!ret && wish->words && *wish->words)
		ret = set_expression(filter, wish->words);
	return ret;
}

void filter_close(struct filter *filter)
{
	free(filter->program);
	filter->program = NULL;
}

void filter_use(const struct filter *filter, struct sockopt_config *config)
{
	config->filter = &filter->types;
	config->program = filter->program;
}

static int has(const uint32_t *types, unsigned int type)
{
	return types[type / 32] >> type % 32 & 1;
}

/* A packet that is too short to have a type counts as one of 255, as in the kernel. */
static int types_want(const struct sockopt_filter *types,
		      const struct sockopt_record *rec)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	unsigned int type = 255;

	if (sockopt_icmp_decode(rec, &icmp))
		return 0;
	if (icmp.flags & SOCKOPT_ICMP_F_TYPE)
		type = icmp.type;
	return has(icmp.family == AF_INET6 ? types->types6 : types->types, type);
}

int filter_wants(const struct filter *filter, const struct sockopt_record *rec)
{
	return types_want(&filter->types, rec) &&
	       (!filter->program || program_wants(filter, rec));
}

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

static int no_interface(const char *name, FILE *why)
{
	struct if_nameindex *all = if_nameindex(), *one;

	fprintf(why, "there is no interface '%s'; there are:", name);
	for (one = all; one && one->if_index; one++)
		fprintf(why, " %s", one->if_name);
	if (all)
		if_freenameindex(all);
	return EXIT_FAILURE;
}

static int set_interface(struct filter *filter, const char *name, FILE *why)
{
	filter->types.ifindex = if_nametoindex(name);
	return filter->types.ifindex ? EXIT_SUCCESS : no_interface(name, why);
}

/* ---- Expression -------------------------------------------------------- */

static int no_memory(FILE *why)
{
	fputs("filter: out of memory", why);
	return EXIT_FAILURE;
}

char *filter_text(char **words)
{
	char **word, *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	for (word = words; *word; word++)
		fprintf(to, "%s%s", word == words ? "" : " ", *word);
	if (fclose(to)) {
		free(text);
		return NULL;
	}
	return text;
}

#if HAVE_PCAP

/* libpcap's instructions are the kernel's, and ours. */
static int take(struct filter *filter, const struct bpf_program *program, FILE *why)
{
	unsigned int i;

	filter->program = calloc(program->bf_len, sizeof(*filter->program));
	if (!filter->program)
		return no_memory(why);
	for (i = 0; i < program->bf_len; i++) {
		filter->program[i].code = program->bf_insns[i].code;
		filter->program[i].jt = program->bf_insns[i].jt;
		filter->program[i].jf = program->bf_insns[i].jf;
		filter->program[i].k = program->bf_insns[i].k;
	}
	filter->types.program_len = program->bf_len;
	return EXIT_SUCCESS;
}

static int compile(struct filter *filter, const char *text, FILE *why)
{
	pcap_t *raw = pcap_open_dead(DLT_RAW, SOCKOPT_SNAPLEN_MAX);
	struct bpf_program program;
	int ret = EXIT_FAILURE;

	if (!raw)
		return no_memory(why);
	if (pcap_compile(raw, &program, text, 1, PCAP_NETMASK_UNKNOWN)) {
		fprintf(why, "filter '%s': %s; see pcap-filter(7)", text,
			pcap_geterr(raw));
		ret = EXIT_USAGE;
	} else if (program.bf_len > SOCKOPT_PROGRAM_MAX) {
		fprintf(why, "filter: %u instructions, the kernel takes %d",
			program.bf_len, SOCKOPT_PROGRAM_MAX);
		pcap_freecode(&program);
	} else {
		ret = take(filter, &program, why);
		pcap_freecode(&program);
	}
	pcap_close(raw);
	return ret;
}

static int program_wants(const struct filter *filter,
			 const struct sockopt_record *rec)
{
	/* the layouts are the same: take() */
	const struct bpf_program program = {
		.bf_len = filter->types.program_len,
		.bf_insns = (void *)filter->program,
	};
	const struct pcap_pkthdr packet = {
		.caplen = rec->caplen, .len = rec->len,
	};

	return pcap_offline_filter(&program, &packet,
				   sockopt_record_data(rec)) != 0;
}

#else

static int compile(struct filter *filter, const char *text, FILE *why)
{
	(void)filter;
	(void)text;
	fputs("filter: this sockopt was built without libpcap", why);
	return EXIT_FAILURE;
}

static int program_wants(const struct filter *filter,
			 const struct sockopt_record *rec)
{
	(void)filter;
	(void)rec;
	return 1;
}

#endif /* HAVE_PCAP */

static int set_expression(struct filter *filter, char **words, FILE *why)
{
	char *text = filter_text(words);
	int ret = text ? compile(filter, text, why) : no_memory(why);

	free(text);
	return ret;
}

/* ---- Filter ------------------------------------------------------------ */

int filter_make(struct filter *filter, const struct wish *wish, FILE *why)
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
		ret = set_interface(filter, wish->interface, why);
	if (!ret && wish->words && *wish->words)
		ret = set_expression(filter, wish->words, why);
	return ret;
}

int filter_open(struct filter *filter, const struct wish *wish)
{
	char *text = NULL;
	size_t len;
	FILE *why = open_memstream(&text, &len);
	int ret;

	if (!why)
		err(EXIT_FAILURE, "filter");
	ret = filter_make(filter, wish, why);
	if (!fclose(why) && ret)
		warnx("%s", text);
	free(text);
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
	return (int)(types[type / 32] >> type % 32 & 1);
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

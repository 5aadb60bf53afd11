/* SPDX-License-Identifier: MIT */
/*
 * Expressions of pcap-filter(7): the input's first bytes up to a NUL are one, compiled by
 * libpcap; what is behind is a record, which the filter is asked for. libpcap asks nobody
 * for names here.
 */
#include "filter.h"
#include "fuzz.h"
#include "tool.h"

#include <netdb.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* These take the place of the C library's, for libpcap too. */

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	(void)node;
	(void)service;
	(void)hints;
	*result = NULL;
	return EAI_NONAME;
}

struct netent *getnetbyname(const char *name)
{
	(void)name;
	return NULL;
}

int getnetbyname_r(const char *name, struct netent *entry, char *buf, size_t size,
		   struct netent **result, int *err)
{
	(void)name;
	(void)entry;
	(void)buf;
	(void)size;
	*err = HOST_NOT_FOUND;
	*result = NULL;
	return 0;
}

/* What the kernel would be handed: no more than it takes, and valid. */
static void expect_program(const struct filter *filter)
{
	uint32_t len = filter->types.program_len;

	HOLDS(!filter->program == !len);
	HOLDS(len <= SOCKOPT_PROGRAM_MAX);
	HOLDS(!len || bpf_validate((const struct bpf_insn *)(const void *)filter->program,
				   (int)len));
}

/* The same text makes the same filter. */
static void expect_same(const struct filter *filter, const struct wish *wish)
{
	struct filter other;
	FILE *why = fopen("/dev/null", "w");

	HOLDS(why && !filter_make(&other, wish, why));
	HOLDS(!memcmp(&filter->types, &other.types, sizeof(other.types)));
	HOLDS(!filter->program || !memcmp(filter->program, other.program,
					  other.types.program_len * sizeof(*other.program)));
	filter_close(&other);
	fclose(why);
}

/* One that asks for nothing wants all that it can decode. */
static void ask(const struct filter *filter, const struct sockopt_record *rec)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	int wants = filter_wants(filter, rec);

	HOLDS(!sockopt_icmp_decode(rec, &icmp) || !wants);
	HOLDS(filter->program || wants == !sockopt_icmp_decode(rec, &icmp));
}

static void make(const struct wish *wish, const struct sockopt_record *rec)
{
	struct filter filter;
	int ret;

	capture_begin();
	ret = filter_make(&filter, wish, stderr);
	capture_end();
	HOLDS(ret == EXIT_SUCCESS || ret == EXIT_USAGE || ret == EXIT_FAILURE);
	HOLDS(!ret == !err_out.len);
	if (!ret) {
		expect_program(&filter);
		expect_same(&filter, wish);
		if (rec)
			ask(&filter, rec);
	}
	filter_close(&filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *text = string_of(take_until(&in, 0)), *words[] = { text, NULL };
	struct wish wish = { NULL, 0, words };
	struct sockopt_record *rec = record_of(in);

	make(&wish, rec);
	free(rec);
	free(text);
	return 0;
}

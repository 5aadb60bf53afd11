/* SPDX-License-Identifier: MIT */
/*
 * What is wanted of channel 'icmp': types, an interface, and an expression of
 * pcap-filter(7), made into what sockopt_stream_open() and _tune() take.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdio.h>

#include <sockopt/sockopt.h>

struct filter {
	struct sockopt_filter types;	/* and conditions */
	struct sockopt_instruction *program; /* ours; NULL: none */
};

/* What the command line asks for. */
struct wish {
	const char *interface;	/* NULL: any */
	int is_errors;
	char **words;		/* of an expression, NULL at the end */
};

/*
 * Returns EXIT_SUCCESS, or what the program should exit with. Why is said on standard
 * error (open), or written to why, without a newline (make). An expression needs
 * libpcap.
 */
int filter_open(struct filter *filter, const struct wish *wish);
int filter_make(struct filter *filter, const struct wish *wish, FILE *why);
void filter_close(struct filter *filter);

/* The words of an expression as one string, to be freed. NULL: no memory. */
char *filter_text(char **words);

/* Put it into config, which uses it as long as it is there. */
void filter_use(const struct filter *filter, struct sockopt_config *config);

/* The same question, asked here, of a record of a file. */
int filter_wants(const struct filter *filter, const struct sockopt_record *rec);

#endif /* FILTER_H */

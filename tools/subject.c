/* SPDX-License-Identifier: MIT */
/*
 * Keys and names of what packets are counted by.
 */
#include "subject.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

/* ---- Keys -------------------------------------------------------------- */

static int type_key(struct key *key, const struct sockopt_icmp *icmp)
{
	key->family = icmp->family;
	if (icmp->flags & SOCKOPT_ICMP_F_TYPE) {
		key->number = icmp->type;
		key->code = icmp->code;
		key->is_known = 1;
	}
	return 1;
}

static int source_key(struct key *key, const struct sockopt_icmp *icmp)
{
	key->family = icmp->family;
	memcpy(key->src, icmp->src, sizeof(key->src));
	return 1;
}

static int flow_key(struct key *key, const struct sockopt_icmp *icmp)
{
	if (!(icmp->flags & SOCKOPT_ICMP_F_QUOTED))
		return 0;
	key->family = icmp->quoted_family;
	key->number = icmp->quoted_proto;
	memcpy(key->src, icmp->quoted_src, sizeof(key->src));
	memcpy(key->dst, icmp->quoted_dst, sizeof(key->dst));
	if (icmp->flags & SOCKOPT_ICMP_F_PORTS) {
		key->sport = htons(icmp->quoted_sport);
		key->dport = htons(icmp->quoted_dport);
		key->is_known = 1;
	}
	return 1;
}

int subject_key(struct key *key, enum subject subject, const struct sockopt_icmp *icmp)
{
	memset(key, 0, sizeof(*key));
	switch (subject) {
	case BY_TYPE:
		return type_key(key, icmp);
	case BY_SOURCE:
		return source_key(key, icmp);
	case BY_FLOW:
		return flow_key(key, icmp);
	default:
		return 0;
	}
}

/* ---- Names ------------------------------------------------------------- */

/* Without an mtu, so that 'frag needed' is one. */
static void type_name(char text[SUBJECT_TEXT], const struct key *key)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	char label[LABEL_TEXT];

	icmp.flags = key->is_known ? SOCKOPT_ICMP_F_TYPE : 0;
	icmp.family = key->family;
	icmp.type = key->number;
	icmp.code = key->code;
	snprintf(text, SUBJECT_TEXT, "%s%s", text_label(label, &icmp),
		 key->family == AF_INET6 ? " v6" : "");
}

static void flow_name(char text[SUBJECT_TEXT], const struct key *key)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	FILE *to = fmemopen(text, SUBJECT_TEXT, "w");

	snprintf(text, SUBJECT_TEXT, "?");
	if (!to)
		return;
	icmp.flags = SOCKOPT_ICMP_F_QUOTED;
	if (key->is_known)
		icmp.flags |= SOCKOPT_ICMP_F_PORTS;
	icmp.quoted_family = key->family;
	icmp.quoted_proto = key->number;
	memcpy(icmp.quoted_src, key->src, sizeof(key->src));
	memcpy(icmp.quoted_dst, key->dst, sizeof(key->dst));
	icmp.quoted_sport = ntohs(key->sport);
	icmp.quoted_dport = ntohs(key->dport);
	text_flow(to, &icmp, 0);
	fclose(to);
}

const char *subject_name(char text[SUBJECT_TEXT], enum subject subject,
			 const struct key *key)
{
	if (subject == BY_TYPE)
		type_name(text, key);
	else if (subject == BY_SOURCE)
		text_address(text, key->family, key->src);
	else
		flow_name(text, key);
	return text;
}

int subject_compare_types(const struct key *one, const struct key *other)
{
	char name[SUBJECT_TEXT], other_name[SUBJECT_TEXT];
	int order = strcmp(subject_name(name, BY_TYPE, one),
			   subject_name(other_name, BY_TYPE, other));

	return order ? order : memcmp(one, other, sizeof(*one));
}

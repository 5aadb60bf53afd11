/* SPDX-License-Identifier: MIT */
/*
 * ICMP packets as lines for people: of what sockopt_icmp_decode() and
 * sockopt_icmp_extension() found, and of nothing else.
 */
#include "decode.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>

#define LABELS_MAX 8		/* of a stack that a line shows */

/* A line that is being written; len stops where the buffer does. */
struct line {
	char *buf;
	size_t size;
	size_t len;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void append(struct line *line, const char *format, ...)
{
	size_t room = line->size - line->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->buf + line->len, room, format, args);
	va_end(args);
	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void append_time(struct line *line, uint64_t time)
{
	unsigned int ns = (unsigned int)(time % 1000000000);
	unsigned int s = (unsigned int)(time / 1000000000 % 86400);

	append(line, "%02u:%02u:%02u.%09u", s / 3600, s / 60 % 60, s % 60, ns);
}

static void append_address(struct line *line, unsigned int family,
			   const uint8_t *address)
{
	char text[ADDRESS_TEXT];

	sockopt_internal_address(text, family, address);
	append(line, " %s", text);
}

/* An address and a port. */
static void append_end(struct line *line, unsigned int family,
		       const uint8_t *address, unsigned int port)
{
	char text[ADDRESS_TEXT];

	sockopt_internal_address(text, family, address);
	append(line, family == AF_INET6 ? " [%s]:%u" : " %s:%u", text, port);
}

static void append_type(struct line *line, const struct sockopt_icmp *icmp)
{
	const char *type = sockopt_icmp_type_name(icmp->family, icmp->type);
	const char *code = sockopt_icmp_code_name(icmp->family, icmp->type,
						  icmp->code);

	if (!type) {
		append(line, " type %u code %u", icmp->type, icmp->code);
		return;
	}
	append(line, " %s", type);
	if (!code)
		append(line, " code %u", icmp->code);
	else if (*code)
		append(line, " %s", code);
}

static void append_rest(struct line *line, const struct sockopt_icmp *icmp)
{
	if (icmp->flags & SOCKOPT_ICMP_F_ECHO)
		append(line, " id %u seq %u", icmp->id, icmp->seq);
	if (icmp->flags & SOCKOPT_ICMP_F_MTU)
		append(line, " mtu %lu", (unsigned long)icmp->mtu);
	if (icmp->flags & SOCKOPT_ICMP_F_POINTER)
		append(line, " at %lu", (unsigned long)icmp->pointer);
	if (icmp->flags & SOCKOPT_ICMP_F_LIFETIME)
		append(line, " lifetime %u", icmp->lifetime);
	if (icmp->flags & SOCKOPT_ICMP_F_GATEWAY) {
		append(line, " to");
		append_address(line, icmp->family, icmp->gateway);
	}
	if (icmp->flags & SOCKOPT_ICMP_F_TARGET) {
		append(line, " about");
		append_address(line, icmp->family, icmp->target);
	}
}

static const char *protocol_name(unsigned int proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case PROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case PROTO_UDPLITE:
		return "udplite";
	default:
		return NULL;
	}
}

static void append_protocol(struct line *line, unsigned int proto)
{
	const char *name = protocol_name(proto);

	if (name)
		append(line, " for %s", name);
	else
		append(line, " for protocol %u", proto);
}

/* Ends of a flow are addresses and ports; those of an echo have none. */
static void append_quoted(struct line *line, const struct sockopt_icmp *icmp)
{
	unsigned int family = icmp->quoted_family;
	int is_icmp = icmp->quoted_proto == IPPROTO_ICMP ||
		      icmp->quoted_proto == IPPROTO_ICMPV6;
	int has_ports = !is_icmp && icmp->flags & SOCKOPT_ICMP_F_PORTS;

	append_protocol(line, icmp->quoted_proto);
	if (has_ports) {
		append_end(line, family, icmp->quoted_src, icmp->quoted_sport);
		append(line, " >");
		append_end(line, family, icmp->quoted_dst, icmp->quoted_dport);
		return;
	}
	append_address(line, family, icmp->quoted_src);
	append(line, " >");
	append_address(line, family, icmp->quoted_dst);
	if (icmp->flags & SOCKOPT_ICMP_F_PORTS)
		append(line, " id %u", icmp->quoted_sport);
}

/* Returns how many labels there are now. */
static unsigned int append_labels(struct line *line, unsigned int count,
				  const struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	unsigned int i;

	for (i = 0; sockopt_icmp_mpls(ext, i, &mpls) > 0; i++) {
		if (count == LABELS_MAX)
			append(line, " ...");
		if (count++ < LABELS_MAX)
			append(line, " mpls %lu tc %u ttl %u",
			       (unsigned long)mpls.label, mpls.tc, mpls.ttl);
	}
	return count;
}

static void append_extensions(struct line *line,
			      const struct sockopt_record *rec)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
	unsigned int count = 0;

	while (count <= LABELS_MAX && sockopt_icmp_extension(rec, &ext) > 0)
		count = append_labels(line, count, &ext);
}

int sockopt_icmp_format(const struct sockopt_record *rec, char *buf, size_t size)
{
	struct line line = { buf, size, 0 };
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	int ret;

	if (!size)
		return -EINVAL;
	buf[0] = '\0';
	ret = sockopt_icmp_decode(rec, &icmp);
	if (ret)
		return ret;
	append_time(&line, rec->time);
	append_address(&line, icmp.family, icmp.src);
	append(&line, " >");
	append_address(&line, icmp.family, icmp.dst);
	if (icmp.flags & SOCKOPT_ICMP_F_TYPE)
		append_type(&line, &icmp);
	append_rest(&line, &icmp);
	if (icmp.flags & SOCKOPT_ICMP_F_QUOTED)
		append_quoted(&line, &icmp);
	if (icmp.flags & SOCKOPT_ICMP_F_EXTENSIONS)
		append_extensions(&line, rec);
	if (icmp.flags & SOCKOPT_ICMP_F_TRUNCATED)
		append(&line, " [truncated]");
	return (int)line.len;
}

/* SPDX-License-Identifier: MIT */
/*
 * ICMP packets as lines for people: of what sockopt_icmp_decode() found, and
 * of nothing else.
 */
#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>

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

static void append_address(struct line *line, const uint8_t *address)
{
	append(line, " %u.%u.%u.%u", address[0], address[1], address[2],
	       address[3]);
}

/* The name at an index of a table, or NULL. */
static const char *name_at(const char *const *names, size_t count, size_t index)
{
	return index < count ? names[index] : NULL;
}

#define NAME_AT(names, index) \
	name_at(names, sizeof(names) / sizeof((names)[0]), index)

static const char *type_name(unsigned int type)
{
	static const char *const names[] = {
		"echo reply", NULL, NULL, "unreachable", "source quench",
		"redirect", NULL, NULL, "echo request", "router advertisement",
		"router solicitation", "time exceeded", "parameter problem",
		"timestamp request", "timestamp reply", "information request",
		"information reply", "address mask request",
		"address mask reply",
	};

	return NAME_AT(names, type);
}

/* RFC 792, RFC 1122, RFC 1812 */
static const char *unreachable_name(unsigned int code)
{
	static const char *const names[] = {
		"network", "host", "protocol", "port", "frag needed",
		"source route failed", "network unknown", "host unknown",
		"host isolated", "network prohibited", "host prohibited",
		"network for tos", "host for tos", "filtered",
		"precedence violation", "precedence cutoff",
	};

	return NAME_AT(names, code);
}

static const char *redirect_name(unsigned int code)
{
	static const char *const names[] = {
		"network", "host", "network for tos", "host for tos",
	};

	return NAME_AT(names, code);
}

static const char *time_name(unsigned int code)
{
	static const char *const names[] = { "in transit", "in reassembly" };

	return NAME_AT(names, code);
}

static const char *parameter_name(unsigned int code)
{
	static const char *const names[] = {
		"at pointer", "option missing", "bad length",
	};

	return NAME_AT(names, code);
}

static const char *code_name(unsigned int type, unsigned int code)
{
	switch (type) {
	case ICMP_TYPE_UNREACHABLE:
		return unreachable_name(code);
	case ICMP_TYPE_REDIRECT:
		return redirect_name(code);
	case ICMP_TYPE_TIME_EXCEEDED:
		return time_name(code);
	case ICMP_TYPE_PARAMETER_PROBLEM:
		return parameter_name(code);
	default:
		return code ? NULL : "";
	}
}

static void append_type(struct line *line, const struct sockopt_icmp *icmp)
{
	const char *type = type_name(icmp->type);
	const char *code = code_name(icmp->type, icmp->code);

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
		append(line, " mtu %u", icmp->mtu);
	if (icmp->flags & SOCKOPT_ICMP_F_GATEWAY) {
		append(line, " to");
		append_address(line, icmp->gateway);
	}
}

static void append_protocol(struct line *line, unsigned int proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		append(line, " for icmp");
		break;
	case IPPROTO_TCP:
		append(line, " for tcp");
		break;
	case IPPROTO_UDP:
		append(line, " for udp");
		break;
	case IPPROTO_SCTP:
		append(line, " for sctp");
		break;
	default:
		append(line, " for protocol %u", proto);
	}
}

static void append_quoted(struct line *line, const struct sockopt_icmp *icmp)
{
	int has_flow = icmp->flags & SOCKOPT_ICMP_F_PORTS;
	int is_icmp = icmp->quoted_proto == IPPROTO_ICMP;

	append_protocol(line, icmp->quoted_proto);
	append_address(line, icmp->quoted_src);
	if (has_flow && !is_icmp)
		append(line, ":%u", icmp->quoted_sport);
	append(line, " >");
	append_address(line, icmp->quoted_dst);
	if (has_flow && !is_icmp)
		append(line, ":%u", icmp->quoted_dport);
	if (has_flow && is_icmp)
		append(line, " id %u", icmp->quoted_sport);
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
	append_address(&line, icmp.src);
	append(&line, " >");
	append_address(&line, icmp.dst);
	if (icmp.flags & SOCKOPT_ICMP_F_TYPE)
		append_type(&line, &icmp);
	append_rest(&line, &icmp);
	if (icmp.flags & SOCKOPT_ICMP_F_QUOTED)
		append_quoted(&line, &icmp);
	if (icmp.flags & SOCKOPT_ICMP_F_TRUNCATED)
		append(&line, " [truncated]");
	return (int)line.len;
}

/* SPDX-License-Identifier: MIT */
/*
 * ICMP: a stream of the channel 'icmp', and its packets decoded. Packets come
 * from the network, so every access is behind a bound: of what was captured,
 * and of what the packet says it has.
 */
#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define IP4_LEN		20	/* an IPv4 header without options */
#define ICMP_LEN	8	/* an ICMP header; errors quote behind it */
#define IP4_OFFSET_MASK	0x1fff

#define UNREACHABLE_FRAG_NEEDED 4

int sockopt_icmp_open(struct sockopt_stream **st,
		      const struct sockopt_config *config)
{
	struct sockopt *so;
	int ret;

	*st = NULL;
	ret = sockopt_open(&so);
	if (ret)
		return ret;
	ret = sockopt_stream_open(st, so, SOCKOPT_CHANNEL_ICMP, config);
	sockopt_close(so);
	return ret;
}

/* ---- Decode ------------------------------------------------------------ */

/* Bytes that may be read. */
struct span {
	const uint8_t *data;
	size_t len;
};

static struct span span_behind(struct span span, size_t len)
{
	size_t skip = len < span.len ? len : span.len;

	span.data += skip;
	span.len -= skip;
	return span;
}

static unsigned int get16(const uint8_t *data)
{
	return (unsigned int)data[0] << 8 | data[1];
}

static size_t header_len(struct span ip)
{
	return (size_t)(ip.data[0] & 15) * 4;
}

/* Enough of an IPv4 header to be one. */
static int is_ip4(struct span ip)
{
	return ip.len >= IP4_LEN && ip.data[0] >> 4 == 4 &&
	       header_len(ip) >= IP4_LEN;
}

/* A fragment but the first has no header of the protocol. */
static int is_later_fragment(struct span ip)
{
	return get16(ip.data + 6) & IP4_OFFSET_MASK;
}

static int has_id(unsigned int type)
{
	return type == ICMP_TYPE_ECHO_REPLY || type == ICMP_TYPE_ECHO_REQUEST ||
	       (type >= ICMP_TYPE_TIMESTAMP_REQUEST && type <= ICMP_TYPE_MASK_REPLY);
}

static int is_error(unsigned int type)
{
	return type == ICMP_TYPE_UNREACHABLE || type == ICMP_TYPE_SOURCE_QUENCH ||
	       type == ICMP_TYPE_REDIRECT || type == ICMP_TYPE_TIME_EXCEEDED ||
	       type == ICMP_TYPE_PARAMETER_PROBLEM;
}

static int has_ports(unsigned int proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP;
}

/* The ports of the quoted packet; of an echo, its identifier. */
static void decode_ports(struct span inner, struct sockopt_icmp *icmp)
{
	int is_icmp = icmp->quoted_proto == IPPROTO_ICMP;
	size_t at = is_icmp ? 4 : 0;

	if (!is_icmp && !has_ports(icmp->quoted_proto))
		return;
	if (is_icmp && inner.len && !has_id(inner.data[0]))
		return;
	if (inner.len < (is_icmp ? at + 2 : at + 4)) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	icmp->flags |= SOCKOPT_ICMP_F_PORTS;
	icmp->quoted_sport = (uint16_t)get16(inner.data + at);
	if (!is_icmp)
		icmp->quoted_dport = (uint16_t)get16(inner.data + at + 2);
}

/* The packet that caused the error, quoted behind the ICMP header. */
static void decode_quoted(struct span ip, struct sockopt_icmp *icmp)
{
	if (ip.len < IP4_LEN) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	if (!is_ip4(ip))
		return;
	icmp->flags |= SOCKOPT_ICMP_F_QUOTED;
	icmp->quoted_proto = ip.data[9];
	memcpy(icmp->quoted_src, ip.data + 12, 4);
	memcpy(icmp->quoted_dst, ip.data + 16, 4);
	if (!is_later_fragment(ip))
		decode_ports(span_behind(ip, header_len(ip)), icmp);
}

/* What stands in bytes 4 to 7 of the ICMP header. */
static void decode_rest(const uint8_t *rest, struct sockopt_icmp *icmp)
{
	if (has_id(icmp->type)) {
		icmp->flags |= SOCKOPT_ICMP_F_ECHO;
		icmp->id = (uint16_t)get16(rest);
		icmp->seq = (uint16_t)get16(rest + 2);
	} else if (icmp->type == ICMP_TYPE_UNREACHABLE &&
		   icmp->code == UNREACHABLE_FRAG_NEEDED) {
		icmp->flags |= SOCKOPT_ICMP_F_MTU;
		icmp->mtu = get16(rest + 2);
	} else if (icmp->type == ICMP_TYPE_REDIRECT) {
		icmp->flags |= SOCKOPT_ICMP_F_GATEWAY;
		memcpy(icmp->gateway, rest, 4);
	}
}

static void decode_icmp(struct span span, struct sockopt_icmp *icmp)
{
	if (span.len < 2) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	icmp->flags |= SOCKOPT_ICMP_F_TYPE;
	icmp->type = span.data[0];
	icmp->code = span.data[1];
	if (span.len < ICMP_LEN) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
		return;
	}
	decode_rest(span.data + 4, icmp);
	if (is_error(icmp->type))
		decode_quoted(span_behind(span, ICMP_LEN), icmp);
}

/* The IPv4 packet: what was captured, without what stands behind its end. */
static struct span packet_span(const struct sockopt_record *rec)
{
	struct span ip = { sockopt_record_data(rec), rec->caplen };

	if (is_ip4(ip) && get16(ip.data + 2) >= header_len(ip) &&
	    get16(ip.data + 2) < ip.len)
		ip.len = get16(ip.data + 2);
	return ip;
}

int sockopt_icmp_decode(const struct sockopt_record *rec,
			struct sockopt_icmp *icmp)
{
	struct sockopt_icmp told = { 0 };
	struct span ip;

	if (rec->kind != SOCKOPT_KIND_IP || rec->family != AF_INET)
		return -EINVAL;
	ip = packet_span(rec);
	if (!is_ip4(ip))
		return -EINVAL;
	told.family = AF_INET;
	told.ttl = ip.data[8];
	memcpy(told.src, ip.data + 12, 4);
	memcpy(told.dst, ip.data + 16, 4);
	if (is_later_fragment(ip) || rec->offset < header_len(ip))
		told.flags |= SOCKOPT_ICMP_F_TRUNCATED;
	else
		decode_icmp(span_behind(ip, rec->offset), &told);
	return sockopt_internal_give(icmp, SOCKOPT_ICMP_SIZE_1, &told,
				     sizeof(told));
}

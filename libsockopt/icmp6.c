/* SPDX-License-Identifier: MIT */
/*
 * What the messages of ICMPv6 carry: errors, echo, multicast listeners and
 * neighbor discovery.
 */
#include "decode.h"

#include <string.h>

#define ADDRESS_LEN		16
#define OPTION_REDIRECTED	4	/* the packet that is redirected */
#define OPTION_UNIT		8	/* options count in these; one stands
					 * before the packet in that option */

int sockopt_internal_icmp6_has_id(unsigned int type)
{
	return type == ICMP6_TYPE_ECHO_REQUEST ||
	       type == ICMP6_TYPE_ECHO_REPLY ||
	       type == ICMP6_TYPE_EXTENDED_REQUEST ||
	       type == ICMP6_TYPE_EXTENDED_REPLY;
}

static int is_error(unsigned int type)
{
	return type >= ICMP6_TYPE_UNREACHABLE &&
	       type <= ICMP6_TYPE_PARAMETER_PROBLEM;
}

/* Those that are about an address, which follows the header. */
static int has_target(unsigned int type)
{
	return type == ICMP6_TYPE_LISTENER_QUERY ||
	       type == ICMP6_TYPE_LISTENER_REPORT ||
	       type == ICMP6_TYPE_LISTENER_DONE ||
	       type == ICMP6_TYPE_NEIGHBOR_SOLICITATION ||
	       type == ICMP6_TYPE_NEIGHBOR_ADVERTISEMENT;
}

/* Copies an address and sets its flag; returns what is behind it. */
static struct span take_address(struct span body, uint8_t *member,
				uint32_t flag, struct sockopt_icmp *icmp)
{
	if (body.len < ADDRESS_LEN) {
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
	} else {
		icmp->flags |= flag;
		memcpy(member, body.data, ADDRESS_LEN);
	}
	return span_behind(body, ADDRESS_LEN);
}

/*
 * A redirect quotes in an option, and need not. Each round takes OPTION_UNIT
 * bytes at least, so it ends with them.
 */
static void decode_options(struct span options, struct sockopt_icmp *icmp)
{
	while (options.len >= OPTION_UNIT && options.data[1]) {
		size_t len = (size_t)options.data[1] * OPTION_UNIT;

		if (options.data[0] == OPTION_REDIRECTED) {
			options = span_first(options, len);
			options = span_behind(options, OPTION_UNIT);
			sockopt_internal_quoted(options, icmp);
			return;
		}
		options = span_behind(options, len);
	}
	if (options.is_cut)
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
}

static void decode_redirect(struct span body, struct sockopt_icmp *icmp)
{
	body = take_address(body, icmp->gateway, SOCKOPT_ICMP_F_GATEWAY, icmp);
	body = take_address(body, icmp->target, SOCKOPT_ICMP_F_TARGET, icmp);
	decode_options(body, icmp);
}

static void decode_rest(const uint8_t *rest, struct sockopt_icmp *icmp)
{
	switch (icmp->type) {
	case ICMP6_TYPE_TOO_BIG:
		sockopt_internal_set_mtu(get32(rest), icmp);
		break;
	case ICMP6_TYPE_PARAMETER_PROBLEM:
		sockopt_internal_set_pointer(get32(rest), icmp);
		break;
	case ICMP6_TYPE_ROUTER_ADVERTISEMENT:
		sockopt_internal_set_lifetime(rest, icmp);
		break;
	}
}

void sockopt_internal_icmp6(struct span message, struct sockopt_icmp *icmp)
{
	const uint8_t *rest = message.data + 4;
	struct span body = span_behind(message, ICMP_LEN);
	struct span quote = sockopt_internal_quote(message, icmp);

	if (sockopt_internal_icmp6_has_id(icmp->type))
		sockopt_internal_set_id(rest, icmp->type >=
					ICMP6_TYPE_EXTENDED_REQUEST, icmp);
	else
		decode_rest(rest, icmp);
	if (has_target(icmp->type))
		take_address(body, icmp->target, SOCKOPT_ICMP_F_TARGET, icmp);
	if (icmp->type == ICMP6_TYPE_REDIRECT)
		decode_redirect(body, icmp);
	if (is_error(icmp->type))
		sockopt_internal_quoted(quote, icmp);
}

/* SPDX-License-Identifier: MIT */
/*
 * What the messages of ICMP carry: RFC 792 and those after it.
 */
#include "decode.h"

#include <string.h>

#define UNREACHABLE_FRAG_NEEDED 4
#define PARAMETER_OPTION_MISSING 1	/* has the option's type there */

int sockopt_internal_icmp4_has_id(unsigned int type)
{
	return type == ICMP_TYPE_ECHO_REPLY || type == ICMP_TYPE_ECHO_REQUEST ||
	       (type >= ICMP_TYPE_TIMESTAMP_REQUEST &&
		type <= ICMP_TYPE_MASK_REPLY) ||
	       type == ICMP_TYPE_EXTENDED_REQUEST ||
	       type == ICMP_TYPE_EXTENDED_REPLY;
}

/* Those that quote the packet that caused them. */
static int is_error(unsigned int type)
{
	return type == ICMP_TYPE_UNREACHABLE ||
	       type == ICMP_TYPE_SOURCE_QUENCH ||
	       type == ICMP_TYPE_REDIRECT || type == ICMP_TYPE_TIME_EXCEEDED ||
	       type == ICMP_TYPE_PARAMETER_PROBLEM ||
	       type == ICMP_TYPE_CONVERSION_ERROR || type == ICMP_TYPE_PHOTURIS;
}

static void decode_redirect(const uint8_t *rest, struct sockopt_icmp *icmp)
{
	icmp->flags |= SOCKOPT_ICMP_F_GATEWAY;
	memcpy(icmp->gateway, rest, 4);
}

static void decode_parameter(const uint8_t *rest, struct sockopt_icmp *icmp)
{
	if (icmp->code != PARAMETER_OPTION_MISSING)
		sockopt_internal_set_pointer(rest[0], icmp);
}

static void decode_rest(const uint8_t *rest, struct sockopt_icmp *icmp)
{
	switch (icmp->type) {
	case ICMP_TYPE_UNREACHABLE:
		if (icmp->code == UNREACHABLE_FRAG_NEEDED)
			sockopt_internal_set_mtu(get16(rest + 2), icmp);
		break;
	case ICMP_TYPE_REDIRECT:
		decode_redirect(rest, icmp);
		break;
	case ICMP_TYPE_ROUTER_ADVERTISEMENT:
		sockopt_internal_set_lifetime(rest, icmp);
		break;
	case ICMP_TYPE_PARAMETER_PROBLEM:
		decode_parameter(rest, icmp);
		break;
	case ICMP_TYPE_CONVERSION_ERROR:
		sockopt_internal_set_pointer(get32(rest), icmp);
		break;
	case ICMP_TYPE_PHOTURIS:
		sockopt_internal_set_pointer(get16(rest + 2), icmp);
		break;
	}
}

void sockopt_internal_icmp4(struct span message, struct sockopt_icmp *icmp)
{
	const uint8_t *rest = message.data + 4;
	int is_extended = icmp->type >= ICMP_TYPE_EXTENDED_REQUEST;
	struct span quote;

	if (sockopt_internal_icmp4_has_id(icmp->type)) {
		sockopt_internal_set_id(rest, is_extended, icmp);
		if (!is_extended)
			return;		/* quotes nothing, and has no extensions */
	} else {
		decode_rest(rest, icmp);
	}
	quote = sockopt_internal_quote(message, icmp);
	if (is_error(icmp->type))
		sockopt_internal_quoted(quote, icmp);
}

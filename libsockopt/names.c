/* SPDX-License-Identifier: MIT */
/*
 * The names of ICMP's types and codes, in words of IANA's lists.
 */
#include "decode.h"

#include <stddef.h>
#include <string.h>

/*
 * The name at an index of names that stand one behind the other, or NULL; '-' is
 * none. Without pointers there is nothing to relocate, in any program.
 */
static const char *name_at(const char *names, size_t size, unsigned int index)
{
	const char *end = names + size;

	for (; index && names < end; index--)
		names += strlen(names) + 1;
	return names < end && *names != '-' ? names : NULL;
}

#define NAME_AT(names, index) name_at(names, sizeof(names), index)

/* ---- ICMP ---------------------------------------------------------------- */

static const char *type4(unsigned int type)
{
	static const char names[] =
		"echo reply\0-\0-\0unreachable\0source quench\0redirect\0"
		"alternate host address\0-\0echo request\0"
		"router advertisement\0router solicitation\0time exceeded\0"
		"parameter problem\0timestamp request\0timestamp reply\0"
		"information request\0information reply\0"
		"address mask request\0address mask reply\0-\0-\0-\0-\0-\0-\0"
		"-\0-\0-\0-\0-\0traceroute\0conversion error\0"
		"mobile host redirect\0where are you\0i am here\0"
		"mobile registration request\0mobile registration reply\0"
		"domain name request\0domain name reply\0skip\0photuris\0"
		"seamoby\0extended echo request\0extended echo reply";

	return NAME_AT(names, type);
}

/* RFC 792, RFC 1122, RFC 1812 */
static const char *unreachable4(unsigned int code)
{
	static const char names[] =
		"network\0host\0protocol\0port\0frag needed\0"
		"source route failed\0network unknown\0host unknown\0"
		"host isolated\0network prohibited\0host prohibited\0"
		"network for tos\0host for tos\0filtered\0"
		"precedence violation\0precedence cutoff";

	return NAME_AT(names, code);
}

static const char *redirect4(unsigned int code)
{
	static const char names[] =
		"network\0host\0network for tos\0host for tos";

	return NAME_AT(names, code);
}

static const char *parameter4(unsigned int code)
{
	static const char names[] =
		"\0option missing\0bad length";

	return NAME_AT(names, code);
}

static const char *photuris(unsigned int code)
{
	static const char names[] =
		"bad spi\0authentication failed\0decompression failed\0"
		"decryption failed\0need authentication\0need authorization";

	return NAME_AT(names, code);
}

/* RFC 3344: an agent that is no router, too */
static const char *advertisement4(unsigned int code)
{
	return code == 0 ? "" : code == 16 ? "of mobility agent" : NULL;
}

/* ---- ICMPv6 -------------------------------------------------------------- */

static const char *error6(unsigned int type)
{
	static const char names[] =
		"-\0unreachable\0too big\0time exceeded\0parameter problem";

	return NAME_AT(names, type);
}

static const char *type6(unsigned int type)
{
	static const char names[] =
		"echo request\0echo reply\0listener query\0listener report\0"
		"listener done\0router solicitation\0router advertisement\0"
		"neighbor solicitation\0neighbor advertisement\0redirect\0"
		"router renumbering\0node information query\0"
		"node information response\0inverse neighbor solicitation\0"
		"inverse neighbor advertisement\0listener report v2\0"
		"home agent discovery request\0home agent discovery reply\0"
		"mobile prefix solicitation\0mobile prefix advertisement\0"
		"certification path solicitation\0"
		"certification path advertisement\0seamoby\0"
		"multicast router advertisement\0"
		"multicast router solicitation\0"
		"multicast router termination\0fast handover\0rpl control\0"
		"locator update\0duplicate address request\0"
		"duplicate address confirmation\0mpl control\0"
		"extended echo request\0extended echo reply";

	return type < ICMP6_TYPE_ECHO_REQUEST ? error6(type) :
	       NAME_AT(names, type - ICMP6_TYPE_ECHO_REQUEST);
}

/* RFC 4443, RFC 7084, RFC 8883 */
static const char *unreachable6(unsigned int code)
{
	static const char names[] =
		"no route\0prohibited\0beyond scope\0address\0port\0"
		"source policy\0reject route\0source routing\0"
		"headers too long";

	return NAME_AT(names, code);
}

/* RFC 4443, RFC 7112, RFC 8754, RFC 8883 */
static const char *parameter6(unsigned int code)
{
	static const char names[] =
		"header field\0next header\0option\0incomplete headers\0"
		"segment routing upper header\0next header in transit\0"
		"header too big\0headers too long\0too many headers\0"
		"too many options\0option too big";

	return NAME_AT(names, code);
}

static const char *renumbering(unsigned int code)
{
	static const char names[] =
		"command\0result";

	return code == 255 ? "sequence number reset" : NAME_AT(names, code);
}

static const char *node_query(unsigned int code)
{
	static const char names[] =
		"for address\0for name\0for ipv4 address";

	return NAME_AT(names, code);
}

static const char *node_response(unsigned int code)
{
	static const char names[] =
		"\0refused\0unknown type";

	return NAME_AT(names, code);
}

/* ---- Both ---------------------------------------------------------------- */

static const char *time_exceeded(unsigned int code)
{
	static const char names[] =
		"in transit\0in reassembly";

	return NAME_AT(names, code);
}

/* RFC 8335 */
static const char *extended_reply(unsigned int code)
{
	static const char names[] =
		"\0malformed query\0no such interface\0no such entry\0"
		"several interfaces";

	return NAME_AT(names, code);
}

static const char *code4(unsigned int type, unsigned int code)
{
	switch (type) {
	case ICMP_TYPE_UNREACHABLE:
		return unreachable4(code);
	case ICMP_TYPE_REDIRECT:
		return redirect4(code);
	case ICMP_TYPE_ROUTER_ADVERTISEMENT:
		return advertisement4(code);
	case ICMP_TYPE_TIME_EXCEEDED:
		return time_exceeded(code);
	case ICMP_TYPE_PARAMETER_PROBLEM:
		return parameter4(code);
	case ICMP_TYPE_PHOTURIS:
		return photuris(code);
	case ICMP_TYPE_EXTENDED_REPLY:
		return extended_reply(code);
	default:
		return code ? NULL : "";
	}
}

static const char *code6(unsigned int type, unsigned int code)
{
	switch (type) {
	case ICMP6_TYPE_UNREACHABLE:
		return unreachable6(code);
	case ICMP6_TYPE_TIME_EXCEEDED:
		return time_exceeded(code);
	case ICMP6_TYPE_PARAMETER_PROBLEM:
		return parameter6(code);
	case ICMP6_TYPE_RENUMBERING:
		return renumbering(code);
	case ICMP6_TYPE_NODE_QUERY:
		return node_query(code);
	case ICMP6_TYPE_NODE_RESPONSE:
		return node_response(code);
	case ICMP6_TYPE_EXTENDED_REPLY:
		return extended_reply(code);
	default:
		return code ? NULL : "";
	}
}

const char *sockopt_icmp_type_name(unsigned int family, unsigned int type)
{
	return family == AF_INET6 ? type6(type) :
	       family == AF_INET ? type4(type) : NULL;
}

const char *sockopt_icmp_code_name(unsigned int family, unsigned int type,
				   unsigned int code)
{
	return family == AF_INET6 ? code6(type, code) :
	       family == AF_INET ? code4(type, code) : NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Addresses, names, labels.
 */
#include "text.h"

#include "tool.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdarg.h>
#include <string.h>

/*
 * Names come from resolvers, and from whoever made an interface: nothing in them may move
 * the cursor.
 */
static void tame(char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < '!' || (unsigned char)*name > '~')
			*name = '?';
}

/* ---- Addresses --------------------------------------------------------- */

const char *text_address(char text[ADDRESS_TEXT], unsigned int family,
			 const uint8_t *address)
{
	if (!inet_ntop((int)family, address, text, ADDRESS_TEXT))
		snprintf(text, ADDRESS_TEXT, "?");
	return text;
}

static size_t address_len(unsigned int family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* The resolver's answer for an address, also that there is none. */
struct host {
	unsigned int family;
	uint8_t address[16];
	char name[HOST_TEXT];
};

#define HOSTS 1024

static void look_up(struct host *host)
{
	struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in ip4 = { .sin_family = AF_INET };
	const struct sockaddr *address = (const void *)&ip4;
	socklen_t len = sizeof(ip4);

	memcpy(&ip4.sin_addr, host->address, 4);
	memcpy(&ip6.sin6_addr, host->address, 16);
	if (host->family == AF_INET6) {
		address = (const void *)&ip6;
		len = sizeof(ip6);
	}
	if (getnameinfo(address, len, host->name, sizeof(host->name), NULL, 0, 0))
		text_address(host->name, host->family, host->address);
	tame(host->name);
}

static struct host *find_host(unsigned int family, const uint8_t *address)
{
	static struct host hosts[HOSTS];
	size_t len = address_len(family), i;
	struct host *host;
	unsigned int hash = family;

	for (i = 0; i < len; i++)
		hash = hash * 31 + address[i];
	host = &hosts[hash % HOSTS];
	if (host->family == family && !memcmp(host->address, address, len))
		return host;
	memset(host, 0, sizeof(*host));
	host->family = family;
	memcpy(host->address, address, len);
	look_up(host);
	return host;
}

const char *text_host(char text[HOST_TEXT], unsigned int family,
		      const uint8_t *address, int is_name)
{
	if (is_name)
		snprintf(text, HOST_TEXT, "%s", find_host(family, address)->name);
	else
		text_address(text, family, address);
	return text;
}

/* ---- Labels ------------------------------------------------------------ */

int text_is_error(const struct sockopt_icmp *icmp)
{
	if (!(icmp->flags & SOCKOPT_ICMP_F_TYPE))
		return 0;
	if (icmp->family == AF_INET6)
		return icmp->type <= ICMP6_PARAM_PROB || icmp->type == ND_REDIRECT;
	return icmp->type == ICMP_DEST_UNREACH || icmp->type == ICMP_SOURCE_QUENCH ||
	       icmp->type == ICMP_REDIRECT || icmp->type == ICMP_TIME_EXCEEDED ||
	       icmp->type == ICMP_PARAMETERPROB;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void append(char text[LABEL_TEXT], const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, LABEL_TEXT - len, format, args);
	va_end(args);
}

/* 'network', 'host', 'port' are no words by themselves, 'frag needed' is. */
static int is_whole(const struct sockopt_icmp *icmp)
{
	if (icmp->family == AF_INET6)
		return icmp->code != ICMP6_DST_UNREACH_ADDR &&
		       icmp->code != ICMP6_DST_UNREACH_NOPORT;
	return icmp->code > ICMP_PORT_UNREACH && icmp->code != ICMP_NET_UNR_TOS &&
	       icmp->code != ICMP_HOST_UNR_TOS;
}

static void label_unreachable(char text[LABEL_TEXT], const struct sockopt_icmp *icmp,
			      const char *code)
{
	append(text, "%s%s", code, is_whole(icmp) ? "" : " unreachable");
}

static int is_unreachable(const struct sockopt_icmp *icmp)
{
	return icmp->type == (icmp->family == AF_INET6 ? ICMP6_DST_UNREACH :
			      ICMP_DEST_UNREACH);
}

static int is_time_exceeded(const struct sockopt_icmp *icmp)
{
	return icmp->type == (icmp->family == AF_INET6 ? ICMP6_TIME_EXCEEDED :
			      ICMP_TIME_EXCEEDED);
}

static void label(char text[LABEL_TEXT], const struct sockopt_icmp *icmp)
{
	const char *type = sockopt_icmp_type_name(icmp->family, icmp->type);
	const char *code = sockopt_icmp_code_name(icmp->family, icmp->type,
						  icmp->code);

	if (!type)
		append(text, "type %u code %u", icmp->type, icmp->code);
	else if (!code)
		append(text, "%s code %u", type, icmp->code);
	else if (is_unreachable(icmp))
		label_unreachable(text, icmp, code);
	else if (!*code || (is_time_exceeded(icmp) && !icmp->code))
		append(text, "%s", type);
	else
		append(text, "%s %s", type, code);
}

const char *text_label(char text[LABEL_TEXT], const struct sockopt_icmp *icmp)
{
	text[0] = '\0';
	if (!(icmp->flags & SOCKOPT_ICMP_F_TYPE))
		append(text, "cut off");
	else
		label(text, icmp);
	if (icmp->flags & SOCKOPT_ICMP_F_MTU)
		append(text, " mtu %lu", (unsigned long)icmp->mtu);
	return text;
}

/* ---- Flows ------------------------------------------------------------- */

const char *text_protocol(unsigned int protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_UDPLITE:
		return "udplite";
	default:
		return NULL;
	}
}

static void write_port(FILE *to, unsigned int protocol, unsigned int port,
		       int has_names)
{
	struct servent *service = has_names ?
		getservbyport(htons((uint16_t)port), text_protocol(protocol)) : NULL;

	if (!service) {
		fprintf(to, ":%u", port);
		return;
	}
	fputc(':', to);
	text_escaped(to, service->s_name, strlen(service->s_name));
}

static void write_end(FILE *to, const struct sockopt_icmp *icmp,
		      const uint8_t *address, unsigned int port, int has_names)
{
	int is_icmp = icmp->quoted_proto == IPPROTO_ICMP ||
		      icmp->quoted_proto == IPPROTO_ICMPV6;
	char host[HOST_TEXT];

	text_host(host, icmp->quoted_family, address, has_names);
	if (is_icmp || !(icmp->flags & SOCKOPT_ICMP_F_PORTS)) {
		fprintf(to, " %s", host);
		return;
	}
	fprintf(to, strchr(host, ':') ? " [%s]" : " %s", host);
	write_port(to, icmp->quoted_proto, port, has_names);
}

void text_flow(FILE *to, const struct sockopt_icmp *icmp, int has_names)
{
	const char *protocol = text_protocol(icmp->quoted_proto);

	if (protocol)
		fprintf(to, "%s", protocol);
	else
		fprintf(to, "protocol %u", icmp->quoted_proto);
	write_end(to, icmp, icmp->quoted_src, icmp->quoted_sport, has_names);
	fputs(" >", to);
	write_end(to, icmp, icmp->quoted_dst, icmp->quoted_dport, has_names);
	if ((icmp->quoted_proto == IPPROTO_ICMP ||
	     icmp->quoted_proto == IPPROTO_ICMPV6) &&
	    icmp->flags & SOCKOPT_ICMP_F_PORTS)
		fprintf(to, " id %u", icmp->quoted_sport);
}

/* ---- Of others --------------------------------------------------------- */

/*
 * By the first byte of a character of UTF-8, what may follow: nothing that makes it longer
 * than it need be, a surrogate, larger than the largest, or a control (U+0080 to U+009F).
 */
static int is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return 1;
	}
}

/* Bytes of the character of UTF-8 at the front, that moves no cursor; 0: there is none. */
static size_t character_len(const unsigned char *bytes, size_t len)
{
	size_t size = bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 :
		      bytes[0] < 0xf5 ? 4 : 0, i;

	if (bytes[0] >= ' ' && bytes[0] < 0x7f)
		return 1;
	if (!size || size > len)
		return 0;
	for (i = 1; i < size; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return is_second(bytes[0], bytes[1]) ? size : 0;
}

void text_escaped(FILE *to, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t size;

	for (; len; at += size, len -= size) {
		size = character_len(at, len);
		if (size)
			fwrite(at, 1, size, to);
		else
			fprintf(to, "\\x%02x", *at);
		size = size ? size : 1;
	}
}

#define INTERFACES 16

const char *text_interface(uint32_t ifindex)
{
	static struct interface {
		uint32_t ifindex;
		uint64_t until;
		char name[IF_NAMESIZE];
	} names[INTERFACES];
	struct interface *one = &names[ifindex % INTERFACES];
	uint64_t now = now_ms();

	if (!ifindex)
		return NULL;
	if (one->ifindex != ifindex || now >= one->until) {
		one->ifindex = ifindex;
		one->until = now + 1000;
		if (!if_indextoname(ifindex, one->name))
			one->name[0] = '\0';
		tame(one->name);
	}
	return one->name[0] ? one->name : NULL;
}

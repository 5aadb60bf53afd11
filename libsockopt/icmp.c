/* SPDX-License-Identifier: MIT */
/*
 * ICMP: a stream of the channel 'icmp', and its packets decoded.
 */
#include "decode.h"

#include <errno.h>

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

void sockopt_internal_set_id(const uint8_t *rest, int is_extended,
			     struct sockopt_icmp *icmp)
{
	icmp->flags |= SOCKOPT_ICMP_F_ECHO;
	icmp->id = (uint16_t)get16(rest);
	icmp->seq = is_extended ? rest[2] : (uint16_t)get16(rest + 2);
}

void sockopt_internal_set_lifetime(const uint8_t *rest,
				   struct sockopt_icmp *icmp)
{
	icmp->flags |= SOCKOPT_ICMP_F_LIFETIME;
	icmp->lifetime = (uint16_t)get16(rest + 2);
}

void sockopt_internal_set_mtu(uint32_t mtu, struct sockopt_icmp *icmp)
{
	icmp->flags |= SOCKOPT_ICMP_F_MTU;
	icmp->mtu = mtu;
}

void sockopt_internal_set_pointer(uint32_t pointer, struct sockopt_icmp *icmp)
{
	icmp->flags |= SOCKOPT_ICMP_F_POINTER;
	icmp->pointer = pointer;
}

static void decode_message(struct span message, struct sockopt_icmp *icmp)
{
	if (message.len < ICMP_LEN)
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
	if (message.len < 2)
		return;
	icmp->flags |= SOCKOPT_ICMP_F_TYPE;
	icmp->type = message.data[0];
	icmp->code = message.data[1];
	if (message.len < ICMP_LEN)
		return;
	if (icmp->family == AF_INET6)
		sockopt_internal_icmp6(message, icmp);
	else
		sockopt_internal_icmp4(message, icmp);
}

static void decode(const struct sockopt_record *rec, const struct ip_packet *ip,
		   struct span message, struct sockopt_icmp *icmp)
{
	memset(icmp, 0, sizeof(*icmp));
	icmp->size = sizeof(*icmp);
	icmp->family = rec->family;
	icmp->ttl = (uint8_t)ip->ttl;
	ip_address(icmp->src, ip->family, ip->src);
	ip_address(icmp->dst, ip->family, ip->dst);
	decode_message(message, icmp);
}

/* Mostly the caller's struct has our size, and nothing need be copied. */
int sockopt_icmp_decode(const struct sockopt_record *rec,
			struct sockopt_icmp *icmp)
{
	struct sockopt_icmp told;
	struct ip_packet ip;
	struct span message;
	int ret;

	ret = sockopt_internal_message(rec, &ip, &message);
	if (ret)
		return ret;
	if (icmp->size == sizeof(*icmp)) {
		decode(rec, &ip, message, icmp);
		return 0;
	}
	decode(rec, &ip, message, &told);
	return sockopt_internal_give(icmp, SOCKOPT_ICMP_SIZE_1, &told,
				     sizeof(told));
}

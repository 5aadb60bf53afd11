// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters: made of a caller's bytes in process context, asked for each record in
 * any context. What is cheap is asked first; a program last.
 */
#include "filter.h"
#include "option.h"

#include <linux/err.h>
#include <linux/filter.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>

/* ---- Asking ---- */

bool sko_filter_wants_half(const struct sko_filter *filter, enum sko_half half)
{
	if (!filter)
		return true;
	return memchr_inv(half == SKO_HALF_IP6 ? filter->is.types6 :
						 filter->is.types, 0,
			  sizeof(filter->is.types));
}

static bool is_within(const union sko_address *address,
		      const struct sko_prefix *prefix)
{
	return !(((address->words[0] ^ prefix->bits[0]) & prefix->mask[0]) |
		 ((address->words[1] ^ prefix->bits[1]) & prefix->mask[1]));
}

static bool are_addresses_wanted(const struct sko_filter *filter,
				 const struct sko_packet *packet)
{
	return packet->has_addresses && is_within(&packet->src, &filter->src) &&
	       is_within(&packet->dst, &filter->dst);
}

static bool is_port_wanted(u16 port, u16 wanted)
{
	return !wanted || port == wanted;
}

static bool are_ports_wanted(const struct sockopt_filter *is,
			     const struct sko_packet *packet)
{
	if (!is->quoted_sport && !is->quoted_dport)
		return true;
	return packet->has_ports &&
	       is_port_wanted(packet->quoted_sport, is->quoted_sport) &&
	       is_port_wanted(packet->quoted_dport, is->quoted_dport);
}

static bool is_quoted_wanted(const struct sko_filter *filter,
			     const struct sko_packet *packet)
{
	const struct sockopt_filter *is = &filter->is;

	return packet->has_quoted &&
	       (!is->quoted_protocol ||
		packet->quoted_protocol == is->quoted_protocol) &&
	       is_within(&packet->quoted_src, &filter->quoted_src) &&
	       is_within(&packet->quoted_dst, &filter->quoted_dst) &&
	       are_ports_wanted(is, packet);
}

/* The program sees what skb->data points to: the IP header. */
bool sko_filter_is_met(const struct sko_filter *filter, struct sko_packet *packet)
{
	const struct sockopt_filter *is = &filter->is;

	if (!packet->skb)
		return false;
	if (is->ifindex && is->ifindex != packet->rec->ifindex)
		return false;
	if (is->family && is->family != packet->rec->family)
		return false;
	if (!packet->is_dissected)
		sko_packet_dissect(packet);
	if (filter->has_codes &&
	    !(packet->has_code && sko_filter_has_bit(is->codes, packet->code)))
		return false;
	if (filter->has_addresses && !are_addresses_wanted(filter, packet))
		return false;
	if (filter->has_quoted && !is_quoted_wanted(filter, packet))
		return false;
	return !filter->program ||
	       bpf_prog_run_pin_on_cpu(filter->program, packet->skb);
}

/* ---- Making ---- */

static int check_prefixes(const struct sockopt_filter *is)
{
	u8 most = max(max(is->src_prefix, is->dst_prefix),
		      max(is->quoted_src_prefix, is->quoted_dst_prefix));

	switch (is->family) {
	case 0:
		return most ? -EINVAL : 0;
	case AF_INET:
		return most > 32 ? -EINVAL : 0;
	case AF_INET6:
		return most > 128 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* size: that of the caller's struct; the program is all that is behind it. */
static int check(const struct sockopt_filter *is, size_t size, size_t len)
{
	if (is->flags || is->reserved || is->reserved2)
		return -EINVAL;
	if (is->program_len > SOCKOPT_PROGRAM_MAX ||
	    len - size != is->program_len * sizeof(struct sockopt_instruction))
		return -EINVAL;
	return check_prefixes(is);
}

/* The first so many bits of these bytes. */
static void set_prefix(struct sko_prefix *prefix, const u8 *bytes, u8 bits)
{
	u8 *mask = (u8 *)prefix->mask;

	memcpy(prefix->bits, bytes, sizeof(prefix->bits));
	memset(mask, 0xff, bits / 8);
	if (bits % 8)
		mask[bits / 8] = 0xff << (8 - bits % 8);
}

static void note_conditions(struct sko_filter *filter)
{
	const struct sockopt_filter *is = &filter->is;

	set_prefix(&filter->src, is->src, is->src_prefix);
	set_prefix(&filter->dst, is->dst, is->dst_prefix);
	set_prefix(&filter->quoted_src, is->quoted_src, is->quoted_src_prefix);
	set_prefix(&filter->quoted_dst, is->quoted_dst, is->quoted_dst_prefix);
	filter->has_codes = memchr_inv(is->codes, 0, sizeof(is->codes));
	filter->has_addresses = is->src_prefix || is->dst_prefix;
	filter->has_quoted = is->quoted_protocol || is->quoted_sport ||
			     is->quoted_dport || is->quoted_src_prefix ||
			     is->quoted_dst_prefix;
	filter->has_conditions = filter->has_codes || filter->has_addresses ||
				 filter->has_quoted || is->ifindex ||
				 is->family || is->program_len;
}

/* The kernel's own verifier checks it, and compiles it. The bytes are copied. */
static int make_program(struct sko_filter *filter, const void *instructions)
{
	struct sock_fprog_kern fprog = {
		.len = filter->is.program_len,
		.filter = (struct sock_filter *)instructions,
	};

	int ret;

	BUILD_BUG_ON(sizeof(struct sock_filter) !=
		     sizeof(struct sockopt_instruction));
	BUILD_BUG_ON(SOCKOPT_PROGRAM_MAX != BPF_MAXINSNS);
	if (!fprog.len)
		return 0;
	ret = bpf_prog_create(&filter->program, &fprog);
	return ret == -ENOTSUPP ? -ENOMEM : ret; /* no room for the compiler */
}

static int fill(struct sko_filter *filter, const void *bytes, size_t len,
		bool is_ip)
{
	int size = sko_struct_take(&filter->is, sizeof(filter->is),
				   SOCKOPT_FILTER_SIZE_1, bytes, len);
	int ret;

	if (size < 0)
		return size;
	ret = check(&filter->is, size, len);
	if (ret)
		return ret;
	note_conditions(filter);
	if (filter->has_conditions && !is_ip)
		return -EOPNOTSUPP;
	return make_program(filter, bytes + size);
}

struct sko_filter *sko_filter_make(const void *bytes, size_t len, bool is_ip)
{
	struct sko_filter *filter;
	int ret;

	if (!len)
		return NULL;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	ret = fill(filter, bytes, len, is_ip);
	if (ret) {
		sko_filter_free(filter);
		return ERR_PTR(ret);
	}
	return filter;
}

void sko_filter_free(struct sko_filter *filter)
{
	if (filter && filter->program)
		bpf_prog_destroy(filter->program);
	kfree(filter);
}

static void free_filter(struct rcu_head *rcu)
{
	sko_filter_free(container_of(rcu, struct sko_filter, rcu));
}

void sko_filter_free_later(struct sko_filter *filter)
{
	if (filter)
		call_rcu(&filter->rcu, free_filter);
}

/* SPDX-License-Identifier: MIT */
/*
 * What the extension objects of ICMP hold: MPLS label stacks (RFC 4950) and
 * interfaces (RFC 5837).
 */
#include "decode.h"

#include <string.h>

#define MPLS_LEN	4	/* an entry of a label stack */
#define MPLS_INCOMING	1	/* c_type: the stack that the packet had */

#define AFI_IP4		1
#define AFI_IP6		2

int sockopt_icmp_mpls(const struct sockopt_icmp_extension *ext,
		      unsigned int index, struct sockopt_icmp_mpls *mpls)
{
	struct sockopt_icmp_mpls told = { 0 };
	uint32_t entry;
	int ret;

	if (ext->class_num != SOCKOPT_ICMP_EXTENSION_MPLS ||
	    ext->c_type != MPLS_INCOMING || index >= ext->len / MPLS_LEN)
		return 0;
	entry = get32(ext->data + (size_t)index * MPLS_LEN);
	told.label = entry >> 12;
	told.tc = (uint8_t)(entry >> 9 & 7);
	told.bottom = (uint8_t)(entry >> 8 & 1);
	told.ttl = (uint8_t)entry;
	ret = sockopt_internal_give(mpls, SOCKOPT_ICMP_MPLS_SIZE_1, &told,
				    sizeof(told));
	return ret ? ret : 1;
}

/* The next len bytes, or NULL if they are not there; then nothing is left. */
static const uint8_t *take(struct span *rest, size_t len)
{
	const uint8_t *data = len <= rest->len ? rest->data : NULL;

	*rest = span_behind(*rest, data ? len : rest->len);
	return data;
}

static int take_number(struct span *rest, uint32_t *number)
{
	const uint8_t *data = take(rest, 4);

	if (data)
		*number = get32(data);
	return data != NULL;
}

static int take_address(struct span *rest, struct sockopt_icmp_interface *told)
{
	const uint8_t *head = take(rest, 4);
	unsigned int afi = head ? get16(head) : 0;
	const uint8_t *address;

	if (afi != AFI_IP4 && afi != AFI_IP6)
		return 0;
	address = take(rest, afi == AFI_IP6 ? 16 : 4);
	if (!address)
		return 0;
	told->family = afi == AFI_IP6 ? AF_INET6 : AF_INET;
	ip_address(told->address, told->family, address);
	return 1;
}

/* A byte that says how long it is with this byte, and is not terminated. */
static int take_name(struct span *rest, struct sockopt_icmp_interface *told)
{
	size_t len = rest->len ? rest->data[0] : 0;
	const uint8_t *name;

	if (len < 1 || len > sizeof(told->name))
		return 0;
	name = take(rest, len);
	if (!name)
		return 0;
	memcpy(told->name, name + 1, len - 1);
	return 1;
}

static int take_part(struct span *rest, uint32_t part,
		     struct sockopt_icmp_interface *told)
{
	switch (part) {
	case SOCKOPT_ICMP_INTERFACE_F_IFINDEX:
		return take_number(rest, &told->ifindex);
	case SOCKOPT_ICMP_INTERFACE_F_ADDRESS:
		return take_address(rest, told);
	case SOCKOPT_ICMP_INTERFACE_F_NAME:
		return take_name(rest, told);
	default:
		return take_number(rest, &told->mtu);
	}
}

/*
 * The bits of c_type are those of our flags, and the highest one's part comes
 * first. One that makes no sense hides where the others are.
 */
static void decode_parts(struct span rest, unsigned int c_type,
			 struct sockopt_icmp_interface *told)
{
	uint32_t part = SOCKOPT_ICMP_INTERFACE_F_IFINDEX;

	for (; part; part >>= 1) {
		if (!(c_type & part))
			continue;
		if (!take_part(&rest, part, told)) {
			told->flags |= SOCKOPT_ICMP_INTERFACE_F_TRUNCATED;
			return;
		}
		told->flags |= part;
	}
}

int sockopt_icmp_interface(const struct sockopt_icmp_extension *ext,
			   struct sockopt_icmp_interface *interface)
{
	struct sockopt_icmp_interface told = { 0 };
	struct span parts = { ext->data, ext->len, 0 };
	int ret;

	if (ext->class_num != SOCKOPT_ICMP_EXTENSION_INTERFACE)
		return 0;
	told.role = ext->c_type >> 6;
	decode_parts(parts, ext->c_type, &told);
	ret = sockopt_internal_give(interface, SOCKOPT_ICMP_INTERFACE_SIZE_1,
				    &told, sizeof(told));
	return ret ? ret : 1;
}

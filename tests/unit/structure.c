/* SPDX-License-Identifier: MIT */
/* See structure.h. */
#include "structure.h"

#include <string.h>

unsigned int structure_of(const struct packet *p)
{
	return p->offset + 8U + QUOTE_LEN;
}

struct packet extended(int family, int is_announced)
{
	int is_ip6 = family == FAMILY_IP6;
	struct packet p = is_ip6 ? error6_about(3, 0, 0, 17) :
				   error_about(11, 0, 0, 17);

	if (is_announced)
		p.data[p.offset + (is_ip6 ? 4 : 5)] = (uint8_t)(QUOTE_LEN / (is_ip6 ? 8 : 4));
	grow(&p, structure_of(&p) - p.len);
	grow(&p, 4)[0] = 0x20;
	seal(&p);
	return p;
}

void add_object(struct packet *p, unsigned int class_num, unsigned int c_type,
		const void *data, unsigned int len)
{
	uint8_t *object = grow(p, 4 + len);

	put16(object, 4 + len);
	object[2] = (uint8_t)class_num;
	object[3] = (uint8_t)c_type;
	memcpy(object + 4, data, len);
}

void seal(struct packet *p)
{
	uint8_t *structure = p->data + structure_of(p);
	unsigned int i, sum = 0, len = p->len - structure_of(p);

	put16(structure + 2, 0);
	for (i = 0; i < len; i++)
		sum += (unsigned int)structure[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(structure + 2, ~sum & 0xffff);
	finish(p);
}

unsigned int count_objects(const struct sockopt_record *rec, int *ret)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
	unsigned int count = 0;

	while ((*ret = sockopt_icmp_extension(rec, &ext)) > 0)
		count++;
	return count;
}

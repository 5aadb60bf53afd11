/* SPDX-License-Identifier: MIT */
/*
 * Extensions of ICMP messages: objects behind the packet that an error quotes
 * (RFC 4884), and in the question of an extended echo (RFC 8335).
 */
#include "decode.h"

#include <errno.h>

#define QUOTE_MIN	128	/* bytes of a quote with extensions behind */
#define STRUCTURE_LEN	4	/* version, checksum */
#define STRUCTURE_VERSION 2
#define OBJECT_LEN	4	/* length, class, type */

/* ---- Where they are ------------------------------------------------------ */

static int may_extend(unsigned int family, unsigned int type)
{
	if (family == AF_INET6)
		return type == ICMP6_TYPE_UNREACHABLE ||
		       type == ICMP6_TYPE_TIME_EXCEEDED;
	return type == ICMP_TYPE_UNREACHABLE ||
	       type == ICMP_TYPE_TIME_EXCEEDED ||
	       type == ICMP_TYPE_PARAMETER_PROBLEM;
}

static int is_question(unsigned int family, unsigned int type)
{
	return family == AF_INET6 ? type == ICMP6_TYPE_EXTENDED_REQUEST :
				    type == ICMP_TYPE_EXTENDED_REQUEST;
}

/* The length attribute; not believed where it is less than RFC 4884 allows. */
static size_t quote_len(unsigned int family, const uint8_t *header)
{
	size_t len = family == AF_INET6 ? (size_t)header[4] * 8 :
					  (size_t)header[5] * 4;

	return len < QUOTE_MIN ? 0 : len;
}

/* The checksum's sum over all of it, which is 0xffff if it is right. */
static uint32_t sum_of(struct span span)
{
	uint32_t sum = 0;

	for (; span.len > 1; span = span_behind(span, 2))
		sum += get16(span.data);
	if (span.len)
		sum += (uint32_t)span.data[0] << 8;
	sum = (sum >> 16) + (sum & 0xffff);
	return (sum >> 16) + (sum & 0xffff);
}

/*
 * Announced: the message says that it is here; then it may lack a checksum, and
 * may be cut, so that there is none to verify. Otherwise these could be bytes
 * of the quote, and only the checksum says that they are not.
 */
static int is_structure(struct span span, int is_announced)
{
	if (span.len < STRUCTURE_LEN || span.data[0] >> 4 != STRUCTURE_VERSION)
		return 0;
	if (span.is_cut || !get16(span.data + 2))
		return is_announced;
	return sum_of(span) == 0xffff;
}

struct parts {
	struct span quote;
	struct span structure;	/* empty: there is none */
	int is_cut;		/* announced, and not all here */
};

/*
 * Older routers announce nothing, and quote 128 bytes. A message that is cut
 * does not show if it is one of theirs: no more than that is taken for a quote.
 */
static void split_at(struct span body, size_t at, struct parts *parts)
{
	int is_announced = at != 0;
	struct span behind;

	if (!is_announced)
		at = QUOTE_MIN;
	behind = span_behind(body, at);
	if (is_structure(behind, is_announced))
		parts->structure = behind;
	if (is_announced || parts->structure.len || body.is_cut)
		parts->quote = span_first(body, at);
	parts->is_cut = is_announced && body.is_cut;
}

/* The message has ICMP_LEN bytes at least. */
static struct parts split(unsigned int family, struct span message)
{
	struct span body = span_behind(message, ICMP_LEN);
	struct parts parts = { body, span_behind(body, body.len), 0 };
	unsigned int type = message.data[0];

	if (may_extend(family, type)) {
		split_at(body, quote_len(family, message.data), &parts);
	} else if (is_question(family, type)) {
		parts.is_cut = body.is_cut;
		if (is_structure(body, 1))
			parts.structure = body;
	}
	return parts;
}

struct span sockopt_internal_quote(struct span message,
				   struct sockopt_icmp *icmp)
{
	struct parts parts = split(icmp->family, message);

	if (parts.structure.len)
		icmp->flags |= SOCKOPT_ICMP_F_EXTENSIONS;
	if (parts.is_cut)
		icmp->flags |= SOCKOPT_ICMP_F_TRUNCATED;
	return parts.quote;
}

/* ---- One object after the other ------------------------------------------ */

/*
 * What is still to be handed out of the record: from where the caller's struct
 * says, or else all. Only the latter looks at the checksum, so that many small
 * objects do not take as many sums.
 */
static int objects_of(const struct sockopt_record *rec, uint32_t next,
		      struct span *objects)
{
	struct ip_packet ip;
	struct span message;
	int ret;

	ret = sockopt_internal_message(rec, &ip, &message);
	if (ret)
		return ret;
	*objects = span_behind(message, message.len);
	if (next >= rec->offset && next)
		*objects = span_behind(message, next - rec->offset);
	else if (!next && message.len >= ICMP_LEN)
		*objects = span_behind(split(ip.family, message).structure,
				       STRUCTURE_LEN);
	return 0;
}

/* Its length is within what there is, unless the rest is not here. */
static int is_object(struct span objects)
{
	size_t len;

	if (objects.len < OBJECT_LEN)
		return 0;
	len = get16(objects.data);
	return len >= OBJECT_LEN && (len <= objects.len || objects.is_cut);
}

static void tell_object(const struct sockopt_record *rec, struct span object,
			struct sockopt_icmp_extension *told)
{
	struct span payload = span_behind(object, OBJECT_LEN);

	told->next = (uint32_t)(object.data - sockopt_record_data(rec)) +
		     (uint32_t)object.len;
	if (object.is_cut)
		told->flags = SOCKOPT_ICMP_EXTENSION_F_TRUNCATED;
	told->class_num = object.data[2];
	told->c_type = object.data[3];
	told->len = (uint16_t)payload.len;
	told->data = payload.data;
}

int sockopt_icmp_extension(const struct sockopt_record *rec,
			   struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_extension told = { 0 };
	struct span objects;
	int ret;

	if (ext->size < SOCKOPT_ICMP_EXTENSION_SIZE_1)
		return -EINVAL;
	ret = objects_of(rec, ext->next, &objects);
	if (ret || !objects.len)
		return ret;
	if (objects.is_cut && objects.len < OBJECT_LEN)
		return 0;
	if (!is_object(objects))
		return -EBADMSG;
	tell_object(rec, span_first(objects, get16(objects.data)), &told);
	ret = sockopt_internal_give(ext, SOCKOPT_ICMP_EXTENSION_SIZE_1, &told,
				    sizeof(told));
	return ret ? ret : 1;
}

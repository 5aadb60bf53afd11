/* SPDX-License-Identifier: MIT */
/*
 * A packet as a JSON object, one a line. The keys are promised in sockopt(8).
 */
#include "object.h"
#include "text.h"
#include "tool.h"

#if HAVE_JANSSON

#include <inttypes.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct objects {
	struct output output;	/* first */
	struct style style;
};

/* ---- Values ------------------------------------------------------------ */

static void set_hex(json_t *object, const char *key, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * len + 1);
	size_t i;

	if (!text)
		errx(EXIT_FAILURE, "out of memory");
	for (i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	text[2 * len] = '\0';
	object_set_word(object, key, text);
	free(text);
}

static void set_address(json_t *object, const char *key, unsigned int family,
			const uint8_t *address)
{
	char text[ADDRESS_TEXT];

	object_set_word(object, key, text_address(text, family, address));
}

static const char *family_name(unsigned int family)
{
	return family == AF_INET6 ? "ipv6" : "ipv4";
}

/* ---- Record ------------------------------------------------------------ */

static void set_time(json_t *object, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char day[32], text[64];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%FT%T", &tm);
	snprintf(text, sizeof(text), "%s.%09" PRIu64 "Z", day, ns % 1000000000);
	object_set_word(object, "time", text);
	object_set_number(object, "time_ns", ns);
}

static void set_record(json_t *object, const struct item *item)
{
	const struct sockopt_record *rec = item->rec;

	set_time(object, rec->time);
	object_set_number(object, "seq", rec->seq);
	object_set_number(object, "lost", rec->lost);
	object_set_number(object, "ifindex", rec->ifindex);
	object_set_bytes(object, "interface", text_interface(rec->ifindex));
	object_set_word(object, "family", family_name(rec->family));
	object_set_number(object, "len", rec->len);
	object_set_number(object, "caplen", rec->caplen);
	object_set_number(object, "kind", rec->kind);
	object_set_number(object, "flags", rec->flags);
	object_set_bool(object, "truncated", rec->flags & SOCKOPT_RECORD_F_TRUNCATED ||
			item->icmp->flags & SOCKOPT_ICMP_F_TRUNCATED);
	object_set_number(object, "offset", rec->offset);
}

/* ---- Packet ------------------------------------------------------------ */

static void set_name(json_t *object, const char *key, const struct sockopt_icmp *icmp,
		     const uint8_t *address)
{
	char text[HOST_TEXT];

	object_set_bytes(object, key, text_host(text, icmp->family, address, 1));
}

static void set_ends(json_t *object, const struct sockopt_icmp *icmp, int has_names)
{
	set_address(object, "src", icmp->family, icmp->src);
	set_address(object, "dst", icmp->family, icmp->dst);
	if (has_names) {
		set_name(object, "src_name", icmp, icmp->src);
		set_name(object, "dst_name", icmp, icmp->dst);
	}
	object_set_number(object, "ttl", icmp->ttl);
}

static void set_type(json_t *object, const struct sockopt_icmp *icmp)
{
	const char *type = sockopt_icmp_type_name(icmp->family, icmp->type);
	const char *code = sockopt_icmp_code_name(icmp->family, icmp->type,
						  icmp->code);

	object_set_number(object, "type", icmp->type);
	object_set_number(object, "code", icmp->code);
	if (type)
		object_set_word(object, "type_name", type);
	if (code && *code)
		object_set_word(object, "code_name", code);
}

static void set_details(json_t *object, const struct sockopt_icmp *icmp)
{
	if (icmp->flags & SOCKOPT_ICMP_F_TYPE)
		set_type(object, icmp);
	if (icmp->flags & SOCKOPT_ICMP_F_ECHO) {
		object_set_number(object, "id", icmp->id);
		object_set_number(object, "icmp_seq", icmp->seq);
	}
	if (icmp->flags & SOCKOPT_ICMP_F_MTU)
		object_set_number(object, "mtu", icmp->mtu);
	if (icmp->flags & SOCKOPT_ICMP_F_GATEWAY)
		set_address(object, "gateway", icmp->family, icmp->gateway);
	if (icmp->flags & SOCKOPT_ICMP_F_TARGET)
		set_address(object, "target", icmp->family, icmp->target);
	if (icmp->flags & SOCKOPT_ICMP_F_POINTER)
		object_set_number(object, "pointer", icmp->pointer);
	if (icmp->flags & SOCKOPT_ICMP_F_LIFETIME)
		object_set_number(object, "lifetime", icmp->lifetime);
}

static void set_ports(json_t *object, const struct sockopt_icmp *icmp)
{
	if (icmp->quoted_proto == IPPROTO_ICMP || icmp->quoted_proto == IPPROTO_ICMPV6) {
		object_set_number(object, "id", icmp->quoted_sport);
		return;
	}
	object_set_number(object, "sport", icmp->quoted_sport);
	object_set_number(object, "dport", icmp->quoted_dport);
}

static void set_quoted(json_t *object, const struct sockopt_icmp *icmp)
{
	json_t *quoted = json_object();
	const char *name = text_protocol(icmp->quoted_proto);

	object_set(object, "quoted", quoted);
	object_set_word(quoted, "family", family_name(icmp->quoted_family));
	object_set_number(quoted, "protocol", icmp->quoted_proto);
	if (name)
		object_set_word(quoted, "protocol_name", name);
	set_address(quoted, "src", icmp->quoted_family, icmp->quoted_src);
	set_address(quoted, "dst", icmp->quoted_family, icmp->quoted_dst);
	object_set_number(quoted, "len", icmp->quoted_len);
	object_set_number(quoted, "ttl", icmp->quoted_ttl);
	if (icmp->flags & SOCKOPT_ICMP_F_PORTS)
		set_ports(quoted, icmp);
}

static void set_process(json_t *object, const struct process *process)
{
	json_t *value = json_object();

	object_set(object, "process", value);
	object_set_number(value, "pid", (uint64_t)process->pid);
	object_set_bytes(value, "command", process->command);
	object_set_number(value, "inode", process->inode);
	object_set_number(value, "others", process->others);
}

/* ---- Extensions -------------------------------------------------------- */

static void set_mpls(json_t *object, const struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	json_t *stack = json_array(), *entry;
	unsigned int i;

	object_set(object, "mpls", stack);
	for (i = 0; sockopt_icmp_mpls(ext, i, &mpls) > 0; i++) {
		entry = json_object();
		object_set_number(entry, "label", mpls.label);
		object_set_number(entry, "tc", mpls.tc);
		object_set_bool(entry, "bottom", mpls.bottom);
		object_set_number(entry, "ttl", mpls.ttl);
		if (json_array_append_new(stack, entry))
			errx(EXIT_FAILURE, "out of memory");
	}
}

static void set_interface(json_t *object,
			  const struct sockopt_icmp_interface *interface)
{
	json_t *value = json_object();

	object_set(object, "interface", value);
	object_set_number(value, "role", interface->role);
	if (interface->flags & SOCKOPT_ICMP_INTERFACE_F_IFINDEX)
		object_set_number(value, "ifindex", interface->ifindex);
	if (interface->flags & SOCKOPT_ICMP_INTERFACE_F_MTU)
		object_set_number(value, "mtu", interface->mtu);
	if (interface->flags & SOCKOPT_ICMP_INTERFACE_F_NAME)
		object_set_bytes(value, "name", interface->name);
	if (interface->flags & SOCKOPT_ICMP_INTERFACE_F_ADDRESS)
		set_address(value, "address", interface->family,
			    interface->address);
}

static void set_extension(json_t *object, const struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_interface interface = { .size = sizeof(interface) };

	object_set_number(object, "class", ext->class_num);
	object_set_number(object, "type", ext->c_type);
	if (ext->class_num == SOCKOPT_ICMP_EXTENSION_MPLS)
		set_mpls(object, ext);
	else if (sockopt_icmp_interface(ext, &interface) > 0)
		set_interface(object, &interface);
	else
		set_hex(object, "data", ext->data, ext->len);
}

static void set_extensions(json_t *object, const struct sockopt_record *rec)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
	json_t *all = json_array(), *one;

	object_set(object, "extensions", all);
	while (sockopt_icmp_extension(rec, &ext) > 0) {
		one = json_object();
		set_extension(one, &ext);
		if (json_array_append_new(all, one))
			errx(EXIT_FAILURE, "out of memory");
	}
}

/* ---- Output ------------------------------------------------------------ */

static json_t *object_of(const struct item *item, const struct style *style)
{
	json_t *object = json_object();

	set_record(object, item);
	set_ends(object, item->icmp, style->has_names);
	set_details(object, item->icmp);
	if (item->icmp->flags & SOCKOPT_ICMP_F_QUOTED)
		set_quoted(object, item->icmp);
	if (item->process)
		set_process(object, item->process);
	if (item->icmp->flags & SOCKOPT_ICMP_F_EXTENSIONS)
		set_extensions(object, item->rec);
	if (style->is_hex)
		set_hex(object, "data", sockopt_record_data(item->rec),
			item->rec->caplen);
	return object;
}

static int put_object(struct output *output, const struct item *item)
{
	const struct style *style = &((struct objects *)(void *)output)->style;

	object_put(object_of(item, style));
	return style->is_line_buffered || ferror(stdout) ? end_output() : EXIT_SUCCESS;
}

static int flush_objects(struct output *output)
{
	(void)output;
	return end_output();
}

static int close_objects(struct output *output, int64_t *missing)
{
	(void)missing;	/* who reads a stream knows what came */
	free(output);
	return end_output();
}

static const struct output_ops json_ops = {
	.put = put_object,
	.flush = flush_objects,
	.close = close_objects,
};

int output_open_json(struct output **output, const struct style *style)
{
	struct objects *objects = calloc(1, sizeof(*objects));

	if (!objects)
		err(EXIT_FAILURE, "json");
	objects->output.ops = &json_ops;
	objects->style = *style;
	*output = &objects->output;
	return EXIT_SUCCESS;
}

#else

int output_open_json(struct output **output, const struct style *style)
{
	(void)output;
	(void)style;
	return complain_missing("--json", "jansson");
}

#endif /* HAVE_JANSSON */

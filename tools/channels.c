/* SPDX-License-Identifier: MIT */
/*
 * sockopt channels: what channels there are, and what they do.
 */
#include "format.h"
#include "object.h"
#include "table.h"
#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sockopt/sockopt.h>

static const char usage[] =
	"usage: sockopt channels [OPTION]\n"
	"Lists the channels: names, and what they do: texts, records, or both.\n"
	"\n"
	"      --json                 a JSON object a line\n"
	"  -h, --help\n";

static const struct column columns[] = {
	{ "channel", 0 },
	{ "id", 1 },
	{ "generation", 1 },
	{ "does", 0 },
	{ "snaplen", 1 },
	{ "max", 1 },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

typedef void channel_fn(void *to, const struct sockopt_channel *channel);

/* ---- Table ------------------------------------------------------------- */

static const char *what_it_does(uint32_t flags)
{
	switch (flags & (SOCKOPT_CHANNEL_F_TEXTS | SOCKOPT_CHANNEL_F_RECORDS)) {
	case SOCKOPT_CHANNEL_F_TEXTS:
		return "texts";
	case SOCKOPT_CHANNEL_F_RECORDS:
		return "records";
	case 0:
		return "-";
	default:
		return "texts,records";
	}
}

/* Without records there is nothing that could be kept of them. */
static void put_snaplen(struct table *table, const struct sockopt_channel *channel,
			uint32_t snaplen)
{
	if (channel->flags & SOCKOPT_CHANNEL_F_RECORDS)
		table_put_number(table, snaplen);
	else
		table_put(table, "-");
}

static void put_row(void *to, const struct sockopt_channel *channel)
{
	struct table *table = to;

	table_put(table, channel->name);
	table_put_number(table, channel->id);
	table_put_number(table, channel->generation);
	table_put(table, what_it_does(channel->flags));
	put_snaplen(table, channel, channel->snaplen);
	put_snaplen(table, channel, channel->snaplen_max);
}

/* ---- All of them ------------------------------------------------------- */

/* 0, or -errno. */
static int for_each(struct sockopt *so, channel_fn *put, void *to)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	int id = 0;

	while ((id = sockopt_channel_from(so, (unsigned int)id, &channel)) >= 0) {
		put(to, &channel);
		id++;
	}
	return id == -ENOENT ? 0 : id;
}

static int write_table(struct sockopt *so)
{
	struct table *table = table_open(columns, COLUMNS);
	int ret = for_each(so, put_row, table);

	if (!ret)
		table_write(table, stdout);
	table_close(table);
	return ret ? complain(ret, "channels") : end_output();
}

#if HAVE_JANSSON

static void put_object(void *to, const struct sockopt_channel *channel)
{
	json_t *object = json_object();

	(void)to;
	object_set_bytes(object, "channel", channel->name);
	object_set_number(object, "id", channel->id);
	object_set_number(object, "generation", channel->generation);
	object_set_bool(object, "texts", !!(channel->flags & SOCKOPT_CHANNEL_F_TEXTS));
	object_set_bool(object, "records", !!(channel->flags & SOCKOPT_CHANNEL_F_RECORDS));
	object_set_number(object, "snaplen", channel->snaplen);
	object_set_number(object, "snaplen_max", channel->snaplen_max);
	object_put(object);
}

static int write_json(struct sockopt *so)
{
	int ret = for_each(so, put_object, NULL);

	return ret ? complain(ret, "channels") : end_output();
}

#endif /* HAVE_JANSSON */

/* ---- Command ----------------------------------------------------------- */

static int write_as(enum format format, struct sockopt *so)
{
#if HAVE_JANSSON
	if (format == FORMAT_JSON)
		return write_json(so);
#endif
	(void)format;
	return write_table(so);
}

int cmd_channels(int argc, char **argv)
{
	enum format format;
	struct sockopt *so;
	int ret = format_parse(&format, FORMAT_JSON, usage, argc, argv);

	if (ret != FORMAT_GO_ON)
		return ret;
	ret = sockopt_open(&so);
	if (ret)
		return complain(ret, "channels");
	ret = write_as(format, so);
	sockopt_close(so);
	return ret;
}

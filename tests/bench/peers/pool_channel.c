// SPDX-License-Identifier: GPL-2.0-only
/* Endpoints that are streams: a record each, of its type. And the orders. */
#include "pool.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include <sockopt/channel.h>

static struct sko_channel *channel;

/* Who has no room for it counts it. */
int peer_pool_send_record(u32 endpoint, const struct peer_pool_message *message)
{
	const struct sko_record rec = {
		.type = endpoint,
		.kind = SOCKOPT_KIND_BYTES,
		.len = sizeof(*message),
	};

	sko_publish(channel, &init_net, &rec, message);
	return 0;
}

/* ---- Orders ---- */

static const struct {
	const char *word;
	peer_pool_send *send;
} ways[] = {
	{ "netlink", peer_pool_send_netlink },
	{ "records", peer_pool_send_record },
};

static peer_pool_send *find(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(word, ways[i].word))
			return ways[i].send;
	return NULL;
}

static int parse(const char *request, struct peer_pool_order *order)
{
	char word[16];

	if (sscanf(request, "%15s %u %u", word, &order->count, &order->threads) != 3)
		return -EINVAL;
	order->send = find(word);
	if (!order->send || !order->threads || order->threads > PEER_POOL_THREADS)
		return -EINVAL;
	return 0;
}

static ssize_t handle(const struct sko_text *text)
{
	struct peer_pool_result result = { };
	struct peer_pool_order order;
	char request[64];
	int ret;

	if (!text->request || !text->reply || text->len >= sizeof(request))
		return -EINVAL;
	memcpy(request, text->request, text->len);
	request[text->len] = 0;
	ret = parse(request, &order);
	if (!ret)
		ret = peer_pool_run(&order, &result);
	if (ret)
		return ret;
	return scnprintf(text->reply, text->room, "%llu %u", result.ticks,
			 result.failed);
}

static const struct sko_channel_ops ops = {
	.name = PEER_POOL,
	.text = handle,
	.snaplen = sizeof(struct peer_pool_message),
	.snaplen_max = sizeof(struct peer_pool_message),
};

int peer_pool_channel_init(void)
{
	channel = sko_channel_register(&ops);
	return PTR_ERR_OR_ZERO(channel);
}

void peer_pool_channel_exit(void)
{
	sko_channel_unregister(channel);
}

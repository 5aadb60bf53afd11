// SPDX-License-Identifier: GPL-2.0-only
/* A channel with all that one can have comes and goes: 0, or why it could not come. */
#include "publisher.h"

#include <linux/err.h>

static ssize_t answer(const struct sko_text *text)
{
	return 0;
}

static const struct sko_channel_ops ops = {
	.name = "registered",
	.text = answer,
	.snaplen_max = 1024,
	.reserves = true,
};

int register_once(const struct order *order)
{
	struct sko_channel *channel = sko_channel_register(&ops);

	sko_channel_unregister(channel);
	return PTR_ERR_OR_ZERO(channel);
}

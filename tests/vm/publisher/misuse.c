// SPDX-License-Identifier: GPL-2.0-only
/* Registrations that are wrong: each with the error that it must get. */
#include "publisher.h"

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/kernel.h>

static ssize_t answer(const struct sko_text *text)
{
	return 0;
}

#define LONGEST "abcdefghijklmnopqrstuvwxyz01234"	/* 31 */

static const struct {
	struct sko_channel_ops ops;
	int error;
} wrong[] = {
	{ { .name = NULL, .text = answer }, -EINVAL },
	{ { .name = "", .text = answer }, -EINVAL },
	{ { .name = "Capital", .text = answer }, -EINVAL },
	{ { .name = "a b", .text = answer }, -EINVAL },
	{ { .name = "a/b", .text = answer }, -EINVAL },
	{ { .name = "line\n", .text = answer }, -EINVAL },
	{ { .name = LONGEST "5", .text = answer }, -EINVAL },
	{ { .name = "neither" }, -EINVAL },
	{ { .name = "default", .snaplen = 9, .snaplen_max = 8 }, -EINVAL },
	{ { .name = "large", .snaplen_max = SOCKOPT_SNAPLEN_MAX + 1 }, -EINVAL },
	{ { .name = "right", .text = answer, .text_capability = -1 }, -EINVAL },
	{ { .name = "right", .text = answer, .open_capability = CAP_LAST_CAP + 1 }, -EINVAL },
	{ { .name = "reserves", .text = answer, .reserves = true }, -EINVAL },
	{ { .name = "reserves", .snaplen_max = 8, .reserves = true, .is_ip = true }, -EINVAL },
	{ { .name = "publisher", .text = answer }, -EEXIST },
	{ { .name = "icmp", .snaplen_max = 8 }, -EEXIST },
	{ { .name = "publisher", .snaplen_max = SOCKOPT_SNAPLEN_MAX, .reserves = true }, -EEXIST },
	{ { .name = LONGEST, .text = answer }, 0 },
	{ { .name = "a.b_c-9", .snaplen_max = SOCKOPT_SNAPLEN_MAX, .reserves = true }, 0 },
};

/* -EBADMSG, and the kernel log says which one: one got another answer. */
int misuse(const struct order *order)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct sko_channel *channel = sko_channel_register(&wrong[i].ops);
		int got = PTR_ERR_OR_ZERO(channel);

		sko_channel_unregister(channel);
		if (got != wrong[i].error) {
			pr_info("registration %u got %d\n", i, got);
			return -EBADMSG;
		}
	}
	sko_channel_unregister(NULL);
	return 0;
}

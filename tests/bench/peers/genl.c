// SPDX-License-Identifier: GPL-2.0-only
/* A family of generic netlink. */
#include "peers.h"

#include <linux/module.h>
#include <net/genetlink.h>

static struct peer_text text = PEER_TEXT_INIT(text);
static struct genl_family family;

static const struct nla_policy policy[] = {
	[PEER_ATTR_TEXT] = NLA_POLICY_EXACT_LEN(PEER_TEXT),
};

static int put(struct sk_buff *request, struct genl_info *info)
{
	if (!info->attrs[PEER_ATTR_TEXT])
		return -EINVAL;
	peer_put(&text, nla_data(info->attrs[PEER_ATTR_TEXT]));
	return 0;
}

/* With the text before. There is room: the message was made for this attribute. */
static int ask(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *head;

	if (!info->attrs[PEER_ATTR_TEXT])
		return -EINVAL;
	skb = genlmsg_new(nla_total_size(PEER_TEXT), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &family, 0, PEER_CMD_ASK);
	peer_swap(&text, nla_data(info->attrs[PEER_ATTR_TEXT]),
		  nla_data(nla_reserve(skb, PEER_ATTR_TEXT, PEER_TEXT)));
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static const struct genl_small_ops commands[] = {
	{ .cmd = PEER_CMD_PUT, .doit = put },
	{ .cmd = PEER_CMD_ASK, .doit = ask },
};

static struct genl_family family __ro_after_init = {
	.name = PEER_FAMILY,
	.version = PEER_FAMILY_VERSION,
	.maxattr = PEER_ATTR_TEXT,
	.policy = policy,
	.small_ops = commands,
	.n_small_ops = ARRAY_SIZE(commands),
	.parallel_ops = true,
	.resv_start_op = PEER_CMD_ASK + 1,
	.module = THIS_MODULE,
};

int peer_genl_init(void)
{
	return genl_register_family(&family);
}

void peer_genl_exit(void)
{
	genl_unregister_family(&family);
}

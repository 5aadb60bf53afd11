// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of channels. Register and unregister run in process context;
 * look-ups under RCU from any process that calls an option.
 *
 * Two counts keep a channel. 'users' counts calls that are inside it and keeps
 * the publisher's ops; unregister waits for it. 'ref' keeps the memory and the
 * id: as long as a feed (so: a stream) of a dead channel exists its id is not
 * given away again, and whoever still uses the id gets ESTALE.
 */
#include "channel.h"
#include "draft.h"
#include "feed.h"

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/xarray.h>

static DEFINE_XARRAY_ALLOC1(channels);	/* id -> channel, until the last ref */
static struct sko_channel __rcu *first[32] __read_mostly; /* of the first ids: nearer */
static DEFINE_MUTEX(registry_lock);	/* names and ids are given one by one */
static u32 next_id;			/* registry_lock */
static u32 last_generation;		/* registry_lock */

/* RCU. What is not in 'first' yet is in the other already. */
static struct sko_channel *find_id(u32 id)
{
	struct sko_channel *channel = NULL;
	u32 at;

	if (id < ARRAY_SIZE(first)) {
		at = array_index_nospec(id, ARRAY_SIZE(first));
		channel = rcu_dereference(first[at]);
	}
	return channel ?: xa_load(&channels, id);
}

static void note_first(u32 id, struct sko_channel *channel)
{
	if (id < ARRAY_SIZE(first))
		rcu_assign_pointer(first[id], channel);
}

static bool is_live(const struct sko_channel *channel)
{
	return !READ_ONCE(channel->is_dead);
}

struct sko_channel *sko_channel_enter(u32 id, u32 generation)
{
	struct sko_channel *channel;

	rcu_read_lock();
	channel = find_id(id);
	if (channel && ((generation && generation != channel->generation) ||
			!is_live(channel) ||
			!refcount_inc_not_zero(&channel->users)))
		channel = NULL;
	rcu_read_unlock();
	return channel ?: ERR_PTR(-ESTALE);
}

void sko_channel_leave(struct sko_channel *channel)
{
	if (refcount_dec_and_test(&channel->users))
		complete(&channel->idle);
}

void sko_channel_get(struct sko_channel *channel)
{
	kref_get(&channel->ref);
}

static void free_channel(struct kref *ref)
{
	struct sko_channel *channel = container_of(ref, struct sko_channel, ref);

	/* Look-ups go on under RCU until the memory does. */
	note_first(channel->id, NULL);
	xa_erase(&channels, channel->id);
	kfree_rcu(channel, rcu);
}

void sko_channel_put(struct sko_channel *channel)
{
	kref_put(&channel->ref, free_channel);
}

u32 sko_channel_id(const struct sko_channel *channel)
{
	return channel->id;
}
EXPORT_SYMBOL_GPL(sko_channel_id);

static bool is_good_name(const char *name)
{
	size_t len = strnlen(name, SOCKOPT_NAME_MAX);

	return len && len < SOCKOPT_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static bool are_good_ops(const struct sko_channel_ops *ops)
{
	return ops && ops->name && is_good_name(ops->name) &&
	       (ops->text || ops->snaplen_max) &&
	       !(ops->reserves && (ops->is_ip || !ops->snaplen_max)) &&
	       ops->snaplen_max <= SOCKOPT_SNAPLEN_MAX &&
	       ops->snaplen <= ops->snaplen_max &&
	       cap_valid(ops->text_capability) && cap_valid(ops->open_capability);
}

/* RCU: a dead channel may be freed at any time. It does not count. */
static struct sko_channel *find_name(const char *name)
{
	struct sko_channel *channel;
	unsigned long id;

	xa_for_each(&channels, id, channel)
		if (is_live(channel) && !strcmp(channel->name, name))
			return channel;
	return NULL;
}

static struct sko_channel *find_from(unsigned long id)
{
	struct sko_channel *channel;

	xa_for_each_start(&channels, id, channel, id)
		if (is_live(channel))
			return channel;
	return NULL;
}

static bool has_name(const char *name)
{
	bool has;

	rcu_read_lock();
	has = find_name(name);
	rcu_read_unlock();
	return has;
}

static int add(struct sko_channel *channel)
{
	int ret;

	lockdep_assert_held(&registry_lock);
	if (has_name(channel->name))
		return -EEXIST;
	if (!++last_generation)
		last_generation = 1;
	channel->generation = last_generation;
	ret = xa_alloc_cyclic(&channels, &channel->id, channel,
			      XA_LIMIT(1, SOCKOPT_CHANNELS_MAX - 1), &next_id,
			      GFP_KERNEL);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	note_first(channel->id, channel);
	return 0;
}

/* What ops say, and nobody knows of it yet. */
static struct sko_channel *alloc_channel(const struct sko_channel_ops *ops)
{
	struct sko_channel *channel = kzalloc(sizeof(*channel), GFP_KERNEL);

	if (!channel)
		return NULL;
	if (ops->reserves) {
		channel->drafts = sko_drafts_alloc(ops->snaplen_max);
		if (!channel->drafts) {
			kfree(channel);
			return NULL;
		}
	}
	channel->ops = ops;
	strscpy(channel->name, ops->name, sizeof(channel->name));
	channel->has_texts = ops->text;
	channel->is_ip = ops->is_ip;
	channel->text_capability = ops->text_capability ?: CAP_NET_ADMIN;
	channel->open_capability = ops->open_capability ?: CAP_NET_ADMIN;
	channel->snaplen = ops->snaplen;
	channel->snaplen_max = ops->snaplen_max;
	refcount_set(&channel->users, 1);
	hash_init(channel->feeds);
	spin_lock_init(&channel->lock);
	init_completion(&channel->idle);
	kref_init(&channel->ref);
	return channel;
}

struct sko_channel *sko_channel_register(const struct sko_channel_ops *ops)
{
	struct sko_channel *channel;
	int ret;

	if (!are_good_ops(ops))
		return ERR_PTR(-EINVAL);
	channel = alloc_channel(ops);
	if (!channel)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&registry_lock);
	ret = add(channel);
	mutex_unlock(&registry_lock);
	if (ret) {
		sko_drafts_free(channel->drafts);
		kfree(channel);
		return ERR_PTR(ret);
	}
	return channel;
}
EXPORT_SYMBOL_GPL(sko_channel_register);

void sko_channel_unregister(struct sko_channel *channel)
{
	if (IS_ERR_OR_NULL(channel))
		return;
	/* From here on nobody enters: who looked before counts as a user and is
	 * waited for. OPEN is a caller too, so after the wait there are no new
	 * feeds either, and those that are there can be ended.
	 */
	WRITE_ONCE(channel->is_dead, true);
	sko_channel_leave(channel);
	wait_for_completion(&channel->idle);
	sko_feed_end_all(channel);
	sko_drafts_free(channel->drafts);
	sko_channel_put(channel);
}
EXPORT_SYMBOL_GPL(sko_channel_unregister);

static void describe(const struct sko_channel *channel,
		     struct sockopt_channel *out)
{
	u32 size = out->size;

	memset(out, 0, sizeof(*out));
	out->size = size;
	out->id = channel->id;
	out->generation = channel->generation;
	out->flags = (channel->has_texts ? SOCKOPT_CHANNEL_F_TEXTS : 0) |
		     (channel->snaplen_max ? SOCKOPT_CHANNEL_F_RECORDS : 0);
	out->snaplen = channel->snaplen;
	out->snaplen_max = channel->snaplen_max;
	strscpy(out->name, channel->name, sizeof(out->name));
}

int sko_channel_describe(struct sockopt_channel *out)
{
	struct sko_channel *channel;

	if (strnlen(out->name, sizeof(out->name)) == sizeof(out->name))
		return -EINVAL;
	rcu_read_lock();
	channel = *out->name ? find_name(out->name) : find_from(out->id);
	if (channel)
		describe(channel, out);
	rcu_read_unlock();
	return channel ? 0 : -ENOENT;
}

void sko_channel_exit(void)
{
	WARN_ON(!xa_empty(&channels));
	xa_destroy(&channels);
}

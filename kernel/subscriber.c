// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscribers of a feed: a stream comes, changes what it wants, and goes. All with
 * sko_net.lock held, while publishers (publish.c) walk the lanes.
 */
#include "channel.h"
#include "feed.h"
#include "netns.h"
#include "stream.h"

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>

/* Without lockdep the argument would be made for nothing. */
static void assert_locked(const struct sko_feed *feed)
{
	if (IS_ENABLED(CONFIG_LOCKDEP))
		lockdep_assert_held(&sko_net(feed->net)->lock);
}

static u8 family_of(const struct sko_feed *feed, enum sko_half half)
{
	if (!feed->channel->is_ip)
		return 0;
	return half == SKO_HALF_IP6 ? AF_INET6 : AF_INET;
}

/* For the first subscriber of a half. */
static int get_half(struct sko_feed *feed, enum sko_half half)
{
	const struct sko_channel_ops *ops = feed->channel->ops;
	int ret = 0;

	if (!feed->halves[half].subscribers && ops->start)
		ret = sko_channel_result(ops->start(feed->channel, feed->net,
						    family_of(feed, half)));
	if (!ret)
		feed->halves[half].subscribers++;
	return ret;
}

/* After the last one. */
static void put_half(struct sko_feed *feed, enum sko_half half)
{
	const struct sko_channel_ops *ops = feed->channel->ops;

	if (!--feed->halves[half].subscribers && ops->stop)
		ops->stop(feed->channel, feed->net, family_of(feed, half));
}

/* A channel without IP packets publishes in one half only. */
static bool is_half_wanted(const struct sko_feed *feed,
			   const struct sko_filter *filter, enum sko_half half)
{
	return (half == SKO_HALF_MAIN || feed->channel->is_ip) &&
	       sko_filter_wants_half(filter, half);
}

/* From one filter to another; a stream that is on no lane yet comes from none. */
struct step {
	const struct sko_filter *from, *to;
	enum sko_half half;
	bool is_new;
};

static bool is_gained(const void *arg, u8 type)
{
	const struct step *step = arg;

	return sko_filter_wants_type(step->to, step->half, type) &&
	       (step->is_new ||
		!sko_filter_wants_type(step->from, step->half, type));
}

static bool is_given_up(const void *arg, u8 type)
{
	const struct step *step = arg;

	return sko_filter_wants_type(step->from, step->half, type) &&
	       !sko_filter_wants_type(step->to, step->half, type);
}

/*
 * Enter a half that the stream does not take part in. The baseline comes first:
 * see sko_feed_count() in publish.h. Nothing of it is reported before st->halves says so.
 */
static int enter_half(struct sko_feed *feed, struct sko_stream *st,
		      const struct sko_filter *filter, enum sko_half half)
{
	const struct step step = { .to = filter, .half = half, .is_new = true };
	struct sko_feed_half *own = &feed->halves[half];
	int ret;

	st->seen_before[half] = sko_feed_seen_half(feed, half);
	ret = sko_lanes_add(&own->lanes, st, is_gained, &step);
	if (ret)
		return ret;
	ret = get_half(feed, half);
	if (ret)
		sko_lanes_remove(&own->lanes, st);
	return ret;
}

static void leave_half(struct sko_feed *feed, struct sko_stream *st,
		       enum sko_half half)
{
	sko_lanes_remove(&feed->halves[half].lanes, st);
	put_half(feed, half);
}

static void leave_halves(struct sko_feed *feed, struct sko_stream *st, u8 halves)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++)
		if (halves & BIT(half))
			leave_half(feed, st, half);
}

/* Enter all that a filter wants beside those that are entered: or none. */
static int enter_halves(struct sko_feed *feed, struct sko_stream *st,
			const struct sko_filter *filter, u8 *entered)
{
	int half, ret;

	*entered = 0;
	for (half = 0; half < SKO_HALVES; half++) {
		if (st->halves & BIT(half) ||
		    !is_half_wanted(feed, filter, half))
			continue;
		ret = enter_half(feed, st, filter, half);
		if (ret) {
			leave_halves(feed, st, *entered);
			return ret;
		}
		*entered |= BIT(half);
	}
	return 0;
}

int sko_feed_add(struct sko_feed *feed, struct sko_stream *st)
{
	u8 entered;
	int ret;

	assert_locked(feed);
	ret = enter_halves(feed, st, rcu_dereference_protected(st->filter, true),
			   &entered);
	if (ret)
		return ret;
	sko_stream_count_halves(st, entered, 0);
	list_add_tail(&st->on_feed, &feed->subscribers);
	st->is_subscribed = true;
	return 0;
}

void sko_feed_remove(struct sko_feed *feed, struct sko_stream *st)
{
	assert_locked(feed);
	if (!st->is_subscribed)
		return;
	st->is_subscribed = false;
	list_del(&st->on_feed);
	leave_halves(feed, st, st->halves);
}

/* Lanes of a half that both filters want. */
static int widen(struct sko_feed *feed, struct sko_stream *st,
		 struct step *step, u8 halves)
{
	int half, ret;

	for (half = 0; half < SKO_HALVES; half++) {
		if (!(halves & BIT(half)))
			continue;
		step->half = half;
		ret = sko_lanes_add(&feed->halves[half].lanes, st, is_gained,
				    step);
		if (ret)
			return ret;
	}
	return 0;
}

static void narrow(struct sko_feed *feed, struct sko_stream *st,
		   struct step *step, u8 halves)
{
	int half;

	for (half = 0; half < SKO_HALVES; half++) {
		if (!(halves & BIT(half)))
			continue;
		step->half = half;
		sko_lanes_narrow(&feed->halves[half].lanes, st, is_given_up,
				 step);
	}
}

static u8 wanted_halves(const struct sko_feed *feed,
			const struct sko_filter *filter)
{
	u8 halves = 0;
	int half;

	for (half = 0; half < SKO_HALVES; half++)
		if (is_half_wanted(feed, filter, half))
			halves |= BIT(half);
	return halves;
}

/*
 * Widen, publish, narrow: a packet finds the stream on its lane if the old or the
 * new filter wants it, and is then judged by the one or the other.
 *
 * A half that is given up counts until no publisher is left that had the old
 * filter: then all that it brought is in 'seen'.
 */
int sko_feed_refilter(struct sko_feed *feed, struct sko_stream *st,
		      struct sko_filter *filter)
{
	struct sko_filter *old = rcu_dereference_protected(st->filter, true);
	u8 wanted = wanted_halves(feed, filter), given_up = st->halves & ~wanted;
	struct step step = { .from = old, .to = filter };
	u8 entered;
	int ret;

	assert_locked(feed);
	ret = widen(feed, st, &step, st->halves & wanted) ?:
	      enter_halves(feed, st, filter, &entered);
	if (ret) {
		step = (struct step){ .from = filter, .to = old };
		narrow(feed, st, &step, st->halves & wanted);
		return ret;
	}
	sko_stream_count_halves(st, entered, 0);
	rcu_assign_pointer(st->filter, filter);
	narrow(feed, st, &step, st->halves & wanted);
	if (given_up) {
		synchronize_rcu();
		sko_stream_count_halves(st, 0, given_up);
		leave_halves(feed, st, given_up);
	}
	sko_filter_free_later(old);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes are changed in process context under sko_net.lock, and walked under RCU in
 * any context, by offer.c.
 *
 * What is in a lane stays, but for entries that become NULL; one may be added behind
 * them. A change gives each lane that it is about an heir, a copy with the change,
 * and when all heirs are there, moves types from lane to heir. Types that shared a
 * lane and are not meant stay; a lane goes with the last of its types. A lane that
 * has room, and all of whose types are meant, is its own heir when one is added: so
 * a thousand streams are not copied a thousand times.
 */
#include "lane.h"

#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

/* A change: a stream is added to the lanes of some types, or taken from them. */
struct change {
	struct sko_lanes *lanes;
	struct sko_stream *st;
	sko_lane_pick *pick;
	const void *arg;
	bool is_add;
	struct sko_lane *first;		/* heir of types that have no lane */
};

/* An heir that stands for no lane at all. */
static struct sko_lane nobody;

/* Nobody but the holder of sko_net.lock changes what these read. */
static struct sko_lane *lane_of(const struct sko_lanes *lanes, unsigned int type)
{
	return rcu_dereference_protected(lanes->of[type], true);
}

static struct sko_stream *entry_of(const struct sko_lane *lane, unsigned int i)
{
	return rcu_dereference_protected(lane->streams[i], true);
}

/* ---- Heirs ---- */

static struct sko_lane *alloc_lane(unsigned int room)
{
	struct sko_lane *lane;

	lane = kvzalloc(struct_size(lane, streams, room),
			GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (lane)
		lane->room = room;
	return lane;
}

/* Who walks the lane now sees the entry, or the count before. */
static void append(struct sko_lane *lane, struct sko_stream *st)
{
	rcu_assign_pointer(lane->streams[lane->count], st);
	smp_store_release(&lane->count, lane->count + 1); /* pairs with those in offer.c */
	lane->live++;
}

static bool has_stream(const struct sko_lane *lane, const struct sko_stream *st)
{
	unsigned int i;

	for (i = 0; i < lane->count; i++)
		if (entry_of(lane, i) == st)
			return true;
	return false;
}

/* Without the entries that are NULL, and without this stream. */
static void append_all_but(struct sko_lane *to, const struct sko_lane *from,
			   const struct sko_stream *st)
{
	unsigned int i;

	for (i = 0; i < from->count; i++) {
		struct sko_stream *entry = entry_of(from, i);

		if (entry && entry != st)
			append(to, entry);
	}
}

/* lane: or NULL. Returns NULL without memory. */
static struct sko_lane *copy_with(const struct sko_lane *lane,
				  struct sko_stream *st)
{
	unsigned int live = lane ? lane->live : 0;
	struct sko_lane *heir = alloc_lane(live + 1 + live / 4);

	if (!heir)
		return NULL;
	if (lane)
		append_all_but(heir, lane, st);
	append(heir, st);
	return heir;
}

/* A lane that the stream is not on is its own heir. */
static struct sko_lane *copy_without(struct sko_lane *lane,
				     const struct sko_stream *st)
{
	struct sko_lane *heir;

	if (!lane)
		return &nobody;
	if (!has_stream(lane, st))
		return lane;
	if (lane->live == 1)
		return &nobody;
	heir = alloc_lane(lane->live - 1);
	if (heir)
		append_all_but(heir, lane, st);
	return heir;
}

static bool has_room(const struct sko_lane *lane)
{
	return lane && lane->picked == lane->shares && lane->count < lane->room;
}

static struct sko_lane *make_heir(const struct change *change,
				  struct sko_lane *lane)
{
	if (!change->is_add)
		return copy_without(lane, change->st);
	return has_room(lane) ? lane : copy_with(lane, change->st);
}

/* Where the heir of a type's lane stands. */
static struct sko_lane **heir_of(struct change *change, unsigned int type)
{
	struct sko_lane *lane = lane_of(change->lanes, type);

	return lane ? &lane->heir : &change->first;
}

static bool is_picked(const struct change *change, unsigned int type)
{
	return change->pick(change->arg, type);
}

/* Of each lane: how many of its types are meant. */
static void count_picked(struct change *change)
{
	struct sko_lane *lane;
	unsigned int type;

	for (type = 0; type < SKO_TYPES; type++) {
		lane = lane_of(change->lanes, type);
		if (lane)
			lane->picked = 0;
	}
	for (type = 0; type < SKO_TYPES; type++) {
		lane = lane_of(change->lanes, type);
		if (lane && is_picked(change, type))
			lane->picked++;
	}
}

static int make_heirs(struct change *change)
{
	unsigned int type;

	count_picked(change);
	for (type = 0; type < SKO_TYPES; type++) {
		struct sko_lane **heir = heir_of(change, type);

		if (*heir || !is_picked(change, type))
			continue;
		*heir = make_heir(change, lane_of(change->lanes, type));
		if (!*heir)
			return -ENOMEM;
	}
	return 0;
}

/* Those that no type has moved to go with it. */
static void forget_heirs(struct change *change)
{
	unsigned int type;

	for (type = 0; type < SKO_TYPES; type++) {
		struct sko_lane **heir = heir_of(change, type);

		if (*heir && *heir != &nobody && !(*heir)->shares)
			kvfree(*heir);
		*heir = NULL;
	}
}

/* ---- Moves ---- */

static void free_lane(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct sko_lane, rcu));
}

/* kvfree_rcu() would keep it for seconds, and with it what it is charged. */
static void put_share(struct sko_lane *lane)
{
	if (lane && !--lane->shares)
		call_rcu(&lane->rcu, free_lane);
}

static void move(struct sko_lanes *lanes, unsigned int type, struct sko_lane *to)
{
	struct sko_lane *from = lane_of(lanes, type);

	if (to)
		to->shares++;
	rcu_assign_pointer(lanes->of[type], to);
	put_share(from);
}

/*
 * Its own heir: the stream is added behind, once for all of the lane's types, unless
 * it stayed there when it should have left (see sko_lanes_narrow()).
 */
static void stay(const struct change *change, struct sko_lane *lane)
{
	if (change->is_add && lane->picked && !has_stream(lane, change->st))
		append(lane, change->st);
	lane->picked = 0;
}

static void move_picked(struct change *change)
{
	unsigned int type;

	for (type = 0; type < SKO_TYPES; type++) {
		struct sko_lane *lane = lane_of(change->lanes, type), *heir;

		if (!is_picked(change, type))
			continue;
		heir = *heir_of(change, type);
		if (lane && heir == lane)
			stay(change, lane);
		else
			move(change->lanes, type, heir == &nobody ? NULL : heir);
	}
}

static int make_change(struct change *change)
{
	int ret = make_heirs(change);

	if (!ret)
		move_picked(change);
	forget_heirs(change);
	return ret;
}

int sko_lanes_add(struct sko_lanes *lanes, struct sko_stream *st,
		  sko_lane_pick *pick, const void *arg)
{
	struct change change = {
		.lanes = lanes, .st = st, .pick = pick, .arg = arg,
		.is_add = true,
	};

	return make_change(&change);
}

void sko_lanes_narrow(struct sko_lanes *lanes, struct sko_stream *st,
		      sko_lane_pick *pick, const void *arg)
{
	struct change change = {
		.lanes = lanes, .st = st, .pick = pick, .arg = arg,
	};

	make_change(&change);
}

/* ---- Removal, in place ---- */

static void erase(struct sko_lane *lane, const struct sko_stream *st)
{
	unsigned int i;

	for (i = 0; i < lane->count; i++)
		if (entry_of(lane, i) == st) {
			RCU_INIT_POINTER(lane->streams[i], NULL);
			lane->live--;
			return;
		}
}

static void replace(struct sko_lanes *lanes, const struct sko_lane *lane,
		    struct sko_lane *by)
{
	unsigned int type;

	for (type = 0; type < SKO_TYPES; type++)
		if (lane_of(lanes, type) == lane)
			move(lanes, type, by);
}

/* Half of it is empty: who walks it should not pay for that, if there is memory. */
static void tidy(struct sko_lanes *lanes, struct sko_lane *lane)
{
	struct sko_lane *smaller;

	if (!lane->live) {
		replace(lanes, lane, NULL);
		return;
	}
	if (lane->live > lane->count / 2)
		return;
	smaller = alloc_lane(lane->live);
	if (!smaller)
		return;
	append_all_but(smaller, lane, NULL);
	smaller->turn = lane->turn;
	replace(lanes, lane, smaller);
}

void sko_lanes_remove(struct sko_lanes *lanes, struct sko_stream *st)
{
	u64 turn = ++lanes->turn;
	unsigned int type;

	for (type = 0; type < SKO_TYPES; type++) {
		struct sko_lane *lane = lane_of(lanes, type);

		if (!lane || lane->turn == turn)
			continue;
		lane->turn = turn;
		erase(lane, st);
		tidy(lanes, lane);
	}
}

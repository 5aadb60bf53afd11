// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drafts are a stack for each processor. What interrupts a publisher is done before
 * that goes on, so the depth needs no atomics: an interrupt leaves it as it was.
 */
#include "draft.h"

#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>

static bool make_room(struct sko_drafts __percpu *drafts, u32 size)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct sko_drafts *own = per_cpu_ptr(drafts, cpu);

		own->size = ALIGN(size, sizeof(u64));
		own->room = kvmalloc_node((size_t)SKO_DRAFTS * own->size,
					  GFP_KERNEL | __GFP_ZERO,
					  cpu_to_node(cpu));
		if (!own->room)
			return false;
	}
	return true;
}

struct sko_drafts __percpu *sko_drafts_alloc(u32 size)
{
	struct sko_drafts __percpu *drafts = alloc_percpu(struct sko_drafts);

	if (!drafts)
		return NULL;
	if (make_room(drafts, size))
		return drafts;
	sko_drafts_free(drafts);
	return NULL;
}

void sko_drafts_free(struct sko_drafts __percpu *drafts)
{
	int cpu;

	if (!drafts)
		return;
	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(drafts, cpu)->room);
	free_percpu(drafts);
}

static u8 *draft_at(const struct sko_drafts *own, unsigned int depth)
{
	return own->room + (size_t)depth * own->size;
}

void *sko_draft_begin(struct sko_drafts __percpu *drafts)
{
	struct sko_drafts *own = this_cpu_ptr(drafts);
	unsigned int depth = READ_ONCE(own->depth);

	if (WARN_ON_ONCE(depth >= SKO_DRAFTS))
		return NULL;
	WRITE_ONCE(own->depth, depth + 1);
	return draft_at(own, depth);
}

/* What is ended must be what was begun last: else the author has mixed them up. */
void sko_draft_end(struct sko_drafts __percpu *drafts, const void *draft)
{
	struct sko_drafts *own = this_cpu_ptr(drafts);
	unsigned int depth = READ_ONCE(own->depth);

	if (WARN_ON_ONCE(!depth || draft != draft_at(own, depth - 1)))
		return;
	WRITE_ONCE(own->depth, depth - 1);
}

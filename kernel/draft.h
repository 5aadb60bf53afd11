/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drafts: room for records that are written before they are published, for each
 * processor and as many as can be under way there at once.
 */
#ifndef SKO_DRAFT_H
#define SKO_DRAFT_H

#include <linux/percpu.h>
#include <linux/types.h>

/* Process, softirq, hard interrupt, NMI: each may interrupt the one before. */
#define SKO_DRAFTS 4

struct sko_drafts {
	unsigned int depth;	/* under way on this processor */
	u32 size;		/* bytes of each */
	u8 *room;		/* SKO_DRAFTS of them */
};

/* Of so many bytes each, on all processors. Process context. NULL: no memory. */
struct sko_drafts __percpu *sko_drafts_alloc(u32 size);
void sko_drafts_free(struct sko_drafts __percpu *drafts);	/* NULL is taken */

/*
 * Begin and end one: last begun, first ended. Any context, preemption off from before
 * begin to behind end. NULL: too many are under way, and nothing is to be ended.
 */
void *sko_draft_begin(struct sko_drafts __percpu *drafts);
void sko_draft_end(struct sko_drafts __percpu *drafts, const void *draft);

#endif /* SKO_DRAFT_H */

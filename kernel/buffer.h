/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a ring: the consumer's page, the status page, the pages of the
 * slots, as a program sees them in its mapping.
 */
#ifndef SKO_BUFFER_H
#define SKO_BUFFER_H

#include <linux/types.h>

struct page;
struct sockopt_status;

struct sko_buffer {
	struct page **pages;	/* [0]: the consumer's, [1]: the status */
	unsigned int page_count;
	u64 bytes;		/* of all pages */
	u32 *u_tail;		/* in the consumer's page */
	struct sockopt_status *status;
	u8 *data;		/* the slots' pages, in one run */
};

/* Bytes of all pages of a buffer for this many bytes of slots. */
u64 sko_buffer_bytes(u64 data_bytes);

/*
 * Zeroed, and charged to the caller's memory cgroup. -ENOMEM without a kernel
 * message. Process context. free takes one that was never allocated.
 */
int sko_buffer_alloc(struct sko_buffer *buffer, u64 data_bytes);
void sko_buffer_free(struct sko_buffer *buffer);

/* Copy slots out: 0 or -EFAULT. Process context. */
int sko_buffer_to_user(const struct sko_buffer *buffer, size_t offset,
		       void __user *user, size_t len);

#endif /* SKO_BUFFER_H */

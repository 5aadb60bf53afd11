/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a ring: the consumer's page, the status page, the pages of the
 * slots, as a program sees them in its mapping.
 */
#ifndef SKO_BUFFER_H
#define SKO_BUFFER_H

#include <linux/types.h>

struct iov_iter;
struct page;
struct sockopt_status;

#define SKO_BUFFER_FEW 4	/* pages that need no array of their own */

struct sko_buffer {
	struct page **pages;	/* [0]: the consumer's, [1]: the status */
	struct page *few[SKO_BUFFER_FEW];
	unsigned int page_count;
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

/* The two pages that are no slots. */
u32 *sko_buffer_tail(const struct sko_buffer *buffer);
struct sockopt_status *sko_buffer_status(const struct sko_buffer *buffer);

/* Copy slots out: 0 or -EFAULT. Process context. */
int sko_buffer_to_user(const struct sko_buffer *buffer, size_t offset,
		       void __user *user, size_t len);
int sko_buffer_to_iter(const struct sko_buffer *buffer, size_t offset,
		       struct iov_iter *to, size_t len);

#endif /* SKO_BUFFER_H */

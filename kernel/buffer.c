// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a ring. Single pages, so that large rings need no large blocks,
 * seen by publishers as one run through vmap(). Copies to programs are made from
 * the pages' own addresses: the check of an address in the vmalloc area takes a
 * lock that all processors share. But KCSAN takes two addresses for two memories,
 * and would see no race of publishers and readers.
 */
#include "buffer.h"
#include "compat.h"

#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#define PAGE_FLAGS_OF_RING \
	(SKO_GFP_RING | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#define FIRST_SLOTS_PAGE 2	/* behind the consumer's and the status page */

u64 sko_buffer_bytes(u64 data_bytes)
{
	return FIRST_SLOTS_PAGE * PAGE_SIZE + round_up(data_bytes, PAGE_SIZE);
}

static int alloc_pages_of(struct sko_buffer *buffer, unsigned int count)
{
	buffer->pages = count <= SKO_BUFFER_FEW ? buffer->few :
			kvcalloc(count, sizeof(*buffer->pages),
				 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buffer->pages)
		return -ENOMEM;
	while (buffer->page_count < count) {
		struct page *page = alloc_page(PAGE_FLAGS_OF_RING);

		if (!page)
			return -ENOMEM;
		buffer->pages[buffer->page_count++] = page;
	}
	return 0;
}

int sko_buffer_alloc(struct sko_buffer *buffer, u64 data_bytes)
{
	unsigned int count = sko_buffer_bytes(data_bytes) >> PAGE_SHIFT;

	memset(buffer, 0, sizeof(*buffer));
	if (alloc_pages_of(buffer, count))
		goto err_free;
	buffer->data = vmap(buffer->pages + FIRST_SLOTS_PAGE,
			    count - FIRST_SLOTS_PAGE, VM_MAP, PAGE_KERNEL);
	if (!buffer->data)
		goto err_free;
	return 0;

err_free:
	sko_buffer_free(buffer);
	return -ENOMEM;
}

void sko_buffer_free(struct sko_buffer *buffer)
{
	vunmap(buffer->data);
	while (buffer->page_count)
		__free_page(buffer->pages[--buffer->page_count]);
	if (buffer->pages != buffer->few)
		kvfree(buffer->pages);
	memset(buffer, 0, sizeof(*buffer));
}

u32 *sko_buffer_tail(const struct sko_buffer *buffer)
{
	return page_address(buffer->pages[0]);
}

struct sockopt_status *sko_buffer_status(const struct sko_buffer *buffer)
{
	return page_address(buffer->pages[1]);
}

static const u8 *address_of(const struct sko_buffer *buffer, size_t offset)
{
	struct page *page = buffer->pages[FIRST_SLOTS_PAGE + offset / PAGE_SIZE];

	if (IS_ENABLED(CONFIG_KCSAN))
		return buffer->data + offset;
	return (u8 *)page_address(page) + offset_in_page(offset);
}

static size_t part_in_page(size_t offset, size_t len)
{
	return min_t(size_t, len, PAGE_SIZE - offset_in_page(offset));
}

int sko_buffer_to_user(const struct sko_buffer *buffer, size_t offset,
		       void __user *user, size_t len)
{
	while (len) {
		size_t part = part_in_page(offset, len);

		if (copy_to_user(user, address_of(buffer, offset), part))
			return -EFAULT;
		user += part;
		offset += part;
		len -= part;
	}
	return 0;
}

int sko_buffer_to_iter(const struct sko_buffer *buffer, size_t offset,
		       struct iov_iter *to, size_t len)
{
	while (len) {
		size_t part = part_in_page(offset, len);

		if (copy_to_iter(address_of(buffer, offset), part, to) != part)
			return -EFAULT;
		offset += part;
		len -= part;
	}
	return 0;
}

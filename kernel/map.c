// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapped ring. A program may write the consumer's page and no other one, for
 * good: VM_MAYWRITE is cleared, so that mprotect() cannot give it back. The pages
 * are there at once: no fault handler. Each mapping holds the file, and so the
 * stream, and each page by itself.
 *
 * Context: mmap_lock is held. The copying of RECORDS and read takes it in page
 * faults, inside of 'reader'; so here reader may only be tried.
 */
#include "compat.h"
#include "map.h"
#include "stream.h"

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>

static bool has_consumer_page(const struct vm_area_struct *vma)
{
	return !vma->vm_pgoff;
}

/* The consumer's page stands alone: a mapping of it is never split. */
static int check(struct vm_area_struct *vma, const struct sko_buffer *buffer)
{
	unsigned long count = vma_pages(vma);

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff >= buffer->page_count ||
	    count > buffer->page_count - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (has_consumer_page(vma))
		return count > 1 ? -EINVAL : 0;
	return (vma->vm_flags & VM_WRITE) ? -EPERM : 0;
}

static struct sko_stream *stream_of(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

/* fork */
static void open_map(struct vm_area_struct *vma)
{
	if (has_consumer_page(vma))
		atomic_inc(&stream_of(vma)->mapped);
}

/* The next RECORDS or read, or mapping, starts where the tail is, made sane. */
static void give_tail_back(struct sko_stream *st)
{
	u32 at = sko_stream_place(st);

	WRITE_ONCE(st->handed, at);
	sockopt_ring_release(&st->ring, at);
}

/*
 * Nobody has reader, nor will, as long as a mapping counts. The lock decides which one
 * of two that go at once is the last; the count is let go of behind the tail.
 */
static void close_map(struct vm_area_struct *vma)
{
	struct sko_stream *st = stream_of(vma);

	if (!has_consumer_page(vma))
		return;
	spin_lock(&st->counts);
	if (atomic_read(&st->mapped) == 1)
		give_tail_back(st);
	smp_mb__before_atomic(); /* pairs with the acquire of sko_stream_is_mapped() */
	atomic_dec(&st->mapped);
	spin_unlock(&st->counts);
}

static const struct vm_operations_struct map_ops = {
	.open = open_map,
	.close = close_map,
};

/* The one that goes has given the tail back before another one comes. */
static bool be_first(struct sko_stream *st)
{
	bool is_first;

	spin_lock(&st->counts);
	is_first = !atomic_read(&st->mapped);
	if (is_first)
		atomic_set(&st->mapped, 1);
	spin_unlock(&st->counts);
	return is_first;
}

/*
 * From here on no RECORDS and no read: those that sleep are told. -EBUSY: one is at
 * work, or there is a mapping; more of it come by fork only.
 */
static int take_tail(struct sko_stream *st)
{
	bool is_first;

	if (!mutex_trylock(&st->reader))
		return -EBUSY;
	is_first = be_first(st);
	mutex_unlock(&st->reader);
	if (!is_first)
		return -EBUSY;
	sko_wake_all(st, EPOLLIN | EPOLLRDNORM);
	return 0;
}

int sko_map(struct file *file, struct vm_area_struct *vma)
{
	struct sko_stream *st = file->private_data;
	unsigned long lost = VM_MAYEXEC;
	int ret;

	ret = check(vma, &st->buffer);
	if (ret)
		return ret;
	if (!has_consumer_page(vma))
		lost |= VM_MAYWRITE;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, lost);
	vma->vm_private_data = st;
	ret = vm_map_pages(vma, st->buffer.pages, st->buffer.page_count);
	if (!ret && has_consumer_page(vma))
		ret = take_tail(st);
	if (!ret)
		vma->vm_ops = &map_ops;
	return ret;
}

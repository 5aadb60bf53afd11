// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that holds a stream: what its descriptor can do. read is read.c, mmap
 * is map.c. Process context.
 */
#include "file.h"
#include "channel.h"
#include "map.h"
#include "read.h"
#include "stream.h"

#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>

/* The wait queue first, then what is expected, then the ring: see wake.c. */
static __poll_t poll_stream(struct file *file, poll_table *table)
{
	struct sko_stream *st = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &st->wake.wait, table);
	sko_wake_expect(st);
	if (sko_stream_is_ended(st))
		events |= EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	if (sko_wake_is_enough(st))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

/* Who waits for a signal sleeps, as far as publishers are concerned. */
static int set_async(int fd, struct file *file, int is_on)
{
	struct sko_stream *st = file->private_data;
	int ret = fasync_helper(fd, file, is_on, &st->wake.fasync);

	if (is_on)
		sko_wake_expect(st);
	return ret;
}

static void show_geometry(struct seq_file *m, const struct sko_stream *st)
{
	seq_printf(m, "sockopt-channel:\t%s\n", st->feed->channel->name);
	seq_printf(m, "sockopt-slots:\t%u\n", st->ring.mask + 1);
	seq_printf(m, "sockopt-slot-size:\t%u\n", st->ring.slot_size);
	seq_printf(m, "sockopt-snaplen:\t%u\n", st->snaplen);
	seq_printf(m, "sockopt-wake-records:\t%u\n",
		   READ_ONCE(st->wake.records));
	seq_printf(m, "sockopt-wake-delay-us:\t%u\n",
		   READ_ONCE(st->wake.delay_us));
	seq_printf(m, "sockopt-mapped:\t%d\n", atomic_read(&st->mapped));
}

/* Who may read this file of /proc may not see more than who holds the descriptor. */
static void show_info(struct seq_file *m, struct file *file)
{
	struct sko_stream *st = file->private_data;
	struct sockopt_stats stats = { };

	sko_stream_stats(st, &stats);
	show_geometry(m, st);
	seq_printf(m, "sockopt-seen:\t%llu\n", stats.seen);
	seq_printf(m, "sockopt-filtered:\t%llu\n", stats.filtered);
	seq_printf(m, "sockopt-delivered:\t%llu\n", stats.delivered);
	seq_printf(m, "sockopt-pending:\t%llu\n", stats.pending);
	seq_printf(m, "sockopt-lost:\t%llu\n", stats.lost);
	seq_printf(m, "sockopt-lost-full:\t%llu\n", stats.lost_full);
	seq_printf(m, "sockopt-lost-busy:\t%llu\n", stats.lost_busy);
	seq_printf(m, "sockopt-state:\t%s\n",
		   stats.flags & SOCKOPT_STATS_F_ENDED ? "ended" : "open");
}

static int release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		sko_stream_close(file->private_data);
	return 0;
}

static const struct file_operations stream_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.read_iter = sko_read,
	.poll = poll_stream,
	.mmap = sko_map,
	.fasync = set_async,
	.show_fdinfo = show_info,
	.release = release,
};

struct file *sko_file_make(const char *channel)
{
	char name[SOCKOPT_NAME_MAX + 16];
	struct file *file;

	snprintf(name, sizeof(name), "[sockopt:%s]", channel);
	file = anon_inode_getfile(name, &stream_fops, NULL, O_RDWR);
	if (!IS_ERR(file))
		stream_open(NULL, file);
	return file;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/sockopt, for each namespace its own: 'stats' (0444), one line a
 * channel; 'streams' (0440, the namespace's root), one line a stream. Process
 * context.
 */
#include "channel.h"
#include "compat.h"
#include "feed.h"
#include "netns.h"
#include "proc.h"
#include "stream.h"

#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/sock.h>

static void show_feed(struct seq_file *m, struct sko_feed *feed)
{
	struct sko_feed_sums sums;
	unsigned int open, opened;
	u64 pending;

	sko_feed_sum(feed, &sums, &pending, &open, &opened);
	if (!opened)
		return; /* an OPEN failed, and there was no other one */
	seq_printf(m, "%s %u %u %llu %llu %llu %llu %llu %llu\n",
		   feed->channel->name, open, opened, sko_feed_seen(feed),
		   sums.delivered, pending, sums.lost_full, sums.lost_busy,
		   sums.lost_closed);
}

/* The lock keeps the feeds that the table shows. */
static int show_stats(struct seq_file *m, void *v)
{
	struct sko_net *sn = sko_net(m->private);
	struct sko_feed *feed;
	unsigned long id;

	seq_puts(m, "channel streams opened seen delivered pending lost_full lost_busy lost_closed\n");
	mutex_lock(&sn->lock);
	xa_for_each(&sn->feeds, id, feed)
		show_feed(m, feed);
	mutex_unlock(&sn->lock);
	return 0;
}

/* inode: of the socket, as in /proc/PID/fd; 0: it is closed. */
static void show_stream(struct seq_file *m, struct sko_stream *st)
{
	struct sockopt_stats stats = { };

	sko_stream_stats(st, &stats);
	seq_printf(m, "%s %lu %d %u %u %u %llu %llu %llu %llu %llu %llu %s\n",
		   st->feed->channel->name, (unsigned long)sock_i_ino(st->sk),
		   pid_nr_ns(st->pid, task_active_pid_ns(current)),
		   from_kuid_munged(seq_user_ns(m), st->uid),
		   st->ring.mask + 1, st->snaplen, stats.seen, stats.filtered,
		   stats.delivered, stats.pending, stats.lost_full,
		   stats.lost_busy,
		   stats.flags & SOCKOPT_STATS_F_ENDED ? "ended" : "open");
}

static int show_streams(struct seq_file *m, void *v)
{
	struct sko_net *sn = sko_net(m->private);
	struct sko_stream *st;
	int bucket;

	seq_puts(m, "channel inode pid uid slots snaplen seen filtered delivered pending lost_full lost_busy state\n");
	mutex_lock(&sn->lock);
	hash_for_each(sn->streams, bucket, st, on_socket)
		show_stream(m, st);
	mutex_unlock(&sn->lock);
	return 0;
}

static int open_stats(struct inode *inode, struct file *file)
{
	return single_open(file, show_stats, sko_proc_net(inode));
}

static int open_streams(struct inode *inode, struct file *file)
{
	return single_open(file, show_streams, sko_proc_net(inode));
}

static const struct proc_ops stats_ops = {
	.proc_open = open_stats,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static const struct proc_ops streams_ops = {
	.proc_open = open_streams,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

struct net *sko_proc_net(const struct inode *inode)
{
	return pde_data(inode);
}

/*
 * A user namespace that is made together with the network namespace maps no
 * user yet. Then the files belong to root of the machine, and stay so.
 */
int sko_proc_add(struct net *net, const char *name, umode_t mode,
		 const struct proc_ops *ops)
{
	kuid_t uid = make_kuid(net->user_ns, 0);
	kgid_t gid = make_kgid(net->user_ns, 0);
	struct proc_dir_entry *entry;

	entry = proc_create_data(name, mode, sko_net(net)->proc, ops, net);
	if (!entry)
		return -ENOMEM;
	proc_set_user(entry, uid_valid(uid) ? uid : GLOBAL_ROOT_UID,
		      gid_valid(gid) ? gid : GLOBAL_ROOT_GID);
	return 0;
}

void sko_proc_remove(struct net *net, const char *name)
{
	remove_proc_entry(name, sko_net(net)->proc);
}

int sko_proc_net_init(struct net *net)
{
	struct sko_net *sn = sko_net(net);
	int ret;

	sn->proc = proc_net_mkdir(net, "sockopt", net->proc_net);
	if (!sn->proc)
		return -ENOMEM;
	ret = sko_proc_add(net, "stats", 0444, &stats_ops) ?:
	      sko_proc_add(net, "streams", 0440, &streams_ops);
	if (ret)
		sko_proc_net_exit(net);
	return ret;
}

void sko_proc_net_exit(struct net *net)
{
	remove_proc_subtree("sockopt", net->proc_net);
}

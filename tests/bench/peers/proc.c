// SPDX-License-Identifier: GPL-2.0-only
/* A file in /proc: what was written there is read there. */
#include "peers.h"

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static struct peer_text text = PEER_TEXT_INIT(text);

static int show(struct seq_file *seq, void *unused)
{
	char bytes[PEER_TEXT];

	peer_get(&text, bytes);
	seq_write(seq, bytes, sizeof(bytes));
	return 0;
}

static int open_file(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static ssize_t write_file(struct file *file, const char __user *user, size_t len,
			  loff_t *pos)
{
	char bytes[PEER_TEXT];

	if (len != sizeof(bytes))
		return -EINVAL;
	if (copy_from_user(bytes, user, sizeof(bytes)))
		return -EFAULT;
	peer_put(&text, bytes);
	return sizeof(bytes);
}

static const struct proc_ops proc_file_ops = {
	.proc_open = open_file,
	.proc_read = seq_read,
	.proc_write = write_file,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

int peer_proc_init(void)
{
	return proc_create(PEER_PROC, 0600, NULL, &proc_file_ops) ? 0 : -ENOMEM;
}

void peer_proc_exit(void)
{
	remove_proc_entry(PEER_PROC, NULL);
}

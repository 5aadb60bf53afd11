/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/sockopt: stats, streams; and a place for others' files. */
#ifndef SKO_PROC_H
#define SKO_PROC_H

#include <linux/proc_fs.h>
#include <linux/types.h>

struct inode;
struct net;

/* The directory and its two files; at the begin and end of a namespace. */
int sko_proc_net_init(struct net *net);
void sko_proc_net_exit(struct net *net);

/*
 * One more file there, owned by the namespace's root; ops are as for
 * proc_create_data(). Its namespace is found from its inode and stays for the
 * length of every operation: removing the file waits for those.
 */
int sko_proc_add(struct net *net, const char *name, umode_t mode,
		 const struct proc_ops *ops);
void sko_proc_remove(struct net *net, const char *name);
struct net *sko_proc_net(const struct inode *inode);

#endif /* SKO_PROC_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.sockopt.*: in the initial namespace only, so that a container's root
 * cannot raise its own limits. Read with READ_ONCE().
 */
#ifndef SKO_SYSCTL_H
#define SKO_SYSCTL_H

extern unsigned long sko_sysctl_ring_bytes_max;	/* per namespace, in all */
extern unsigned int sko_sysctl_streams_max;	/* per namespace */
extern int sko_sysctl_userns;		/* serve other user namespaces' too */
extern int sko_sysctl_log_messages;	/* texts to 'message' go to the log */

int sko_sysctl_init(void);
void sko_sysctl_exit(void);

#endif /* SKO_SYSCTL_H */

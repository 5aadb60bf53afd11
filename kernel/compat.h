/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, and nothing else: the sources are written for
 * the newest one. Tested by symbol or macro where there is one.
 */
#ifndef SKO_COMPAT_H
#define SKO_COMPAT_H

#include <linux/sysctl.h>
#include <net/net_namespace.h>

/*
 * Since 6.6 the length of a sysctl table is passed, and since 6.11 no empty
 * entry may end it; before, there was only the empty entry.
 */
#ifdef register_net_sysctl
#define SKO_SYSCTL_END
#else
#define SKO_SYSCTL_END { }
#define register_net_sysctl_sz(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

#endif /* SKO_COMPAT_H */

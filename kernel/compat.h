/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, and nothing else: the sources are written for
 * the newest one. Tested by symbol or macro where there is one.
 */
#ifndef SKO_COMPAT_H
#define SKO_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/sysctl.h>
#include <linux/version.h>
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

/* Since 6.3 vm_flags is written by functions only. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_mod(struct vm_area_struct *vma,
				unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* Since 6.13; hrtimer_init() went soon after. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * Before 5.11 a page that is charged to a memory cgroup cannot be mapped by a
 * program: there rings are not charged, and no feature bit says that they are.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define SKO_GFP_RING	GFP_KERNEL
#define SKO_FEAT_CHARGED 0
#else
#define SKO_GFP_RING	GFP_KERNEL_ACCOUNT
#define SKO_FEAT_CHARGED SOCKOPT_FEAT_CHARGED
#endif

#endif /* SKO_COMPAT_H */

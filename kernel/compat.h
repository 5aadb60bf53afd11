/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, and nothing else: the sources are written for the newest
 * one. Tested by macro where there is one, else by what probes.mk has found (SKO_HAS_name),
 * by version last. A kernel newer than all that are known either builds, or the compiler says
 * what it has not any more, or what is asserted below says which type has changed.
 */
#ifndef SKO_COMPAT_H
#define SKO_COMPAT_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/netfilter.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* The oldest that is tested. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "sockopt needs Linux 5.10 or newer"
#endif

/* ---- What must be as we know it, in every kernel ---- */

/* A function by which the kernel calls us. A wrong type would be a warning, or none. */
#define SKO_KNOWS(type, member, wanted) \
	static_assert(__same_type(typeof_member(type, member), wanted), \
		      "sockopt does not know " #type " with this " #member)

SKO_KNOWS(struct nf_sockopt_ops, set,
	  int (*)(struct sock *, int, sockptr_t, unsigned int));
SKO_KNOWS(struct nf_sockopt_ops, get, int (*)(struct sock *, int, void __user *, int *));
SKO_KNOWS(struct nf_hook_ops, hook,
	  unsigned int (*)(void *, struct sk_buff *, const struct nf_hook_state *));
SKO_KNOWS(const struct file_operations, read_iter,
	  ssize_t (*)(struct kiocb *, struct iov_iter *));
SKO_KNOWS(const struct file_operations, mmap, int (*)(struct file *, struct vm_area_struct *));
SKO_KNOWS(const struct file_operations, release, int (*)(struct inode *, struct file *));

/* ---- What is new, for kernels that have it not ---- */

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
#ifndef SKO_HAS_vm_flags_mod
static inline void vm_flags_mod(struct vm_area_struct *vma,
				unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* Since 6.13; hrtimer_init() went soon after. */
#ifndef SKO_HAS_hrtimer_setup
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#ifndef SKO_HAS_hrtimer_setup_on_stack
static inline void hrtimer_setup_on_stack(struct hrtimer *timer,
					  enum hrtimer_restart (*function)(struct hrtimer *),
					  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = function;
}
#endif

/* Since 5.17 in small letters. */
#ifndef SKO_HAS_pde_data
#define pde_data(inode) PDE_DATA(inode)
#endif

/* Since 5.11. */
#ifndef in_hardirq
#define in_hardirq() (hardirq_count() != 0)
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

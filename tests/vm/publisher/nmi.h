/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An NMI that a processor sends itself. Of the machines that the tests run on only x86 lets
 * a module do that; elsewhere nmi_register() says -EOPNOTSUPP.
 */
#ifndef NMI_H
#define NMI_H

#include <linux/errno.h>
#include <linux/types.h>

/* on_nmi is false for one that is not ours. One at a time. */
static bool (*nmi_handler)(void);

#ifdef CONFIG_X86

#include <linux/cpumask.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/nmi.h>

#define NMI_NAME "sockopt test"

static int nmi_arrived(unsigned int cmd, struct pt_regs *regs)
{
	return nmi_handler() ? NMI_HANDLED : NMI_DONE;
}

static inline int nmi_register(bool (*on_nmi)(void))
{
	nmi_handler = on_nmi;
	return register_nmi_handler(NMI_LOCAL, nmi_arrived, 0, NMI_NAME);
}

static inline void nmi_unregister(void)
{
	unregister_nmi_handler(NMI_LOCAL, NMI_NAME);
}

/* Preemption is off. */
static inline void nmi_send_self(void)
{
	apic->send_IPI_mask(cpumask_of(smp_processor_id()), NMI_VECTOR);
}

#else

static inline int nmi_register(bool (*on_nmi)(void))
{
	nmi_handler = on_nmi;
	return -EOPNOTSUPP;
}

static inline void nmi_unregister(void)
{
}

static inline void nmi_send_self(void)
{
}

#endif

#endif /* NMI_H */

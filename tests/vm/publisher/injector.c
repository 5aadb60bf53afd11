// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the nth allocation or copy of sockopt's init fail. A program can only have them
 * counted from its own call on, and on the way to init the kernel makes now more of them,
 * now fewer. Only for a kernel that injects faults.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static unsigned int nth;
module_param(nth, uint, 0644);
MODULE_PARM_DESC(nth, "Which allocation or copy of sockopt's init fails; 0: none");

/* The last thing before init, in the process that loads it; preemption is off. */
static void on_load(void *unused, struct module *module)
{
	if (!strcmp(module->name, "sockopt"))
		WRITE_ONCE(current->fail_nth, nth);
}

static struct tracepoint *module_load;

static void find(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "module_load"))
		module_load = tp;
}

static int __init injector_init(void)
{
	for_each_kernel_tracepoint(find, NULL);
	if (!module_load)
		return -ENOENT;
	return tracepoint_probe_register(module_load, on_load, NULL);
}

/* When it returns nobody is in on_load() any more. */
static void __exit injector_exit(void)
{
	tracepoint_probe_unregister(module_load, on_load, NULL);
	tracepoint_synchronize_unregister();
}

module_init(injector_init);
module_exit(injector_exit);

MODULE_DESCRIPTION("Faults in the init of sockopt, for its tests");
MODULE_LICENSE("GPL");

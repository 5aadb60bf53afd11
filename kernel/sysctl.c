// SPDX-License-Identifier: GPL-2.0-only
/* net.sockopt.*: limits and switches, the machine's administrator's. */
#include "compat.h"
#include "sysctl.h"

#include <linux/sysctl.h>
#include <net/net_namespace.h>

unsigned long sko_sysctl_ring_bytes_max = 64UL << 20;
unsigned int sko_sysctl_streams_max = 1024;
int sko_sysctl_userns;
int sko_sysctl_log_messages;

static struct ctl_table table[] = {
	{
		.procname = "ring_bytes_max",
		.data = &sko_sysctl_ring_bytes_max,
		.maxlen = sizeof(sko_sysctl_ring_bytes_max),
		.mode = 0644,
		.proc_handler = proc_doulongvec_minmax,
	},
	{
		.procname = "streams_max",
		.data = &sko_sysctl_streams_max,
		.maxlen = sizeof(sko_sysctl_streams_max),
		.mode = 0644,
		.proc_handler = proc_douintvec,
	},
	{
		.procname = "userns",
		.data = &sko_sysctl_userns,
		.maxlen = sizeof(sko_sysctl_userns),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	{
		.procname = "log_messages",
		.data = &sko_sysctl_log_messages,
		.maxlen = sizeof(sko_sysctl_log_messages),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	SKO_SYSCTL_END
};

static struct ctl_table_header *header;

int __init sko_sysctl_init(void)
{
	header = register_net_sysctl_sz(&init_net, "net/sockopt", table,
					ARRAY_SIZE(table));
	return header ? 0 : -ENOMEM;
}

void sko_sysctl_exit(void)
{
	unregister_net_sysctl_table(header);
}

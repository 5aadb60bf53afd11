// SPDX-License-Identifier: GPL-2.0-only
/* A string in /proc/sys, as the kernel itself keeps such. */
#include "peers.h"

#include <linux/sysctl.h>

static char text[PEER_TEXT + 1];
static struct ctl_table_header *header;

static struct ctl_table table[] = {
	{
		.procname = "text",
		.data = text,
		.maxlen = sizeof(text),
		.mode = 0600,
		.proc_handler = proc_dostring,
	},
	{ }
};

int peer_sysctl_init(void)
{
	header = register_sysctl(PEER_SYSCTL, table);
	return header ? 0 : -ENOMEM;
}

void peer_sysctl_exit(void)
{
	unregister_sysctl_table(header);
}

/* SPDX-License-Identifier: MIT */
/*
 * The roles of a hostile program (caller.h): with which rights it runs, with how many bits,
 * and what a BPF program makes of its calls. Here the stage is set for it (stage.h).
 */
#ifndef ROLE_H
#define ROLE_H

#include "stage.h"
#include "vm.h"

enum role_rights {
	ROLE_ROOT,
	ROLE_NET_RAW,		/* nobody, with CAP_NET_RAW */
	ROLE_NOBODY,		/* who got sockets and a stream from root */
	ROLE_USERNS,		/* root of a user namespace: net.sockopt.userns is on, */
	ROLE_USERNS_OFF,	/* or off */
};

struct role {
	const char *program;	/* "caller" or "caller32" */
	enum role_rights rights;
	enum stage_bpf bpf;
	unsigned int sparse;	/* of what is dense it takes every n-th step */
};

/* All calls that were made so far; the page is shared. */
extern uint32_t *role_calls;

/*
 * The program makes the calls of a sweep: all is as its rules say, and neither this
 * namespace nor net.sockopt nor the kernel log shows that it was there. Behind
 * access_setup().
 */
void role_play(const struct role *role, const char *sweep);

#endif /* ROLE_H */

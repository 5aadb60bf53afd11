/* SPDX-License-Identifier: MIT */
/*
 * A session at the screen: packets are counted all the time, keys obeyed, and pictures
 * shown now and then.
 */
#ifndef SESSION_H
#define SESSION_H

#include "filter.h"
#include "source.h"

struct setup {
	struct source *source;	/* live */
	const struct wish *wish;	/* what its filter was made of */
	uint32_t ifindex;	/* of the interface in wish; 0: any */
	uint64_t delay_ms;	/* from screen to screen */
};

/*
 * With the terminal open. Returns 0 when a key has ended it, else -errno; -ENODATA: the
 * source has ended; -ENODEV: the interface has gone.
 */
int session_run(const struct setup *setup);

#endif /* SESSION_H */

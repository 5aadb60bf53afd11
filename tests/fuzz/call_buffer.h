/* SPDX-License-Identifier: MIT */
/* The buffer of a call that is an option, where and as long as its numbers want it. */
#ifndef CALL_BUFFER_H
#define CALL_BUFFER_H

#include "call_ops.h"
#include "call_worker.h"

#include <sys/socket.h>

struct buffer {
	uint8_t *at;		/* where its bytes are */
	void *told_at;		/* where the kernel is told that they are */
	socklen_t len;		/* as the kernel hears it, and then says it */
	socklen_t *len_at;
	size_t room;		/* bytes that are memory */
	bool has_canary;
};

void buffer_make(struct buffer *buffer, const struct worker *worker, const struct call *call);

/* A finding, if the kernel wrote behind it. */
void buffer_check(const struct buffer *buffer);

#endif /* CALL_BUFFER_H */

/* SPDX-License-Identifier: MIT */
/*
 * One CALL in a network namespace of its own: its buffer, and what must be when it
 * has succeeded or failed.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "vm.h"

#define HEAD sizeof(struct sockopt_call)
#define ROOM (2 * SOCKOPT_TEXT_MAX)

/* A CALL's buffer: the struct, then the request, then the reply. */
struct exchange {
	struct sockopt_call call;
	char text[ROOM];
};

extern struct exchange x;

/* A CALL that succeeds, to be changed before it is made. */
void prepare(const char *request, size_t len);

/* The fixture of every test: a CALL that succeeds on vm_fd. */
void exchange_setup(void);

int call(unsigned int channel, socklen_t *len);
void was_sent(const char *text, size_t len);

/* This CALL fails, and neither a text nor the caller's memory changes. */
void is_refused_on(unsigned int channel, socklen_t len, int error);

void is_refused(int error);
uint32_t generation_of(const char *name);

#endif /* EXCHANGE_H */

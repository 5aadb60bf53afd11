/* SPDX-License-Identifier: MIT */
/*
 * Every operation once, on any socket, to see whether it is served; and what a
 * process does to lose its rights.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "vm.h"

/* The fixture of every test: net.sockopt as after loading, a new namespace, vm_fd. */
void access_setup(void);

/*
 * A case of such tests. The defaults before each test are those of before, mostly
 * access_setup; behind the last one they come from here.
 */
TCase *access_case(Suite *suite, const char *name, SFun before);

/* Each operation: 0 or more, or -errno. */
int get_info(int any);
int get_channel(int any);
int set_text(int any);
int get_text(int any);
int do_call(int any);

/* A stream that could be opened is closed again. */
int do_open(int any);

/* What needs the channel's capability, and what does not. */
void rights_are(int any, int expected);

/* Run in a process that may give its rights away. */
void in_child(void (*run)(void));

/* Set the capabilities of this thread; those permitted are inheritable, too. */
void set_capabilities(uint64_t effective, uint64_t permitted);

/* All capabilities that the kernel has. */
uint64_t all_capabilities(void);

#define BIT(capability) (1ULL << (capability))

/* Descriptors of this process. */
int next_fd(void);

/* This OPEN fails; there is no stream, no descriptor, and the struct is as it was. */
void open_is_refused(unsigned int channel, const void *args, size_t size, int error);

#endif /* ACCESS_H */

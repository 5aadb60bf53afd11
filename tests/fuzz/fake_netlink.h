/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of netlink, for the linker's --wrap of libmnl's sockets: a question gets
 * messages whose payload is the input's. Their headers are right: only the kernel can send
 * here, and libmnl believes it.
 */
#ifndef FAKE_NETLINK_H
#define FAKE_NETLINK_H

#include "fuzz.h"

/* From now on, answers are taken from this input. */
void fake_netlink_begin(struct input *input);

#endif /* FAKE_NETLINK_H */

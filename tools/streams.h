/* SPDX-License-Identifier: MIT */
/*
 * /proc/net/sockopt/streams, and how it is shown.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include "format.h"

/* What the file in a directory says, to standard output. Returns an exit status. */
int streams_show(const char *directory, enum format format);

#endif /* STREAMS_H */

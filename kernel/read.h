/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading: what RECORDS and read(2) share, and read(2) itself. */
#ifndef SKO_READ_H
#define SKO_READ_H

#include <linux/types.h>

struct iov_iter;
struct kiocb;
struct sko_stream;

/*
 * Copy n records from pos on, which are there, to a program: 0 or -EFAULT.
 * sko_stream.reader is held.
 */
int sko_read_slots(const struct sko_stream *st, u32 pos, u32 n, u8 __user *user);

/*
 * Begin to read: sko_stream.reader is held on success, for sko_read_end().
 * -ERESTARTSYS: a signal came; -EBUSY: the ring is mapped; -ENOTCONN: closed.
 */
int sko_read_begin(struct sko_stream *st);
void sko_read_end(struct sko_stream *st);

/* read(2), readv(2) of the stream's file. */
ssize_t sko_read(struct kiocb *iocb, struct iov_iter *to);

#endif /* SKO_READ_H */

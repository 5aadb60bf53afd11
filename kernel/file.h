/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that holds a stream. */
#ifndef SKO_FILE_H
#define SKO_FILE_H

struct file;

/*
 * Make a file for a stream of this channel; private_data, which is then to be
 * set, is the stream. Closing one without a stream does nothing. Or ERR_PTR.
 */
struct file *sko_file_make(const char *channel);

#endif /* SKO_FILE_H */

/* SPDX-License-Identifier: MIT */
/*
 * Files and directories whose bytes and names are the input's, for the linker's --wrap of
 * fopen, open, opendir, readdir, closedir, dirfd and readlinkat: whatever is opened, in the
 * order in which it is.
 */
#ifndef FAKE_FILES_H
#define FAKE_FILES_H

#include "fuzz.h"

/* From now on: the first file has these bytes, what comes then is taken from rest. */
void fake_files_begin(struct input first, struct input *rest);

/* The files are real again. No directory may be open. */
void fake_files_end(void);

#endif /* FAKE_FILES_H */

/* SPDX-License-Identifier: MIT */
/*
 * What stands in the file of a kernel module. Files may be cut or hostile.
 */
#ifndef MODFILE_H
#define MODFILE_H

#include <stddef.h>

#define MODFILE_TEXT	128	/* bytes that are kept of a line, with its NUL */

struct modfile {
	int is_compressed;	/* then nothing below is known */
	int is_module;		/* it has what each module has: vermagic */
	int is_signed;		/* by whom is not looked at */
	char vermagic[MODFILE_TEXT]; /* "6.1.0-1-amd64 SMP ..."; "": none, as all here */
	char version[MODFILE_TEXT];
	char srcversion[MODFILE_TEXT];
};

/* Of a file's bytes. */
void modfile_parse(struct modfile *file, const unsigned char *bytes, size_t size);

/* 0, or -errno: it cannot be read. EFBIG: nobody's module is so large. */
int modfile_read(struct modfile *file, const char *path);

/* It was built for that release of the kernel. */
int modfile_is_for(const struct modfile *file, const char *release);

#endif /* MODFILE_H */

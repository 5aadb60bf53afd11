/* SPDX-License-Identifier: GPL-2.0-only */
/* The mapped ring: what a program may map of a stream. */
#ifndef SKO_MAP_H
#define SKO_MAP_H

struct file;
struct vm_area_struct;

/* mmap of the stream's file; file->private_data is the stream. */
int sko_map(struct file *file, struct vm_area_struct *vma);

#endif /* SKO_MAP_H */

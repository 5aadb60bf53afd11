/* SPDX-License-Identifier: MIT */
/* JSON that a command wrote. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stddef.h>

/* A JSON object a line, in ASCII without controls. DEL is no control of JSON. */
int are_objects(const char *text, size_t len);

#endif /* OBJECTS_H */

/* SPDX-License-Identifier: MIT */
/*
 * A machine for the doctor: all is well, but that nobody has loaded the module. A test
 * changes what it is about, then asks for the findings.
 */
#ifndef PATIENT_H
#define PATIENT_H

#include "doctor.h"

#define RELEASE		"6.1.0-9-amd64"
#define MODULE		"/lib/modules/" RELEASE "/updates/sockopt.ko"
#define MAGIC		"vermagic=" RELEASE " SMP mod_unload \0"
#define MODVERSIONS	"vermagic=6.1.0-8-amd64 SMP mod_unload modversions \0"
#define OTHER_MAGIC	"vermagic=6.1.0-8-amd64 SMP mod_unload \0"

extern struct doctor patient;

void patient_make(void);
void patient_free(void);

/* The file of the module: lines of .modinfo, size bytes. */
void patient_module(const char *name, const char *lines, size_t size, int is_signed);

/* The module is loaded, and works. */
void patient_load(void);

/* Look, with what is in patient.probe. Once a test. */
void patient_examine(void);

/* The last finding of this check. found, advice: words of it, NULL: any. */
void expect(const char *check, enum status expected, const char *found, const char *advice);

/* Nothing is said of it. */
void expect_none(const char *check);

/* Nothing else stands in the way. check NULL: nothing at all. */
void expect_one_fail(const char *check);

#endif /* PATIENT_H */

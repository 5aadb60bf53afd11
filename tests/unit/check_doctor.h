/* SPDX-License-Identifier: MIT */
/* The suites of check_doctor. */
#ifndef CHECK_DOCTOR_H
#define CHECK_DOCTOR_H

#include <check.h>

Suite *doctor_file_suite(void);
Suite *doctor_kernel_suite(void);
Suite *doctor_refusal_suite(void);
Suite *doctor_use_suite(void);
Suite *modfile_suite(void);
Suite *probe_suite(void);

#endif /* CHECK_DOCTOR_H */

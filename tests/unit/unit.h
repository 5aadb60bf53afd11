/* SPDX-License-Identifier: MIT */
/* The suites of check_unit, one file each. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

Suite *batch_suite(void);
Suite *bounds_suite(void);
Suite *config_suite(void);
Suite *error_suite(void);
Suite *extension_suite(void);
Suite *format_suite(void);
Suite *format6_suite(void);
Suite *frame_suite(void);
Suite *handle_suite(void);
Suite *icmp_suite(void);
Suite *icmp6_suite(void);
Suite *map_suite(void);
Suite *map_fault_suite(void);
Suite *mapped_suite(void);
Suite *mapped_wait_suite(void);
Suite *object_suite(void);
Suite *quoted6_suite(void);
Suite *interleave_suite(void);
Suite *rates_suite(void);
Suite *ring_suite(void);
Suite *stream_suite(void);
Suite *census_suite(void);
Suite *tail_suite(void);
Suite *text_suite(void);
Suite *tune_suite(void);

#endif /* UNIT_H */

/* SPDX-License-Identifier: MIT */
/* The suites of check_tools, one file each. */
#ifndef TOOLS_H
#define TOOLS_H

#include <check.h>

Suite *procfs_suite(void);
Suite *stats_suite(void);
Suite *table_suite(void);
Suite *texts_suite(void);

#endif /* TOOLS_H */

/* SPDX-License-Identifier: MIT */
/*
 * What the assertions of Check call, for files of tests/unit that have some: in the place of
 * libcheck, which knows them only within its runner.
 */
#include "fuzz.h"

void _mark_point(const char *file, int line);
void _ck_assert_failed(const char *file, int line, const char *what, const char *format, ...);

void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

void _ck_assert_failed(const char *file, int line, const char *what, const char *format, ...)
{
	(void)format;
	fuzz_fail(file, line, what);
}

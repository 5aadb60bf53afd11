/* SPDX-License-Identifier: MIT */
/*
 * Runs the unit tests of sockopt(8)'s commands: in this process, with the fake kernel and
 * files of our own. Exit code 0: all of them passed.
 */
#include "tools.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(table_suite());
	int failed;

	srunner_add_suite(runner, procfs_suite());
	srunner_add_suite(runner, stats_suite());
	srunner_add_suite(runner, texts_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner) || !srunner_ntests_run(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

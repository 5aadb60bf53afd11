/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests of 'sockopt doctor', on machines that are made of files. Exit code 0: all
 * of them passed.
 */
#include "check_doctor.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(modfile_suite());
	int failed;

	srunner_add_suite(runner, probe_suite());
	srunner_add_suite(runner, doctor_kernel_suite());
	srunner_add_suite(runner, doctor_file_suite());
	srunner_add_suite(runner, doctor_refusal_suite());
	srunner_add_suite(runner, doctor_use_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner) || !srunner_ntests_run(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * Runs the unit tests: everything that needs no kernel module. The library
 * speaks to fake_kernel.c here. Exit code 0: all of them passed.
 */
#include "unit.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(ring_suite());
	int failed;

	srunner_add_suite(runner, tail_suite());
	srunner_add_suite(runner, interleave_suite());
	srunner_add_suite(runner, error_suite());
	srunner_add_suite(runner, handle_suite());
	srunner_add_suite(runner, text_suite());
	srunner_add_suite(runner, config_suite());
	srunner_add_suite(runner, stream_suite());
	srunner_add_suite(runner, batch_suite());
	srunner_add_suite(runner, map_suite());
	srunner_add_suite(runner, map_fault_suite());
	srunner_add_suite(runner, mapped_suite());
	srunner_add_suite(runner, mapped_wait_suite());
	srunner_add_suite(runner, tune_suite());
	srunner_add_suite(runner, icmp_suite());
	srunner_add_suite(runner, icmp6_suite());
	srunner_add_suite(runner, quoted6_suite());
	srunner_add_suite(runner, extension_suite());
	srunner_add_suite(runner, object_suite());
	srunner_add_suite(runner, bounds_suite());
	srunner_add_suite(runner, format_suite());
	srunner_add_suite(runner, format6_suite());
	srunner_add_suite(runner, frame_suite());
	srunner_add_suite(runner, census_suite());
	srunner_add_suite(runner, rates_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner) || !srunner_ntests_run(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * Runs every suite that needs the kernel module, each test in a process of its
 * own. Writes TAP to where CK_TAP_LOG_FILE_NAME says; exit 0: all passed.
 */
#include "vm.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(text_suite());
	int failed;

	srunner_add_suite(runner, call_suite());
	srunner_add_suite(runner, proc_suite());
	srunner_add_suite(runner, rights_suite());
	srunner_add_suite(runner, icmp_suite());
	srunner_add_suite(runner, vrf_suite());
	srunner_add_suite(runner, stream_suite());
	srunner_add_suite(runner, wait_suite());
	srunner_add_suite(runner, netns_suite());
	srunner_add_suite(runner, life_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

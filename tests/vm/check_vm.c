/* SPDX-License-Identifier: MIT */
/*
 * Runs every suite that needs the kernel module, each test in a process of its
 * own. Writes TAP to where CK_TAP_LOG_FILE_NAME says; exit 0: all passed.
 */
#include "vm.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(info_suite());
	int failed;

	srunner_add_suite(runner, text_suite());
	srunner_add_suite(runner, number_suite());
	srunner_add_suite(runner, handle_suite());
	srunner_add_suite(runner, call_suite());
	srunner_add_suite(runner, refusal_suite());
	srunner_add_suite(runner, message_suite());
	srunner_add_suite(runner, proc_suite());
	srunner_add_suite(runner, sysctl_suite());
	srunner_add_suite(runner, socket_suite());
	srunner_add_suite(runner, rights_suite());
	srunner_add_suite(runner, userns_suite());
	srunner_add_suite(runner, argument_suite());
	srunner_add_suite(runner, limits_suite());
	srunner_add_suite(runner, packet_suite());
	srunner_add_suite(runner, host_suite());
	srunner_add_suite(runner, filter_suite());
	srunner_add_suite(runner, hook_suite());
	srunner_add_suite(runner, icmp_suite());
	srunner_add_suite(runner, vrf_suite());
	srunner_add_suite(runner, publisher_suite());
	srunner_add_suite(runner, flood_suite());
	srunner_add_suite(runner, stream_suite());
	srunner_add_suite(runner, records_suite());
	srunner_add_suite(runner, buffer_suite());
	srunner_add_suite(runner, loss_suite());
	srunner_add_suite(runner, library_suite());
	srunner_add_suite(runner, wait_suite());
	srunner_add_suite(runner, signal_suite());
	srunner_add_suite(runner, stop_suite());
	srunner_add_suite(runner, poll_suite());
	srunner_add_suite(runner, netns_suite());
	srunner_add_suite(runner, lifetime_suite());
	srunner_add_suite(runner, descriptor_suite());
	srunner_add_suite(runner, kill_suite());
	srunner_add_suite(runner, module_suite());
	srunner_add_suite(runner, storm_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

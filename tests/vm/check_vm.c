/* SPDX-License-Identifier: MIT */
/*
 * Runs the suites that need the kernel module, each test in a process of its own: all
 * that any kernel can run; with the argument 'debug' also those that need a kernel which
 * injects faults, in halves with 'regular' and 'hostile'; with 'cost' those that count
 * instructions. Writes TAP to where CK_TAP_LOG_FILE_NAME says; exit 0: all passed.
 */
#include "cost.h"
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef Suite *(*suite_function)(void);

static const suite_function regular_suites[] = {
	info_suite,
	text_suite,
	number_suite,
	handle_suite,
	call_suite,
	refusal_suite,
	message_suite,
	proc_suite,
	sysctl_suite,
	socket_suite,
	rights_suite,
	userns_suite,
	argument_suite,
	limits_suite,
	packet_suite,
	host_suite,
	route6_suite,
	filter_suite,
	hook_suite,
	icmp_suite,
	vrf_suite,
	vlan_suite,
	bridge_suite,
	shape_suite,
	snaplen_suite,
	nonlinear_suite,
	publisher_suite,
	reserve_suite,
	cycle_suite,
	flood_suite,
	stream_suite,
	records_suite,
	buffer_suite,
	loss_suite,
	account_suite,
	library_suite,
	wait_suite,
	waiters_suite,
	signal_suite,
	stop_suite,
	poll_suite,
	read_suite,
	async_suite,
	map_suite,
	inherit_suite,
	mapped_suite,
	million_suite,
	pool_suite,
	packet_flood_suite,
	icmp6_suite,
	memory_suite,
	wake_suite,
	delay_suite,
	wake_flood_suite,
	bad_filter_suite,
	condition_suite,
	connection_suite,
	program_suite,
	quote_suite,
	retune_suite,
	tune_suite,
	lane_suite,
	netns_suite,
	lifetime_suite,
	descriptor_suite,
	kill_suite,
	module_suite,
	leaver_suite,
	orphan_suite,
	interface_suite,
	shared_suite,
	turmoil_suite,
	reload_suite,
	storm_suite,
};

/* Callers that break the rules. */
static const suite_function hostile_suites[] = {
	caller_suite,
	policy_suite,
	hostile_suite,
	untold_suite,
};

static const suite_function cost_suites[] = {
	machine_suite,
	subscribers_suite,
	batch_suite,
	wake_cost_suite,
};

static const suite_function fault_suites[] = {
	fault_suite,
	fault_open_suite,
	fault_tune_suite,
	fault_read_suite,
	fault_file_suite,
	fault_proc_suite,
	fault_library_suite,
	fault_module_suite,
};

static void add(SRunner *runner, const suite_function *functions, int count)
{
	int i;

	for (i = 0; i < count; i++)
		srunner_add_suite(runner, functions[i]());
}

/* The suites of an argument: a set of arrays. */
static const struct part {
	const char *name;
	int regular, hostile, faults, cost;
} parts[] = {
	{ "", 1, 1, 0, 0 },
	{ "regular", 1, 0, 0, 0 },
	{ "hostile", 0, 1, 1, 0 },
	{ "debug", 1, 1, 1, 0 },
	{ "cost", 0, 0, 0, 1 },
};

static const struct part *find_part(const char *name)
{
	int i;

	for (i = 0; i < VM_COUNT(parts); i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return NULL;
}

static int run(const struct part *part)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	if (part->regular)
		add(runner, regular_suites, VM_COUNT(regular_suites));
	if (part->hostile)
		add(runner, hostile_suites, VM_COUNT(hostile_suites));
	if (part->faults)
		add(runner, fault_suites, VM_COUNT(fault_suites));
	if (part->cost)
		add(runner, cost_suites, VM_COUNT(cost_suites));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

int main(int argc, char **argv)
{
	const struct part *part = find_part(argc > 1 ? argv[1] : "");

	if (!part || argc > 2) {
		fprintf(stderr, "usage: check_vm [regular|hostile|debug|cost]\n");
		return EXIT_FAILURE;
	}
	return run(part) ? EXIT_FAILURE : EXIT_SUCCESS;
}

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The command sockopt at work, beside the programs that one knows: tcpdump, jq, tmux. Files
# for tests outside of the machine go out by the third serial port, as a tar file.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/tools-lib.sh"

# In the order in which they run; each is a file of its own.
suites='icmp file process screen list top load doctor'
for suite in $suites; do
	# shellcheck source=/dev/null # each of them is checked itself
	. "${0%/*}/tools-$suite.sh"
done

# All of them, or the one that the command line of the kernel names.
run_suites() {
	for suite in ${CK_RUN_SUITE:-$suites}; do
		"tools_$suite"
	done
}

main() {
	log_start
	check 'icmp names the remedy when the module is absent' icmp_names_the_remedy
	tools_list_without_module
	tools_doctor_without_module
	check 'three hosts stand' tools_hosts_up
	check 'the module loads' load
	run_suites
	check 'the files for outside are sent' send_files
	check 'the hosts go away while the module stays' hosts_down
	check 'the module unloads' unload
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
	verdict
}

main

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The command sockopt at work, beside the programs that one knows: tcpdump, jq, tmux. Files
# for tests outside of the machine go out by the third serial port, as a tar file.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/tools-lib.sh"
. "${0%/*}/tools-icmp.sh"
. "${0%/*}/tools-doctor.sh"
. "${0%/*}/tools-file.sh"
. "${0%/*}/tools-load.sh"
. "${0%/*}/tools-process.sh"
. "${0%/*}/tools-screen.sh"
. "${0%/*}/tools-list.sh"
. "${0%/*}/tools-top.sh"

main() {
	log_start
	check 'icmp names the remedy when the module is absent' icmp_names_the_remedy
	tools_list_without_module
	tools_doctor_without_module
	check 'three hosts stand' tools_hosts_up
	check 'the module loads' load
	tools_icmp
	tools_file
	tools_process
	tools_screen
	tools_list
	tools_top
	tools_load
	tools_doctor
	check 'the files for outside are sent' send_files
	check 'the hosts go away while the module stays' hosts_down
	check 'the module unloads' unload
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
	verdict
}

main

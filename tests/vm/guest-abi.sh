#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The module and programs of another version of it, at work together: the samples, and whole
# suites that make every operation between them. Not suites that look for where a struct ends:
# that is another place here.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"

suites='call filter handle icmp icmp6 library map mapped message netns packet policy poll
	publisher read records retune signal snaplen text untold wait wake'

log_start
check 'three hosts stand' hosts_up
check 'the module loads' load
samples_at_work
for suite in $suites; do
	export CK_RUN_SUITE="$suite"
	# shellcheck disable=SC2119 # its argument names tests that only some kernels can run
	suite
	check "suite $suite runs to its end" suite_ended
done
check 'the hosts go away while the module stays' hosts_down
check 'the module unloads' unload
check 'the kernel log is clean' log_is_clean
verdict

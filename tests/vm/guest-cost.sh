#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What things cost, in instructions: needs a machine that counts them, see boot.sh. Lines
# '# NAME: FIGURE' of the result are for people; the tests compare figures with each other.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"

# What boot has left to do would be counted too. Sleeping takes no time there.
settle() {
	sleep 20
}

main() {
	log_start
	check 'the module loads' load
	settle
	suite cost
	check 'the suite runs to its end' suite_ended
	check 'the module unloads' unload
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
	verdict
}

main

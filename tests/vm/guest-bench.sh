#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The benchmark, on a machine that counts instructions: see boot.sh. Lines '# bench: TABLE;
# ROW; COLUMN; FIGURE' are what came out; the tests are that every way did its work.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"

# What boot has left to do would be counted too. Sleeping takes no time there.
settle() {
	sleep 20
}

log_start
check 'the module loads' load
check 'the peers load' insmod "$SKO_MODULES/peers.ko"
settle
suite_program=bench
# shellcheck disable=SC2119 # it has no argument
suite
check 'the suites run to their end' suite_ended
check 'the peers unload' rmmod peers
check 'the module unloads' unload
check 'the kernel log is clean' log_is_clean
check 'the kernel has no new taint' taint_is_ours
verdict

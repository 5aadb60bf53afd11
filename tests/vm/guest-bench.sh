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

# Before those of busybox.
export PATH="/usr/bin:$PATH"

# Where the kernel's functions are, if somebody looks at the instructions one by one.
send_symbols() {
	[ -n "${SKO_PROFILE-}" ] || return 0
	stty -F /dev/ttyS2 raw && grep -i ' [tw] ' /proc/kallsyms | gzip -1 >/dev/ttyS2
}

log_start
check 'the module loads' load
check 'the peers load' insmod "$SKO_MODULES/peers.ko"
settle
check 'the symbols are sent' send_symbols
suite_program=bench
# shellcheck disable=SC2119 # it has no argument
suite
check 'the suites run to their end' suite_ended
check 'the peers unload' rmmod peers
check 'the module unloads' unload
check 'the kernel log is clean' log_is_clean
check 'the kernel has no new taint' taint_is_ours
verdict

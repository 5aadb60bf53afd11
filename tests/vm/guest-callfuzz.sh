#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154
#
# Programs of system calls that chance makes, for so many 'seconds', from a 'seed', on a
# kernel that watches, and a module that KCOV follows. The third serial port says which one is
# run, before it is. With a file /guest/replay the programs of that are run instead.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-detectors.sh"

log=/dev/ttyS2
faults=/sys/kernel/debug

# Allocations that may wait are the ones that we have; and a fault that is asked for is no news.
faults_are_ready() {
	for _fault in failslab fail_page_alloc fail_usercopy; do
		echo 0 >"$faults/$_fault/verbose" || return 1
	done
	echo N >"$faults/failslab/ignore-gfp-wait" &&
	echo N >"$faults/fail_page_alloc/ignore-gfp-wait" &&
	echo 0 >"$faults/fail_page_alloc/min-order"
}

modules_load() {
	insmod "$SKO_MODULES/tun.ko" && load && insmod "$SKO_MODULES/publisher.ko"
}

modules_unload() {
	rmmod publisher && unload
}

programs_of() {
	"$SKO_BIN/callfuzz" --seed "$1" --runs 50 | sed -n 's/^# programs //p'
}

same_seed_same_programs() {
	_first=$(programs_of 7)
	[ -n "$_first" ] && [ "$_first" = "$(programs_of 7)" ] && [ "$_first" != "$(programs_of 8)" ]
}

fuzz() {
	stty -F "$log" raw 115200
	set -- --seed "$seed" --seconds "$seconds" --log "$log"
	[ ! -e /guest/replay ] || set -- "$@" --replay /guest/replay
	"$SKO_BIN/callfuzz" "$@" >>"$SKO_RESULT" 2>&1
}

# An allocation that was made to fail says where: that is no report.
log_has_no_report() {
	log_since_start >"$dir/log" || return 1
	! grep -E "$log_report" "$dir/log"
}

check 'the detectors are on' detectors_are_on
leaks_start
log_start
check 'faults can be injected' faults_are_ready
check 'the modules load' modules_load
check 'the same seed makes the same programs' same_seed_same_programs
check 'no call does what it must not' fuzz
check 'the modules unload' modules_unload
check 'nothing leaked' nothing_leaked
check 'the kernel reports nothing' log_has_no_report
check 'the kernel has no new taint' taint_is_ours
check 'lockdep is still on' lockdep_is_still_on
verdict

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# The tests of job debug, on a kernel that counts which lines of the module are reached, with
# programs that do the same for the library. The counts go out by the third serial port.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/guest-suites.sh"

kernel_counts=/sys/kernel/debug/gcov

# The kernel's own are of no length until they are read.
keep_kernel_counts() {
	(cd "$kernel_counts" && find . -name '*.gcda') | while read -r file; do
		mkdir -p "$GCOV_PREFIX/${file%/*}" &&
		cat "$kernel_counts/$file" >"$GCOV_PREFIX/$file" || exit 1
	done
}

send_counts() {
	keep_kernel_counts &&
	[ -n "$(find "$GCOV_PREFIX" -name option.gcda)" ] &&
	stty -F /dev/ttyS2 raw && tar -cf /dev/ttyS2 -C "$GCOV_PREFIX" .
}

mount -t debugfs debug /sys/kernel/debug
mkdir -p "$GCOV_PREFIX"
log_start
all_suites debug
check 'the counts are sent' send_counts
verdict

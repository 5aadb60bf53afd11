#!/bin/sh
# SPDX-License-Identifier: MIT
# The threaded ring test is silent under ThreadSanitizer, and a planted race is not.
set -u
: "${top_builddir:=.}"
program=$top_builddir/tests/unit/tsan_ring

fail() {
	echo "FAIL: $1" >&2
	exit 1
}

[ -x "$program" ] || {
	echo "SKIP: ${CC:-cc} has no ThreadSanitizer"
	exit 77
}

"$program" || fail 'tsan_ring found a fault'

report=$("$program" --seeded-bug 2>&1) && fail 'the planted race went unseen'
case $report in
*'WARNING: ThreadSanitizer: data race'*) echo 'the planted race was seen' ;;
*) printf '%s\n' "$report"; fail 'it failed, but not by a report of ThreadSanitizer' ;;
esac

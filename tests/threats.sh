#!/bin/bash
# SPDX-License-Identifier: MIT
#
# threats.sh JOB RESULT [FILE]: for each row of the table of threats in SECURITY.md, or in FILE,
# whether every test that it names for JOB ran and passed in RESULT, the TAP of that job's
# machine: those of the column 'check', and for job debug those of the column 'debug', too.
# Prints TAP, a test for each row.

set -u
job=$1 result=$2
here=$(dirname "$0")
table=${3-$here/../SECURITY.md}
layer=threats
. "$here/tap.sh"

# Lines 'ROW: NAME NAME ...' of the section of that name. A cell names tests in backquotes, with
# commas between; a row that is not of this form names none.
rows() {
	awk -F '|' -v job="$job" '
		function trim(text) { gsub(/^ +| +$/, "", text); return text }
		function names(cell) { gsub(/[`,]/, "", cell); return cell }
		function is_list(cell) {
			return trim(cell) ~ /^(`[a-z0-9_]+`(, `[a-z0-9_]+`)*)?$/
		}
		/^#/ { is_there = /^## Threats$/ }
		!is_there || !/^\|/ || /^\| (threat|---) \|/ { next }
		NF == 6 && is_list($4) && is_list($5) {
			print trim($2) ":" names($4) (job == "debug" ? names($5) : "")
			next
		}
		{ print trim($2) ":" }' "$table"
}

# It ran at least once, and never failed.
passed() {
	grep -aqE "^ok [0-9]+ - .*:$1: " "$result" && ! grep -aqE "^not ok .*:$1: " "$result"
}

# A row without a test is not shown to hold.
all_passed() {
	local test status=0

	[ $# -gt 0 ] || { echo 'names no tests, or not in the form of the others'; return 1; }
	for test in "$@"; do
		passed "$test" || { echo "did not run and pass: $test"; status=1; }
	done
	return $status
}

while IFS=: read -r name tests; do
	# shellcheck disable=SC2086
	check "$name" all_passed $tests
done < <(rows)

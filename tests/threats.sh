#!/bin/bash
# SPDX-License-Identifier: MIT
#
# threats.sh JOB RESULT: for each row of the table of threats in SECURITY.md, whether every test
# that it names for JOB ran and passed in RESULT, the TAP of that job's machine: those of the
# column 'check', and for job debug those of the column 'debug', too. Prints TAP, a test for
# each row.

set -u
job=$1 result=$2
here=$(dirname "$0")
table=$here/../SECURITY.md
layer=threats
. "$here/tap.sh"

# Lines 'ROW: NAME NAME ...'; a name is in backquotes.
rows() {
	awk -F '|' -v job="$job" '
		/^\| threat / { in_table = 1; next }
		!/^\|/ { in_table = 0 }
		in_table && !/^\| *-/ {
			row = $2; gsub(/^ +| +$/, "", row)
			names = ""; n = split($4 (job == "debug" ? $5 : ""), part, "`")
			for (i = 2; i <= n; i += 2) names = names " " part[i]
			print row ":" names
		}' "$table"
}

# It ran at least once, and never failed.
passed() {
	grep -aqE "^ok [0-9]+ - .*:$1: " "$result" && ! grep -aqE "^not ok .*:$1: " "$result"
}

# A row without a test is not shown to hold.
all_passed() {
	local test status=0

	[ $# -gt 0 ] || return 1
	for test in "$@"; do
		passed "$test" || { echo "did not run and pass: $test"; status=1; }
	done
	return $status
}

while IFS=: read -r name tests; do
	# shellcheck disable=SC2086
	check "$name" all_passed $tests
done < <(rows)

# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Tests of the guest scripts, and the program that holds the others: all in TAP, counted here.
# Sourced after guest-lib.sh.

tap=$dir/tap

# tap_line TEXT: to the console, to the result and to the file that is counted.
tap_line() {
	echo "$1" | tee -a "$tap"
	result "$1"
}

# check SENTENCE COMMAND...: one test of ours. What COMMAND prints goes to the console.
check() {
	_sentence=$1
	shift
	if "$@" 2>&1; then
		tap_line "ok - guest: $_sentence"
	else
		tap_line "not ok - guest: $_sentence"
	fi
}

# Check knows no tests that are left out. One that is says why, in a line before its own.
with_skips() {
	awk '
		sub(/^# skip: /, "") { why = $0; next }
		why && /^ok / { $0 = $0 " # SKIP " why }
		/^(not )?ok / { why = "" }
		{ print; fflush() }'
}

# suite [ARGUMENT]: the Check program writes its TAP to standard output.
suite_program=check_vm
suite() {
	{
		CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent "$SKO_BIN/$suite_program" "$@" 2>&1
		echo $? >"$dir/status"
	} | with_skips | tee "$dir/suite" | tee -a "$SKO_RESULT"
	cat "$dir/suite" >>"$tap"
}

# It printed its plan, which comes last, and as many lines as the plan says. What fails outside
# of a test has no line, but a status.
suite_ended() {
	_plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$dir/suite")
	_lines=$(grep -cE '^(not )?ok ' "$dir/suite")
	_failed=$(grep -c '^not ok ' "$dir/suite")
	_status=$(cat "$dir/status")
	echo "suite: plan ${_plan:-missing}, tests $_lines, exit status $_status"
	[ "$_plan" = "$_lines" ] && [ "$_lines" -gt 0 ] &&
	[ "$_status" -eq $((_failed > 0)) ]
}

# No test may be left out, but where the command line of the kernel says may_skip=1.
verdict() {
	_skipped=$(grep -ciE '^ok.*# *skip' "$tap")
	_passed=$(($(grep -c '^ok ' "$tap") - _skipped))
	_failed=$(grep -c '^not ok ' "$tap")
	_word=pass
	[ "$_failed" -eq 0 ] && [ "$_passed" -gt 0 ] || _word=fail
	[ "$_skipped" -eq 0 ] || [ -n "${may_skip-}" ] || _word=fail
	result "verdict: $_word tests=$_passed failed=$_failed skipped=$_skipped"
}

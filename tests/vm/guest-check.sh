#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every test that needs the real module. Result lines are TAP; the verdict comes last, after
# the module is gone and the kernel log has been read.

. "${0%/*}/guest-lib.sh"

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

# names_the_remedy PROGRAM: fails, and says what to do about it.
names_the_remedy() {
	timeout 5 "$SKO_BIN/$1" >"$dir/remedy" 2>&1 && return 1
	cat "$dir/remedy"
	grep -q 'modprobe sockopt' "$dir/remedy"
}

# The Check program writes its TAP to standard output.
suite() {
	{
		CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent "$SKO_BIN/check_vm" 2>&1
		echo $? >"$dir/status"
	} | tee "$dir/suite" | tee -a "$SKO_RESULT"
	cat "$dir/suite" >>"$tap"
}

# It printed its plan, which comes last, and as many lines as the plan says.
suite_ended() {
	_plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$dir/suite")
	_lines=$(grep -cE '^(not )?ok ' "$dir/suite")
	_status=$(cat "$dir/status")
	echo "suite: plan ${_plan:-missing}, tests $_lines, exit status $_status"
	[ "$_plan" = "$_lines" ] && [ "$_lines" -gt 0 ] && [ "$_status" -le 1 ]
}

verdict() {
	_skipped=$(grep -ciE '^ok.*# *skip' "$tap")
	_passed=$(($(grep -c '^ok ' "$tap") - _skipped))
	_failed=$(grep -c '^not ok ' "$tap")
	_word=pass
	[ "$_failed" -eq 0 ] && [ "$_skipped" -eq 0 ] && [ "$_passed" -gt 0 ] || _word=fail
	result "verdict: $_word tests=$_passed failed=$_failed skipped=$_skipped"
}

main() {
	log_start
	check 'roundtrip names the remedy when the module is absent' names_the_remedy roundtrip
	check 'icmp-watch names the remedy when the module is absent' names_the_remedy icmp-watch
	check 'three hosts stand' hosts_up
	check 'the module loads' load
	suite
	check 'the suite runs to its end' suite_ended
	check 'the hosts go away while the module stays' hosts_down
	check 'the module unloads' unload
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
	verdict
}

main

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# Output, steps and counts for `run`. Sourced by it; needs $logs.

interactive=''
[ -t 1 ] && [ -z "${CI-}" ] && interactive=1

die() {
	end_line
	echo "run: $1" >&2
	exit 1
}

# What is being done now: one line that the next call overwrites, on a terminal only.
progress() {
	[ -z "$interactive" ] || printf '\r\033[K%-8s %.60s' "$1" "$2"
}

end_line() {
	[ -z "$interactive" ] || printf '\r\033[K'
}

# The line that stays: what was done, how it went.
report() {
	end_line
	printf '%-8s %s\n' "$1" "$2"
}

show_log() {
	echo "--- last lines of ${1#"$root"/}:" >&2
	tail -n 20 "$1" | tr -d '\r\000' | sed 's/^/    /' >&2
	echo "--- full logs: build/logs/" >&2
}

# step NAME COMMAND...: runs COMMAND with its output in build/logs/NAME.log; ends the run
# when it fails.
step() {
	local name=$1 log=$logs/$1.log start=$SECONDS

	shift
	progress "$name" '...'
	if "$@" >"$log" 2>&1 </dev/null; then
		report "$name" "ok ($((SECONDS - start)) s)"
		return
	fi
	report "$name" 'FAILED'
	show_log "$log"
	exit 1
}

# next_of DIR: takes the first line of DIR/queue, which several workers share; false: none.
next_of() {
	local line

	exec 9>"$1/lock"
	flock 9
	line=$(head -n 1 "$1/queue")
	sed -i 1d "$1/queue"
	exec 9>&-
	[ -n "$line" ] && echo "$line"
}

passed=0 failed=0 skipped=0 empty=''

# layer_result NAME SECONDS PASSED FAILED SKIPPED: adds a layer's numbers to the sum. A layer
# without a single test is a failure of its own.
layer_result() {
	local text="$3 passed"

	passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
	[ "$4" -eq 0 ] || text+=", $4 FAILED"
	[ "$5" -eq 0 ] || text+=", $5 SKIPPED"
	[ $(($3 + $4)) -gt 0 ] || { empty=1; text="NO TEST RAN"; }
	report "$1" "$text ($2 s)"
}

# save_sums DIR: what a process of its own leaves there for who began it.
save_sums() {
	echo "$passed $((failed + ${empty:-0})) $skipped" >"$1/sums"
}

# add_sums DIR: without them it did not come to its end.
add_sums() {
	local p f s

	read -r p f s 2>/dev/null <"$1/sums" && [ -n "$s" ] || p=0 f=1 s=0
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

summary() {
	[ -z "$empty" ] || failed=$((failed + 1))
	[ "$failed" -eq 0 ] || echo "logs: build/logs/"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]
}

# Prints 'PASSED FAILED SKIPPED' of TAP read from standard input.
tap_counts() {
	tr -d '\r' | awk '
		/^ok.*# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
		/^ok / { passed++ }
		/^not ok / { failed++ }
		END { print passed + 0, failed + 0, skipped + 0 }'
}

# Test names only: TAP and Check's own lines from standard input, without numbers, file, case.
test_names() {
	tr -d '\r' | sed -E 's/^(not )?ok [0-9]*[^-]*- //; s/^[^: ]*\.c:[^:]*://'
}

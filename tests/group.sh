# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Process groups, and what ends them when we are told to end. Sourced by `run`.

# What in_group and begin_group started and nobody waited for.
groups=()

# in_group COMMAND...: runs COMMAND in a process group of its own, which a signal to us ends
# at once; bash would first wait for COMMAND. Not for what may ask for a password: only the
# terminal's own group can.
in_group() {
	begin_group "$@"
	wait_groups
}

begin_group() {
	set -m
	"$@" &
	groups+=($!)
	set +m
}

# Status: that of the last one.
wait_groups() {
	local status=0 group

	for group in "${groups[@]}"; do
		wait "$group"
		status=$?
	done
	groups=()
	return $status
}

# Ends all groups, gives them half a minute to clean up, then ends us.
on_signal() {
	local group tries=0

	trap '' HUP INT TERM
	for group in "${groups[@]}"; do
		kill -TERM -- "-$group" 2>/dev/null
	done
	for group in "${groups[@]}"; do
		while kill -0 -- "-$group" 2>/dev/null && [ $tries -lt 300 ]; do
			tries=$((tries + 1))
			sleep 0.1
		done
	done
	[ ! -t 1 ] || echo
	exit "$1"
}

trap 'on_signal 129' HUP
trap 'on_signal 130' INT
trap 'on_signal 143' TERM

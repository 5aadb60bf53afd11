# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# TAP for the scripts that test on this machine: each sets $layer, the first word of its
# sentences. Sourced by them.

n=0

# check SENTENCE COMMAND...
check() {
	local sentence=$1

	shift
	n=$((n + 1))
	if "$@" 2>&1; then
		echo "ok $n - $layer: $sentence"
	else
		echo "not ok $n - $layer: $sentence"
	fi
}

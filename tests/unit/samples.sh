#!/bin/sh
# SPDX-License-Identifier: MIT
# What the samples do without a module: usage, and an error that says what to do.
set -u
: "${top_builddir:=.}"
failed=0

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# expect NAME STATUS WORD ARGUMENT...: exit status and a word of the output.
expect() {
	name=$1 status=$2 word=$3
	shift 3
	output=$("$top_builddir/samples/$name" "$@" 2>&1)
	got=$?
	[ $got -eq "$status" ] || fail "$name $* ended with $got, not $status"
	case $output in
	*"$word"*) ;;
	*) fail "$name $* said '$output', not '$word'" ;;
	esac
}

# Which one depends on the rights of who runs this.
expect_remedy() {
	output=$("$top_builddir/samples/$1" 2>&1 >/dev/null)
	got=$?
	[ $got -eq 1 ] || fail "$1 ended with $got, not 1"
	case $output in
	*"$1: "*'modprobe sockopt'*|*"$1: "*'setcap cap_net_raw+ep'*) ;;
	*) fail "$1 said '$output', no remedy" ;;
	esac
}

for name in roundtrip icmp-watch; do
	expect "$name" 0 'usage: ' --help
	expect "$name" 2 'usage: ' --unknown
	expect "$name" 2 'usage: ' --help more
	[ -z "$("$top_builddir/samples/$name" --help 2>&1 >/dev/null)" ] ||
		fail "$name --help writes to stderr"
	[ -e /proc/net/sockopt ] || expect_remedy "$name"
done
exit $failed

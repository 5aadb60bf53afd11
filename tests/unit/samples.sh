#!/bin/sh
# SPDX-License-Identifier: MIT
# What the samples do without a module: usage, and an error that says what to do.
set -u
: "${top_builddir:=.}" "${top_srcdir:=.}"
failed=0

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

LD_LIBRARY_PATH=$top_builddir/libsockopt/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

program() {
	case $1 in
	*.py) echo "$top_srcdir/samples/$1" ;;
	*) echo "$top_builddir/samples/$1" ;;
	esac
}

# expect NAME STATUS WORD ARGUMENT...: exit status and a word of the output.
expect() {
	name=$1 status=$2 word=$3
	shift 3
	output=$("$(program "$name")" "$@" 2>&1)
	got=$?
	[ $got -eq "$status" ] || fail "$name $* ended with $got, not $status"
	case $output in
	*"$word"*) ;;
	*) fail "$name $* said '$output', not '$word'" ;;
	esac
}

# expect_remedy NAME ARGUMENT...: which one depends on the rights of who runs this.
expect_remedy() {
	name=$1
	shift
	output=$("$(program "$name")" "$@" 2>&1 >/dev/null)
	got=$?
	[ $got -eq 1 ] || fail "$name ended with $got, not 1"
	case $output in
	*"$name: "*'modprobe sockopt'*|*"$name: "*'setcap cap_net_raw+ep'*) ;;
	*) fail "$name said '$output', no remedy" ;;
	esac
}

# expect_usage NAME: asked for, it is no error.
expect_usage() {
	expect "$1" 0 'usage: ' --help
	expect "$1" 2 'usage: ' --unknown
	expect "$1" 2 'usage: ' --help more
	[ -z "$("$(program "$1")" --help 2>&1 >/dev/null)" ] ||
		fail "$1 --help writes to stderr"
	[ -z "$("$(program "$1")" --unknown 2>/dev/null)" ] ||
		fail "$1 --unknown writes its usage to stdout"
}

# A sample is to be read at one go.
expect_short() {
	lines=$(wc -l <"$top_srcdir/samples/$1.c")
	[ "$lines" -lt 100 ] || fail "$1.c has $lines lines"
}

# The library is found by its name alone, or it says how to make that so.
expect_library() {
	output=$(sed 's/libsockopt\.so/libnowhere.so/' "$top_srcdir/samples/watch.py" |
		python3 - 2>&1)
	got=$?
	[ $got -eq 1 ] || fail "watch.py without library ended with $got, not 1"
	case $output in
	*libnowhere.so*LD_LIBRARY_PATH=*) ;;
	*) fail "watch.py without library said '$output'" ;;
	esac
}

for name in epoll-loop icmp-watch mapped-ring my-errors roundtrip; do
	expect_usage "$name"
	expect_short "$name"
done
expect epoll-loop 2 'usage: ' 5
expect mapped-ring 2 'usage: ' 0
expect mapped-ring 2 'usage: ' 5x
expect mapped-ring 2 'usage: ' -5
expect mapped-ring 2 'usage: ' ''
expect my-errors 2 'usage: '
expect my-errors 2 'usage: ' 127.0.0.1
expect my-errors 2 'usage: ' 127.0.0.1 9 more
expect my-errors 1 '127.0.0.1, port nowhere: ' 127.0.0.1 nowhere
if [ ! -e /proc/net/sockopt ]; then
	expect_remedy epoll-loop
	expect_remedy icmp-watch
	expect_remedy mapped-ring
	expect_remedy mapped-ring 5
	expect_remedy my-errors 127.0.0.1 9
	expect_remedy roundtrip
fi
line=$(sed -n 's/^#define SOCKOPT_ICMP_LINE \([0-9]*\).*/\1/p' "$top_srcdir/include/sockopt/sockopt.h")
grep -q "^LINE = $line  #" "$top_srcdir/samples/watch.py" ||
	fail "watch.py has not $line bytes for a line"
if python3 -c 'import ctypes' 2>/dev/null; then
	expect_usage watch.py
	expect_library
	[ -e /proc/net/sockopt ] || [ ! -e "$top_builddir/libsockopt/.libs/libsockopt.so.0" ] ||
		expect_remedy watch.py
else
	echo 'watch.py: not tried, there is no python3 with ctypes'
fi
exit $failed

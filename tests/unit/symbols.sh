#!/bin/sh
# SPDX-License-Identifier: MIT
# The shared library exports what sockopt.h declares, and nothing else.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}" "${NM:=nm}"
library=$top_builddir/libsockopt/.libs/libsockopt.so
export LC_ALL=C

if [ ! -e "$library" ]; then
	echo 'SKIP: no shared library was built'
	exit 77
fi

declared=$($CC -E -P -I"$top_srcdir/include" "$top_srcdir/include/sockopt/sockopt.h" |
	grep -o 'sockopt_[a-z0-9_]* *(' | tr -d ' (' | sort -u)
exported=$($NM -D --defined-only "$library" | grep -v ' A ' |
	sed 's/.* //; s/@.*//' | sort -u)

[ -n "$declared" ] || { echo 'FAIL: no function found in sockopt.h' >&2; exit 1; }
if [ "$declared" != "$exported" ]; then
	printf 'FAIL: sockopt.h declares\n%s\nthe library exports\n%s\n' \
		"$declared" "$exported" >&2
	exit 1
fi
echo "$declared" | wc -l | tr -d '\n'
echo ' functions declared and exported'

#!/bin/sh
# SPDX-License-Identifier: MIT
# Each header for programs compiles alone, as C99, C11, C++11 and C++20, without a warning.
set -u
: "${top_srcdir:=.}" "${CC:=cc}" "${CXX:=c++}"
failed=0

# compile COMPILER LANGUAGE STANDARD HEADER
compile() {
	echo "#include <sockopt/$4>" |
		$1 -x "$2" -std="$3" -pedantic -Wall -Wextra -Wconversion -Werror \
			-I"$top_srcdir/include" -fsyntax-only - && return
	echo "FAIL: $4 as $3 with $1" >&2
	failed=1
}

compile_all() {
	compile "$CC" c c99 "$1"
	compile "$CC" c c11 "$1"
	compile "$CXX" c++ c++11 "$1"
	compile "$CXX" c++ c++20 "$1"
}

if ! $CXX --version >/dev/null 2>&1; then
	echo "FAIL: no C++ compiler ($CXX); install g++ to run this test" >&2
	exit 1
fi
compile_all uapi.h
compile_all ring.h
compile_all sockopt.h
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
# The library compiles as part of any program, with no generated header, and the
# program in the comment of sockopt.h compiles, too.
set -u
: "${top_srcdir:=.}" "${CC:=cc}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

{
	echo '#include <stdio.h>'
	echo '#include <sockopt/sockopt.h>'
	echo 'int main(void)'
	echo '{'
	sed -n '/struct sockopt_stream \*st;$/,/sockopt_stream_close(st);$/s/^ \*//p' \
		"$top_srcdir/include/sockopt/sockopt.h" | sed '/sockopt_stream_close/q'
	echo '	return 0;'
	echo '}'
} >"$dir/app.c"
grep -q sockopt_stream_pull "$dir/app.c" || {
	echo 'FAIL: sockopt.h has no example any more' >&2
	exit 1
}

# embed OPTION...: compile and link app.c and the library in one go.
embed() {
	$CC "$@" -I"$top_srcdir/include" -o "$dir/app" "$dir/app.c" \
		"$top_srcdir"/libsockopt/*.c && return
	echo "FAIL: $CC $*" >&2
	failed=1
}

embed
embed -std=c99 -pedantic -Wall -Wextra -Wconversion -Werror
embed -std=c11 -O2 -Wall -Werror
embed -D_GNU_SOURCE -DSOCKOPT_VERSION='"1.2.3-embedded"'
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
# The page that says how to write a channel shows the files of the sample, as they are.
set -u
: "${top_srcdir:=.}"
page=$top_srcdir/doc/write-a-channel.md
sample=$top_srcdir/samples/kernel-module
failed=0

# shown FILE: the block behind the first line that ends with `FILE`:
shown() {
	awk -v name="\`$1\`:" '
		!found && index($0, name) == length($0) - length(name) + 1 && length($0) >= length(name) { found = 1; next }
		found && !inside && /^```/ { inside = 1; next }
		inside && /^```/ { exit }
		inside { print }' "$page"
}

for file in thermometer.h thermometer.c watch.c Kbuild Makefile; do
	shown "$file" | cmp -s - "$sample/$file" && continue
	echo "FAIL: the page does not show samples/kernel-module/$file as it is" >&2
	failed=1
done
[ "$(cat "$sample"/thermometer.[ch] "$sample/watch.c" | wc -l)" -lt 120 ] || {
	echo "FAIL: module and program have 120 lines or more" >&2
	failed=1
}
exit $failed

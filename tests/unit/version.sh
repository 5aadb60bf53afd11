#!/bin/sh
# SPDX-License-Identifier: MIT
# Every place that names a version names the same one: ours is that of configure.ac.
set -u
: "${top_srcdir:=.}" "${VERSION:=}"
failed=0

# compare FILE MACRO: the string that FILE defines MACRO as.
compare() {
	found=$(sed -n "s/^#define $2[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$top_srcdir/$1")
	if [ "$found" = "$VERSION" ]; then
		echo "$1: $found"
	else
		echo "FAIL: $1 says '$found', configure.ac '$VERSION'" >&2
		failed=1
	fi
}

[ -n "$VERSION" ] || { echo 'FAIL: run by make check, which sets VERSION' >&2; exit 1; }
compare libsockopt/internal.h SOCKOPT_VERSION
compare kernel/option.h SKO_VERSION

# What 'sockopt doctor' takes for tested is what README.md says.
for word in TESTED_FROM TESTED_TO; do
	kernel=$(sed -n "s/^#define ${word}[[:space:]]*\"\(.*\)\"/\1/p" \
		"$top_srcdir/tools/doctor_kernel.c")
	grep -q "^- Tested on .*kernel ${kernel:-?} " "$top_srcdir/README.md" && continue
	echo "FAIL: README.md says nothing of the doctor's $word, '$kernel'" >&2
	failed=1
done
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each target of tests/fuzz survives its corpus, under AddressSanitizer and UBSan: inputs that
# reach all that fuzzing has reached, and those that once found a fault. Prints its sums as a
# Check program does, for whoever counts them.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
replay=$(cd "$top_builddir" && pwd)/fuzz/replay
passed=0
failed=0
cd "$top_srcdir" || exit 1

# Words of a test: file, line, kind, case, name.
fail() {
	echo "tests/fuzz/fuzz_$1.c:1:F:fuzz_corpus:$2:0: $3"
	failed=$((failed + 1))
}

# Its inputs, in memory if that can be: one of the targets makes files.
survive() {
	TMPDIR=$work UBSAN_OPTIONS=print_stacktrace=1 "$replay/$1" "tests/fuzz/corpus/$1" \
		>"$work/out" 2>&1 && { passed=$((passed + 1)); return; }
	cat "$work/out"
	fail "$1" "the_corpus_of_${1}_finds_nothing" "see above"
}

work=$(mktemp -d /dev/shm/fuzz_corpus.XXXXXX 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo 'int main(void) { return 0; }' >"$work/none.c"
$CC -fsanitize=address,undefined -o "$work/none" "$work/none.c" >/dev/null 2>&1 || {
	echo "SKIP: $CC has no AddressSanitizer"
	exit 77
}

MAKEFLAGS='' make -j"$(nproc)" -s -f tests/fuzz/fuzz.mk O="$replay" CC="$CC" || exit 1
for target in $(MAKEFLAGS='' make -s -f tests/fuzz/fuzz.mk list); do
	survive "$target"
done
total=$((passed + failed))
echo "$((total ? 100 * passed / total : 0))%: Checks: $total, Failures: $failed, Errors: 0"
[ $failed -eq 0 ] && [ $total -gt 0 ]

#!/bin/sh
# SPDX-License-Identifier: MIT
# The model ring.pml has the steps of ring.h, holds in every state that it can reach, and
# does not hold with any of its faults planted.
set -u
: "${top_srcdir:=.}" "${CC:=cc}"
header=$top_srcdir/include/sockopt/ring.h
model=$top_srcdir/tests/unit/ring.pml
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "FAIL: $1" >&2
	exit 1
}

# 'R1 load head': label, operation, word. One without a label has ?? there. In their order,
# but sorted by letter: a letter is a function, and those stand in another order.
header_steps() {
	awk '
		match($0, /\/\* [A-Z][0-9] \*\//) { label = substr($0, RSTART + 3, 2) }
		match($0, /__atomic_[a-z]+/) { op = substr($0, RSTART + 9, RLENGTH - 9) }
		!op && label && / = / { op = "write" }
		op && match($0, /->[a-z_]+[, []/) {
			print (label ? label : "??"), op, substr($0, RSTART + 2, RLENGTH - 3)
			op = label = ""
		}' "$header" | sort -s -k 1.1,1.1
}

model_steps() {
	sed -n 's|^\([A-Z][0-9]\):	*/\* \(.*\) \*/$|\1 \2|p' "$model" | sort -s -k 1.1,1.1
}

contract_names() {
	sed '/^#ifndef/q' "$header" | grep -oE '\b[A-Z][0-9]\b' | sort -u
}

same_steps() {
	header_steps >"$dir/header"
	model_steps >"$dir/model"
	[ "$(wc -l <"$dir/model")" -ge 14 ] || fail 'found few steps in the model'
	diff "$dir/header" "$dir/model" || fail 'the steps of ring.h and of ring.pml differ'
	cut -c 1-2 "$dir/model" | sort -u >"$dir/names"
	contract_names | diff - "$dir/names" ||
		fail 'the contract in ring.h has other steps than its code'
	echo "$(wc -l <"$dir/model") steps are the same in ring.h and ring.pml"
}

# search LEVEL OPTION...: all states of the model, by a program optimised so much; its
# report is in $dir/report.
search() {
	level=$1
	shift
	(
		cd "$dir" && rm -f pan* ring.pml.trail &&
		spin -a "$@" ring.pml &&
		$CC "$level" -w -DSAFETY -DCOLLAPSE -DMEMLIM=2000 -o pan pan.c &&
		timeout 300 ./pan -m10000
	) >"$dir/report" 2>&1 || fail "the search ended itself: $(tail -n 3 "$dir/report")"
}

# Complete, without an error, and no line of the model was left out.
holds() {
	search -O2 "$@"
	if ! grep -q 'errors: 0$' "$dir/report" ||
	   grep -qiE 'not completed|too small|truncated|out of memory' "$dir/report" ||
	   grep -A 1 '^unreached in' "$dir/report" | grep -vE '^unreached in|^--$' |
		grep -qv '(0 of '; then
		cat "$dir/report" >&2
		fail "the model does not hold $*"
	fi
	echo "holds in all $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$dir/report") states${*:+ ($*)}"
}

has_bug() {
	search -O0 "$@"
	grep -qE '^pan:1: (assertion violated|invalid end state)' "$dir/report" ||
		fail "a planted fault went unseen: $1"
	echo "$1: $(grep -oE '(assertion|invalid) .*' "$dir/report" | head -n 1)"
}

bugs() {
	grep -oE '^#ifn?def BUG_[A-Z]+' "$model" | grep -oE 'BUG_[A-Z]+' | sort -u
}

same_steps
command -v spin >/dev/null || {
	echo 'SKIP: there is no spin'
	exit 77
}
cp "$model" "$dir/" || exit 1
holds
holds -DWATCHED
[ "$(bugs | wc -l)" -ge 7 ] || fail 'the model has few faults to plant'
for bug in $(bugs); do
	has_bug "-D$bug" -DWATCHED
done

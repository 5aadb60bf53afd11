#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The description for syzkaller says what uapi.h says: each struct with all its members, in
# their order and of their sizes; each number; each operation, got or set as there.

set -u
: "${top_srcdir:=.}" "${CC:=cc}"
description=$top_srcdir/tests/fuzz/sockopt.txt
header=$top_srcdir/include/sockopt/uapi.h
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
export LC_ALL=C

# No option has these: the one is in the mapping, the other in an array whose steps the kernel
# tells.
elsewhere='sockopt_record sockopt_status'

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# same SENTENCE FILE FILE
same() {
	diff "$2" "$3" >&2 || fail "$1"
}

# ---- Structs and numbers: what is said of them becomes C, and the compiler judges ----

# The size of a type, as far as it has one by itself; sums of members, which leave no gap.
assertions() {
	awk -v structs=" $(tr '\n' ' ' <"$dir/structs")" '
		function size(type,   n) {
			if (match(type, /^(const|flags|len|bytesize)\[.*, /))
				return size(substr(type, RLENGTH + 1))
			if (match(type, /^array\[.*, /)) {
				n = substr(type, RLENGTH + 1) + 0
				sub(/^array\[/, "", type)
				sub(/, [0-9]+\]$/, "", type)
				return n * size(type)
			}
			if (type ~ /^string\[/)
				return "SOCKOPT_NAME_MAX"
			if (match(type, /^int[0-9]+/))
				return substr(type, 4, RLENGTH - 3) / 8
			return 4	# a resource
		}
		/^define SOCKOPT_OPT_/ {
			split($2, word, "_")
			print "SOCKOPT_ASSERT(SOCKOPT_OPTION(SOCKOPT_CHANNEL_" word[3] ", SOCKOPT_" \
				word[4] ") == " $3 ");"
			next
		}
		/^define / { print "SOCKOPT_ASSERT(" $2 " == " $3 ");" }
		/^[a-z_]+ \{$/ { name = index(structs, " " $1 " ") ? $1 : ""; at = "0"; next }
		/^\}/ && name {
			print "SOCKOPT_ASSERT(sizeof(struct " name ") == " at ");"
			name = ""
		}
		name {
			member = $1
			sub(/^\t[a-z0-9_]+\t+/, "")
			sub(/\t+\((in|out|inout)\)$/, "")
			bytes = size($0)
			print "SOCKOPT_ASSERT_AT(" name ", " member ", " at ");"
			print "SOCKOPT_ASSERT(sizeof(((struct " name " *)0)->" member ") == " bytes ");"
			at = at " + " bytes
		}' "$description"
}

structs() {
	sed -n 's/^struct \(sockopt_[a-z]*\) {$/\1/p' "$header" | sort
}

described() {
	{ sed -n 's/^\(sockopt_[a-z]*\) {$/\1/p' "$description"; echo "$elsewhere" | tr ' ' '\n'; } |
		sort
}

compile() {
	{ echo '#include <sockopt/uapi.h>'; assertions; } >"$dir/syzlang.c"
	[ "$(grep -c SOCKOPT_ASSERT_AT "$dir/syzlang.c")" -ge 60 ] || fail 'found few members'
	[ "$(grep -c SOCKOPT_OPTION "$dir/syzlang.c")" -ge 9 ] || fail 'found few options'
	$CC -std=c11 -Wall -Werror -I"$top_srcdir/include" -fsyntax-only "$dir/syzlang.c" ||
		fail 'members or numbers differ'
}

# ---- Operations: lines 'OPERATION get' and 'OPERATION set' ----

operations() {
	sed -n 's:^\tSOCKOPT_\([A-Z]*\)\t*= [0-9]*,\t/\* \([a-z, ]*\)[,\:].*:\1 \2:p' "$header" |
		awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^(get|set),?$/) print $1, substr($i, 1, 3) }' |
		sort
}

calls() {
	sed -n 's/^\([gs]et\)sockopt[$]SOCKOPT_\([A-Z]*\)(.*const\[SOCKOPT_OPT_[A-Z]*_\([A-Z]*\)\],.*/\1 \2 \3/p' \
		"$description" | awk '{ print $2 == $3 ? $2 : $2 "/" $3, $1 }' | sort
}

# Flags that a program may pass.
flags() {
	grep -oE '^#define SOCKOPT_(TUNE|RECORDS)_F_[A-Z]+' "$header" | cut -d' ' -f2 | sort
}

defined_flags() {
	sed -n 's/^define \(SOCKOPT_[A-Z]*_F_[A-Z]*\)\t.*/\1/p' "$description" | sort
}

structs >"$dir/structs"
described >"$dir/described"
operations >"$dir/operations"
calls >"$dir/calls"
flags >"$dir/flags"
defined_flags >"$dir/defined_flags"
[ "$(wc -l <"$dir/operations")" -ge 10 ] || fail 'found few operations'
same 'other structs' "$dir/structs" "$dir/described"
same 'other operations' "$dir/operations" "$dir/calls"
same 'other flags' "$dir/flags" "$dir/defined_flags"
compile
[ $failed -ne 0 ] ||
	echo "$(grep -c ASSERT_AT "$dir/syzlang.c") members, $(wc -l <"$dir/operations") operations are the same"
exit $failed

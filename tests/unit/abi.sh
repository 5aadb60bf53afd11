#!/bin/sh
# SPDX-License-Identifier: MIT
# uapi.h has all that each recorded version of it had (tests/abi/uapi-*.h): every constant with
# its value, every member at its place and of its size; and no struct is smaller, nor one that
# does not say its size another one.
set -u
: "${top_srcdir:=.}" "${CC:=cc}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# A program that prints a line for all that HEADER names. Constants are those whose value is
# a number; of functions, arrays and the guard there is none.
program() {
	awk '
		BEGIN {
			print "#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{"
			constant("SOCKOPT_OPTION(2, 7)")
		}
		/^#define SOCKOPT_[A-Z0-9_]+[ \t]+[^ \t]/ && $2 !~ /\(/ { constant($2) }
		/^enum / { in_enum = 1 }
		in_enum && /^\tSOCKOPT_/ { constant($1) }
		/^struct [a-z_]+ \{/ { type = "struct " $2 }
		type && /^\t(u?int[0-9]+_t|char) / {
			member = $2
			sub(/[;\[].*/, "", member)
			sign = $2 ~ /\[/ ? "0" : sprintf("(__typeof__(((%s *)0)->%s))-1 < 0", type, member)
			printf "\tprintf(\"%s.%s at %%zu, %%zu bytes, signed: %%d\\n\", offsetof(%s, %s), sizeof(((%s *)0)->%s), %s);\n",
				type, member, type, member, type, member, sign
		}
		/^}/ && type { printf "\tprintf(\"%s, bytes: %%zu\\n\", sizeof(%s));\n", type, type }
		/^}/ { in_enum = 0; type = "" }
		END { print "\treturn 0;\n}" }
		function constant(name) {
			printf "\tprintf(\"%s %%lld\\n\", (long long)(%s));\n", name, name
		}' "$1"
}

# facts PROGRAM HEADER: what it prints with HEADER as uapi.h.
facts() {
	$CC -std=c99 -include "$2" -o "$work/facts" "$1" && "$work/facts"
}

for record in "$top_srcdir"/tests/abi/uapi-*.h; do
	program "$record" >"$work/facts.c"
	facts "$work/facts.c" "$record" >"$work/was" &&
	facts "$work/facts.c" "$top_srcdir/include/sockopt/uapi.h" >"$work/is" || exit 1
	[ "$(wc -l <"$work/was")" -gt 150 ] || {
		echo "FAIL: only $(wc -l <"$work/was") facts in $record" >&2
		exit 1
	}
	paste -d '|' "$work/was" "$work/is" | awk -F '[|]' '
		$1 ~ /\.size at 0,/ { split($1, of, "."); has_size[of[1]] = 1 }
		$1 ~ /, bytes: / {
			split($1, was, ", bytes: "); split($2, now, ", bytes: ")
			if (has_size[was[1]] && now[2] + 0 >= was[2] + 0) next
		}
		$1 != $2 { print "FAIL: was \"" $1 "\", is \"" $2 "\""; bad = 1 }
		END { exit bad }' >&2 || failed=1
	echo "$record: $(wc -l <"$work/was") facts"
done
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A row of the table of threats holds if every test that it names ran and passed, and a row
# that cannot be read does not.

set -u
: "${top_srcdir:=.}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# Of job $1, what is said of all rows, a line each.
said() {
	bash "$top_srcdir/tests/threats.sh" "$1" "$dir/result" "$dir/table" |
		sed -n 's/ [0-9]* - threats: /: /p'
}

# expect JOB: the lines of standard input are what is said.
expect() {
	cat >"$dir/wanted"
	said "$1" >"$dir/said"
	diff "$dir/wanted" "$dir/said" >&2 || fail "job $1"
}

cat >"$dir/result" <<'END'
ok 1 - check_a.c:a:one_holds: Passed
ok 2 - check_a.c:a:two_holds: Passed
ok 3 - check_a.c:a:at_times: Passed
not ok 4 - check_a.c:a:at_times: check_a.c:1: it does not
ok 5 - fault.c:f:only_there: Passed
END

cat >"$dir/table" <<'END'
| before | one | `one_holds` |  |

## Threats

| threat | what | check | debug |
| --- | --- | --- | --- |
| one | that | `one_holds` |  |
| both | that | `one_holds`, `two_holds` | `only_there` |
| one of two | that | `one_holds`, `not_there` |  |
| the debug kernel's | that | `one_holds` | `not_there` |
| at times | that | `at_times` |  |
| part of a name | that | `one` |  |
| none | that |  | `only_there` |
| too few cells | that | `one_holds` |
| too many cells | that | `one_holds` |  | `two_holds` |
| no quotes | that | one_holds, `two_holds` |  |

| behind a blank line | that | `not_there` |  |

## Afterwards

| after | one | `not_there` |  |
END

expect check <<'END'
ok: one
ok: both
not ok: one of two
ok: the debug kernel's
not ok: at times
not ok: part of a name
not ok: none
not ok: too few cells
not ok: too many cells
not ok: no quotes
not ok: behind a blank line
END

expect debug <<'END'
ok: one
ok: both
not ok: one of two
not ok: the debug kernel's
not ok: at times
not ok: part of a name
ok: none
not ok: too few cells
not ok: too many cells
not ok: no quotes
not ok: behind a blank line
END

exit $failed

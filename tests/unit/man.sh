#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The manual pages say what the headers say: each function has its page, with the prototype,
# the structs and the errors that the header has; what pages refer to exists, and their
# programs compile.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
man=$top_srcdir/doc/man
include=$top_srcdir/include
header=$include/sockopt/sockopt.h
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
export LC_ALL=C

# Functions that have a page before they are in the header. Empty, if all is well.
announced=''

# Pages that are referred to and not there yet.
known=''

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# has WORD WORDS
has() {
	case " $(echo "$2" | tr '\n' ' ') " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

is_announced() {
	has "$1" "$announced"
}

no_space() {
	tr -d ' \t'
}

# ---- What the headers say ----

# Prototypes, one a line, without white space.
declared() {
	$CC -E -P -I"$include" "$header" | tr '\n' ' ' | tr ';' '\n' |
		grep 'sockopt_[a-z0-9_]* *(' | no_space
}

# The names of prototypes.
functions() {
	sed 's/(.*//; s/.*\*//' | grep -o 'sockopt_[a-z0-9_]*$'
}

exported() {
	sed -n 's/^[[:space:]]*\(sockopt_[a-z0-9_]*\);$/\1/p' \
		"$top_srcdir/libsockopt/libsockopt.map"
}

# A line 'FUNCTION COMMENT' for each, with the comment that stands before it.
comments() {
	awk '
		function code(text) {
			if (match(text, /^[a-z].*sockopt_[a-z0-9_]+\(/)) {
				text = substr(text, 1, RLENGTH - 1)
				sub(/.*[ *]/, "", text)
				print text, comment
			}
		}
		{
			line = $0
			while (line != "") {
				at = index(line, inside ? "*/" : "/*")
				part = at ? substr(line, 1, at - 1) : line
				line = at ? substr(line, at + 2) : ""
				if (inside)
					comment = comment " " part
				else
					code(part)
				if (at) {
					inside = !inside
					if (inside)
						comment = ""
				}
			}
		}' "$header" | sed 's/ \* */ /g; s/  */ /g'
}

# errors_of FUNCTION: what its comment names, also by 'Errors of that() and that()'.
errors_of() {
	sed -n "s/^$1 //p" "$dir/comments" >"$dir/comment"
	{
		cat "$dir/comment"
		grep -o 'Errors of sockopt_[^.]*' "$dir/comment" | grep -o 'sockopt_[a-z0-9_]*' |
			while read -r other; do sed -n "s/^$other //p" "$dir/comments"; done
	} | grep -oE -e '-E[A-Z0-9]+' | tr -d - | sort -u
}

# Structs, one a line, without comments and white space, of C from standard input.
structs() {
	tr '\n' ' ' | sed 's:/\*[^*]*\**\([^/*][^*]*\*\**\)*/: :g' |
		grep -oE 'struct sockopt_[a-z0-9_]+ *\{[^}]*\}' | no_space
}

# ---- What the pages say ----

# section PAGE TITLE
section() {
	awk -v title="$2" '
		/^\.Sh/ { inside = substr($0, 5) == title; next }
		inside' "$1"
}

names() {
	section "$1" NAME | sed -n 's/^\.Nm \([^ ]*\).*/\1/p'
}

# Prototypes of its SYNOPSIS, as declared() prints them.
shown() {
	section "$1" SYNOPSIS | awk '
		/^\.Ft / { type = substr($0, 5) }
		/^\.Fn / {
			name = $2
			sub(/^\.Fn [^ ]+ */, "")
			gsub(/" +"/, ",")
			print type name "(" $0 ")"
		}
		/^\.Fo / { name = $2; args = "" }
		/^\.Fa / { args = args (args == "" ? "" : ",") substr($0, 5) }
		/^\.Fc/ { print type name "(" args ")" }' | tr -d '"' | no_space
}

errors_in() {
	section "$1" ERRORS | sed -n 's/^\.It Bq Er //p' | tr -d ' ' | tr ',' '\n'
}

# displays PAGE: what stands between .Bd and .Ed, as it is read; .Bd stays, to tell them apart.
displays() {
	awk '
		/^\.Bd -literal/ { inside = 1; print ".Bd"; next }
		/^\.Ed/ { inside = 0 }
		inside {
			gsub(/\\e/, "\\")
			gsub(/\\\(aq/, "\047")
			gsub(/\\[&]/, "")
			print
		}' "$1"
}

# ---- Checks ----

# One page has the name, and shows the prototype.
check_symbol() {
	pages=''
	for page in "$man"/*.3; do
		has "$1" "$(names "$page")" && pages="$pages $page"
	done
	# shellcheck disable=SC2086
	set -- "$1" $pages
	[ $# -eq 2 ] || { fail "$1 is in the NAME of $(($# - 1)) pages, not of one"; return; }
	prototype=$(grep -F -e "$1(" "$dir/declared")
	shown "$2" | grep -qxF -e "$prototype" ||
		fail "$(basename "$2") does not show $1 as the header does: $prototype"
	for error in $(errors_of "$1"); do
		has "$error" "$(errors_in "$2")" ||
			fail "$(basename "$2") has no $error in ERRORS, the header of $1 has"
	done
}

# What a page of functions names is what it shows, and is declared.
check_page() {
	page=$(basename "$1" .3)
	[ "$page" != libsockopt ] || return
	has "$page" "$(names "$1")" || fail "$page.3 has not $page in its NAME"
	[ "$(names "$1" | sort)" = "$(shown "$1" | functions | sort)" ] ||
		fail "$page.3 has other functions in NAME than in SYNOPSIS"
	shown "$1" | while read -r prototype; do
		is_announced "$(echo "$prototype" | functions)" ||
			grep -qxF -e "$prototype" "$dir/declared" ||
			echo "$prototype"
	done >"$dir/strange"
	[ ! -s "$dir/strange" ] ||
		fail "$page.3 shows what sockopt.h does not declare: $(cat "$dir/strange")"
}

# Announced is what is to come, not what is there.
check_announced() {
	for name in $announced; do
		! exported | grep -qx "$name" ||
			fail "$name is there now: take it off the list in tests/unit/man.sh"
	done
	for page in $known; do
		[ ! -e "$man/$page" ] ||
			fail "$page is there now: take it off the list in tests/unit/man.sh"
	done
}

# exists NAME SECTION: a page of ours, or a link that will be installed.
exists() {
	[ -e "$man/$1.$2" ] && return
	[ "$2" = 3 ] && has "$1" "$(cat "$dir/names")" && return
	has "$1.$2" "$known"
}

check_references() {
	grep -ohE 'Xr (sockopt[a-z0-9_]*|libsockopt[a-z0-9_]*) [1-9]' "$man"/*.[1-9] |
		sort -u >"$dir/references"
	[ -s "$dir/references" ] || fail 'no page refers to another one'
	while read -r _ name section; do
		exists "$name" "$section" || fail "there is no page $name($section) to refer to"
	done <"$dir/references"
	grep -ohE '(Fn|Fo) sockopt_[a-z0-9_]+' "$man"/*.[1-9] | sort -u >"$dir/references"
	while read -r _ name; do
		is_announced "$name" || functions <"$dir/declared" | grep -qx "$name" ||
			fail "there is no function $name, which a page speaks of"
	done <"$dir/references"
}

# Constants: one that ends with an underline stands for all that begin so.
check_constants() {
	cat "$include"/sockopt/sockopt.h "$include"/sockopt/uapi.h |
		grep -oE '\<SOCKOPT_[A-Z0-9_]+' | sort -u >"$dir/constants"
	cat "$man"/*.[1-9] | grep -v '^\.Dt ' | grep -oE '\<SOCKOPT_[A-Z0-9_]+' |
		sort -u >"$dir/references"
	while read -r name; do
		case $name in
		*_) grep -q "^$name" "$dir/constants" ;;
		*) grep -qx "$name" "$dir/constants" ;;
		esac || fail "there is no $name, which a page speaks of"
	done <"$dir/references"
}

check_structs() {
	cat "$include"/sockopt/sockopt.h "$include"/sockopt/uapi.h | structs >"$dir/structs"
	for page in "$man"/*.[1-9]; do
		displays "$page" | structs
	done >"$dir/shown"
	[ "$(wc -l <"$dir/shown")" -gt 5 ] || fail 'the pages show few structs'
	while read -r struct; do
		grep -qxF -e "$struct" "$dir/structs" ||
			fail "a page shows a struct that no header has so: $struct"
	done <"$dir/shown"
}

# Names of errors that the system does not know.
check_errors() {
	{
		echo '#include <errno.h>'
		echo 'int errors[] = {'
		for page in "$man"/*.[1-9]; do
			errors_in "$page" | sed 's/$/,/'
		done
		echo '0 };'
	} >"$dir/errors.c"
	$CC -D_GNU_SOURCE -fsyntax-only "$dir/errors.c" || fail 'a page has an error that is none'
}

# Displays of the section EXAMPLES, each to a file of its own: DIR/N.
split_examples() {
	section "$1" EXAMPLES >"$dir/examples"
	mkdir "$2"
	displays "$dir/examples" | awk -v dir="$2" '
		/^\.Bd$/ { n++; next }
		{ print >(dir "/" n) }'
}

# A program, or a part of one, begins with what it includes.
compile() {
	cp "$1" "$dir/example.c"
	set -- -std=c99 -pedantic -Wall -Wextra -Werror -I"$include" "$dir/example.c"
	if ! grep -q '^int main(' "$dir/example.c"; then
		$CC "$@" -c -o "$dir/example.o"
	else
		$CC "$@" -o "$dir/example" -L"$top_builddir/libsockopt/.libs" -lsockopt
	fi
}

# In pages of functions everything is either a program, or a command, or what one printed.
check_examples() {
	page=$(basename "$1")
	parts=$dir/$page
	split_examples "$1" "$parts"
	for part in "$parts"/*; do
		[ -e "$part" ] || continue
		case $(head -n 1 "$part") in
		'#include '*|'#define _'*)
			programs=$((programs + 1))
			compile "$part" || fail "an example of $page does not compile"
			;;
		'$ '*|'# '*) ;;
		*) ! grep -q ';$' "$part" ||
			fail "an example of $page is neither a program nor a command" ;;
		esac
	done
}

check_all_examples() {
	programs=0
	for page in "$man"/*.[1-9]; do
		is_announced "$(basename "$page" .3)" || check_examples "$page"
	done
	[ $programs -gt 10 ] || fail "only $programs programs found in EXAMPLES"
}

check_list() {
	for page in "$man"/*.[1-9]; do
		page=doc/man/$(basename "$page")
		grep -qE "^	$page( |\$)" "$top_srcdir/Makefile.am" ||
			fail "$page is not in Makefile.am"
	done
}

check_ascii() {
	! grep -n '[^ -~	]' "$man"/*.[1-9] || fail 'a page has other bytes than ASCII'
}

# No warning, and nothing that a terminal would wrap.
check_layout() {
	mandoc -T lint -W warning "$man"/*.[1-9] >&2 || fail 'mandoc warns'
	for page in "$man"/*.[1-9]; do
		mandoc -T ascii -O width=80 "$page" | sed 's/.\x08//g' | awk 'length > 80' |
			grep . >&2 && fail "$(basename "$page") has lines of more than 80 columns"
	done
}

declared >"$dir/declared"
comments >"$dir/comments"
for page in "$man"/*.3; do names "$page"; done >"$dir/names"
[ "$(exported | wc -l)" -gt 30 ] || fail 'libsockopt.map has few functions'
[ "$(errors_of sockopt_icmp_open | wc -l)" -gt 10 ] || fail 'sockopt.h has few errors'
for name in $(exported); do check_symbol "$name"; done
for page in "$man"/*.3; do check_page "$page"; done
check_announced
check_references
check_constants
check_structs
check_errors
check_all_examples
check_list
check_ascii
[ $failed -eq 0 ] || exit 1
echo "$(exported | wc -l) functions, $(wc -l <"$dir/shown") structs, $programs programs"
if ! command -v mandoc >/dev/null; then
	echo 'SKIP: the layout of the pages was not looked at, there is no mandoc'
	exit 77
fi
check_layout
exit $failed

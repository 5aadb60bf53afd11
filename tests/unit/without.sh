#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The command builds without each of its libraries, and without all of them, and says which one
# it lacks.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# define NAME: what configure found for it, unless it is one of $without.
define() {
	case " $without " in
	*" $1 "*) echo "-DHAVE_$1=0" ;;
	*) sed -n "s/^TOOLS_CPPFLAGS = .*\(-DHAVE_$1=.\).*/\1/p" "$top_builddir/Makefile" ;;
	esac
}

flags() {
	for name in PCAP MNL NCURSES JANSSON; do
		sed -n "s/^${name}_$1 = //p" "$top_builddir/Makefile"
	done
}

# Those that only one library needs are not built without it, as in Makefile.am.
sources() {
	set -- -e /none.c
	[ "$(define MNL)" = -DHAVE_MNL=1 ] || set -- "$@" -e /sockets.c -e /holders.c -e /pings.c
	[ "$(define NCURSES)" = -DHAVE_NCURSES=1 ] || set -- "$@" -e /census.c -e /panel.c \
		-e /prompt.c -e /rates.c -e /screen.c -e /session.c -e /subject.c -e /terminal.c
	find "$top_srcdir/tools" "$top_srcdir/libsockopt" -name '*.c' | grep -v "$@"
}

# build NAME...: without these libraries.
build() {
	without=$*
	# shellcheck disable=SC2046
	$CC -std=c99 -pedantic -Wall -Wextra -Werror -O0 -D_GNU_SOURCE $(define PCAP) \
		$(define MNL) $(define NCURSES) $(define JANSSON) $(flags CFLAGS) \
		-I"$top_srcdir/include" -o "$work/sockopt" $(sources) $(flags LIBS) ||
		fail "it does not build without $without"
}

# says TEXT ARGUMENT...
says() {
	text=$1
	shift
	"$work/sockopt" "$@" >"$work/out" 2>&1 </dev/null && fail "sockopt $* works"
	grep -q "$text" "$work/out" || { fail "sockopt $* does not say '$text':"; cat "$work/out"; }
}

build PCAP
says 'built without libpcap' icmp host 10.0.0.1
says 'built without libpcap' icmp -r /dev/null
build JANSSON
says 'built without jansson' streams --json
says 'built without jansson' doctor --json
[ "$(wc -l <"$work/out")" -eq 1 ] || fail 'doctor looks before it says so'
"$work/sockopt" doctor --help --bogus >"$work/out" 2>&1
[ $? -eq 2 ] || fail 'doctor takes any option behind --help'
build NCURSES
says 'built without ncurses' top
build MNL
build PCAP MNL NCURSES JANSSON
[ "$("$work/sockopt" --version)" = "sockopt ${VERSION:-0.1.0}" ] || fail 'it has no version'
says 'built without libpcap' icmp host 10.0.0.1
exit $failed

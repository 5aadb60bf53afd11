#!/bin/bash
# SPDX-License-Identifier: MIT
#
# call_reached.sh TREE PROGRAMS LIST: which places of the module in TREE the system calls of
# callfuzz came to, as the lines 'pc OFFSET' of its log PROGRAMS say, of all that KCOV can see
# and a system call can come to: in call_elsewhere.txt stand the functions that none comes to,
# and why. LIST gets a line for each place. Prints TAP, and '#' lines for people.

set -u -o pipefail
tree=$1 programs=$2 list=$3
module=$tree/kernel/sockopt.ko
elsewhere=$(dirname "$0")/call_elsewhere.txt
enough=80	# percent
layer=reached
. "$(dirname "$0")/../tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C

# The calls to KCOV, which writes down where they return to: one byte behind what is printed
# here, which is still the call's. Offsets in .text.
places() {
	objdump -r -j .text "$module" | awk '
		function number(hex,   i, n) {
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return n
		}
		/__sanitizer_cov_trace_pc/ { printf "%x\n", number($1) + 3 }'
}

reached() {
	tr -d '\r\000' <"$programs" | awk '
		/^pc [0-9a-f]+$/ { print $2 }' | while read -r pc; do
		printf '%x\n' $((0x$pc - 1))
	done
}

# Of each place of our code a line 'PLACE FILE:LINE FILE:FUNCTION': where it is, and the
# function that it is in when all is inlined. What is inlined of the kernel's headers is not
# ours: most of it is what happens to a count that is broken.
lines() {
	addr2line -a -i -f -e "$module" -j .text <"$dir/places" | awk -v tree="$tree/" '
		function flush() { if (line) print place, line, file ":" name }
		/^0x/ {
			flush()
			place = substr($0, 3)
			sub(/^0+/, "", place)
			line = ""
			is_first = 1
			next
		}
		{
			name = $0
			getline at
			sub(/ .*/, "", at)
			if (index(at, tree) == 1) {
				at = file = substr(at, length(tree) + 1)
				sub(/:.*/, "", file)
				if (is_first) line = at
			}
			is_first = 0
		}
		END { flush() }'
}

# A line 'WHAT FILE:LINE FILE:FUNCTION' for each place: reached, missed, or elsewhere.
judge() {
	awk '
		FILENAME == ARGV[1] { reached[$1]; next }
		FILENAME == ARGV[2] { if ($1 ~ /^[a-z]/) elsewhere[$1]; next }
		{ print ($1 in reached ? "reached" : $3 in elsewhere ? "elsewhere" : "missed"), $2, $3 }
	' "$dir/reached" "$elsewhere" "$dir/lines" | sort -t: -k1,1 -k2,2n
}

# Of each file: how many of its places, and the lines of those that nobody came to.
table() {
	awk '
		$1 == "elsewhere" { next }
		{
			split($2, at, ":")
			all[at[1]]++
			if ($1 == "reached") n[at[1]]++
			else if (!(($2) in told)) { told[$2]; missed[at[1]] = missed[at[1]] " " at[2] }
		}
		END { for (file in all)
			printf "# %-26s %4d of %4d%s\n", file, n[file], all[file],
				missed[file] == "" ? "" : "  not:" missed[file] }' "$list" | sort
}

count() {
	grep -c "^$1 " "$list"
}

are_enough() {
	[ $((100 * $(count reached))) -ge $((enough * ($(count reached) + $(count missed)))) ]
}

# Each function of the list is one of the module's, and no call came to it.
is_list_true() {
	local function reason status=0

	while read -r function reason; do
		case $function in ''|'#'*) continue ;; esac
		grep -q " $function\$" "$list" || { echo "no $function ($reason)"; status=1; }
		! grep "^reached .* $function\$" "$list" || status=1
	done <"$elsewhere"
	return $status
}

places >"$dir/places"
reached >"$dir/reached"
lines >"$dir/lines"
judge >"$list"
table
all=$(($(count reached) + $(count missed)))
echo "# paths of system calls: $(count reached) of $all places; elsewhere: $(count elsewhere)"
check "calls come to $enough % of what they can come to" are_enough
check 'what no call can come to is in the module, and was not come to' is_list_true

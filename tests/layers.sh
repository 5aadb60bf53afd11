# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# The layers of tests, and the demonstration. Sourced by `run`.

# layer_unit [WORD...]: automake runs the unit tests, we count what its result files say. The
# WORDs are make's.
layer_unit() {
	local start=$SECONDS counts status=0

	progress unit '...'
	unit_results | xargs -r rm -f
	in_group timeout -k 5 "${SKO_UNIT_SECONDS:-900}" make -C "$build" check "$@" \
		>"$logs/unit.log" 2>&1 </dev/null || status=1
	counts=$(unit_counts)
	# make itself failed (a test that does not compile, say): red, whatever was counted
	[ $status -eq 0 ] || [ "$(echo "$counts" | cut -d' ' -f2)" -gt 0 ] || counts='0 1 0'
	# shellcheck disable=SC2086
	layer_result unit $((SECONDS - start)) $counts
	[ $status -eq 0 ] && return
	unit_failures >&2
	show_log "$logs/unit.log"
}

# Prints 'PASSED FAILED SKIPPED' over all result files.
unit_counts() {
	local trs

	unit_results | while read -r trs; do
		one_unit_count "$trs" "${trs%.trs}.log"
	done | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }'
}

unit_results() {
	find "$build" \( -path "$build/host" -o -path "$build/fresh" -o -path "$build/mutants" \
		-o -path "$build/matrix" -o -path "$build/compilers" \) -prune -o -name '*.trs' -print
}

# A Check program counts by its own sums, anything else as one test. A program that was
# red although its sums are not (a crash, a sanitizer's report) counts as one failure more.
one_unit_count() {
	awk '
		FILENAME ~ /\.trs$/ && /^:test-result: (PASS|XFAIL)/ { pass++ }
		FILENAME ~ /\.trs$/ && /^:test-result: (FAIL|ERROR|XPASS)/ { fail++ }
		FILENAME ~ /\.trs$/ && /^:test-result: SKIP/ { skip++ }
		FILENAME ~ /\.log$/ && /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
			gsub(/[^0-9 ]/, ""); n += $2; bad += $3 + $4 }
		END {
			if (!n) print pass + 0, fail + 0, skip + 0
			else print n - bad, bad ? bad : fail + 0, skip + 0
		}' "$1" "$2"
}

# The names of what failed: Check's lines, or the program's name if it printed none.
unit_failures() {
	local trs

	unit_results | while read -r trs; do
		grep -qE '^:test-result: (FAIL|ERROR|XPASS)' "$trs" || continue
		grep -aE '^[^ ]*:[0-9]+:[FE]:' "${trs%.trs}.log" || basename "${trs%.trs}"
	done | sed 's/^/FAILED: /'
}

layer_install() {
	script_layer install tests/install.sh "$build"
}

# script_layer NAME SCRIPT...: one that prints TAP. It counts its tests in no plan: that it came
# to its end is its exit status.
script_layer() {
	local name=$1 start=$SECONDS log=$logs/$1.log counts

	shift
	progress "$name" '...'
	in_group "$@" >"$log" 2>&1 </dev/null ||
		echo "not ok - $name: the tests run to their end" >>"$log"
	counts=$(tap_counts <"$log")
	# shellcheck disable=SC2086
	layer_result "$name" $((SECONDS - start)) $counts
	grep -q '^not ok' "$log" || return 0
	grep '^not ok' "$log" | sed 's/^not ok/FAILED:/' >&2
	show_log "$log"
}

# The module, for kernels that do not exist yet.
layer_newer() {
	script_layer newer tests/newer.sh "$build"
}

# suites LAYER: the names of the suites that layer vm, debug, cost or tools runs, one a line.
suites() {
	local files=(tests/vm/check_*.c)

	if [ "$1" = tools ]; then
		sed -n "s/^suites='\(.*\)'/\1/p" tests/vm/guest-tools.sh | tr ' ' '\n' | sort
		return
	fi
	case $1 in
	cost) files=(tests/vm/cost*.c) ;;
	debug) files+=(tests/vm/fault*.c) ;;
	esac
	sed -n 's/.*suite_create("\(.*\)").*/\1/p' "${files[@]}" | sort
}

# has_suite LAYER NAME
has_suite() {
	suites "$1" | grep -qxF -e "$2"
}

# Words for the virtual machine's kernel command line, on top of what the job needs.
machine_words=()

# machine JOB FILTER...: the job, its lines passed through FILTER, a command.
# The same script runs in the virtual machine and, with --host, here.
machine() {
	local job=$1 words=()

	shift
	[ -z "$suite" ] || words+=("CK_RUN_SUITE=$suite")
	[ -z "${SKO_SPARSE-}" ] || words+=("SKO_SPARSE=$SKO_SPARSE")
	if [ -n "$on_host" ]; then
		tests/vm/host.sh "$job" "$build" "$vm" "$logs" "${words[@]}" | "$@"
		return
	fi
	[ -z "$fail_fast" ] || words+=(failfast=1)
	words+=("${machine_words[@]}")
	tests/vm/boot.sh "$job" "$vm" "$logs" "${words[@]}" | "$@"
}

layer_vm() {
	machine_layer vm check
}

# What SECURITY.md promises of each threat: layer_threats JOB, after that job.
layer_threats() {
	local result=$logs/vm-$1.result

	[ -z "$on_host" ] || result=$logs/host-$1.result
	script_layer threats tests/threats.sh "$1" "$result"
}

# Its figures are in the log, in lines that begin with '#'.
layer_cost() {
	machine_layer cost cost
}

# The page 'write a channel', in a system where sockopt is installed.
layer_page() {
	step system in_group tests/vm/mksystem.sh "$kernel" "$build" "$vm"
	machine_layer page page
}

# The command, beside programs that everybody knows; then what these say outside.
layer_tools() {
	step tools in_group tests/vm/mktools.sh "$kernel" "$build" "$vm"
	machine_layer tools tools
	[ -n "$suite" ] || script_layer files tests/vm/files.sh "$logs/vm-tools.tar" "$build"
}

# machine_layer LAYER JOB
machine_layer() {
	local layer=$1 job=$2 start=$SECONDS result=$logs/vm-$2.result counts

	[ -z "$on_host" ] || result=$logs/host-$job.result
	progress "$layer" 'boots'
	in_group machine "$job" machine_progress "$layer"
	counts=$(tap_counts <"$result")
	verdict_is_pass "$result" "$counts" || counts=$(no_pass "$counts")
	# shellcheck disable=SC2086
	layer_result "$layer" $((SECONDS - start)) $counts
	verdict_is_pass "$result" "$counts" && return
	if grep -aq '^not ok' "$result"; then
		grep -a '^not ok' "$result" | test_names | sed 's/^/FAILED: /' >&2
	else
		echo "FAILED: the machine $(how_it_ended "${result%.result}")" >&2
		show_console "${result%.result}.console"
	fi
}

# ---- A machine that came to no end ----

# What a kernel's report begins with. An oops says its number and its count.
reports='Kernel panic.*|Out of memory: .*|kernel BUG at.*|[a-z_]+ corruption.*|usercopy: .*|ODEBUG: .*|BUG: .*|WARNING: .*|UBSAN: .*'
reports+='|[a-z][a-z0-9 ,-]*: [0-9a-f]{4} \[#.*|general protection fault.*'

# The first one on a console, in the form of a line of grep -n.
kernel_report() {
	grep -anoE "$reports" "$1" 2>/dev/null | head -n 1 | tr -d '\r'
}

# how_it_ended MACHINE: of MACHINE.console and MACHINE.result, without a test that failed.
how_it_ended() {
	local report how last

	report=$(kernel_report "$1.console")
	last=$(grep -a '^ok' "$1.result" 2>/dev/null | tail -n 1 | test_names)
	if [ -n "$report" ]; then
		how="stopped (${report#*:})"
	elif [ ! -s "$1.console" ]; then
		how='did not start'
	else
		how=$(grep -aE '^(verdict|machine):' "$1.result" | tail -n 1 | tr -d '\r')
		how="ended with '$how'"
	fi
	echo "$how${last:+ after: $last}"
}

# From the first report on: the last lines of a panic are of no use.
show_console() {
	local report

	report=$(kernel_report "$1")
	[ -n "$report" ] || { show_log "$1"; return; }
	echo "--- ${1#"$root"/} from line ${report%%:*} on:" >&2
	tail -n "+${report%%:*}" "$1" | head -n 40 | tr -d '\r\000' | sed 's/^/    /' >&2
	echo "--- full logs: build/logs/" >&2
}

# ---- Progress and verdict ----

# On a terminal: how many tests have ended, and which was the last one.
machine_progress() {
	local line n=0

	while read -r line; do
		case $line in
		ok*|'not ok'*) n=$((n + 1)); progress "$1" "$n: $(test_names <<<"$line")" ;;
		machine:*) end_line; echo "$line" >&2 ;;
		esac
	done
}

# The verdict must be there, be a pass, and have counted the same tests as we did.
verdict_is_pass() {
	local p f s

	read -r p f s <<<"$2"
	[ "$(tail -n 1 "$1" 2>/dev/null)" = "verdict: pass tests=$p failed=$f skipped=$s" ]
}

# No pass without a red test makes one: the machine itself failed.
no_pass() {
	local p f s

	read -r p f s <<<"$1"
	[ "$f" -gt 0 ] || f=1
	echo "$p $f $s"
}

layer_demo() {
	local result=$logs/vm-demo.result

	[ -z "$on_host" ] || result=$logs/host-demo.result
	progress demo 'boots'
	in_group machine demo demo_lines
	grep -aq '^verdict: pass' "$result" && return
	grep -a '^verdict: fail' "$result" >&2
	show_console "${result%.result}.console"
	return 1
}

demo_lines() {
	local line

	end_line
	while IFS= read -r line; do
		case $line in
		verdict:*) ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run mutants: plants the faults of tests/mutants/*.patch one by one in a copy of the tree
# and runs the tests until the first one fails. Sourced by `run`.
# A patch may name the layer and the suite to try first; only if that is green come the others.
# Layer debug, of a kernel with KASAN, is only ever tried as the first one.
# Two workers, each with a copy in build/mutants/N that is built once and then again for
# each fault. All take hours: a run that was broken off goes on where it was.

cmd_mutants() {
	local patches

	prepare
	patches=$(chosen_patches) || exit 1
	[ -n "$patches" ] || die 'there are no patches in tests/mutants/'
	# shellcheck disable=SC2086
	known_suites $patches
	was_broken_off || begin_mutants
	untried >"$mutants/queue"
	rm -rf "$mutants"/[12]
	begin_group worker 1
	begin_group worker 2
	wait_groups
	mutants_summary "$(echo "$patches" | wc -l)"
}

begin_mutants() {
	# shellcheck disable=SC2086
	no_fault $patches
	rm -rf "$mutants" && mkdir -p "$mutants" || exit 1
	: >"$mutants/results"
	mutants_inputs >"$mutants/.inputs"
}

# These patches, in this very tree; and some of them were not tried.
was_broken_off() {
	local left

	[ "$(cat "$mutants/.inputs" 2>/dev/null)" = "$(mutants_inputs)" ] || return
	left=$(untried | wc -l)
	[ "$left" -gt 0 ] || return
	echo "         goes on where it was broken off: $left are left"
}

mutants_inputs() {
	{
		echo "$patches"
		sources | sort | tar -cf - --no-recursion --mtime=@0 -T -
	} | sha256sum
}

# What could not be tried is tried again.
untried() {
	local patch

	for patch in $patches; do
		grep -qE "^(killed|SURVIVED) $(basename "${patch%.patch}")( |$)" \
			"$mutants/results" || echo "$patch"
	done
}

# A suite that is red without a fault would kill every mutant.
no_fault() {
	no_debug_fault "$@"
	layer_unit
	layer_vm
	layer_cost
	layer_tools
	summary >/dev/null || die 'tests fail without any fault planted: mutants would prove nothing'
}

# In the suites that these patches name. Without any, no such kernel is needed.
no_debug_fault() {
	local name

	while read -r name; do
		"$root/run" debug "$name" </dev/null ||
			die "tests fail without any fault planted: debug $name"
	done < <(sed -n 's/^# first: debug //p' "$@" | sort -u)
}

chosen_patches() {
	local name

	if [ ${#names[@]} -eq 0 ]; then
		find tests/mutants -name '*.patch' | sort
		return
	fi
	for name in "${names[@]}"; do
		name=$(basename "${name%.patch}")
		[ -f "tests/mutants/$name.patch" ] || die "there is no tests/mutants/$name.patch"
		echo "tests/mutants/$name.patch"
	done
}

# No suite of that name, no test: it would be red for that alone.
known_suites() {
	local patch layer suite

	for patch in "$@"; do
		read -r layer suite <<<"$(tried_first "$patch")"
		case $layer in
		'') ;;
		vm|debug|cost|tools) has_suite "$layer" "$suite" || die "$patch: no suite '$suite'" ;;
		*) die "$patch: '# first:' takes vm, debug, cost or tools, and a suite" ;;
		esac
	done
}

# Prints 'LAYER SUITE' of the line '# first: LAYER SUITE' of a patch, if it has one.
tried_first() {
	sed -n 's/^# first: //p' "$1"
}

mutants_summary() {
	local killed survived broken

	killed=$(grep -c '^killed' "$mutants/results")
	survived=$(grep -c '^SURVIVED' "$mutants/results")
	broken=$(($1 - killed - survived))
	[ $broken -eq 0 ] || echo "$broken could not be tried; logs: build/mutants/"
	echo "$killed killed, $survived survived"
	[ "$survived" -eq 0 ] && [ $broken -eq 0 ]
}

# Takes patches from the queue until it is empty.
worker() {
	local patch tree=$mutants/$1/tree log=$mutants/$1/log

	mkdir -p "$mutants/$1"
	new_tree "$tree" >"$log" 2>&1 || { echo "worker $1: the copy does not build; see $log"; return; }
	while patch=$(next_of "$mutants"); do
		one_mutant "$tree" "$root/$patch" "$mutants/$(basename "${patch%.patch}").log" |
			tee -a "$mutants/results"
	done
}

sources() {
	find . -mindepth 1 \( -path ./build -o -path ./.git -o -path './sockopt-*' \) -prune \
		-o -print
}

# The sources, and the kernels that were downloaded, or built, already.
new_tree() {
	mkdir -p "$1/build/vm" "$1/build/debug/kasan/vm" &&
	sources | cpio --quiet -pdm "$1" &&
	ln -s "$vm/kernel" "$vm/busybox" "$vm/python" "$vm/prometheus" "$vm/linux" "$1/build/vm/" &&
	ln -s "$build/debug/kasan/linux" "$1/build/debug/kasan/" &&
	ln -s "$build/debug/kasan/vm/kernel" "$1/build/debug/kasan/vm/" &&
	"$1/run" build
}

# Prints the one line about this mutant.
one_mutant() {
	local tree=$1 patch=$2 log=$3 name line

	name=$(basename "${patch%.patch}")
	if ! patch -d "$tree" -p1 -F0 -s -f <"$patch" >"$log" 2>&1; then
		echo "BROKEN $name: does not apply"
		return
	fi
	line=$(try_mutant "$tree" "$patch" "$log")
	patch -d "$tree" -p1 -F0 -s -f -R <"$patch" >>"$log" 2>&1 ||
		line="BROKEN $name: does not reverse"
	echo "${line/NAME/$name}"
}

try_mutant() {
	local tree=$1 patch=$2 log=$3 first

	read -ra first <<<"$(tried_first "$patch")"
	if ! "$tree/run" build >>"$log" 2>&1; then
		cat "$tree/build/logs/build.log" >>"$log"
		echo 'BROKEN NAME: does not build'
		return
	fi
	[ ${#first[@]} -eq 0 ] || ! fails_in_machine "${first[@]}" || return
	! touches_user_space "$patch" || ! fails_in_unit || return
	fails_in_machine vm || fails_in_machine cost || fails_in_machine tools || echo 'SURVIVED NAME'
}

# True, with a line that says by what, if the mutant is killed; or that no test ran.
fails_in_unit() {
	rm -f "$tree/build/logs/unit.log"
	"$tree/run" unit >>"$log" 2>&1 && return 1
	if [ -e "$tree/build/logs/unit.log" ]; then
		echo "killed NAME by $(first_unit_failure "$log")"
	else
		echo 'BROKEN NAME: no unit test ran'
	fi
}

# fails_in_machine LAYER [SUITE]: true, with a line that says by what, if the mutant is killed;
# or that it was not tried, for no machine ran.
fails_in_machine() {
	local job

	case $1 in
	vm) job=$tree/build/logs/vm-check ;;
	debug) job=$tree/build/logs/kasan/vm-debug ;;
	*) job=$tree/build/logs/vm-$1 ;;
	esac
	rm -f "$job".{result,console}
	"$tree/run" "$1" --fail-fast "${@:2}" >>"$log" 2>&1 && return 1
	if [ -e "$job.console" ]; then
		echo "killed NAME by $(first_vm_failure "$job")"
		cat "$job.console" >>"$log"
	else
		echo 'BROKEN NAME: no machine ran'
	fi
}

touches_user_space() {
	grep -qE '^\+\+\+ b/(doc|libsockopt|include|samples|tests|tools)/' "$1"
}

first_unit_failure() {
	local line

	line=$(sed -n 's/^FAILED: //p' "$1" | head -n 1)
	case $line in
	*:[EF]:*) echo "$line" | cut -d: -f5 ;;	# file:line:F:case:test:...
	?*) echo "$line" ;;
	*) echo 'unit tests (make check)' ;;
	esac
}

# The test that failed; else how the machine ended.
first_vm_failure() {
	local line

	line=$(grep -a '^not ok' "$1.result" | head -n 1 | test_names)
	case $line in
	guest:*) echo "$line" ;;
	?*) echo "${line%%:*}" ;;
	*) echo "a machine that $(how_it_ended "$1")" ;;
	esac
}

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run mutants: plants the faults of tests/mutants/*.patch one by one in a copy of the tree
# and runs the tests until the first one fails. Sourced by `run`.
# A patch may name the layer and the suite to try first; only if that is green come the others.
# Layer debug, of a kernel with KASAN, is only ever tried as the first one.
# Two workers, each with a copy in build/mutants/N that is built once and then again for
# each fault. All take hours: what was tried in this very tree is not tried again, unless it is
# named.
#
#   build/mutants/.inputs   the hash of that tree
#   build/mutants/green     what passes there without a fault
#   build/mutants/results   a line for each mutant that was tried

cmd_mutants() {
	local patches inputs

	prepare
	patches=$(chosen_patches) || exit 1
	[ -n "$patches" ] || die 'there are no patches in tests/mutants/'
	# shellcheck disable=SC2086
	known_suites $patches
	lock_mutants
	inputs=$(mutants_inputs) || die 'cannot read the tree'
	same_tree || new_mutants
	[ ${#names[@]} -eq 0 ] || forget
	[ -n "$(untried)" ] || forget
	# shellcheck disable=SC2086
	no_fault $patches
	[ "$inputs" = "$(mutants_inputs)" ] || die 'the tree was changed meanwhile: begin again'
	untried >"$mutants/queue"
	rm -rf "$mutants"/[12]
	begin_group worker 1
	begin_group worker 2
	wait_groups
	mutants_summary
}

# The workers have it, too: if we are killed, they are not.
lock_mutants() {
	exec 8>"$build/mutants.lock"
	flock -n 8 || die 'another ./run mutants is at work in this tree'
}

# ---- What was tried already ----

# Everything that decides whether a mutant is killed.
mutants_inputs() (
	set -o pipefail
	{
		sources | LC_ALL=C sort |
			tar -cf - --format=gnu --no-recursion --mtime=@0 -T - || exit 1
		gcc --version
		echo "$kernel ${SKO_SPARSE-}"
	} | sha256sum
)

same_tree() {
	[ "$(cat "$mutants/.inputs" 2>/dev/null)" = "$inputs" ]
}

new_mutants() {
	rm -rf "$mutants" && mkdir -p "$mutants" || exit 1
	: >"$mutants/green"
	: >"$mutants/results"
	echo "$inputs" >"$mutants/.inputs"
}

# result_of PATCH: its line, if it was tried: one that could not be, can be now.
result_of() {
	grep -E "^(killed|SURVIVED) $(basename "${1%.patch}")( |$)" "$mutants/results"
}

untried() {
	local patch

	for patch in $patches; do
		result_of "$patch" >/dev/null || echo "$patch"
	done
}

forget() {
	local patch

	for patch in $patches; do
		sed -i -E "/^[A-Za-z]+ $(basename "${patch%.patch}")( |:|\$)/d" "$mutants/results"
	done
}

# ---- Without a fault ----

# A suite that is red without a fault would kill every mutant.
no_fault() {
	local suite

	while read -r suite; do
		passes "debug $suite" "$root/run" debug "$suite" </dev/null
	done < <(sed -n 's/^# first: debug //p' "$@" | sort -u)
	passes 'all layers' all_layers
}

# passes NAME COMMAND...: once in this tree.
passes() {
	! grep -qxF -e "$1" "$mutants/green" || return 0
	"${@:2}" || die "tests fail without any fault planted: mutants would prove nothing ($1)"
	echo "$1" >>"$mutants/green"
}

all_layers() {
	layer_unit
	layer_vm
	layer_cost
	layer_tools
	summary >/dev/null
}

# ---- The patches ----

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
	local patch killed=0 survived='' broken=0 line

	for patch in $patches; do
		line=$(result_of "$patch")
		case $line in
		killed*) killed=$((killed + 1)) ;;
		SURVIVED*) survived+=" ${line#* }" ;;
		*) broken=$((broken + 1)) ;;
		esac
	done
	[ $broken -eq 0 ] || echo "$broken could not be tried; logs: build/mutants/"
	echo "$killed killed, $(wc -w <<<"$survived") survived${survived:+:$survived}"
	[ -z "$survived" ] && [ $broken -eq 0 ]
}

# ---- The workers ----

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
	cat "$job.console" >>"$log" 2>/dev/null
	if is_a_failure "$job"; then
		echo "killed NAME by $(first_vm_failure "$job")"
	else
		echo 'BROKEN NAME: no machine ran, or it was ended from outside'
	fi
}

# A test failed, the kernel reported something or stood still, or the verdict is not a pass.
is_a_failure() {
	grep -aqE '^(not ok|verdict:|machine: (no line|not finished))' "$1.result" 2>/dev/null ||
		[ -n "$(kernel_report "$1.console")" ]
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

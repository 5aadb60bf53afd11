# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run fuzz: makes up inputs for the targets of tests/fuzz, two targets at a time, and keeps
# those that reach something new in build/fuzz/corpus. Sourced by `run`.

fuzz=$build/fuzz
fuzz_packages='clang libclang-rt-dev'

cmd_fuzz() {
	local targets

	open_build
	need_debian "$packages $fuzz_packages"
	install_missing "$packages $fuzz_packages"
	targets=$(chosen_targets) || exit 1
	# shellcheck disable=SC2086
	step fuzzers in_group fuzz_build $targets
	rm -rf "$fuzz/state" && mkdir -p "$fuzz/state" "$fuzz/crash" || exit 1
	echo "$targets" >"$fuzz/state/queue"
	begin_group fuzz_worker
	begin_group fuzz_worker
	fuzz_progress
	wait_groups
	fuzz_summary "$(wc -l <<<"$targets")"
}

chosen_targets() {
	local all name

	all=$(make -s -f tests/fuzz/fuzz.mk list) || die 'tests/fuzz/fuzz.mk does not list its targets'
	for name in "${names[@]}"; do
		[[ " $all " = *" $name "* ]] || die "no target '$name'; there are: $all"
	done
	[ ${#names[@]} -eq 0 ] || all=${names[*]}
	tr ' ' '\n' <<<"$all" | sort -u
}

fuzz_build() {
	make -j"$(nproc)" -f tests/fuzz/fuzz.mk O="$fuzz/bin" fuzz=1 CC=clang "${@/#/$fuzz/bin/}"
}

# ---- Targets at work ---------------------------------------------------------------

# Takes targets from the queue until it is empty.
fuzz_worker() {
	local target

	while target=$(next_of "$fuzz/state"); do
		fuzz_target "$target"
	done
}

# What it makes files of is in memory, if that can be.
fuzz_target() (
	state=$fuzz/state/$1 status=0 words=()
	tmp=$(mktemp -d /dev/shm/fuzz.XXXXXX 2>/dev/null || mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir -p "$fuzz/corpus/$1" && touch "$state.runs"
	[ ! -f "tests/fuzz/$1.dict" ] || words+=("-dict=tests/fuzz/$1.dict")
	TMPDIR=$tmp "$fuzz/bin/$1" -max_total_time="$seconds" -max_len=4096 -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$fuzz/crash/$1-" "${words[@]}" \
		"$fuzz/corpus/$1" "tests/fuzz/corpus/$1" >"$logs/fuzz-$1.log" 2>&1 </dev/null ||
		status=$?
	echo $status >"$state.runs" && mv "$state.runs" "$state.ended"
)

# A line of those that run, and one that stays for each that has ended.
fuzz_progress() {
	local line name

	while kill -0 "${groups[@]}" 2>/dev/null; do
		line=''
		for name in $(fuzz_names runs); do
			line+="$name $(grep -aoE '^#[0-9]+' "$logs/fuzz-$name.log" 2>/dev/null |
				tail -n 1), "
		done
		progress fuzz "${line%, }"
		fuzz_reports
		sleep 1
	done
	fuzz_reports
}

# fuzz_names runs|ended
fuzz_names() {
	find "$fuzz/state" -name "*.$1" -printf '%f\n' | sed "s/\.$1\$//" | sort
}

fuzz_reports() {
	local name how

	for name in $(fuzz_names ended); do
		how=passed
		fuzz_report "$name" "$(cat "$fuzz/state/$name.ended")" || how=failed
		mv "$fuzz/state/$name.ended" "$fuzz/state/$name.$how"
	done
}

# ---- What came out -----------------------------------------------------------------

# fuzz_report NAME STATUS: its figures, and what to do about a fault.
fuzz_report() {
	local log=$logs/fuzz-$1.log text file

	text=$(fuzz_figures "$log")
	if [ "$2" -eq 0 ]; then
		report "$1" "$text"
		return
	fi
	report "$1" "FAILED after $text"
	file=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	[ -n "$file" ] || { show_log "$log"; return 1; }
	grep -aE 'does not hold|runtime error:|ERROR: |SUMMARY: ' "$log" | head -n 3 | sed 's/^/    /'
	echo "    input:  ${file#"$root"/}"
	echo "    repeat: ${fuzz#"$root"/}/bin/$1 ${file#"$root"/}"
	echo "    log:    ${log#"$root"/}"
	return 1
}

# Runs, inputs that are kept, and how much of the code under test they reach.
fuzz_figures() {
	awk '
		/^INFO: Loaded .* inline 8-bit counters/ {
			sub(/.*\(/, ""); all = $1 }
		/cov: / {
			for (i = 1; i < NF; i++) {
				if ($i == "cov:") edges = $(i + 1)
				if ($i == "corp:") inputs = $(i + 1) } }
		/^stat::number_of_executed_units:/ { runs = $2 }
		END {
			sub(/\/.*/, "", inputs)
			printf "%d runs, %d inputs, %d of %d edges\n", runs, inputs, edges, all
		}' "$1"
}

# fuzz_summary TARGETS: a target that never came to its end has failed.
fuzz_summary() {
	local passed failed

	passed=$(fuzz_names passed | wc -l)
	failed=$(($1 - passed))
	[ "$failed" -eq 0 ] || echo 'logs: build/logs/'
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

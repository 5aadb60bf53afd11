# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run bench: what each way between a program and the kernel costs, in executed instructions,
# side by side, in a virtual machine that counts them. Sourced by `run`.
#
#   build/bench/bench.json   the figures
#
# ./run bench --check: fails where something costs more than tests/bench/budgets says.
# ./run bench --update: writes there what costs less now; what costs more is for an editor.
# ./run bench --plot: draws the figures, for doc/performance.md.
# ./run bench --profile ROW COLUMN: the functions in which the instructions of one figure are.

bench_packages='nftables iproute2'
budgets=tests/bench/budgets

cmd_bench() {
	check_words
	prepare
	install_missing "$bench_packages"
	step programs in_group make -C "$build" -j"$(nproc)" bench-programs
	step bench in_group tests/vm/mkbench.sh "$kernel" "$build" "$vm"
	if [ "$bench" = profile ]; then
		profile "${names[@]}"
		return
	fi
	mkdir -p "$build/bench" && rm -f "$build/bench/bench.json" || exit 1
	machine_layer bench bench
	if [ "$failed" -eq 0 ]; then
		show_figures || failed=1
		[ "$bench" != check ] || check_budgets
		[ "$bench" != update ] || update_budgets
		[ "$bench" != plot ] || plot
	fi
	summary
}

# Names belong to --profile.
check_words() {
	local wanted=0

	[ "$bench" != profile ] || wanted=2
	[ ${#names[@]} -eq $wanted ] ||
		usage_error "bench takes --check, --update, --plot, or --profile and the names of a row and a column"
}

# Of a run in which every way did its work.
show_figures() {
	local result=$logs/vm-bench.result json=$build/bench/bench.json

	echo
	awk -f tests/bench/tables.awk "$result" &&
	awk -v json=1 -f tests/bench/tables.awk "$result" >"$json.new" &&
	mv "$json.new" "$json" &&
	report bench 'instructions, but where a column says KiB, kept or in a MiB; also in build/bench/bench.json'
}

# ---- Budgets -------------------------------------------------------------------------------

check_budgets() {
	local start=$SECONDS log=$logs/budgets.log held over

	awk -f tests/bench/budgets.awk "$logs/vm-bench.result" $budgets >"$log" 2>&1
	held=$(sed -n 's/ budgets hold$//p' "$log")
	over=$(grep -cvE '^cheaper:|^only ratios|^[0-9]+ budgets hold$' "$log")
	layer_result budgets $((SECONDS - start)) "$held" "$over" 0
	grep -v ' budgets hold$' "$log"
	! grep -q '^cheaper:' "$log" || echo "type './run bench --update' to keep what was gained"
}

update_budgets() {
	awk -v update=1 -f tests/bench/budgets.awk "$logs/vm-bench.result" $budgets >"$build/bench/budgets" ||
		{ failed=1; return; }
	cp "$build/bench/budgets" $budgets
	report budgets "written to $budgets"
}

# ---- Pictures ------------------------------------------------------------------------------

plot() {
	install_missing gnuplot-nox
	picture round-trip 'round trip' 'pair|exchange,none' bars.gp "first='in one call, or two'; second=''" &&
	picture packets 'ICMP packet' added,taken bars.gp "first='added'; second='taken'" &&
	picture subscribers 'packet in PRE_ROUTING' 1,10,100,1000 lines.gp '' across=1 &&
	report plots 'in doc/performance/' || failed=1
}

# picture NAME TABLE COLUMNS SCRIPT SETTINGS [VARIABLE]
picture() {
	local data=$build/bench/$1.dat

	awk -v "table=$2" -v "columns=$3" ${6:+-v "$6"} -f tests/bench/plots.awk \
		"$logs/vm-bench.result" >"$data" &&
	gnuplot -e "data='$data'; picture='doc/performance/$1.svg'; heading='$2'; $5" \
		"tests/bench/$4"
}

# ---- Profiles ------------------------------------------------------------------------------

profile_bytes=60000000	# of QEMU's log

# profile ROW COLUMN: QEMU writes down each instruction, for a while, when the act has begun.
profile() {
	local what=${1// /_}/$2 dir=$build/bench/profile machine

	rm -rf "$dir" && mkdir -p "$dir" && mkfifo "$dir/monitor.in" "$dir/monitor.out" || exit 1
	progress profile '...'
	SKO_VM_MONITOR=$dir/monitor begin_group tests/vm/boot.sh bench "$vm" "$logs" \
		"SKO_PROFILE=$what" CK_RUN_CASE=ways >"$dir/boot.log" 2>&1
	machine=${groups[-1]}
	exec 4<>"$dir/monitor.in" 5<>"$dir/monitor.out"
	if until_profile grep -q '^# profile:' "$dir/boot.log"; then
		printf 'singlestep on\nlogfile %s\nlog exec,nochain\n' "$dir/log" >&4
		until_profile has_bytes "$dir/log" "$profile_bytes"
	fi
	echo quit >&4
	wait_groups
	exec 4>&- 5>&-
	[ -s "$dir/log" ] || die "nothing to see of '$1', '$2': it takes a row of './run bench', and of its
columns set, get, exchange, added, sent, taken or read. What the machine said is in $dir/boot.log"
	report profile 'instructions of one act, by functions'
	symbols "$logs/vm-bench.symbols" >"$dir/symbols"
	awk -f tests/bench/profile.awk "$dir/symbols" "$dir/log"
}

# until_profile COMMAND...: true as soon as COMMAND is, false when the machine ends before.
until_profile() {
	until "$@" 2>/dev/null; do
		kill -0 "$machine" 2>/dev/null || return 1
		sleep 0.2
	done
}

has_bytes() {
	[ "$(stat -c %s "$1")" -ge "$2" ]
}

# symbols FILE: those of the kernel, from there, and of the benchmark's program.
symbols() {
	{ gzip -dc "$1" && nm "$build/tests/bench/bench"; } | tr -d '[]' | sort
}

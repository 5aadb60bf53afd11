# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run bench: what each way between a program and the kernel costs, in executed instructions,
# side by side, in a virtual machine that counts them. Sourced by `run`.
#
#   build/bench/bench.json   the figures

cmd_bench() {
	prepare
	step programs in_group make -C "$build" -j"$(nproc)" bench-programs
	step bench in_group tests/vm/mkbench.sh "$build" "$vm"
	mkdir -p "$build/bench" && rm -f "$build/bench/bench.json" || exit 1
	machine_layer bench bench
	[ "$failed" -gt 0 ] || show_figures || failed=1
	summary
}

# Of a run in which every way did its work.
show_figures() {
	local result=$logs/vm-bench.result json=$build/bench/bench.json

	echo
	awk -f tests/bench/tables.awk "$result" &&
	awk -v json=1 -f tests/bench/tables.awk "$result" >"$json.new" &&
	mv "$json.new" "$json" &&
	report bench 'instructions, each the median of 25 rounds; also in build/bench/bench.json'
}

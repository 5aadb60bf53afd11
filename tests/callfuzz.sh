# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
#
# ./run callfuzz: tests/fuzz/callfuzz on the kernel with KASAN of ./run debug, and a module that
# KCOV follows. Afterwards: which of the places that system calls can come to they came to.
# Sourced by `run`, after debug.sh.

seconds=${names[0]-120} seed=${names[1]-1}

cmd_callfuzz() {
	[ ${#names[@]} -le 2 ] || usage_error 'callfuzz takes seconds and a seed, no third number'
	[ -z "$planted" ] || [ -z "$replayed" ] || usage_error '--planted or --replay, not both'
	prepare_debug
	export SKO_VM_SECONDS=$((10#$seconds + 3600))
	. tests/debug/variant.sh
	machine_words+=("seconds=$seconds" "seed=$seed")
	if [ -n "$planted" ]; then
		script_layer planted tests/debug/planted.sh callfuzz "$kind" "$build" "$logs" \
			"${machine_words[@]}"
	else
		layer_callfuzz
	fi
	summary
}

layer_callfuzz() {
	local variant=$build/callfuzz programs=$logs/vm-callfuzz.programs

	step callfuzz in_group make_variant "$variant"
	vm=$variant/vm
	machine_layer callfuzz callfuzz
	if [ -n "$replayed" ]; then
		return
	elif grep -qa '^pc ' "$programs" ||
			grep -qa '^verdict: pass' "$logs/vm-callfuzz.result"; then
		script_layer reached tests/fuzz/call_reached.sh "$variant/tree" "$programs" \
			"$logs/reached.places"
		sed -n 's/^# //p' "$logs/reached.log"
	else
		show_last_program "$programs"
	fi
}

make_variant() {
	build_module "$1" '' KCOV_INSTRUMENT=y && make_image "$1" "$replayed"
}

# Of a machine that did not come to its end: what it ran then, and how to run it again. What is
# freed a moment later may have been another program's.
show_last_program() {
	local last=$logs/callfuzz.last program=$build/tests/fuzz/callfuzz

	tr -d '\r\000' <"$1" >"$last.log"
	"$program" --last 10 --replay "$last.log" >"$last" || return
	echo 'last program:'
	"$program" --last 1 --replay "$last.log" | cut -c 1-200
	echo "the last ten again: ./run callfuzz --replay=${last#"$root"/} $seconds"
}

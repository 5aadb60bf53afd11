#!/bin/bash
# SPDX-License-Identifier: MIT
#
# planted.sh JOB KIND BUILD LOGS WORD...: shows that the detectors of debug kernel KIND bite.
# Each patch that names this kernel puts a bug into the module, and a detector must report it,
# with a function of ours in what it says: in job debug, of tests/debug/bugs, when the suite
# runs that the patch names; in job callfuzz, of tests/fuzz/bugs, when the fuzzer, which knows
# nothing of it, runs for as long as the WORDs say. They are for the machine. Prints TAP.
#
# The head of a patch: '# what:' the bug, '# kernel:' kasan or kcsan, '# suite:' what sets it
# off, '# report:' a regular expression for the first line of the report, '# names:' one for a
# line of it; and, if it needs any, '# words:' for the kernel.

set -u
job=$1 kind=$2 build=$3 logs=$4
shift 4
words=("$@")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
layer=planted
. "$root/tests/tap.sh"
. "$here/variant.sh"

case $job in
debug) bugs=$here/bugs make_words=() ;;
callfuzz) bugs=$root/tests/fuzz/bugs make_words=(KCOV_INSTRUMENT=y) ;;
esac

# head_of PATCH FIELD
head_of() {
	sed -n "s/^# $2: //p" "$1"
}

# is_reported RESULT REPORT NAMES: the report, by the kernel or by the tests themselves, and
# within sixty lines one that names what it is about.
is_reported() {
	cat "$1.console" "$1.result" 2>/dev/null | tr -d "\r\000" | awk -v report="$2" -v names="$3" '
		$0 ~ report { lines = 60 }
		lines && $0 ~ names { found = 1 }
		lines { lines-- }
		END { exit !found }'
}

# What the head of a patch must say, or it would prove nothing.
has_head() {
	local field

	for field in what report names; do
		[ -n "$(head_of "$1" "$field")" ] || { echo "$1: no '# $field:'"; return 1; }
	done
	case $(head_of "$1" kernel) in
	kasan|kcsan) ;;
	*) echo "$1: '# kernel:' takes kasan or kcsan"; return 1 ;;
	esac
	[ "$job" != debug ] || [ -n "$(head_of "$1" suite)" ] || { echo "$1: no '# suite:'"; return 1; }
}

# The machine has a process group of its own, which ends with us.
machine=''
stop_machine() {
	[ -z "$machine" ] || kill -- "-$machine" 2>/dev/null
	machine=''
}

trap stop_machine EXIT
trap 'exit 143' HUP INT TERM

# run_job DIR SUITE REPORT NAMES WORDS: true as soon as the report is there, false when the machine
# has ended without.
run_job() {
	local dir=$1 result=$1/vm-$job

	set -m
	# shellcheck disable=SC2086
	"$root/tests/vm/boot.sh" "$job" "$dir/vm" "$dir" "${words[@]}" planted=1 \
		"CK_RUN_SUITE=$2" $5 >/dev/null 2>&1 &
	machine=$!
	set +m
	while kill -0 "$machine" 2>/dev/null && ! is_reported "$result" "$3" "$4"; do
		sleep 0.5
	done
	kill -- "-$machine" 2>/dev/null
	wait "$machine"
	machine=''
	is_reported "$result" "$3" "$4"
}

one_bug() {
	local patch=$1 name dir

	name=$(basename "${patch%.patch}")
	dir=$logs/planted/$name
	build_module "$dir" "$patch" "${make_words[@]}" && make_image "$dir" &&
	run_job "$dir" "$(head_of "$patch" suite)" "$(head_of "$patch" report)" \
		"$(head_of "$patch" names)" "$(head_of "$patch" words)"
}

try() {
	check "$(head_of "$1" what) is reported" one_bug "$1"
	rm -rf "$logs/planted/"*/{tree,vm,over}
}

for patch in "$bugs"/*.patch; do
	has_head "$patch" || exit 1
	[ "$(head_of "$patch" kernel)" != "$kind" ] || try "$patch"
done

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# planted.sh KIND BUILD LOGS WORD...: shows that the detectors of debug kernel KIND bite. Each
# patch of tests/debug/bugs that names this kernel puts a bug into the module; the suite that
# it names must then make its detector report, with a function of ours in what it says. The
# WORDs are for the machine. Prints TAP.
#
# The head of a patch: '# what:' the bug, '# kernel:' kasan or kcsan, '# suite:' what sets it
# off, '# report:' a regular expression for the first line of the report, '# names:' one for a
# line behind it.

set -u
kind=$1 build=$2 logs=$3
shift 3
words=("$@")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
layer=planted
. "$root/tests/tap.sh"

# head_of PATCH FIELD
head_of() {
	sed -n "s/^# $2: //p" "$1"
}

# The module with the bug, in DIR.
build_module() {
	local dir=$1 patch=$2

	rm -rf "$dir" && mkdir -p "$dir/tree" "$dir/vm" &&
	cp -r "$root/kernel" "$root/include" "$dir/tree/" &&
	patch -d "$dir/tree" -p1 -F0 -s <"$patch" &&
	make -s -C "$build/linux" M="$dir/tree/kernel" SOCKOPT_INCLUDE="$dir/tree/include" modules
}

# The image of all tests, with that module laid over ours.
make_image() {
	local dir=$1

	mkdir -p "$dir/over/lib/modules" &&
	strip --strip-debug -o "$dir/over/lib/modules/sockopt.ko" "$dir/tree/kernel/sockopt.ko" &&
	ln -s "$build/vm/kernel" "$dir/vm/kernel" &&
	{ cat "$build/vm/initrd.gz" &&
		(cd "$dir/over" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1); } \
		>"$dir/vm/initrd.gz"
}

# The report, and within the lines that follow it one that names what it is about.
is_reported() {
	[ -e "$1" ] && tr -d "\r\000" <"$1" | awk -v report="$2" -v names="$3" '
		!lines && $0 ~ report { lines = 60 }
		lines && $0 ~ names { found = 1 }
		lines > 1 { lines-- }
		END { exit !found }'
}

# run_suite DIR SUITE REPORT NAMES: true as soon as the report is there, false when the machine
# has ended without.
run_suite() {
	local dir=$1 machine

	"$root/tests/vm/boot.sh" debug "$dir/vm" "$dir" "${words[@]}" planted=1 \
		"CK_RUN_SUITE=$2" >/dev/null 2>&1 &
	machine=$!
	while kill -0 $machine 2>/dev/null && ! is_reported "$dir/vm-debug.console" "$3" "$4"; do
		sleep 0.5
	done
	kill $machine 2>/dev/null
	wait $machine
	is_reported "$dir/vm-debug.console" "$3" "$4"
}

one_bug() {
	local patch=$1 name dir

	name=$(basename "${patch%.patch}")
	dir=$logs/planted/$name
	build_module "$dir" "$patch" && make_image "$dir" &&
	run_suite "$dir" "$(head_of "$patch" suite)" "$(head_of "$patch" report)" \
		"$(head_of "$patch" names)"
}

try() {
	check "$(head_of "$1" what) is reported" one_bug "$1"
	rm -rf "$logs/planted/"*/{tree,vm,over}
}

for patch in "$here"/bugs/*.patch; do
	[ "$(head_of "$patch" kernel)" != "$kind" ] || try "$patch"
done

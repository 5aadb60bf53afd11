#!/bin/bash
# SPDX-License-Identifier: MIT
#
# python.sh SCRIPT PYTHON TREE: copies to TREE what Debian's Python, unpacked in PYTHON, needs
# for SCRIPT, and no more: what is found by running it here, with its own loader and C library.
# These serve any program of TREE that is not static. EMULATOR runs what this machine cannot.

set -eu -o pipefail

script=$1 python=$(cd "$2" && pwd -P) tree=$3

# found PATTERN: the path of a file of the packages.
found() {
	find "$python" -path "*/$1" ! -type d -print -quit | grep . || {
		echo "no $1 in $python" >&2
		return 1
	}
}

# loader ARGUMENT...: runs or lists, with no library of this machine.
loader() {
	${EMULATOR-} "$loader" --library-path "$(dirname "$libc"):$(dirname "$libffi")" "$@"
}

# The modules that SCRIPT imports, with their compiled form. Those that are built in have none.
modules() {
	loader "$interpreter" -I - "$script" <<'END_OF_PYTHON'
import sys
with open(sys.argv[1]) as script:
    exec(compile(script.read(), sys.argv[1], "exec"), {"__name__": "script"})
for module in list(sys.modules.values()):
    for name in "__file__", "__cached__":
        print(getattr(module, name, None) or "")
END_OF_PYTHON
}

# copy_libraries FILE...: what they are linked with, by the names that the loader looks for.
copy_libraries() {
	local file

	for file in "$@"; do
		loader --list "$file"
	done | awk '$2 == "=>" && $1 !~ /\// { print $1, $3 }' | sort -u | while read -r name file; do
		cp -L "$file" "$libraries/$name"
	done
}

interpreter=$(found 'bin/python3.[0-9]*')
# Where programs of this kind look for it.
loader_name=$(readelf -lW "$interpreter" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
loader=$(found "${loader_name##*/}")
libc=$(found libc.so.6) libffi=$(found 'libffi.so.*')
libraries=$tree/lib/$(basename "$(dirname "$libc")")
mkdir -p "$libraries" "$tree${loader_name%/*}" "$tree/usr/bin"
cp "$interpreter" "$tree/usr/bin/python3"
cp "$loader" "$tree$loader_name"
modules >/dev/null	# compiles them
modules | sort -u | while read -r file; do
	case $file in "$python"/*) ;; *) continue ;; esac
	[ ! -L "$file" ] || continue	# leads to this machine's files
	[ -f "$file" ] || continue
	(cd "$python" && cp -p --parents "${file#"$python"/}" "$tree")
	case $file in *.so) copy_libraries "$file" ;; esac
done
copy_libraries "$interpreter"

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# Builds library, samples, module and test programs in build/. Sourced by `run`.
# With --host in build/host/, against the headers of the running kernel.

build_all() {
	[ -z "$on_host" ] || { build=$root/build/host; kernel=$(uname -r); }
	mkdir -p "$build" || exit 1
	step build build_steps
}

build_steps() {
	if older configure configure.ac Makefile.am; then
		autoreconf -fi || return 1
	fi
	if older "$build/Makefile" configure || ! same_kernel; then
		configure_build || return 1
	fi
	make -C "$build" -j"$(nproc)" && make -C "$build" -j"$(nproc)" vm-programs
}

# older FILE SOURCE...: FILE is missing or older than a source.
older() {
	local file=$1 source

	shift
	for source in "$@"; do
		[ -e "$file" ] && [ ! "$source" -nt "$file" ] || return 0
	done
	return 1
}

same_kernel() {
	[ "$(cat "$build/.kernel" 2>/dev/null)" = "$kernel" ]
}

configure_build() (
	cd "$build" &&
	"$root/configure" --with-kernel="/lib/modules/$kernel/build" &&
	echo "$kernel" >.kernel
)

vm_image() {
	step image tests/vm/mkimage.sh "$kernel" "$build" "$vm"
}

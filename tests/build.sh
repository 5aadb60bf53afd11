# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# Builds library, samples, module and test programs in build/. Sourced by `run`.
# With --host in build/host/, against the headers of the running kernel; by debug.sh in
# build/debug/, against $kernel_tree.

# Makes build/ and build/logs/, or says at once why that, or a build there, cannot be.
open_build() {
	local file

	case $root in
	*[[:space:]:\\\"\#\$\&\'\`]*) die "configure and make take no space, quote or any of :\\#\$& in a path:
    $root
Move this directory to a path without." ;;
	esac
	file=$(find "$build" \( -path "$fresh" -o -path "$mutants" -o -path "$build/matrix" \
		-o -path "$build/compilers" -o -name linux \) -prune -o \
		! -type l ! -writable -print -quit 2>/dev/null)
	[ -z "$file" ] || die "no right to write $file, probably made by root.
Type: sudo ./run clean    (or: sudo chown -R $(id -un) build)"
	mkdir -p "$logs" || exit 1
}

# configure refuses to build elsewhere what was configured in place.
need_unconfigured() {
	[ ! -e config.status ] ||
		die 'this directory was configured itself; we build in build/. Type: make distclean'
}

build_all() {
	[ -z "$on_host" ] || { build=$root/build/host; kernel=$(uname -r); }
	mkdir -p "$build" || exit 1
	step build in_group build_steps
}

build_steps() {
	configure_steps &&
	make -C "$build" -j"$(nproc)" && make -C "$build" -j"$(nproc)" vm-programs
}

configure_steps() {
	if older Makefile.in configure.ac Makefile.am; then
		rm -f Makefile.in	# comes last: is there only if nothing ended autoreconf
		autoreconf -fi || return 1
	fi
	if older "$build/Makefile" configure tests/build.sh || ! same_kernel; then
		configure_build || return 1
	fi
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
	rm -f .kernel &&
	"$root/configure" --enable-werror \
		--with-kernel="${kernel_tree:-/lib/modules/$kernel/build}" &&
	echo "$kernel" >.kernel
)

vm_image() {
	step image in_group tests/vm/mkimage.sh "$kernel" "$build" "$vm"
}

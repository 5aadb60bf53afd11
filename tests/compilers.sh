# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
#
# ./run compilers: library, command and samples with other compilers than this machine's gcc,
# no warning let pass: clang; gcc and clang of the newest suite that tests/kernels names; with a
# library that is shared only, or static only. Each runs the unit tests that need no more. And
# with musl, whose samples then run in the virtual machine. Sourced by `run`; needs root, for a
# chroot.
#
#   build/compilers/system   the newest suite (system.sh)
#   build/compilers/NAME     a build

compilers_packages="$system_packages clang musl-tools"
newest_packages='gcc g++ clang make pkg-config check libsubunit-dev libpcap-dev libmnl-dev
	libncurses-dev libjansson-dev'

# The newest C library's string.h has C11 in macros, in programs of C99, too.
clang_knows='-Wno-c11-extensions'

# Those that need nothing but a compiler.
compiler_tests='tests/unit/abi.sh tests/unit/headers.sh tests/unit/symbols.sh
	tests/unit/check_unit tests/unit/check_tools tests/unit/check_doctor'

cmd_compilers() {
	local newest

	[ "$(id -u)" -eq 0 ] || die 'needs root, for a chroot: sudo ./run compilers'
	compilers=$build/compilers
	newest=$(grep 'amd64$' tests/kernels | tail -n 1 | awk '{ print $2 }')
	prepare
	install_missing "$compilers_packages"
	mkdir -p "$compilers" || exit 1
	shared_dirs=("$root")
	[ "$(cat "$compilers/system.packages" 2>/dev/null)" = "$newest $newest_packages" ] ||
		step "$newest" in_group newest_system "$newest"
	build_with clang '' clang clang++
	build_with newest-gcc "$compilers/system" gcc g++
	build_with newest-clang "$compilers/system" clang clang++ "CFLAGS=-g -O2 $clang_knows"
	build_with shared '' gcc g++ --disable-static
	build_with static '' gcc g++ --disable-shared
	build_with_musl
	summary
}

newest_system() {
	rm -rf "$compilers/system.packages" "$compilers"/newest-*
	# shellcheck disable=SC2086
	new_system "$compilers/system" "$1" $newest_packages &&
	echo "$1 $newest_packages" >"$compilers/system.packages"
}

# build_with NAME SYSTEM CC CXX [OPTION...]: here, or in SYSTEM; then its unit tests, which
# count. The options are configure's.
build_with() {
	local name=$1 system=$2 cc=$3 start=$SECONDS dir=$compilers/$1

	shift 2
	mkdir -p "$dir" || exit 1
	step "$name" in_group build_in "$dir" "$@"
	report "$name" "$(in_place / "$cc" --version | head -n 1)"
	# shellcheck disable=SC2046
	layer_result "$name" $((SECONDS - start)) $(build=$dir unit_counts)
}

# in_place DIR COMMAND...
in_place() {
	local dir=$1

	shift
	if [ -n "$system" ]; then in_system "$system" "$dir" "$@"; else (cd "$dir" && "$@"); fi
}

build_in() {
	local dir=$1 cc=$2 cxx=$3

	shift 3
	rm -f "$dir"/tests/unit/*.trs
	{ ! older "$dir/Makefile" "$root/configure" "$root/tests/compilers.sh" ||
		in_place "$dir" "$root/configure" "CC=$cc" "CXX=$cxx" --enable-werror \
			--without-module "$@"
	} &&
	in_place "$dir" make -j"$(nproc)" all &&
	in_place "$dir" make -j"$(nproc)" check "TESTS=$(wanted_tests "$dir")"
}

# wanted_tests DIR: a library that was not built has no tests.
wanted_tests() {
	local test

	for test in $compiler_tests; do
		case $test in
		*/symbols.sh) [ ! -e "$1/libsockopt/.libs/libsockopt.so" ] || echo "$test" ;;
		*/check_*) [ ! -e "$1/libsockopt/.libs/libsockopt.a" ] || echo "$test" ;;
		*) echo "$test" ;;
		esac
	done | xargs
}

# Static programs, as such machines have them; the kernel's headers are this machine's.
build_with_musl() {
	local dir=$compilers/musl

	mkdir -p "$dir"/{headers,vm} "$logs/musl" || exit 1
	step musl in_group build_musl "$dir"
	logs=$logs/musl vm=$dir/vm
	machine_layer musl musl
}

build_musl() (
	local dir=$1

	ln -sfn /usr/include/linux /usr/include/asm-generic "$dir/headers/" &&
	ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$dir/headers/" &&
	cd "$dir" && {
		! older Makefile "$root/configure" "$root/tests/compilers.sh" ||
			"$root/configure" CC=musl-gcc CPPFLAGS="-isystem $dir/headers" \
				--enable-werror --without-module --without-tools --disable-shared
	} &&
	make -j"$(nproc)" all LDFLAGS=-all-static &&
	for program in epoll-loop icmp-watch mapped-ring my-errors roundtrip; do
		is_static "samples/$program" || exit
	done &&
	make_musl_image "$dir"
)

is_static() {
	local headers

	headers=$(readelf -l "$1") || return
	case $headers in
	*INTERP*)
		echo "$1 is not static"
		return 1 ;;
	esac
}

# The image of all tests, with these samples laid over ours, and their sums.
make_musl_image() {
	mkdir -p "$1/over/bin" &&
	cp samples/{epoll-loop,icmp-watch,mapped-ring,my-errors,roundtrip} "$1/over/bin/" &&
	(cd "$1/over" && sha256sum bin/* >samples.sums) &&
	ln -sfn "$vm/kernel" "$1/vm/kernel" &&
	{ cat "$vm/initrd.gz" &&
		(cd "$1/over" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1); } >"$1/vm/initrd.gz"
}

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
#
# ./run matrix: the module built for each kernel of tests/kernels with the compiler of its own
# suite of Debian, in a system of that suite (system.sh), and the tests of layer vm on it; then
# a table. The programs of the tests are those of build/, but for other machines, for which
# all is built by cross compilers. Sourced by `run`.
#
#   build/matrix/systems/SUITE   what builds
#   build/matrix/NAME            a kernel: vm/ (image, what boots), modules/ or build/, and what
#                                was found: release, version, compiler; and results
#   build/matrix/table.md        what came out
#
# A kernel's headers are installed in the system, its image is only unpacked; what was made
# once serves the next run. ./run clean removes it, and so brings newer kernels.

matrix_packages="$system_packages qemu-user qemu-system-arm qemu-system-misc
	binutils-aarch64-linux-gnu binutils-s390x-linux-gnu"

machines=3		# at once: they mostly wait
matrix_patience=5	# times the usual time
arm64_fewer=4		# what floods and dense sweeps are divided by there
s390x_fewer=10

cmd_matrix() {
	local rows

	[ "$(id -u)" -eq 0 ] || die 'needs root, for a chroot: sudo ./run matrix'
	matrix=$build/matrix
	rows=$(chosen_rows) || exit 1
	need_unconfigured
	open_build
	set_up
	install_missing "$matrix_packages"
	build_all
	mkdir -p "$matrix/systems" "$logs/matrix" || exit 1
	shared_dirs=("$root")
	prepare_rows
	test_rows 'amd64' "$(rows_of amd64)"
	test_rows 'other machines' "$(rows_of arm64; rows_of s390x)"
	matrix_table | tee "$matrix/table.md"
	add_rows
	summary_of_matrix
}

# ---- The kernels ----

# Lines 'NAME SUITE FLAVOUR'.
all_rows() {
	grep -v '^#' tests/kernels
}

chosen_rows() {
	local name

	[ ${#names[@]} -gt 0 ] || { all_rows; return; }
	for name in "${names[@]}"; do
		all_rows | awk -v name="$name" '$1 == name { print; found = 1 } END { exit !found }' ||
			die "no kernel '$name'; tests/kernels has: $(all_rows | awk '{ print $1 }' | xargs)"
	done | awk '!seen[$0]++'
}

# rows_of MACHINE: names of those that are built.
rows_of() {
	local name

	for name in $(echo "$rows" |
		awk -v machine="$1" '{ n = split($3, words, "-") } words[n] == machine { print $1 }'); do
		[ ! -e "$matrix/$name/built" ] || echo "$name"
	done
}

# About NAME: its directory, suite, flavour, machine, and what builds for it.
enter_row() {
	name=$1
	row=$matrix/$name
	read -r suite_name flavour < <(all_rows | awk -v name="$name" '$1 == name { print $2, $3 }')
	machine=${flavour##*-}
	system=$matrix/systems/$suite_name
	foreign='' triplet='' emulator='' fewer=1
	case $machine in
	amd64) return ;;
	arm64) foreign=:arm64 triplet=aarch64-linux-gnu emulator=qemu-aarch64
		fewer=$arm64_fewer ;;
	s390x) foreign=:s390x triplet=s390x-linux-gnu emulator=qemu-s390x
		fewer=$s390x_fewer ;;
	*) die "tests/kernels: $name: no machine '$machine' here" ;;
	esac
}

# ---- What builds ----

prepare_rows() {
	local name row suite_name flavour machine foreign triplet emulator fewer

	for name in $(echo "$rows" | awk '{ print $1 }'); do
		enter_row "$name"
		rm -rf "$row"/{counts,built,compiler} "$logs/matrix/$name"
		prepare_row
	done
	system='' foreign=''
}

# What does not build is a failure of this kernel, and the others are tried.
prepare_row() {
	local start=$SECONDS log=$logs/matrix/$name.log

	progress "$name" '...'
	if in_group make_row >"$log" 2>&1 </dev/null; then
		touch "$row/built"
		report "$name" "built ($((SECONDS - start)) s)"
	else
		report "$name" 'DOES NOT BUILD'
		show_log "$log"
	fi
}

# Other machines that this suite is to have kernels for.
foreign_machines() {
	all_rows | awk -v suite="$suite_name" '
		$2 == suite { n = split($3, words, "-"); if (words[n] != "amd64") print words[n] }'
}

# What the kernels of tests/kernels need of this system; headers come later, by their version.
packages_of_system() {
	local machine

	echo gcc make libc6-dev
	for machine in $(foreign_machines); do
		case $machine in
		arm64) echo gcc-aarch64-linux-gnu ;;
		*) echo "gcc-$machine-linux-gnu" ;;
		esac
		echo "libc6-dev-$machine-cross" pkg-config
	done
}

has_system() {
	[ "$(cat "$system.packages" 2>/dev/null)" = "$(packages_of_system)" ]
}

make_system() {
	rm -f "$system.packages"
	# shellcheck disable=SC2046
	new_system "$system" "$suite_name" $(packages_of_system | xargs -n 1 | sort -u) &&
	add_foreign &&
	in_system "$system" / apt-get -q update &&
	packages_of_system >"$system.packages"
}

add_foreign() {
	local machine

	for machine in $(foreign_machines); do
		in_system "$system" / dpkg --add-architecture "$machine" || return
	done
}

# ---- A kernel ----

make_row() {
	mkdir -p "$row/vm" &&
	{ has_system || make_system; } &&
	{ has_kernel_of_row || get_kernel_of_row; } &&
	get_guests && build_row && make_image_of_row && find_compiler
}

# Of this line of tests/kernels, not of what stood there before.
has_kernel_of_row() {
	release=$(cat "$row/release" 2>/dev/null) &&
	[ "$(cat "$row/line" 2>/dev/null)" = "$suite_name $flavour" ] &&
	[ -e "$system/usr/src/linux-headers-$release/Makefile" ] &&
	find_vmlinuz "$row/vm/kernel"
}

# The package that a meta package of Debian depends on: the newest of its kind.
newest_of() {
	in_system "$system" / apt-cache depends "$1" |
		sed -n 's/^ *Depends: \(linux-headers-[0-9][^ :]*\).*/\1/p' | head -n 1 | grep .
}

get_kernel_of_row() {
	local headers

	rm -f "$row/release"
	in_system "$system" / apt-get -q update &&
	headers=$(newest_of "linux-headers-$flavour$foreign") || return
	release=${headers#linux-headers-}
	get_headers "$headers" &&
	unpack_image "$row/vm/kernel" "$release" "$foreign" &&
	in_system "$system" / apt-cache show "$headers$foreign" | awk '/^Version:/ { print $2; exit }' \
		>"$row/version" &&
	echo "$suite_name $flavour" >"$row/line" &&
	echo "$release" >"$row/release"
}

# Those for another machine, and what all its flavours share, are unpacked beside the tools of
# this one.
get_headers() {
	local common=linux-headers-${release%-"$flavour"}-common
	local tools package

	if [ -z "$foreign" ]; then
		in_system "$system" / apt-get -q -y --no-install-recommends install "$1"
		return
	fi
	tools=$(in_system "$system" / apt-cache depends "$1$foreign" |
		sed -n 's/^ *Depends: \(linux-kbuild-[^ :]*\).*/\1/p' | head -n 1)
	in_system "$system" / apt-get -q -y --no-install-recommends install "$tools" &&
	for package in "$1$foreign" "$common"; do
		unpack_deb "$system" "$package" || return
	done
}

# What runs in the machine beside ours. Those of this machine's Debian serve all of its kind.
get_guests() {
	local here=$vm vm=$row/vm

	if [ -z "$foreign" ]; then
		ln -sfn "$here/busybox" "$here/python" "$vm/"
		return
	fi
	[ -x "$vm/busybox/busybox" ] || unpack_busybox || return
	[ -e "$vm/python/.complete" ] || unpack_python
}

# ---- Builds ----

build_row() {
	if [ -z "$foreign" ]; then build_modules; else build_foreign; fi
}

# Debian's own compiler for this kernel builds it; its Makefile names it.
build_modules() {
	local modules=$row/modules headers=/lib/modules/$release/build

	mkdir -p "$modules/kernel" "$modules/tests/vm/publisher" &&
	cp -u kernel/*.[ch] kernel/Kbuild kernel/probes.mk "$modules/kernel/" &&
	cp -u tests/vm/publisher/*.[ch] tests/vm/publisher/Kbuild "$modules/tests/vm/publisher/" &&
	in_system "$system" "$root" make -j"$(nproc)" -C "$headers" M="$modules/kernel" \
		SOCKOPT_INCLUDE="$root/include" modules &&
	in_system "$system" "$root" make -j"$(nproc)" -C "$headers" M="$modules/tests/vm/publisher" \
		SOCKOPT_INCLUDE="$root/include" \
		KBUILD_EXTRA_SYMBOLS="$modules/kernel/Module.symvers" modules
}

# Library, programs and modules.
build_foreign() {
	mkdir -p "$row/build" && has_libcheck && {
		! older "$row/build/Makefile" configure tests/matrix.sh || configure_foreign
	} &&
	make_foreign && make_foreign vm-programs
}

# Its static library only; it is in no cross package.
has_libcheck() {
	local package

	[ ! -e "$system/usr/lib/$triplet/libcheck.a" ] || return 0
	for package in check libsubunit-dev; do
		unpack_deb "$system" "$package$foreign" || return
	done
}

configure_foreign() {
	in_system "$system" "$row/build" env PKG_CONFIG_LIBDIR="/usr/lib/$triplet/pkgconfig" \
		"$root/configure" --host="$triplet" --enable-werror --without-tools \
		--with-kernel="/lib/modules/$release/build"
}

make_foreign() {
	in_system "$system" "$row/build" make -j"$(nproc)" CROSS_COMPILE="$triplet-" \
		KERNEL="/lib/modules/$release/build" "$@"
}

make_image_of_row() {
	if [ -z "$foreign" ]; then
		tests/vm/mkimage.sh "$release" "$build" "$row/vm" "$row/modules"
	else
		EMULATOR=$emulator STRIP=$triplet-strip tests/vm/mkimage.sh "$release" "$row/build" "$row/vm"
	fi
}

# As the module itself has it.
find_compiler() {
	local modules=$row/build

	[ -n "$foreign" ] || modules=$row/modules
	readelf -p .comment "$modules/kernel/sockopt.ko" |
		sed -n 's/.*GCC: (.*) \([0-9.]*\).*/gcc \1/p' | sort -u | head -n 1 >"$row/compiler"
	grep -q . "$row/compiler"
}

# ---- Tests ----

# test_rows TITLE NAMES: some machines at once.
test_rows() {
	local start=$SECONDS i

	[ -n "$2" ] || return 0
	echo "$2" >"$matrix/queue"
	for ((i = 0; i < machines; i++)); do
		begin_group row_worker
	done
	wait_groups
	report matrix "$1: $((SECONDS - start)) s"
}

row_worker() {
	groups=()
	trap 'on_signal 143' HUP INT TERM
	export SKO_VM_STALL=600 SKO_VM_SECONDS=5400
	local name

	while name=$(next_of "$matrix"); do
		enter_row "$name"
		test_row
	done
}

test_row() {
	local start=$SECONDS

	passed=0 failed=0 skipped=0 empty=''
	logs=$build/logs/matrix/$name vm=$row/vm
	rm -rf "$logs" "$row/counts" && mkdir -p "$logs" || return
	machine_words=(may_skip=1 "CK_TIMEOUT_MULTIPLIER=$matrix_patience")
	[ -z "$foreign" ] || machine_words+=("SKO_FEWER=$fewer" "SKO_SPARSE=$fewer")
	SKO_VM_ARCH=$machine machine_layer "$name" check
	echo "$passed $((failed + ${empty:-0})) $skipped $((SECONDS - start))" >"$row/counts"
}

# ---- What came out ----

# counts_of NAME: 'PASSED FAILED SKIPPED SECONDS'; a machine that left none has failed.
counts_of() {
	cat "$matrix/$1/counts" 2>/dev/null || echo '0 1 0 0'
}

matrix_table() {
	local name p f s seconds

	echo '| kernel | Debian | release | compiler | built | passed | failed | left out | minutes |'
	echo '|---|---|---|---|---|---|---|---|---|'
	echo "$rows" | while read -r name suite _; do
		read -r p f s seconds < <(counts_of "$name")
		printf '| %s | %s | %s (%s) | %s | %s | %d | %d | %d | %d.%d |\n' "$name" "$suite" \
			"$(found "$name" release)" "$(found "$name" version)" "$(found "$name" compiler)" \
			"$([ -e "$matrix/$name/built" ] && echo yes || echo NO)" "$p" "$f" "$s" \
			$((seconds / 60)) $((seconds % 60 / 6))
	done
	echo
	skip_reasons
}

# found NAME FACT
found() {
	cat "$matrix/$1/$2" 2>/dev/null || echo '?'
}

skip_reasons() {
	local name

	for name in $(echo "$rows" | awk '{ print $1 }'); do
		sed -n 's/^ok .* # SKIP //p' "$logs/matrix/$name/vm-check.result" 2>/dev/null |
			tr -d '\r' | sort | uniq -c | sed "s/^ *\([0-9]*\)/- $name: \1 left out:/"
	done
	[ -z "$(rows_of arm64)" ] || say_fewer arm64 "$arm64_fewer"
	[ -z "$(rows_of s390x)" ] || say_fewer s390x "$s390x_fewer"
}

say_fewer() {
	echo "- $1: floods and dense sweeps are divided by $2"
}

add_rows() {
	local name p f s

	for name in $(echo "$rows" | awk '{ print $1 }'); do
		read -r p f s _ < <(counts_of "$name")
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
}

# What a kernel cannot do is left out with its reason, and no failure.
summary_of_matrix() {
	[ "$failed" -eq 0 ] || echo "logs: build/logs/matrix/"
	echo "$passed passed, $failed failed, $skipped left out"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run abi: our programs with a module of a version to come, and programs of a version to come
# with our module: each struct of uapi.h has one member more there (tests/abi/grow.awk). Both in
# a virtual machine. What uapi.h was is compared by tests/unit/abi.sh. Sourced by `run`.
#
#   build/abi/include   the headers of a version to come
#   build/abi/newer     modules of that version
#   build/abi/older     library and programs of that version, with our modules

abi_machines='newer older'	# what the module is, beside its programs

cmd_abi() {
	local which

	prepare
	abi=$build/abi
	rm -rf "$logs"/abi-*
	mkdir -p "$abi"/{newer,older}/vm "$logs"/abi-{newer,older} || exit 1
	step headers in_group grow_headers
	step newer in_group build_newer
	step older in_group build_older
	for which in $abi_machines; do
		begin_group abi_machine "$which"
	done
	wait_groups
	for which in $abi_machines; do
		add_sums "$logs/abi-$which"
	done
	summary
}

# Kept as they are if nothing has changed, so that nothing is built anew.
grow_headers() {
	local header to=$abi/include/sockopt

	mkdir -p "$to" &&
	awk -f tests/abi/grow.awk include/sockopt/uapi.h >"$abi/uapi.h" &&
	{ cmp -s "$abi/uapi.h" "$to/uapi.h" || cp "$abi/uapi.h" "$to/"; } &&
	for header in channel ring sockopt; do
		cp -u "include/sockopt/$header.h" "$to/" || return
	done
}

build_newer() {
	local dir=$abi/newer headers=/lib/modules/$kernel/build

	ln -sfn "$root/kernel" "$abi/kernel" &&
	mkdir -p "$dir/kernel" "$dir/tests/vm/publisher" &&
	cp -u kernel/*.[ch] kernel/Kbuild kernel/probes.mk "$dir/kernel/" &&
	cp -u tests/vm/publisher/*.[ch] tests/vm/publisher/Kbuild "$dir/tests/vm/publisher/" &&
	make -C "$headers" M="$dir/kernel" SOCKOPT_INCLUDE="$abi/include" modules &&
	{ [ "$dir/tests/vm/publisher/publisher.ko" -nt "$dir/kernel/Module.symvers" ] ||
		rm -f "$dir"/tests/vm/publisher/{*.ko,Module.symvers}; } &&
	make -C "$headers" M="$dir/tests/vm/publisher" SOCKOPT_INCLUDE="$abi/include" \
		KBUILD_EXTRA_SYMBOLS="$dir/kernel/Module.symvers" modules &&
	is_made_of "$abi" "$dir"/kernel/.*.o.cmd "$dir"/tests/vm/publisher/.*.o.cmd &&
	link_guests "$dir" &&
	tests/vm/mkimage.sh "$kernel" "$build" "$dir/vm" "$dir"
}

build_older() {
	local dir=$abi/older

	{ ! older "$dir/Makefile" configure tests/abi.sh || (cd "$dir" && "$root/configure" \
		--without-tools --with-kernel="/lib/modules/$kernel/build"); } &&
	make_older all && make_older vm-programs &&
	is_made_of "$abi" "$dir"/{libsockopt,tests/vm}/.deps/*.P[ol]* &&
	is_made_of "$root" "$dir"/kernel/.*.o.cmd "$dir"/tests/vm/publisher/.*.o.cmd &&
	link_guests "$dir" &&
	tests/vm/mkimage.sh "$kernel" "$dir" "$dir/vm"
}

# is_made_of DIR FILE...: of what the compiler wrote down, some name the uapi.h of DIR, and none
# the other one.
is_made_of() {
	local here=$1/include/sockopt/uapi.h there=$abi/include/sockopt/uapi.h

	shift
	[ "$here" != "$there" ] || there=$root/include/sockopt/uapi.h
	cat "$@" >"$abi/made-of" &&
	grep -qF "$here" "$abi/made-of" && ! grep -qF "$there" "$abi/made-of" && return
	echo "not made of $here alone: $*"
	return 1
}

make_older() {
	make -C "$abi/older" -j"$(nproc)" AM_CPPFLAGS="-I$abi/include" \
		KERNEL="/lib/modules/$kernel/build" "$@"
}

link_guests() {
	ln -sfn "$vm/kernel" "$vm/busybox" "$vm/python" "$1/vm/"
}

abi_machine() {
	# shellcheck disable=SC2034 # group.sh's: those of who began us are not ours
	groups=()
	trap 'on_signal 143' HUP INT TERM
	logs=$logs/abi-$1 vm=$abi/$1/vm
	machine_layer "$1" abi
	save_sums "$logs"
}

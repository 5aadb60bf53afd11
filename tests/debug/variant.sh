# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# The module built in another way, and a machine with it: sourced by what plants bugs, and by
# callfuzz.sh. $root and $build are those of debug.sh.

# build_module DIR PATCH [WORD...]: the module in DIR/tree, with the patch ('': without one).
# The WORDs are make's.
build_module() {
	local dir=$1 patch=$2

	shift 2
	rm -rf "$dir" && mkdir -p "$dir/tree" "$dir/vm" &&
	cp -r "$root/kernel" "$root/include" "$dir/tree/" &&
	{ [ -z "$patch" ] || patch -d "$dir/tree" -p1 -F0 -s <"$patch"; } &&
	make -s -C "$build/linux" M="$dir/tree/kernel" SOCKOPT_INCLUDE="$dir/tree/include" \
		"$@" modules
}

# make_image DIR [FILE]: DIR/vm has the image of all tests, with that module laid over ours;
# and FILE as /guest/replay.
make_image() {
	local dir=$1 file=${2-}

	mkdir -p "$dir/over/lib/modules" "$dir/over/guest" &&
	strip --strip-debug -o "$dir/over/lib/modules/sockopt.ko" "$dir/tree/kernel/sockopt.ko" &&
	{ [ -z "$file" ] || cp "$file" "$dir/over/guest/replay"; } &&
	ln -s "$build/vm/kernel" "$dir/vm/kernel" &&
	{ cat "$build/vm/initrd.gz" &&
		(cd "$dir/over" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1); } \
		>"$dir/vm/initrd.gz"
}

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run lint: static analysis of the whole tree; each checker is first shown to bite.
# Sourced by `run`.

lint_packages='sparse clang-tidy cppcheck shellcheck codespell'

cmd_lint() {
	need_unconfigured
	open_build
	packages+=" $lint_packages"
	need_debian "$packages"
	install_missing "$packages"
	kernel=$(newest_headers)
	[ -n "$kernel" ] || die 'there are no kernel headers in /lib/modules/*cloud*/build'
	fetch_checkpatch
	step configure in_group configure_steps	# for the flags of the compiler
	script_layer bites tests/lint/bites.sh "$build" "$vm/checkpatch"
	script_layer lint tests/lint/tree.sh "$build" "$vm/checkpatch"
	summary
}

# Of the kernel's sources only what its style is checked with.
fetch_checkpatch() {
	[ -e "$vm/checkpatch/.complete" ] || step checkpatch with_new_lists unpack_checkpatch
}

unpack_checkpatch() {
	local version dir=$vm/checkpatch.new

	version=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$kernel") || return 1
	rm -rf "$vm/checkpatch" "$dir" && mkdir -p "$dir/deb" &&
	unpack_deb "$dir/deb" "linux-source-$version" &&
	tar -xf "$dir/deb/usr/src/linux-source-$version.tar.xz" -C "$dir" --strip-components=2 \
		"linux-source-$version/scripts/"{checkpatch.pl,spelling.txt,const_structs.checkpatch} &&
	rm -rf "$dir/deb" && touch "$dir/.complete" &&
	mv "$dir" "$vm/checkpatch"
}

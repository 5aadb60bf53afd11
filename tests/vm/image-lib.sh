# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# What makes images has in common: parts of Debian that go into $tree, from the package of the
# kernel $kernel that is unpacked in $vm/kernel, and from this machine. Sourced after
# guest-modules.sh.

# copy_modules NAME...: modules of Debian's kernel, unpacked.
copy_modules() {
	local module file

	for module in "$@"; do
		file=$(find "$vm/kernel/" -path "*/$kernel/*" -name "$module.ko*" -print -quit)
		case $file in
		*.ko) cp "$file" "$tree/lib/modules/" ;;
		*.ko.xz) xz -dc "$file" >"$tree/lib/modules/$module.ko" ;;
		*) echo "no module $module in the package of kernel $kernel" >&2; exit 1 ;;
		esac
	done
}

# copy_programs NAME...: with the libraries that they are linked with, by the names that the
# loader looks for, and the loader.
copy_programs() {
	local file

	mkdir -p "$tree/usr/bin" "$tree/lib/x86_64-linux-gnu"
	for file in "$@"; do
		file=$(PATH=$PATH:/usr/sbin:/sbin command -v "$file")
		cp -L "$file" "$tree/usr/bin/"
		copy_libraries "$file"
	done
}

copy_libraries() {
	ldd "$1" | awk '$2 == "=>" { print $1, $3 } $1 ~ /^\// { print $1, $1 }' |
		while read -r name file; do
			case $name in
			libsockopt.so*) ;;
			/*) cp -L --parents "$file" "$tree/" ;;
			*) cp -L "$file" "$tree/lib/x86_64-linux-gnu/$name" ;;
			esac
		done
}
